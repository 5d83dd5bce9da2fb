"""The app: the server when it is started, the navigation for every browser that comes."""

from pathlib import Path

import streamlit as st

from pages.shared import places, serving

if __name__ == "__main__":  # a browser asks for a page
    st.set_page_config(page_title="M6-Rec", page_icon=str(places.MARK), layout="wide")
    st.logo(str(places.LOGO), size="large", icon_image=str(places.MARK))
    st.navigation(places.navigation(), expanded=True).run()
else:  # the server starts
    app = st.App(
        Path(__file__),
        lifespan=serving.lifespan,
        routes=serving.routes(),
        on_script_error=serving.show_script_error,
    )

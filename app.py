"""The app: navigation, nothing else."""

import streamlit as st

from pages.shared import places

st.set_page_config(page_title="M6-Rec", page_icon=str(places.MARK), layout="wide")
st.logo(str(places.LOGO), size="large", icon_image=str(places.MARK))
st.navigation(places.navigation()).run()

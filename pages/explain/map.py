"""Map: users, items or pairs as a layer of the network sees them, near where it makes them alike."""

import streamlit as st

from m6rec_core.errors import M6RecError
from pages.shared import cached, frame, map_views, why_views
from pages.shared.places import EVALUATE, MAP

workspace = cached.workspace()
_, run = frame.require_run(frame.open_page(MAP, workspace), workspace)
why_views.warnings(run.folder)
choice = map_views.choose(run.folder)
try:
    shown = map_views.drawn(run.folder, choice)
except M6RecError as error:
    st.error(map_views.safe(error), icon=":material/error:")
    st.stop()
map_views.merits(shown)
map_views.picture(run.folder, shown)
map_views.details(run.folder, shown)
frame.next_step("How good is it?", EVALUATE)

"""overview"""

from pages.shared import cached, frame
from pages.shared.places import OVERVIEW

workspace = cached.workspace()
dataset, run = frame.require_run(frame.open_page(OVERVIEW, workspace), workspace)

"""evaluate"""

from pages.shared import cached, frame
from pages.shared.places import EVALUATE

workspace = cached.workspace()
dataset, run = frame.require_run(frame.open_page(EVALUATE, workspace), workspace)

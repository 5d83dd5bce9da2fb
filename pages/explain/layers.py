"""layers"""

from pages.shared import cached, frame
from pages.shared.places import LAYERS

workspace = cached.workspace()
dataset, run = frame.require_run(frame.open_page(LAYERS, workspace), workspace)

"""train"""

from pages.shared import cached, frame
from pages.shared.places import TRAIN

workspace = cached.workspace()
dataset, run = frame.require_run(frame.open_page(TRAIN, workspace), workspace)

"""similarity"""

from pages.shared import cached, frame
from pages.shared.places import SIMILARITY

workspace = cached.workspace()
dataset, run = frame.require_run(frame.open_page(SIMILARITY, workspace), workspace)

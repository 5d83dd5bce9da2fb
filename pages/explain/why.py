"""why"""

from pages.shared import cached, frame
from pages.shared.places import WHY

workspace = cached.workspace()
dataset, run = frame.require_run(frame.open_page(WHY, workspace), workspace)

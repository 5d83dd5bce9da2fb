"""recommendations"""

from pages.shared import cached, frame
from pages.shared.places import RECOMMENDATIONS

workspace = cached.workspace()
dataset, run = frame.require_run(frame.open_page(RECOMMENDATIONS, workspace), workspace)

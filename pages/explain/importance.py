"""Importance: what moves the scores over many pairs, by group and by feature, and what works together."""

from pages.shared import cached, frame, importance_views, why_views
from pages.shared.places import IMPORTANCE, WHY

workspace = cached.workspace()
_, run = frame.require_run(frame.open_page(IMPORTANCE, workspace), workspace)
why_views.warnings(run.folder)
importance_views.over_pairs(run)
frame.next_step("Why one of these recommendations?", WHY)

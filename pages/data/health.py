"""Health: what the data look like before anything is learned from them, and whether they are enough."""

from pages.shared import cached, frame, health_pictures, health_views, lookup_views
from pages.shared.panels import quiet
from pages.shared.places import HEALTH, TRAIN

workspace = cached.workspace()
record = frame.require_dataset(frame.open_page(HEALTH, workspace))

health = cached.stored_health(record.folder)
if health is None:
    health = cached.measured_health(record.folder)
    quiet(
        "This data set was stored without its figures, or by another version: they were measured now."
    )

health_views.merits(health)
health_views.advice(health)
health_pictures.pictures(health, record.name)
lookup_views.look_up(record.folder, record.name)
frame.next_step("Train a scorer on it", TRAIN)

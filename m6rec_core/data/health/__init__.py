"""What a data set looks like before anything is learned from it, and what to do about it."""

from m6rec_core.data.health.advice import GOOD, NOTE, WARNING
from m6rec_core.data.health.measuring import health
from m6rec_core.data.health.record import HEALTH_FILE, Advice, Health

__all__ = ["GOOD", "HEALTH_FILE", "NOTE", "WARNING", "Advice", "Health", "health"]

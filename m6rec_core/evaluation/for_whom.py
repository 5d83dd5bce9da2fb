"""For whom the lists of a run are good: its stored figures by how much is known of the users, and who they are."""

from collections.abc import Mapping
from pathlib import Path

from m6rec_core import schema
from m6rec_core.data.attributes import CATEGORY, NUMBER
from m6rec_core.data.storage import read_attributes
from m6rec_core.errors import ConfigError
from m6rec_core.evaluation.per_user import Figures, read_figures
from m6rec_core.evaluation.segments import (
    Segments,
    SegmentTable,
    by_attribute,
    by_history,
    by_taste,
    segment_table,
)

HISTORY, TASTE = "Known items", "Taste"


def divisions(folder: Path, figures: Figures) -> Mapping[str, Segments]:
    """The divisions of the measured users into two segments or more, by what they go by.

    By the number of known items, by taste, and by each category and number of the users' attributes.
    """
    _, table = read_attributes(folder / "users.parquet", schema.USER_ID)
    found = {HISTORY: by_history(figures.history), TASTE: by_taste(figures.audience)}
    if table is not None:
        for column in table.columns_of(CATEGORY, NUMBER):
            segments = by_attribute(table, column)
            of_user = segments.of_user[figures.user_row]
            found.setdefault(column, Segments(segments.names, of_user))
    return {by: one for by, one in found.items() if len(set(one.of_user.tolist()) - {-1}) > 1}


def served(folder: Path, by: str, metric: str, *, seed: int) -> SegmentTable | None:
    """One metric of every model by segment; None where the run keeps no figures of single users.

    Raises ConfigError for a division or a metric that the run does not have.
    """
    figures = read_figures(folder)
    if figures is None:
        return None
    found = divisions(folder, figures)
    if by not in found:
        raise ConfigError(f"Users cannot be divided by '{by}'. Choose one of {', '.join(found)}.")
    if metric not in figures.metrics:
        known = ", ".join(figures.metrics)
        raise ConfigError(f"No single user has a '{metric}'. Choose one of {known}.")
    return segment_table(
        figures.of(metric), found[by], metric=metric, models=figures.models, seed=seed
    )

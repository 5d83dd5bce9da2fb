"""What became of every row of the files: kept, dropped for a reason, or unreadable."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from m6rec_core.data.reading.rejects import rejected_rows


@dataclass(frozen=True)
class CleaningStep:
    """One step: its reason in words, rows before and after, and a few of the rows it dropped.

    `switch` is the option that changes the step; empty for one that cannot be switched off.
    """

    name: str
    rows_before: int
    rows_after: int
    examples: tuple[str, ...] = ()
    switch: str = ""

    @property
    def dropped(self) -> int:
        return self.rows_before - self.rows_after


@dataclass(frozen=True)
class FileReport:
    """One file as it was read: its rows, those of them that were rejected, and how it is laid out."""

    name: str
    rows: int
    rejected: int
    kind: str = ""
    encoding: str = ""
    separator: str = ""
    header: bool = True


@dataclass(frozen=True)
class Match:
    """How a table of users, items or links fits the events, counted both ways.

    `ids_without_row` ids of the events that the table does not describe; `rows_without_events` rows of
    the table whose id no event names; `repeated_rows` rows whose id comes again later in the table;
    `rejected_rows` lines of its files that could not be read, beside the `rows`.
    """

    table: str
    rows: int
    ids_without_row: int
    rows_without_events: int
    repeated_rows: int = 0
    rejected_rows: int = 0


@dataclass(frozen=True, eq=False)
class CleaningReport:
    """What became of every row: `rows_in` = `rows_kept` + the rows each step dropped + rejected rows.

    `rejected` has one row per unreadable line or cell (`file`, `line`, `column`, `reason`, `text`,
    `remedy`); `unread` the same of files about users, items and links, which are no rows of events.
    `rating_range` is the scale of the ratings, None when the values are not ratings.
    """

    rows_in: int
    rows_kept: int
    steps: tuple[CleaningStep, ...]
    rating_range: tuple[float, float] | None = None
    rejected: pd.DataFrame = field(default_factory=rejected_rows)
    unread: pd.DataFrame = field(default_factory=rejected_rows)
    mapping: Mapping[str, str] = field(default_factory=dict)
    time_unit: str = ""
    files: tuple[FileReport, ...] = ()
    matches: tuple[Match, ...] = ()

    @property
    def rows_dropped(self) -> int:
        return sum(step.dropped for step in self.steps)

    @property
    def rows_rejected(self) -> int:
        return len(self.rejected)

    def is_complete(self) -> bool:
        """Whether every row is accounted for."""
        return self.rows_in == self.rows_kept + self.rows_dropped + self.rows_rejected

    def to_json(self) -> dict[str, Any]:
        """Plain values; the rejected rows are saved beside them as a table."""
        return {
            "rows_in": self.rows_in,
            "rows_kept": self.rows_kept,
            "rows_rejected": self.rows_rejected,
            "rating_range": None if self.rating_range is None else list(self.rating_range),
            "mapping": dict(self.mapping),
            "time_unit": self.time_unit,
            "steps": [{**asdict(step), "examples": list(step.examples)} for step in self.steps],
            "files": [asdict(file) for file in self.files],
            "matches": [asdict(match) for match in self.matches],
        }

    @classmethod
    def from_json(
        cls, values: Mapping[str, Any], rejected: pd.DataFrame, unread: pd.DataFrame
    ) -> "CleaningReport":
        """The report that `to_json` wrote, with its rejected rows and unread lines."""
        scale = values["rating_range"]
        return cls(
            rows_in=values["rows_in"],
            rows_kept=values["rows_kept"],
            steps=tuple(
                CleaningStep(**{**step, "examples": tuple(step["examples"])})
                for step in values["steps"]
            ),
            rating_range=None if scale is None else (float(scale[0]), float(scale[1])),
            rejected=rejected,
            unread=unread,
            mapping=values["mapping"],
            time_unit=values["time_unit"],
            files=tuple(FileReport(**file) for file in values["files"]),
            matches=tuple(Match(**match) for match in values["matches"]),
        )

"""What became of every row of a file: kept, dropped for a reason, or unreadable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from m6rec_core.data.loading import rejected_rows


@dataclass(frozen=True)
class CleaningStep:
    """One step: its reason in words, rows before and after, and a few of the rows it dropped."""

    name: str
    rows_before: int
    rows_after: int
    examples: tuple[str, ...] = ()

    @property
    def dropped(self) -> int:
        return self.rows_before - self.rows_after


@dataclass(frozen=True, eq=False)
class CleaningReport:
    """What became of every row: `rows_in` = `rows_kept` + the rows each step dropped + rejected rows.

    `rejected` has one row per unreadable line or cell (`line`, `column`, `reason`, `text`).
    `rating_range` is the scale of the ratings, None when the values are not ratings.
    """

    rows_in: int
    rows_kept: int
    steps: tuple[CleaningStep, ...]
    rating_range: tuple[float, float] | None = None
    rejected: pd.DataFrame = field(default_factory=rejected_rows)
    mapping: Mapping[str, str] = field(default_factory=dict)
    time_unit: str = ""

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
            "steps": [
                {
                    "name": step.name,
                    "rows_before": step.rows_before,
                    "rows_after": step.rows_after,
                    "examples": list(step.examples),
                }
                for step in self.steps
            ],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any], rejected: pd.DataFrame) -> "CleaningReport":
        """The report that `to_json` wrote, with its rejected rows."""
        scale = values["rating_range"]
        return cls(
            rows_in=values["rows_in"],
            rows_kept=values["rows_kept"],
            steps=tuple(
                CleaningStep(
                    step["name"], step["rows_before"], step["rows_after"], tuple(step["examples"])
                )
                for step in values["steps"]
            ),
            rating_range=None if scale is None else (float(scale[0]), float(scale[1])),
            rejected=rejected,
            mapping=values["mapping"],
            time_unit=values["time_unit"],
        )

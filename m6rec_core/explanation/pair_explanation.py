"""One explained recommendation as plain values, on the page and in a file."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.explanation.trust import Trust
from m6rec_core.scorer.features.feature import Feature

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """A share of a contribution: of one history item (`item_id`), or of one user alike.

    Users have a number instead of their id: `similar user 1` is the nearest, in this explanation only.
    """

    kind: str
    name: str
    contribution: float

    def to_json(self) -> dict[str, Any]:
        return {self.kind: self.name, "contribution": self.contribution}


@dataclass(frozen=True)
class PastItem:
    """One item of the history and what it does to the score.

    - `strength`: the order of the items, in standard deviations; mean of the next three
    - `laid`: what the contributions of the features lay on it
    - `taken`: fall of the log share of the list without it; `alone`: rise of it with nothing else
    - `rank_without`: place on the list without it; 0 where the history was too long to measure it

    See `effects`.
    """

    item_id: str
    strength: float
    laid: float
    taken: float
    alone: float
    rank_without: int

    def to_json(self) -> dict[str, Any]:
        return vars(self).copy()


@dataclass(frozen=True, eq=False)
class PairExplanation:
    """One score, taken apart: `base + contributions.sum() = score`.

    - `rank` from 1 in the user's list; None when the item is not on it
    - `source` "scorer", or "popularity" where the list does not come from the scorer and nothing is
      taken apart
    - `features`, `values` (F,), `contributions` (F,), `standard_error` (F,), `parts` per feature
    - `history` the user's items with what they do to the score, strongest first
    - `reasons` in plain words, the strongest first
    - `method` how the contributions were computed, in words; `seconds` what they cost
    """

    user_id: str
    item_id: str
    title: str
    score: float
    rank: int | None
    source: str
    base: float
    features: tuple[Feature, ...]
    values: Values
    contributions: Values
    standard_error: Values
    parts: tuple[tuple[Part, ...], ...]
    history: tuple[PastItem, ...]
    reasons: tuple[str, ...]
    trust: Trust
    method: str = ""
    seconds: float = 0.0

    def by_group(self) -> dict[str, float]:
        """Contribution of each group of features that is there, in the order of `schema.GROUPS`."""
        found = {feature.group for feature in self.features}
        groups = np.array([feature.group for feature in self.features], dtype=object)
        return {
            group: float(self.contributions[groups == group].sum())
            for group in schema.GROUPS
            if group in found
        }

    def to_json(self) -> dict[str, Any]:
        """The stored and printed form: plain values, largest contributions first."""
        order = np.argsort(-np.abs(self.contributions), kind="stable")
        return {
            schema.USER_ID: self.user_id,
            schema.ITEM_ID: self.item_id,
            "title": self.title,
            "score": self.score,
            "rank": self.rank,
            "source": self.source,
            "base": self.base,
            "contributions": [self._feature_json(position) for position in order],
            "groups": self.by_group(),
            "history": [past.to_json() for past in self.history],
            "reasons": list(self.reasons),
            "method": self.method,
            "trust": self.trust.to_json(),
        }

    def _feature_json(self, position: int) -> dict[str, Any]:
        feature = self.features[position]
        return {
            "feature": feature.name,
            "title": feature.title,
            "group": feature.group,
            "unit": feature.unit,
            "value": None if np.isnan(self.values[position]) else float(self.values[position]),
            "contribution": float(self.contributions[position]),
            "standard_error": float(self.standard_error[position]),
            "parts": [part.to_json() for part in self.parts[position]],
        }

"""What the network learns from: per user a list of candidates with the held-out items marked."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

CANDIDATE = 0  # an item that similarity proposes: the hard negatives, and the positives among them
EXTRA = 1  # a random item, or a positive that similarity did not propose
PADDING = 2

SAMPLE_ROWS = 500_000


@dataclass(frozen=True, eq=False)
class TrainingLists:
    """Lists of equal length; features are cross-fitted, so no similarity has seen the positives.

    - `features` (lists, slots, F) float32
    - `is_positive` (lists, slots) bool: held out from the history behind the features
    - `kind` (lists, slots) int8: `CANDIDATE`, `EXTRA` or `PADDING`
    - `rating` (lists, slots) float32 in [0, 1]; NaN where there is none
    - `n_positive` (lists,) int32: held-out items of the user, found among the candidates or not
    - `user_row`, `item_row` (lists,) and (lists, slots) int32
    - `is_validation` (lists,) bool: kept from the gradient, used for early stopping
    - `names` (F,) texts: the features, in the order of the columns
    - `further` (H,) texts: kinds of events that are predicted along with the target
    - `acts` (lists, slots) int32: bit h is set when an event of the kind `further[h]` is held out of the
      history; (0, 0) where nothing is predicted along
    """

    features: npt.NDArray[np.float32]
    is_positive: npt.NDArray[np.bool_]
    kind: npt.NDArray[np.int8]
    rating: npt.NDArray[np.float32]
    n_positive: npt.NDArray[np.int32]
    user_row: npt.NDArray[np.int32]
    item_row: npt.NDArray[np.int32]
    is_validation: npt.NDArray[np.bool_]
    names: npt.NDArray[np.str_]
    further: npt.NDArray[np.str_] = field(default_factory=lambda: np.zeros(0, dtype="U1"))
    acts: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int32))

    def __len__(self) -> int:
        return len(self.user_row)

    @property
    def has_ratings(self) -> bool:
        """Whether any slot has a rating to be predicted."""
        return bool(np.isfinite(self.rating).any())

    def take(self, chosen: npt.NDArray[np.int64]) -> "TrainingLists":
        """The lists at these positions, in this order."""
        return replace(
            self,
            features=self.features[chosen],
            is_positive=self.is_positive[chosen],
            kind=self.kind[chosen],
            rating=self.rating[chosen],
            n_positive=self.n_positive[chosen],
            user_row=self.user_row[chosen],
            item_row=self.item_row[chosen],
            is_validation=self.is_validation[chosen],
            acts=self.acts[chosen] if len(self.further) else self.acts,
        )

    def column(self, name: str) -> int | None:
        """The column of a feature; None when it is not among them."""
        found = np.flatnonzero(self.names == name)
        return int(found[0]) if len(found) else None

    def sample(
        self, mask: npt.NDArray[np.bool_], *, kinds: tuple[int, ...] = (CANDIDATE, EXTRA)
    ) -> npt.NDArray[np.float32]:
        """(rows, F) features of slots of these kinds, of evenly chosen lists of the mask (lists,).

        About `SAMPLE_ROWS` rows at most: enough for a mean, without a second copy of large lists.
        """
        chosen = np.flatnonzero(mask)
        step = max(1, len(chosen) * self.features.shape[1] // SAMPLE_ROWS)
        chosen = chosen[::step]
        rows: npt.NDArray[np.float32] = self.features[chosen][np.isin(self.kind[chosen], kinds)]
        return rows


def ndcg_at_10(
    scores: npt.NDArray[np.float32],
    is_positive: npt.NDArray[np.bool_],
    is_candidate: npt.NDArray[np.bool_],
    n_positive: npt.NDArray[np.int32],
) -> float:
    """Mean NDCG@10 of the candidates' order; NaN without lists.

    A positive that is not among the candidates counts against the list: it cannot be ranked.
    """
    found = ndcgs_at_10(scores, is_positive, is_candidate, n_positive)
    return float(np.mean(found)) if len(found) else float("nan")


def ndcgs_at_10(
    scores: npt.NDArray[np.float32],
    is_positive: npt.NDArray[np.bool_],
    is_candidate: npt.NDArray[np.bool_],
    n_positive: npt.NDArray[np.int32],
) -> npt.NDArray[np.float64]:
    """(lists,) NDCG@10 of each; see `ndcg_at_10`."""
    masked = np.where(is_candidate, scores, -np.inf)
    depth = min(10, scores.shape[1])
    top = np.argsort(-masked, axis=1, kind="stable")[:, :depth]
    hits = np.take_along_axis(is_positive & is_candidate, top, axis=1)
    discount = 1.0 / np.log2(np.arange(2, depth + 2))
    ideal = np.concatenate(([0.0], np.cumsum(discount)))[np.minimum(n_positive, depth)]
    gains = (hits * discount).sum(axis=1)
    return np.asarray(gains / np.maximum(ideal, 1e-9), dtype=np.float64)

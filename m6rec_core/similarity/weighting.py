"""How much an agreement on one feature says: TF-IDF and BM25 for behaviour that is there or not.

Behaviour is binary, so the weight of (row, feature) is a product: a factor of the row times a weight of
the feature. Rows are what is compared (items, say), features what they are compared by (users).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.similarity.lists import Lists

BM25_SATURATION = 1.2  # k1 of Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework"
BM25_LENGTH = 0.75  # b of the same

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weighting:
    """The weight of (row, feature) is `row_factor(length of the row) * feature_weight[feature]`.

    - `feature_weight` (n features,) float64, positive
    - `mean_length`: mean number of features of a row, at least 1; BM25 measures lengths by it
    """

    kind: str
    feature_weight: Floats
    mean_length: float

    def row_factor(self, length: npt.NDArray[np.int64]) -> Floats:
        """(n,) factor of rows with these numbers of features; 1 unless the kind is BM25."""
        if self.kind != "bm25":
            return np.ones(len(length))
        relative = 1.0 - BM25_LENGTH + BM25_LENGTH * length / self.mean_length
        return np.asarray((BM25_SATURATION + 1.0) / (BM25_SATURATION * relative + 1.0))


def weighting_of(features_of: Lists, kind: str, *, n_features: int) -> Weighting:
    """The weighting of kind "none", "tfidf" or "bm25" for n rows with these features.

    - tfidf: feature f weighs 1 + ln((1 + n) / (1 + rows with f))
    - bm25: feature f weighs ln(1 + (n - rows with f + ½) / (rows with f + ½)), and long rows are damped
    - none: everything weighs 1
    """
    n_rows = len(features_of.indptr) - 1
    frequency = np.bincount(features_of.indices, minlength=n_features).astype(np.float64)
    if kind == "tfidf":
        feature_weight = 1.0 + np.log((1.0 + n_rows) / (1.0 + frequency))
    elif kind == "bm25":
        feature_weight = np.log1p((n_rows - frequency + 0.5) / (frequency + 0.5))
    elif kind == "none":
        feature_weight = np.ones(n_features)
    else:
        raise ConfigError(f"The weighting is none, tfidf or bm25. Received: {kind!r}.")
    return Weighting(
        kind, feature_weight, mean_length=max(len(features_of.indices) / max(n_rows, 1), 1.0)
    )

"""Weights of features by how many rows have them."""

import numpy as np
import pytest

from m6rec_core.similarity.lists import Lists
from m6rec_core.similarity.weighting import weighting_of

# three rows: {0}, {0, 1}, {0, 1, 2}
ROWS = Lists(np.array([0, 1, 3, 6]), np.array([0, 0, 1, 0, 1, 2], dtype=np.int32))


def test_without_weighting_everything_weighs_one() -> None:
    made = weighting_of(ROWS, "none", n_features=4)
    assert made.feature_weight.tolist() == [1, 1, 1, 1]
    assert made.row_factor(np.array([1, 9])).tolist() == [1, 1]


def test_tfidf_falls_with_the_number_of_rows() -> None:
    made = weighting_of(ROWS, "tfidf", n_features=4)
    assert made.feature_weight == pytest.approx(
        [1.0, 1 + np.log(4 / 3), 1 + np.log(2), 1 + np.log(4)]
    )


def test_bm25_damps_long_rows_around_the_mean_length() -> None:
    made = weighting_of(ROWS, "bm25", n_features=4)
    assert made.feature_weight == pytest.approx(np.log([8 / 7, 1.6, 8 / 3, 8]))
    assert made.row_factor(np.array([2])) == pytest.approx([1.0])
    assert made.row_factor(np.array([4])) == pytest.approx([2.2 / (1.2 * 1.75 + 1)])

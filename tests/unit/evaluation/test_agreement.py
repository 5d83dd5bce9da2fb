"""Two lists of one user: how many items they share, and how soon."""

import numpy as np
import pytest

from m6rec_core.evaluation.agreement import overlap, rank_biased_overlap


def lists(*rows: str) -> np.ndarray:
    return np.array([list(row) for row in rows], dtype=object)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("abcd", "dcba", 1.0),
        ("abcd", "efgh", 0.0),
        ("abcd", "axyd", 0.5),
        ("ab--", "abcd", 0.5),  # against the longer one
        ("ab--", "ab--", 1.0),
    ],
)
def test_overlap_is_the_share_of_the_longer_list(one, other, share):
    assert overlap(lists(one), lists(other), empty="-") == [share]


def test_two_empty_lists_have_no_agreement():
    assert np.isnan(overlap(lists("--"), lists("--"), empty="-")).all()
    assert np.isnan(rank_biased_overlap(lists("--"), lists("--"), empty="-")).all()


def by_hand(one: str, other: str, p: float) -> float:
    """RBO_ext of two lists of equal length, by its formula."""
    k = len(one)
    common = [len(set(one[:d]) & set(other[:d])) for d in range(1, k + 1)]
    total = sum(x / d * p**d for d, x in enumerate(common, start=1))
    return common[-1] / k * p**k + (1 - p) / p * total


@pytest.mark.parametrize(("one", "other"), [("abcde", "abced"), ("abcde", "ezxya"), ("ab", "cd")])
@pytest.mark.parametrize("p", [0.5, 0.9])
def test_rank_biased_overlap_follows_its_formula(one, other, p):
    found = rank_biased_overlap(lists(one), lists(other), empty="-", p=p)
    assert found == pytest.approx([by_hand(one, other, p)])


def test_equal_lists_agree_fully_and_a_change_on_top_weighs_more_than_one_below():
    first = lists("abcdefghij", "abcdefghij", "abcdefghij")
    second = lists("abcdefghij", "xbcdefghij", "abcdefghix")
    whole, on_top, below = rank_biased_overlap(first, second, empty="-")
    assert whole == pytest.approx(1.0)
    assert on_top < below < whole

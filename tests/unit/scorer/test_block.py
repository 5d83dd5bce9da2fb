"""Candidates and standings against sorting and loops in plain Python."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diary import histories_from, random_diaries
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.feature_space import by_popularity
from m6rec_core.scorer.features.block import Block, blend, fill_up, relative_and_z

seeds = st.integers(0, 10_000)
quick = settings(deadline=None, max_examples=40)  # the first call compiles


def block_of(candidates, item_row) -> Block:
    candidates, item_row = np.array(candidates, dtype=np.int32), np.array(item_row, dtype=np.int32)
    return Block(Histories.of_items([], n_items=1), {}, candidates, item_row)


def standing(scores, candidates, item_row) -> list[list[float]]:
    """(relative, z) of the pairs of one user."""
    made = relative_and_z(np.array([scores], dtype=np.float32), block_of([candidates], [item_row]))
    return made[0].tolist()


def test_the_best_candidate_is_one_and_a_quarter_of_it_is_a_half():
    found = standing([8, 2, 5, 5], [0, 1], [0, 1])
    assert found == [[1.0, 1.0], [0.5, -1.0]]  # mean 5, deviation 3


def test_pairs_that_are_no_candidates_are_measured_by_the_candidates():
    assert standing([8, 2, 5, 0, 32], [0, 1], [2, 3, 4]) == [
        [pytest.approx(np.sqrt(5 / 8)), 0.0],
        [0.0, pytest.approx(-5 / 3)],
        [2.0, pytest.approx(9.0)],
    ]


def test_the_distance_from_the_mean_ends_at_ten():
    assert standing([8, 2, 500, -500], [0, 1], [2, 3])[0][1] == 10
    assert standing([8, 2, 500, -500], [0, 1], [2, 3])[1] == [0, -10]


@pytest.mark.parametrize("n", [1, 3, 7, 11])
def test_where_all_candidates_score_alike_nothing_stands_out(n):
    candidates = list(range(n))
    pairs = [*candidates, n]  # the last one has no score at all
    found = standing([0.1] * n + [0.0], candidates, pairs)
    assert [z for _, z in found] == [0] * (n + 1)


def test_small_distances_between_large_scores_are_told_apart():
    scores = [1000.0, 1000.125, 1000.25, 1000.125]
    found = [z for _, z in standing(scores, [0, 1, 2, 3], [0, 1, 2, 3])]
    assert found == pytest.approx([-np.sqrt(2), 0, np.sqrt(2), 0], abs=1e-5)


def test_without_any_score_and_in_empty_slots_both_are_zero():
    assert standing([0, 0, 0], [0, 1], [0, 2]) == [[0, 0], [0, 0]]
    assert standing([1, 2, 3], [0, 1], [-1]) == [[0, 0]]
    assert standing([1, 2, 3], [-1, -1], [1]) == [[0, 0]]


@quick
@given(seeds)
def test_standings_equal_their_definition(seed):
    rng = np.random.default_rng(seed)
    scores = np.round(rng.normal(1, 2, (3, 12)), 1).astype(np.float32)
    candidates = np.stack([rng.permutation(12)[:6] for _ in range(3)])
    candidates[0, 4:] = -1
    pairs = rng.integers(-1, 12, (3, 5))
    found = relative_and_z(scores, block_of(candidates, pairs))
    for user in range(3):
        own = scores[user, candidates[user][candidates[user] >= 0]].astype(np.float64)
        for slot, item in enumerate(pairs[user]):
            score = scores[user, item]
            relative = np.sqrt(score / own.max()) if score > 0 and own.max() > 0 else 0
            z = np.clip((score - own.mean()) / own.std(), -10, 10)
            expected = (0, 0) if item < 0 else (relative, z)
            assert found[user, slot] == pytest.approx(expected, abs=1e-4)


def test_models_are_blended_by_their_share_of_the_best():
    first = np.array([[4, 2, 0, -1], [0, 0, 0, 0]], dtype=np.float32)
    second = np.array([[0, 10, 5, 0], [0, 3, 0, 0]], dtype=np.float32)
    assert blend([first, second]).tolist() == [[1, 1.5, 0.5, 0], [0, 1, 0, 0]]


@quick
@given(seeds, st.booleans(), st.integers(1, 14))
def test_empty_places_get_the_next_most_popular_items(seed, hides, width):
    rng = np.random.default_rng(seed)
    history = histories_from(random_diaries(4, 10, length=4, seed=seed), n_items=10)
    by_rank = rng.permutation(10).astype(np.int32)
    rows = np.full((4, width), -1, dtype=np.int32)
    expected = []
    for user in range(4):
        seen = history.items_of(user).tolist() if hides else []
        allowed = [item for item in range(10) if item not in seen]
        proposed = rng.permutation(allowed)[: rng.integers(0, width + 1)].tolist()
        rows[user, : len(proposed)] = proposed
        more = [item for item in by_rank.tolist() if item in allowed and item not in proposed]
        expected.append([*proposed, *more, *[-1] * width][:width])
    fill_up(rows, by_rank, history, hides=hides)
    assert rows.tolist() == expected


def fixed_scores(scores) -> SimpleNamespace:
    return SimpleNamespace(scores=lambda histories: np.array(scores, dtype=np.float32))


def test_candidates_are_the_best_of_the_voters_then_the_most_popular_and_never_known():
    models = {
        "first": fixed_scores([[0, 8, 4, 0, 0, 0]]),
        "second": fixed_scores([[9, 0, 9, 0, 0, 0]]),
        "no voter": fixed_scores([[0, 0, 0, 0, 99, 0]]),
    }
    made = Block.of(
        Histories.of_items([0], n_items=6),
        models,
        voters=["first", "second"],
        popular=np.array([5, 0, 4, 3, 2, 1], dtype=np.int32),
        n_candidates=4,
    )
    assert made.candidates.tolist() == [[2, 1, 5, 4]]  # 1.5 and 1; then by popularity
    assert made.item_row.tolist() == made.candidates.tolist()
    assert made.scores["no voter"][0, 4] == 99


def test_popularity_falls_and_ties_fall_to_the_lower_row():
    history = Histories.of_items([3, 1, 2], n_items=5)
    assert by_popularity(history).tolist() == [1, 2, 3, 0, 4]

"""Candidates and standings against sorting and loops in plain Python."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from diary import histories_from, random_diaries
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.feature_space import by_popularity
from m6rec_core.scorer.features.block import Block, at
from m6rec_core.scorer.features.block import standing as standing_of
from m6rec_core.scorer.features.proposing import blend, fill_up
from m6rec_core.similarity.linear import SparseItemModel

seeds = st.integers(0, 10_000)
quick = settings(deadline=None, max_examples=40)  # the first call compiles


def block_of(candidates, item_row) -> Block:
    candidates, item_row = np.array(candidates, dtype=np.int32), np.array(item_row, dtype=np.int32)
    return Block(Histories.of_items([], n_items=1), {}, candidates, item_row)


def standing(scores, candidates, item_row) -> list[list[float]]:
    """(relative, z) of the pairs of one user."""
    whole = np.array([scores], dtype=np.float32)
    made = standing_of(lambda rows: at(whole, rows), block_of([candidates], [item_row]))
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
    found = standing_of(partial(at, scores), block_of(candidates, pairs))
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


@quick
@given(seeds, st.integers(1, 12))
def test_candidates_are_the_first_of_the_blended_scores_then_the_popular(seed, n):
    rng = np.random.default_rng(seed)
    histories = histories_from(random_diaries(3, 12, length=4, seed=seed), n_items=12)
    weights = sp.random(12, 12, density=0.4, random_state=rng, format="csr", dtype=np.float32)
    scores = np.round(rng.normal(0, 2, (3, 12)), 1).astype(np.float32)
    models = {"whole": fixed_scores(scores), "linear": SparseItemModel.of_weights(weights)}
    popular = rng.permutation(12).astype(np.int32)
    made = Block.of(histories, models, voters=["linear", "whole"], popular=popular, n_candidates=n)
    by_hand = histories.matrix().toarray() @ weights.toarray().T
    blended = blend([by_hand.astype(np.float32), scores])
    for user in range(3):
        free = [item for item in range(12) if item not in histories.items_of(user)]
        proposed = sorted(free, key=lambda item: (-blended[user, item], item))
        proposed = [item for item in proposed if blended[user, item] != 0]
        rest = [item for item in popular.tolist() if item in free and item not in proposed]
        expected = [*proposed, *rest, *[-1] * n][:n]
        worth = [blended[user, item] if item >= 0 else 0 for item in made.candidates[user]]
        assert worth == pytest.approx([blended[user, i] if i >= 0 else 0 for i in expected])
        known = [by_hand[user, item] if item >= 0 else 0 for item in made.candidates[user]]
        assert made.found["linear"][user] == pytest.approx(known, abs=1e-6)


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

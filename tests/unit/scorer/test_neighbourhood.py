"""The choice of the likeness, on data where it is known which one is better."""

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from diary import Entry, histories_from
from m6rec_core.config import SimilarityConfig
from m6rec_core.progress import silent
from m6rec_core.scorer import neighbourhood
from m6rec_core.scorer.cross_fitting import Round
from m6rec_core.scorer.neighbourhood import choose, ndcg_of_rows
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.measures import MEASURES
from m6rec_core.similarity.user_based import UserSettings

N_COUPLES, N_BESTSELLERS = 20, 6
N_ITEMS = 2 * N_COUPLES + N_BESTSELLERS

# counts common users, so that bestsellers win; cosine divides that out
BY_COUNT = ItemSettings(user_exponent=0, candidate_exponent=0, history_exponent=0, power=1)
BY_COSINE = ItemSettings(measure="cosine", neighbours=20)
NEAREST, FEW = UserSettings(neighbours=20), UserSettings(neighbours=1)


def cut_of_couples(n_users: int = 120) -> Round:
    """Items 2k and 2k + 1 always go together, half of the users have each bestseller.

    To be found is the other half of one couple.
    """
    rng = np.random.default_rng(0)
    known, held_out = [], []
    for _ in range(n_users):
        whole, half = rng.choice(N_COUPLES, 2, replace=False)
        sold = np.flatnonzero(rng.random(N_BESTSELLERS) < 0.5) + 2 * N_COUPLES
        known.append([Entry(int(i)) for i in (2 * whole, 2 * whole + 1, 2 * half, *sold)])
        held_out.append([Entry(int(2 * half + 1))])
    nothing = histories_from([[]] * len(known), n_items=N_ITEMS)
    return Round(
        histories_from(known, n_items=N_ITEMS), histories_from(held_out, n_items=N_ITEMS), nothing
    )


CUT = cut_of_couples()


def chosen(config: SimilarityConfig | None = None, cut: Round = CUT, *, seed: int = 0):
    return choose(cut, config or SimilarityConfig(), seed=seed, progress=silent)


@pytest.mark.parametrize("trials", [(BY_COUNT, BY_COSINE), (BY_COSINE, BY_COUNT)])
def test_the_better_of_two_is_chosen_whichever_comes_first(monkeypatch, trials):
    monkeypatch.setattr(neighbourhood, "ITEM_TRIALS", trials)
    monkeypatch.setattr(neighbourhood, "USER_TRIALS", (FEW, NEAREST))
    found, tried = chosen()
    assert found.item == BY_COSINE
    ndcg = {(trial.side, trial.settings["measure"]): trial.ndcg for trial in tried}
    assert ndcg["item", "cosine"] > ndcg["item", "degree"] + 0.2
    assert [trial.side for trial in tried] == ["item", "item", "user", "user"]
    assert {trial.users for trial in tried} == {120}


def test_users_alike_are_chosen_by_what_they_find(monkeypatch):
    monkeypatch.setattr(neighbourhood, "ITEM_TRIALS", (BY_COSINE,))
    monkeypatch.setattr(neighbourhood, "USER_TRIALS", (FEW, NEAREST))
    found, tried = chosen()
    best = max(tried[1:], key=lambda trial: trial.ndcg)
    assert tried[1].ndcg != tried[2].ndcg
    assert found.user == UserSettings(**best.settings)


def test_the_first_of_equals_is_chosen(monkeypatch):
    # more neighbours than there are items: the two cannot differ
    twins = [ItemSettings(measure="cosine", neighbours=n) for n in (200, 100)]
    monkeypatch.setattr(neighbourhood, "ITEM_TRIALS", twins)
    monkeypatch.setattr(neighbourhood, "USER_TRIALS", (NEAREST,))
    found, tried = chosen(cut=cut_of_couples(15))
    assert tried[0].ndcg == tried[1].ndcg
    assert found.item == twins[0]


def test_a_trial_is_the_ndcg_over_the_whole_catalogue_without_what_is_known(monkeypatch):
    monkeypatch.setattr(neighbourhood, "ITEM_TRIALS", (BY_COUNT,))
    monkeypatch.setattr(neighbourhood, "USER_TRIALS", (NEAREST,))
    _, tried = chosen()
    known, wanted = CUT.known.matrix().toarray(), CUT.held_out.matrix().toarray()
    likeness = fit_item_neighbours(CUT.known.matrix(), BY_COUNT).matrix.toarray()
    scores = (known @ likeness.T).astype(np.float64)
    scores += 1e-7 * np.arange(N_ITEMS, 0, -1)  # ties fall to the lower row
    scores[known > 0] = -1
    assert tried[0].ndcg == pytest.approx(ndcg_score(wanted, scores, k=10), abs=1e-6)


def test_users_with_nothing_to_find_are_not_asked():
    known = histories_from([[Entry(0), Entry(1)]] * 3 + [[]], n_items=3)
    held_out = histories_from([[Entry(2)], [Entry(2)], [], [Entry(2)]], n_items=3)
    _, tried = chosen(cut=Round(known, held_out, held_out))
    assert {trial.users for trial in tried} == {2}


def test_of_many_users_a_sample_by_seed_is_asked(monkeypatch):
    monkeypatch.setattr(neighbourhood, "TRIAL_USERS", 30)
    monkeypatch.setattr(neighbourhood, "ITEM_TRIALS", (BY_COUNT,))
    monkeypatch.setattr(neighbourhood, "USER_TRIALS", (NEAREST,))
    first, again, other = (chosen(seed=seed)[1][0] for seed in (1, 1, 2))
    assert first.users == 30
    assert first.ndcg == again.ndcg != other.ndcg


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_that_is_given_is_taken_without_trials(measure):
    given = SimilarityConfig(measure=measure, weighting="bm25", neighbours=7, shrinkage=3.0)
    found, tried = chosen(given)
    assert tried == ()
    for settings in (found.item, found.user):
        assert settings.measure == measure
        assert settings.weighting == "bm25"
        assert settings.neighbours == 7
        assert settings.shrinkage == 3


def test_what_is_not_given_is_usual_for_the_measure():
    found, _ = chosen(SimilarityConfig(measure="degree"))
    assert (found.item, found.user) == (ItemSettings(), UserSettings())
    found, _ = chosen(SimilarityConfig(measure="cosine"))
    assert found.item == ItemSettings(measure="cosine")
    assert found.user.shrinkage == 0
    assert found.user.neighbours == 100


def test_neighbours_and_shrinkage_that_are_given_hold_in_every_trial():
    given = SimilarityConfig(neighbours=7, shrinkage=3.0)
    found, tried = chosen(given, cut_of_couples(20))
    assert len({(trial.side, str(trial.settings)) for trial in tried}) == len(tried)
    assert {(trial.settings["neighbours"], trial.settings["shrinkage"]) for trial in tried} == {
        (7, 3.0)
    }
    assert found.item.neighbours == found.user.neighbours == 7


def test_a_weighting_and_exponents_that_are_given_hold_in_every_trial():
    given = SimilarityConfig(weighting="bm25", power=0.5, common_exponent=0.0, own_exponent=0.1)
    _, tried = chosen(given, cut_of_couples(20))
    for trial in tried:
        common, own = {"item": ("user", "candidate"), "user": ("item", "user")}[trial.side]
        assert trial.settings["weighting"] == "bm25"
        assert trial.settings["power"] == 0.5
        assert trial.settings[f"{common}_exponent"] == 0.0
        assert trial.settings[f"{own}_exponent"] == 0.1


def test_ranked_rows_count_by_place_and_padding_by_nothing():
    held_out = histories_from([[Entry(4), Entry(2)], [Entry(1)]], n_items=5)
    rows = np.array([[3, 4, -1], [0, 1, 2]], dtype=np.int32)
    scores = np.array([[0.9, 0.5, 0.0], [-1, -2, -3]], dtype=np.float32)
    second = 1 / np.log2(3)
    expected = (second / (1 + second) + second) / 2  # one of two found at rank 2, one of one
    assert ndcg_of_rows(rows, scores, held_out) == pytest.approx(expected)

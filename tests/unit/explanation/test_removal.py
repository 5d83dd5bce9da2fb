"""Past items taken away and given, through the list-making of a recommender of plain arrays."""

import numpy as np
import pytest

from m6rec_core.explanation.counterfactual import smallest_removal
from m6rec_core.explanation.effects import history_effects
from m6rec_core.explanation.fidelity import fidelity_curves, likeness_order, mean_curves
from m6rec_core.explanation.removal import Removals, only_each, without_each
from toy_recommender import ToyRecommender


@pytest.fixture(scope="module")
def toy() -> ToyRecommender:
    return ToyRecommender()


def couples(toy) -> list[tuple[Removals, int]]:
    """The first item of each user's list that has its couple in the history, and the entry of the couple."""
    found = []
    for user in (f"u{number}" for number in range(30)):
        history = toy.histories([user])
        owned = toy.interactions.items.ids_of(history.item_row).tolist()
        first = int(toy.recommend(history, n=1).item_row[0, 0])
        number = int(str(toy.interactions.items.ids_of([first])[0])[1:])
        if f"i{number ^ 1}" in owned:
            found.append((Removals(toy, history, first), owned.index(f"i{number ^ 1}")))
    return found


def couple(toy) -> tuple[Removals, int]:
    return couples(toy)[0]


def test_scores_of_versions_are_those_of_the_histories_typed_in(toy):
    removals, entry = couple(toy)
    kept = without_each(len(removals))[[entry]]
    by_hand = removals.history.keep(kept[0])
    features = toy.pair_features(by_hand, np.array([[removals.item_row]]))[:, 0]
    assert removals.scores(kept)[0] == pytest.approx(float(toy.score_features(features)[0]))


def test_what_was_taken_away_does_not_come_back_as_a_recommendation(toy):
    removals, entry = couple(toy)
    kept = without_each(len(removals))[[entry]]
    listed = toy.recommend(removals.versions(kept), n=12).item_row[0]
    away = removals.history.item_row[entry]
    assert away in listed  # the recommender alone would bring it back
    others = [row for row in listed if row >= 0 and row not in removals.history.item_row]
    assert removals.outcome(kept).rank[0] == others.index(removals.item_row) + 1


def test_shares_of_a_list_sum_to_one(toy):
    history = toy.histories(["u3"])
    unseen = np.setdiff1d(np.arange(12), history.item_row)
    whole = np.ones((1, len(history.item_row)), bool)
    shares = [Removals(toy, history, int(row)).outcome(whole).share[0] for row in unseen]
    assert sum(shares) == pytest.approx(1.0)


def test_margin_is_above_zero_exactly_for_the_first_places(toy):
    history = toy.histories(["u5"])
    unseen = np.setdiff1d(np.arange(12), history.item_row)
    whole = np.ones((1, len(history.item_row)), bool)
    for row in unseen:
        found = Removals(toy, history, int(row)).outcome(whole, top=2)
        assert (found.margin[0] > 0) == (found.rank[0] <= 2)


def test_the_couple_in_the_history_has_the_largest_effect(toy):
    removals, entry = couple(toy)
    found = history_effects(removals, np.zeros(len(removals)))
    assert found.taken.argmax() == entry
    assert found.alone.argmax() == entry
    assert found.strength.argmax() == entry
    whole = removals.outcome(np.ones((1, len(removals)), bool)).share[0]
    without = removals.outcome(without_each(len(removals))[[entry]]).share[0]
    assert found.taken[entry] == pytest.approx(np.log(whole / without))
    alone = removals.outcome(only_each(len(removals))[[entry]])
    assert alone.rank[0] == 1


def test_an_item_drops_out_without_its_couple_and_the_set_is_verified(toy):
    removals, entry = couple(toy)
    found = smallest_removal(removals, np.arange(len(removals)), top=1)
    assert found is not None
    assert entry in found.entries
    kept = np.ones((1, len(removals)), bool)
    kept[0, list(found.entries)] = False
    assert removals.outcome(kept).rank[0] == found.rank_after > 1
    assert found.rank_before == 1


def test_no_single_past_item_would_do_where_more_are_named(toy):
    more = 0
    for removals, _ in couples(toy):
        found = smallest_removal(removals, np.zeros(len(removals)), top=3)
        if found is None or len(found.entries) > 1:
            singles = removals.outcome(without_each(len(removals)), top=3)
            assert (singles.rank <= 3).all()
            more += 1
    assert more > 0


def test_an_item_that_is_not_on_top_has_nothing_to_drop_from(toy):
    removals, _ = couple(toy)
    history = removals.history
    ranked = toy.recommend(history, n=12).item_row[0]
    last = int([row for row in ranked if row >= 0][-1])
    assert smallest_removal(Removals(toy, history, last), np.zeros(6), top=1) is None


def test_curves_begin_and_end_where_all_or_nothing_is_left(toy):
    removals, entry = couple(toy)
    order = -np.abs(np.arange(len(removals)) - entry)
    found = fidelity_curves(removals, order)
    assert found.deleted[0] == found.inserted[-1] == pytest.approx(1.0)
    assert found.deleted[-1] == pytest.approx(found.inserted[0])
    assert len(found.share) == 11
    assert found.still_among(12) == 1.0


def test_the_true_order_beats_its_reverse(toy):
    removals, _ = couple(toy)
    taken = history_effects(removals, np.zeros(len(removals))).taken
    good, bad = fidelity_curves(removals, taken), fidelity_curves(removals, -taken)
    assert good.deletion < bad.deletion
    assert good.insertion > bad.insertion
    assert good.still_among(1) <= bad.still_among(1)
    assert bad.deletion > mean_curves([good, bad]).deletion > good.deletion


def test_plain_likeness_counts_who_has_both(toy):
    removals, _ = couple(toy)
    behaviour = toy.training.matrix().toarray() > 0
    item, past = removals.item_row, int(removals.history.item_row[2])
    both = (behaviour[:, item] & behaviour[:, past]).sum()
    either = (behaviour[:, item] | behaviour[:, past]).sum()
    product = behaviour[:, item].sum() * behaviour[:, past].sum()
    assert likeness_order(toy.training, removals)[2] == pytest.approx(both / np.sqrt(product))
    jaccard = likeness_order(toy.training, removals, jaccard=True)
    assert jaccard[2] == pytest.approx(both / either)

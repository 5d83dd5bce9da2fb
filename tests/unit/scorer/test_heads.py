"""Several kinds of events learned together: which they are, what their heads learn, and how much it counts."""

from dataclasses import replace

import numpy as np
import pytest

from diary import Entry, histories_from
from m6rec_core.config import Config, ScorerConfig
from m6rec_core.data.histories import Histories
from m6rec_core.errors import ConfigError
from m6rec_core.progress import silent
from m6rec_core.scorer import cross_fitting
from m6rec_core.scorer.feature_space import Attributes
from m6rec_core.scorer.fitting import further_kinds, training_lists
from m6rec_core.scorer.scoring import scoring
from m6rec_core.scorer.signals import Neighbourhood
from m6rec_core.scorer.training import fit, further_heads
from m6rec_core.scorer.training_lists import CANDIDATE, EXTRA, TrainingLists
from m6rec_core.similarity.item_based import ItemSettings
from m6rec_core.similarity.user_based import UserSettings

VIEW, CART, PURCHASE, RETURN = 1, 2, 4, 8
KINDS = ("view", "cart", "purchase", "return")


def shop(*, has_time: bool = True, n_users: int = 30, n_items: int = 20) -> Histories:
    """Everybody views ten items, puts some of them into the cart and buys some of those."""
    rng = np.random.default_rng(0)
    diaries, kinds = [], []
    for _ in range(n_users):
        diary = []
        for place, item in enumerate(rng.permutation(n_items)[:10]):
            done = VIEW | int(rng.choice([0, CART, CART | PURCHASE]))
            diary.append(Entry(int(item), 10 * place, is_target=bool(done & PURCHASE)))
            kinds.append(done)
        diaries.append(diary)
    made = histories_from(diaries, n_items=n_items, has_time=has_time)
    return replace(made, kinds=np.array(kinds, dtype=np.int32), kind_names=KINDS)


def test_all_means_every_kind_that_occurs_but_the_target():
    assert further_kinds(shop(), "all") == ("view", "cart")
    assert further_kinds(shop(), "") == ()
    assert further_kinds(shop(), " cart , view,cart") == ("cart", "view")


@pytest.mark.parametrize("name", ["click", "purchase", "return"])
def test_a_kind_that_cannot_be_learned_is_named_with_those_that_can(name):
    with pytest.raises(ConfigError, match=rf"'{name}' of scorer\.heads.*: view, cart\."):
        further_kinds(shop(), name)


def test_kinds_follow_their_entries():
    whole = shop()
    part = whole.take([3, 1]).keep(whole.take([3, 1]).is_target)
    assert part.kind_names == KINDS
    assert (part.kinds & PURCHASE).all()
    bought = [int(i) for u in (3, 1) for i in whole.take([u]).item_row[whole.take([u]).is_target]]
    assert part.item_row.tolist() == bought


@pytest.mark.parametrize("has_time", [True, False])
def test_the_marks_of_a_kind_are_what_was_done_outside_the_known_history(has_time):
    config = Config.from_flat(
        {"scorer.heads": "cart,view", "ranking.candidates": 10, "signals.spectral": False}
    )
    whole = shop(has_time=has_time)
    usual = Neighbourhood(ItemSettings(), UserSettings())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cross_fitting, "MOST_ROUNDS", 1)
        lists = training_lists(whole, Attributes(), config, usual, progress=silent)
        (cut,) = cross_fitting.rounds(whole, seed=config.seed, count=1, with_others=True)
    assert lists.further.tolist() == ["cart", "view"]
    marked = 0
    for row, user in enumerate(lists.user_row):
        known, mine = cut.known.items_of(user), whole.take([user])
        done = dict(zip(mine.item_row.tolist(), mine.kinds.tolist(), strict=True))
        for item, acts in zip(lists.item_row[row].tolist(), lists.acts[row].tolist(), strict=True):
            expected = 0 if item in known else done.get(item, 0)
            assert acts == (expected & CART > 0) + 2 * (expected & VIEW > 0)
            marked += acts == 2
    assert marked > 0  # views of what was not bought are there as well


def planted(n: int = 200, slots: int = 12) -> TrainingLists:
    """What is bought follows the first feature, what is viewed the second."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(n, slots, 3)).astype(np.float32)
    best = features.argmax(axis=1)  # (n, 3)
    kind = np.full((n, slots), CANDIDATE, dtype=np.int8)
    kind[:, 9:] = EXTRA
    return TrainingLists(
        features=features,
        is_positive=np.arange(slots) == best[:, :1],
        kind=kind,
        rating=np.full((n, slots), np.nan, dtype=np.float32),
        n_positive=np.ones(n, dtype=np.int32),
        user_row=np.arange(n, dtype=np.int32),
        item_row=np.tile(np.arange(slots, dtype=np.int32), (n, 1)),
        is_validation=np.arange(n) % 5 == 0,
        names=np.array(["a", "b", "c"]),
        further=np.array(["view"]),
        acts=(np.arange(slots) == best[:, 1:2]).astype(np.int32),
    )


FEW = ScorerConfig(hidden="8", epochs=8, batch_size=16, learning_rate=0.03, heads_weight=1.0)


def agreement(lists: TrainingLists, config: ScorerConfig) -> list[list[float]]:
    """(heads, features): correlation of each head's output with each feature."""
    model = fit(lists, config, seed=0, progress=silent).model
    found = []
    for head in ("relevance", *further_heads(lists)):
        scores = scoring(model, head)(lists.features).ravel()
        found.append(
            [np.corrcoef(scores, column)[0, 1] for column in lists.features.reshape(-1, 3).T]
        )
    return found


@pytest.mark.parametrize("loss", ["listwise", "cross_entropy", "squared_error"])
def test_each_head_learns_the_behaviour_that_it_stands_for(loss):
    bought, viewed = agreement(planted(), replace(FEW, loss=loss, heads_loss=loss))
    assert bought[0] > 0.5 > 0.35 > abs(bought[1])
    assert viewed[1] > 0.5 > 0.35 > abs(viewed[0])


def moved(heads_weight: float) -> float:
    """How far apart the weights of the further head end for two kinds of behaviour, all else equal."""
    other = replace(planted(), acts=planted().acts[:, ::-1].copy())
    ends = []
    for lists in (planted(), other):
        config = replace(FEW, epochs=1, heads_weight=heads_weight)
        model = fit(lists, config, seed=0, progress=silent).model
        ends.append(model.get_layer("event_0_straight").get_weights()[0])
    return float(np.abs(ends[0] - ends[1]).max())


def test_the_weight_of_a_head_decides_whether_its_events_teach_anything():
    assert moved(0.0) == 0.0
    assert moved(1.0) > 0.01


@pytest.mark.parametrize("negatives", ["hard", "random"])
def test_either_choice_of_negatives_learns_the_rule(negatives):
    bought, _ = agreement(planted(), replace(FEW, negatives=negatives))
    assert bought[0] > 0.7

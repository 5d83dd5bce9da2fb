"""The fit loop on lists with a planted rule: what it learns, what it keeps, and how it survives."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from m6rec_core.config import ScorerConfig
from m6rec_core.errors import Cancelled, DataError
from m6rec_core.progress import silent
from m6rec_core.scorer import training_step
from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.features.ratings import EXPECTED
from m6rec_core.scorer.features.sequence import CHANNELS, LENGTH, slot_name
from m6rec_core.scorer.heads import RATING
from m6rec_core.scorer.networks import build
from m6rec_core.scorer.scoring import scoring, scorings
from m6rec_core.scorer.training import batch_size, fit, untrained
from m6rec_core.scorer.training_lists import CANDIDATE, EXTRA, PADDING, TrainingLists, ndcg_at_10
from m6rec_core.scorer.training_state import Epoch

RULE = np.array([1.0, -0.5, 0.0, 0.0], dtype=np.float32)
LISTS, SLOTS = 160, 20
CHANCE = sum(1 / np.log2(rank + 1) for rank in range(1, 11)) / SLOTS  # one positive anywhere
SMALL = ScorerConfig(hidden="6", epochs=4, batch_size=16)


def planted(
    *, n: int = LISTS, rule: np.ndarray = RULE, noise: float = 0.1, seed: int = 0
) -> TrainingLists:
    """In each list the item of the largest rule · features, give or take noise, is the held-out one.

    The first 15 slots are candidates, then come 3 extras and 2 empty slots; every fourth list validates.
    """
    rng = np.random.default_rng(seed)
    scales = np.array([10.0, 0.1, 1.0, 1.0])
    standard = rng.normal(size=(n, SLOTS, 4))
    kind = np.full((n, SLOTS), CANDIDATE, dtype=np.int8)
    kind[:, 15:18], kind[:, 18:] = EXTRA, PADDING
    utility = np.where(kind == PADDING, -np.inf, standard @ rule + rng.normal(0, noise, kind.shape))
    return TrainingLists(
        features=(standard * scales).astype(np.float32),
        is_positive=utility == utility.max(axis=1, keepdims=True),
        kind=kind,
        rating=np.full(kind.shape, np.nan, dtype=np.float32),
        n_positive=np.ones(n, dtype=np.int32),
        user_row=np.arange(n, dtype=np.int32),
        item_row=np.where(kind == PADDING, -1, np.arange(SLOTS)).astype(np.int32),
        is_validation=np.arange(n) % 4 == 0,
        names=np.array(["a", "b", EXPECTED, "d"]),
    )


def trained(lists: TrainingLists, config: ScorerConfig = SMALL, *, seed: int = 0, **more):
    return fit(lists, config, seed=seed, progress=more.pop("progress", silent), **more)


def weights(model: keras.Model) -> np.ndarray:
    return np.concatenate([np.array(v, dtype=np.float64).ravel() for v in model.weights])


def validation_ndcg(model: keras.Model, lists: TrainingLists) -> float:
    held = lists.is_validation
    scores = scoring(model)(lists.features[held])
    is_candidate = lists.kind[held] == CANDIDATE
    return ndcg_at_10(scores, lists.is_positive[held], is_candidate, lists.n_positive[held])


def without_time(epochs: tuple[Epoch, ...]) -> list[tuple[int, float, float]]:
    return [(e.epoch, pytest.approx(e.loss), pytest.approx(e.validation_ndcg)) for e in epochs]


def stop_after(epochs: int, config: ScorerConfig = SMALL):
    """Progress that is cancelled when the epoch after this one is about to begin."""

    def listen(phase: str, fraction: float) -> None:
        if fraction >= epochs / config.epochs:
            raise Cancelled("The work was stopped.")

    return listen


@pytest.mark.parametrize("network", ["mlp", "additive"])
def test_a_planted_linear_rule_is_learned(network):
    config = replace(SMALL, network=network, learning_rate=0.02, epochs=12)
    found = trained(planted(noise=0.05), config)
    fresh = planted(noise=0.0, seed=1)
    n_candidates = 15
    assert found.epochs[found.best_epoch - 1].validation_ndcg > 0.6 > 2 * CHANCE
    # on lists never seen, the best of the candidates comes first
    utility = (fresh.features / np.array([10, 0.1, 1, 1], dtype=np.float32)) @ RULE
    best = utility[:, :n_candidates].argmax(axis=1)
    chosen = scoring(found.model)(fresh.features)[:, :n_candidates].argmax(axis=1)
    assert (best == chosen).mean() > 0.8


def test_lists_of_pure_chance_teach_nothing():
    found = trained(
        planted(rule=np.zeros(4, dtype=np.float32), noise=1.0), replace(SMALL, epochs=2)
    )
    assert found.epochs[found.best_epoch - 1].validation_ndcg == pytest.approx(CHANCE, abs=0.12)


def test_equal_seeds_give_equal_weights_and_others_do_not():
    lists, twice = planted(), replace(SMALL, epochs=2)
    first, again, other = (trained(lists, twice, seed=seed) for seed in (1, 1, 2))
    assert weights(again.model).tolist() == weights(first.model).tolist()
    assert without_time(again.epochs) == without_time(first.epochs)
    assert np.abs(weights(other.model) - weights(first.model)).max() > 1e-3


def test_an_interrupted_training_ends_where_it_would_have_ended(tmp_path):
    lists, config = rated(planted()), replace(SMALL, patience=9)
    whole = trained(lists, config)
    with pytest.raises(Cancelled):
        trained(lists, config, progress=stop_after(2), checkpoint=tmp_path)
    curves: list[int] = []
    resumed = trained(
        lists, config, checkpoint=tmp_path, on_epoch=lambda epochs: curves.append(len(epochs))
    )
    assert weights(resumed.model) == pytest.approx(weights(whole.model), abs=1e-6)
    assert without_time(resumed.epochs) == without_time(whole.epochs)
    assert resumed.best_epoch == whole.best_epoch
    assert curves == [2, 3, 4]  # the curve is told from its beginning
    assert len(list(tmp_path.iterdir())) == 1  # nothing half-written is left


def test_a_training_that_was_finished_is_not_begun_again(tmp_path):
    lists = planted()
    whole = trained(lists, checkpoint=tmp_path)
    curves: list[int] = []
    again = trained(lists, checkpoint=tmp_path, on_epoch=lambda epochs: curves.append(len(epochs)))
    assert weights(again.model).tolist() == weights(whole.model).tolist()
    assert again.epochs == whole.epochs  # not even the seconds are new
    assert curves == [len(whole.epochs)]  # who writes the curve down gets all of it


def test_the_best_epoch_is_kept_and_training_stops_when_nothing_gets_better():
    lists = planted(noise=0.05)
    # what is learned from the other lists makes the validation lists worse and worse
    against = replace(
        lists,
        features=np.where(lists.is_validation[:, None, None], -lists.features, lists.features),
    )
    found = trained(against, replace(SMALL, epochs=8, patience=2))
    curve = [epoch.validation_ndcg for epoch in found.epochs]
    assert found.best_epoch == np.argmax(curve) + 1
    assert len(curve) == found.best_epoch + 2 < 8
    assert max(curve) - curve[-1] > 0.001
    assert validation_ndcg(found.model, against) == pytest.approx(max(curve))


def test_without_validation_lists_all_epochs_run_and_the_last_one_is_kept():
    lists = planted()
    found = trained(replace(lists, is_validation=np.zeros(LISTS, dtype=bool)), seed=3)
    assert [epoch.epoch for epoch in found.epochs] == [1, 2, 3, 4]
    assert all(np.isnan(epoch.validation_ndcg) for epoch in found.epochs)
    assert found.best_epoch == 4


def test_validation_lists_leave_no_trace_in_the_weights():
    lists, once = planted(), replace(SMALL, epochs=1)
    other = np.where(lists.is_validation[:, None, None], 1000.0, lists.features)
    changed = replace(lists, features=other.astype(np.float32))
    assert (
        weights(trained(changed, once).model).tolist()
        == weights(trained(lists, once).model).tolist()
    )


def test_what_stands_in_empty_slots_leaves_no_trace_in_the_weights():
    lists, once = planted(), replace(SMALL, epochs=1)
    other = np.where((lists.kind == PADDING)[:, :, None], 1000.0, lists.features)
    changed = replace(lists, features=other.astype(np.float32))
    assert weights(trained(changed, once).model) == pytest.approx(
        weights(trained(lists, once).model), abs=1e-6
    )


def test_positives_that_were_not_proposed_are_learned_from_too():
    lists = planted(noise=0.0)
    swapped = np.array([EXTRA, CANDIDATE, PADDING], dtype=np.int8)[lists.kind]
    missed = replace(
        lists,
        kind=swapped,
        is_positive=lists.is_positive & (swapped == EXTRA),
        is_validation=np.zeros(LISTS, dtype=bool),
    )
    found = trained(missed, replace(SMALL, learning_rate=0.02, epochs=8))
    utility = (lists.features / np.array([10, 0.1, 1, 1], dtype=np.float32)) @ RULE
    scores = scoring(found.model)(lists.features)
    assert np.corrcoef(scores.ravel(), utility.ravel())[0, 1] > 0.8


def rated(lists: TrainingLists) -> TrainingLists:
    """Positives have a rating: what is expected, but a quarter of the scale lower."""
    features = lists.features.copy()
    features[:, :, 2] = np.random.default_rng(4).random(features.shape[:2])
    rating = np.where(lists.is_positive, features[:, :, 2] - 0.25, np.nan)
    return replace(lists, features=features, rating=rating.astype(np.float32))


def test_the_rating_head_corrects_what_the_feature_gets_wrong():
    lists = rated(planted())
    found = trained(lists, replace(SMALL, epochs=12, rating_weight=3.0, dropout=0.0, patience=12))
    fresh = rated(planted(seed=1))
    predicted = scoring(found.model, RATING)(fresh.features)
    error = np.nanmean((predicted - fresh.rating) ** 2)
    assert error < 0.25**2 / 3


def test_a_loss_that_is_no_number_is_an_error_that_says_what_to_lower():
    with pytest.raises(DataError, match=r"Lower scorer\.learning_rate"):
        trained(planted(), replace(SMALL, learning_rate=1e30))


def test_without_a_positive_there_is_nothing_to_learn():
    lists = planted()
    only_validation = lists.is_positive & lists.is_validation[:, None]
    with pytest.raises(DataError, match="Upload more events per user"):
        trained(replace(lists, is_positive=only_validation))


def test_a_handful_of_lists_can_be_trained_on():
    found = trained(planted(n=3), replace(SMALL, batch_size=0, epochs=2))
    assert np.isfinite([epoch.loss for epoch in found.epochs]).all()
    assert list(found.model.output_names) == ["relevance"]  # no ratings, no head for them


def test_progress_rises_to_one_and_the_curve_is_told_after_each_epoch():
    fractions, curves = [], []
    trained(
        planted(n=20),
        replace(SMALL, epochs=2),
        progress=lambda phase, fraction: fractions.append(fraction),
        on_epoch=lambda epochs: curves.append([epoch.epoch for epoch in epochs]),
    )
    assert fractions == [0.0, 0.5, 1.0]
    assert curves == [[1], [1, 2]]


def test_a_network_over_a_sequence_finds_the_last_items_by_their_names():
    lists = planted(n=20)
    last = [slot_name(rank, channel) for rank in reversed(range(LENGTH)) for channel in CHANNELS]
    rng = np.random.default_rng(0)
    more = rng.normal(size=(20, SLOTS, len(last))).astype(np.float32)
    wider = replace(
        lists,
        features=np.concatenate([lists.features, more], axis=2),
        names=np.array([*lists.names, *last]),
    )
    model = trained(wider, replace(SMALL, network="cnn", epochs=1)).model
    items = keras.Model(model.input, model.get_layer("last_items").output)
    rows = wider.features[0]
    standardised = (rows - wider.sample(~wider.is_validation).mean(axis=0))[:, 4:]
    found = np.array(items(rows))
    assert found.shape == (SLOTS, LENGTH, len(CHANNELS))
    assert np.corrcoef(found.reshape(SLOTS, -1).ravel(), standardised.ravel())[0, 1] > 0.99


@pytest.mark.parametrize(
    ("n_lists", "asked", "expected"),
    [(160, 0, 16), (700, 0, 32), (1_000_000, 0, 256), (5, 0, 5), (160, 7, 7), (5, 64, 5)],
)
def test_a_step_takes_as_many_lists_as_asked_for_or_about_a_twentieth(n_lists, asked, expected):
    assert batch_size(n_lists, ScorerConfig(batch_size=asked)) == expected


def some_network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return build(FeatureScale(np.zeros(4, "f4"), np.ones(4, "f4")), SMALL)


def test_predictions_have_the_shape_of_the_pairs():
    score = scoring(some_network())
    features = np.random.default_rng(0).normal(size=(3, 5, 4)).astype(np.float32)
    found = score(features)
    assert found.shape == (3, 5)
    assert found[1, 2] == pytest.approx(float(score(features[1, 2])), abs=1e-6)
    assert score(features[:0]).shape == (0, 5)


def test_many_rows_are_scored_in_parts_that_do_not_show(monkeypatch):
    model = some_network()
    features = np.random.default_rng(0).normal(size=(10, 4)).astype(np.float32)
    whole = scoring(model)(features)
    monkeypatch.setattr("m6rec_core.scorer.scoring.ROWS_PER_CALL", 3)
    assert scoring(model)(features) == pytest.approx(whole, abs=1e-6)


def listwise(scores: np.ndarray, is_positive: np.ndarray, in_list: np.ndarray) -> float:
    """Mean over the lists with a positive of the mean of -log softmax at the positives."""
    found = []
    for score, positive, member in zip(scores.astype(float), is_positive, in_list, strict=True):
        if (positive & member).any():
            total = np.log(np.exp(score[member]).sum())
            found.append(np.mean(total - score[positive & member]))
    return float(np.mean(found))


@pytest.mark.parametrize("network", ["mlp", "additive"])
def test_slots_that_are_left_out_of_a_step_change_nothing_of_the_loss(network, monkeypatch):
    monkeypatch.setitem(training_step.CANDIDATE_SHARE, network, 1.0)
    lists = planted(n=40)
    positive = lists.is_positive & (np.arange(SLOTS) % 3 > 0)  # some lists have nothing to find
    rated = np.where(positive, np.float32(0.75), np.float32(np.nan))
    lists = replace(lists, is_positive=positive, rating=rated)
    config = replace(SMALL, network=network, dropout=0.0, epochs=1, batch_size=30)
    (fresh,) = untrained(lists, config, seeds=(0,))
    seen = lists.take(np.flatnonzero(~lists.is_validation))
    scores, ratings = scoring(fresh)(seen.features), scoring(fresh, RATING)(seen.features)
    extra = (seen.kind == EXTRA) | (seen.is_positive & (seen.kind != PADDING))
    expected = (
        listwise(scores, seen.is_positive, seen.kind == CANDIDATE)
        + 0.3 * listwise(scores, seen.is_positive, extra)
        + 0.3 * float(np.mean((ratings[seen.is_positive].astype(float) - 0.75) ** 2))
    )
    assert trained(lists, config).epochs[0].loss == pytest.approx(expected, rel=1e-5)


def test_a_step_over_fewer_candidates_has_less_to_tell_a_hit_from(monkeypatch):
    lists = replace(planted(n=40), rating=np.full((40, SLOTS), np.nan, dtype=np.float32))
    config = replace(SMALL, network="additive", epochs=1, negatives="hard")
    losses = {}
    for share in (1.0, 0.5, 0.0):
        monkeypatch.setitem(training_step.CANDIDATE_SHARE, "additive", share)
        losses[share] = trained(lists, config).epochs[0].loss
    assert losses[1.0] > losses[0.5] > losses[0.0] == pytest.approx(0.0, abs=1e-6)


def test_what_is_learned_from_the_blend_stays_near_it_when_little_is_learned():
    lists = replace(planted(), names=np.array(["user_knn.z", "b", EXPECTED, "ridge.z"]))
    blend = lists.features @ np.array([0.25 / 10, 0, 0, 0.25], dtype=np.float32)
    config = replace(SMALL, learning_rate=1e-6, epochs=1)
    found = scoring(trained(lists, config, from_blend=True).model)(lists.features)
    assert np.corrcoef(found.ravel(), blend.ravel())[0, 1] > 0.999
    alone = scoring(trained(lists, config).model)(lists.features)
    assert np.corrcoef(alone.ravel(), blend.ravel())[0, 1] < 0.99


def test_networks_that_are_compiled_once_score_by_their_own_weights():
    lists = planted()
    models = untrained(lists, SMALL, seeds=(1, 2, 3))
    alone = [scoring(model)(lists.features) for model in models]
    together = [score(lists.features) for score in scorings(*models)]
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one, other)
    assert not np.allclose(alone[0], alone[2])

"""What the networks promise before and after any training: shapes, sums, starts and a life on disk."""

from functools import cache

import keras
import numpy as np
import pytest

from m6rec_core.config import ScorerConfig
from m6rec_core.errors import ConfigError
from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.heads import RATING, RELEVANCE
from m6rec_core.scorer.linear_starts import LinearStart
from m6rec_core.scorer.networks import SequenceShape, build, hidden_units

KINDS = ("mlp", "additive", "cnn", "gru")
N_FEATURES, RATING_COLUMN = 11, 1
EXPECTED_AS_IT_IS = LinearStart(np.eye(N_FEATURES, dtype=np.float32)[RATING_COLUMN], 0.0)
LAST_ITEMS = SequenceShape(start=3, length=4, channels=2)

every_kind = pytest.mark.parametrize("kind", KINDS)


def rows_of_features(n: int = 40, *, seed: int = 0) -> np.ndarray:
    """Raw features on scales that differ by powers of ten."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(n, N_FEATURES)) * 10.0 ** rng.integers(-2, 3, N_FEATURES)
    return (raw + rng.normal(size=N_FEATURES)).astype(np.float32)


def network(
    kind: str,
    *,
    scale: FeatureScale | None = None,
    rated: bool = True,
    heads: tuple[str, ...] = (RELEVANCE,),
) -> keras.Model:
    keras.utils.set_random_seed(0)
    return build(
        scale or FeatureScale.of(rows_of_features()),
        ScorerConfig(network=kind, hidden="6,5", dropout=0.5),
        heads=heads,
        rating_start=EXPECTED_AS_IT_IS if rated else None,
        sequence=LAST_ITEMS,
    )


@cache
def shaken(kind: str, *, rated: bool = True) -> keras.Model:
    """A network with all that it can learn moved away from its start. Never train it."""
    model, rng = network(kind, rated=rated), np.random.default_rng(5)
    for variable in model.trainable_variables:
        variable.assign(variable + rng.normal(0, 0.3, variable.shape).astype(np.float32))
    return model


def heads(model: keras.Model, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {name: np.array(values)[:, 0] for name, values in model(rows, training=False).items()}


@every_kind
def test_each_row_gets_one_number_from_each_head(kind):
    found = model_output_shapes(network(kind))
    assert found == {RELEVANCE: (40, 1), RATING: (40, 1)}
    assert model_output_shapes(network(kind, rated=False)) == {RELEVANCE: (40, 1)}
    further = network(kind, heads=(RELEVANCE, "event_0", "event_1"))
    assert set(model_output_shapes(further)) == {RELEVANCE, "event_0", "event_1", RATING}


def model_output_shapes(model: keras.Model) -> dict[str, tuple[int, ...]]:
    return {name: np.shape(values) for name, values in model(rows_of_features()).items()}


@every_kind
def test_a_fresh_network_expects_the_rating_that_the_feature_says(kind):
    rows = rows_of_features()
    found = heads(network(kind), rows)[RATING]
    assert found == pytest.approx(rows[:, RATING_COLUMN], abs=1e-5)
    assert not np.allclose(heads(shaken(kind), rows)[RATING], found, atol=0.1)


@every_kind
def test_lists_are_ordered_by_the_start_before_anything_is_learned(kind):
    rows, rng = rows_of_features(), np.random.default_rng(8)
    start = LinearStart(rng.normal(size=N_FEATURES).astype(np.float32), 2.0)
    keras.utils.set_random_seed(0)
    model = build(
        FeatureScale.of(rows),
        ScorerConfig(network=kind),
        heads=(RELEVANCE, "event_0"),
        order_start=start,
        sequence=LAST_ITEMS,
    )
    found, wanted = heads(model, rows), rows @ start.slope + 2.0
    for head in (RELEVANCE, "event_0"):
        assert found[head] == pytest.approx(wanted, rel=1e-4, abs=1e-3)


@every_kind
def test_every_head_can_learn_from_every_feature(kind):
    rows = rows_of_features()
    model = shaken(kind)
    before = heads(model, rows)
    for column in range(N_FEATURES):
        moved = rows.copy()
        moved[:, column] += rows[:, column].std()
        after = heads(model, moved)
        for head in (RELEVANCE, RATING):
            assert np.abs(after[head] - before[head]).max() > 1e-4, (column, head)


@every_kind
def test_a_network_read_from_disk_gives_the_same_numbers(kind, tmp_path):
    model = shaken(kind)
    model.save(tmp_path / "scorer.keras")
    loaded = keras.models.load_model(tmp_path / "scorer.keras")
    rows = rows_of_features(seed=3)
    for head, expected in heads(model, rows).items():
        assert heads(loaded, rows)[head] == pytest.approx(expected, abs=1e-6)


@every_kind
def test_the_network_standardises_raw_features_itself(kind):
    rows = rows_of_features()
    raw = shaken(kind)
    plain = network(kind, scale=FeatureScale(np.zeros(N_FEATURES, "f4"), np.ones(N_FEATURES, "f4")))
    plain.set_weights(raw.get_weights())
    standardised = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    for head, expected in heads(plain, standardised.astype(np.float32)).items():
        assert heads(raw, rows)[head] == pytest.approx(expected, abs=1e-4)


@every_kind
def test_serving_switches_nothing_off(kind):
    model, rows = shaken(kind), rows_of_features()
    assert heads(model, rows)[RELEVANCE].tolist() == heads(model, rows)[RELEVANCE].tolist()


@pytest.mark.parametrize("head", [RELEVANCE, RATING])
def test_the_additive_score_is_the_sum_of_its_contributions(head):
    model, rows = shaken("additive"), rows_of_features()
    layer = keras.Model(model.input, model.get_layer(f"{head}_contributions").output)
    contributions = np.array(layer(rows))
    offset = rows_of_features()[:, RATING_COLUMN].mean() if head == RATING else 0.0
    assert contributions.shape == rows.shape
    assert contributions.sum(axis=1) + offset == pytest.approx(heads(model, rows)[head], abs=1e-4)


def interaction(kind: str, first: int, second: int) -> float:
    """How much the effect of one feature depends on another, as a share of the range of the scores.

    That is the largest f(a', b') - f(a', b) - f(a, b') + f(a, b).
    """
    model = shaken(kind, rated=False)
    rows = rows_of_features(seed=1)
    moved = {(): rows}
    for columns in ((first,), (second,), (first, second)):
        other = rows.copy()
        other[:, columns] += rows[:, columns].std(axis=0)
        moved[columns] = other
    score = {columns: heads(model, values)[RELEVANCE] for columns, values in moved.items()}
    both = score[(first, second)] - score[(first,)] - score[(second,)] + score[()]
    return float(np.abs(both).max() / np.ptp(score[()]))


def test_in_the_additive_network_no_feature_changes_the_effect_of_another():
    assert interaction("additive", 0, 4) < 1e-6
    assert interaction("mlp", 0, 4) > 5e-4


def test_a_feature_that_never_changes_stays_out_of_the_way():
    rows = rows_of_features()
    rows[:, 4] = 7.0
    scale = FeatureScale.of(rows)
    assert scale.mean[4] == 7
    assert scale.deviation[4] == 1
    assert np.isfinite(heads(network("mlp", scale=scale), rows)[RELEVANCE]).all()


def test_the_scale_is_mean_and_standard_deviation():
    scale = FeatureScale.of(np.array([[1, 10], [3, 10], [5, 40], [7, 40]], dtype=np.float32))
    assert scale.mean.tolist() == [4, 25]
    assert scale.deviation == pytest.approx([np.sqrt(5), 15])


@pytest.mark.parametrize("kind", ["cnn", "gru"])
def test_networks_over_a_sequence_refuse_features_without_one(kind):
    scale = FeatureScale.of(rows_of_features())
    with pytest.raises(ConfigError, match=r"Set scorer\.network to mlp or additive"):
        build(scale, ScorerConfig(network=kind))


@pytest.mark.parametrize("kind", ["cnn", "gru"])
def test_networks_over_a_sequence_mind_its_order(kind):
    model, rows = shaken(kind, rated=False), rows_of_features()
    columns = LAST_ITEMS.start + np.arange(8).reshape(4, 2)
    swapped = rows.copy()
    swapped[:, columns[[0, 3]]] = rows[:, columns[[3, 0]]]
    difference = heads(model, rows)[RELEVANCE] - heads(model, swapped)[RELEVANCE]
    assert np.abs(difference).max() > 1e-3


@pytest.mark.parametrize(
    ("text", "units"),
    [("64,32", (64, 32)), ("8", (8,)), (" 16 , 1024 ", (16, 1024)), (",".join("1" * 8), (1,) * 8)],
)
def test_layer_sizes_are_read_from_the_input_on(text, units):
    assert hidden_units(ScorerConfig(hidden=text)) == units


@pytest.mark.parametrize(
    "text", ["", ",", "0", "-3", "1025", "64;32", "1.5", "many", ",".join("1" * 9)]
)
def test_wrong_layer_sizes_are_named_and_mended(text):
    with pytest.raises(ConfigError, match="as '64,32'") as caught:
        hidden_units(ScorerConfig(hidden=text))
    assert repr(text) in str(caught.value)

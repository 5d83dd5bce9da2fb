"""The whole way from data to a run directory: what is written, what is repeatable, what survives a stop."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from diary import Entry, histories_from, random_diaries
from m6rec_core import pipeline, schema
from m6rec_core.config import Config
from m6rec_core.data.storage import read_interactions
from m6rec_core.errors import Cancelled
from m6rec_core.progress import silent
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.signals import Neighbourhood, fit_models
from m6rec_core.similarity.item_based import ItemSettings
from m6rec_core.similarity.user_based import UserSettings
from m6rec_core.workspace.artefacts import committed_folder
from rated_run import OPTIONS, rated_dataset, train_rated_run

FILES = {
    *("config.json", "data.json", "summary.json", "scorer.json", "similarity.json"),
    *("interactions.parquet", "held_out.parquet", "users.parquet", "items.parquet"),
    *("rejected.parquet", "scorer.keras", "scorer.tflite", "layers.tflite", "weights.npz"),
    *("explanation.npz", "metrics.json", "importance.json", "gap.json", "learning.jsonl"),
    *(
        "per_user.parquet",
        "models",
        "tensorboard",
        "ablation.json",
        "cold_start.json",
        "reasons.json",
        "sanity.json",
    ),
}


@pytest.fixture(scope="module")
def folder(make_once: Callable[..., Path]) -> Path:
    """Of a run trained without any disturbance. Never write into it."""
    return make_once("rated-run", train_rated_run)


@pytest.fixture(scope="module")
def run(folder) -> Path:
    return folder / "run"


def read(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def curve(run: Path) -> list[dict]:
    lines = [json.loads(line) for line in (run / "learning.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


def all_scores(run: Path) -> np.ndarray:
    recommender = Recommender.load(run)
    return recommender.recommend(recommender.training, 10_000, include_seen=True).score


def test_a_run_directory_holds_all_that_is_read_later(run):
    assert {path.name for path in run.iterdir()} == FILES


def test_the_configuration_comes_back_as_it_was(run):
    assert Config.from_dict(read(run / "config.json")) == Config.from_flat(OPTIONS)


def test_progress_never_falls_and_ends_at_one(folder):
    told = read(folder / "told.json")
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    phases = list(dict.fromkeys(phase for phase, _ in told))
    assert len(phases) > 6
    assert all(phases)


def test_what_is_held_out_is_not_learned_from(run):
    recommender = Recommender.load(run)
    events = recommender.interactions
    held_out = read_interactions(run / "held_out.parquet", events.users, events.items)
    learned = events.to_frame().set_index(["user_id", "item_id"]).index
    tested = held_out.to_frame().set_index(["user_id", "item_id"]).index
    assert len(tested) == 70
    assert tested.intersection(learned).empty


def held_out_pairs(run: Path) -> set[tuple[int, int]]:
    held_out = Recommender.load(run).held_out
    return set(zip(held_out.user_row.tolist(), held_out.item_row.tolist(), strict=True))


def test_no_model_has_seen_what_is_held_out(run):
    recommender = Recommender.load(run)
    items_of = recommender.models["user_knn"].items_of
    known = {
        (user, int(item))
        for user in range(70)
        for item in items_of.indices[items_of.indptr[user] : items_of.indptr[user + 1]]
    }
    assert len(known) == len(recommender.training.item_row)
    assert not known & held_out_pairs(run)


def test_each_user_s_latest_event_is_the_one_held_out(run):
    recommender = Recommender.load(run)
    held_out, learned = recommender.held_out.to_frame(), recommender.interactions.to_frame()
    latest = learned.groupby("user_id")["timestamp"].max()
    assert (held_out["timestamp"].to_numpy() > latest[held_out["user_id"]].to_numpy()).all()
    assert len(learned) + len(held_out) == len(rated_dataset().interactions)


def test_the_evaluation_ranks_all_models_and_the_scorer_beats_chance(run):
    metrics = read(run / "metrics.json")
    assert metrics["users"] == 70
    assert tuple(metrics["models"]) == schema.MODELS
    recall = {name: figures["recall@10"]["value"] for name, figures in metrics["models"].items()}
    assert recall["scorer"] > recall["random"] + 0.1
    assert recall["random"] == pytest.approx(10 / 32, abs=0.15)  # of some 32 items not yet seen


def test_the_curve_has_a_line_per_epoch(run):
    lines = curve(run)
    assert [line["epoch"] for line in lines] == [1, 2, 3, 4]
    assert set(lines[0]) == {"epoch", "loss", "validation_ndcg@10", "movement"}
    best = read(run / "similarity.json")["best_epoch"]
    ndcg = [line["validation_ndcg@10"] for line in lines]
    assert ndcg[best - 1] == max(ndcg) == read(run / "summary.json")["validation_ndcg@10"]


def features_of(run: Path) -> list[str]:
    return [feature["name"] for feature in read(run / "scorer.json")["features"]]


def test_the_gap_has_a_line_per_feature_and_z_scores_travel_well(run):
    distance = {line["feature"]: line["distance"] for line in read(run / "gap.json")}
    assert list(distance) == features_of(run)
    assert max(value for name, value in distance.items() if name.endswith(".z")) < 0.2


def test_the_ablation_names_every_group_and_what_is_left_without_it(run):
    found = read(run / "ablation.json")
    assert found["whole"] == pytest.approx(read(run / "summary.json")["validation_ndcg@10"])
    groups = {line["name"]: line for line in found["additions"] if line["kind"] == "group"}
    assert set(groups) == {line["group"] for line in read(run / "scorer.json")["features"]}
    for line in found["additions"]:
        assert line["adds"] == pytest.approx(found["whole"] - line["without"])
    assert groups["item similarity"]["adds"] > groups["user"]["adds"] - 0.05


def test_the_event_files_hold_the_curve(run):
    from tensorflow.compat.v1.train import summary_iterator

    (path,) = (run / "tensorboard").iterdir()
    told: dict[str, list[float]] = {}
    for event in summary_iterator(str(path)):
        for value in event.summary.value:
            assert value.metadata.plugin_data.plugin_name == "scalars"
            (number,) = np.frombuffer(value.tensor.tensor_content, dtype=np.float32)
            told.setdefault(value.tag, []).append(float(number))
    lines = curve(run)
    assert told["loss"] == pytest.approx([line["loss"] for line in lines])
    expected = [line["validation_ndcg@10"] for line in lines]
    assert told["validation ndcg@10"] == pytest.approx(expected)


def test_the_importance_covers_all_features(run):
    lines = read(run / "importance.json")["features"]
    assert sorted(line["feature"] for line in lines) == sorted(features_of(run))


def test_the_summary_says_what_a_result_depends_on(run):
    summary = read(run / "summary.json")
    assert summary["seed"] == 5
    assert summary["fingerprint"] == rated_dataset().interactions.fingerprint()
    assert {"m6rec", "python", "numpy", "keras", "tensorflow"} <= set(summary["versions"])
    assert set(summary["seconds"]) == {"split", "learn", "refit", "export", "evaluate", "explain"}


def test_the_same_seed_gives_the_same_run(run, tmp_path):
    summary = pipeline.train(rated_dataset(), Config.from_flat(OPTIONS), tmp_path)
    assert summary["metrics"] == read(run / "metrics.json")
    assert curve(tmp_path) == curve(run)
    assert all_scores(tmp_path) == pytest.approx(all_scores(run), abs=1e-6, nan_ok=True)


class StoppedAt:
    """Progress that is cancelled when a phase is told for the given time, and remembers what was told."""

    def __init__(self, phase: str = "", *, time: int = 1) -> None:
        self.phase, self.time = phase, time
        self.told: list[str] = []

    def __call__(self, phase: str, fraction: float) -> None:
        self.told.append(phase)
        if self.phase and self.told.count(self.phase) >= self.time:
            raise Cancelled("The work was stopped.")


@pytest.mark.parametrize("phase", ["holding out the test", "similarities"])
def test_a_cancelled_run_leaves_nothing(tmp_path, phase):
    with (
        pytest.raises(Cancelled),
        committed_folder(tmp_path / "run") as unfinished,
    ):
        pipeline.train(
            rated_dataset(), Config.from_flat(OPTIONS), unfinished, progress=StoppedAt(phase)
        )
    assert list(tmp_path.iterdir()) == []


def pairs_to_be_found(lists: Path) -> set[tuple[int, int]]:
    """The pairs that the network was taught to find."""
    with np.load(lists) as arrays:
        users = np.broadcast_to(arrays["user_row"][:, None], arrays["item_row"].shape)
        marked = arrays["is_positive"]
        found = zip(users[marked].tolist(), arrays["item_row"][marked].tolist(), strict=True)
        return set(found)


def test_a_run_that_is_stopped_twice_ends_like_one_that_was_not(run, tmp_path):
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    stops = [
        StoppedAt("training the network", time=3),  # two epochs are done
        StoppedAt("exporting the network"),  # all epochs are done
        StoppedAt(),
    ]
    for number, listen in enumerate(stops):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            pipeline.train(
                rated_dataset(),
                Config.from_flat(OPTIONS),
                folder,
                progress=listen,
                checkpoint=checkpoint,
            )
        except Cancelled:
            assert not (folder / "metrics.json").exists()
        assert curve(checkpoint) == curve(run)[: 2 if number == 0 else 4]
    # once before each epoch, and once at the end: no epoch is trained twice
    assert [stop.told.count("training the network") for stop in stops] == [3, 3, 1]
    (lists,) = checkpoint.glob("*/lists.npz")
    assert not held_out_pairs(run) & pairs_to_be_found(lists)
    last = tmp_path / "2"
    assert read(last / "metrics.json") == read(run / "metrics.json")
    assert curve(last) == curve(run)
    assert all_scores(last) == pytest.approx(all_scores(run), abs=1e-6, nan_ok=True)


def test_who_has_seen_everything_is_no_average_pair():
    diaries = random_diaries(20, 12, length=4, seed=0)
    diaries[3] = [Entry(item, item) for item in range(12)]
    histories = histories_from(diaries, n_items=12)
    config = Config()
    usual = Neighbourhood(ItemSettings(), UserSettings())
    models = fit_models(histories, config, usual, progress=silent)
    found = pipeline._population(FeatureSpace(histories, models, Attributes(), config), config)
    assert (found["population_item_row"] >= 0).all()
    assert 3 not in found["population_user_row"]
    assert set(found["population_user_row"]) == set(range(20)) - {3}
    assert len(found["population"]) == len(found["population_item_row"])

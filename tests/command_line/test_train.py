"""`train`: from any behaviour file to a run directory that describes itself."""

import json

import pandas as pd

import command_line


def scores_of(run, bare_file, folder):
    """The scores of all known pairs of the file, in the order of the pairs."""
    out = folder / "scores.csv"
    done = command_line.run("score", run, "--pairs", bare_file, "--out", out)
    assert done.code == 0, done.err
    return pd.read_csv(out, dtype={"user_id": str})["score"]


def test_train_prints_one_json_document_with_run_fingerprint_metrics_and_seconds(shop_run):
    report = json.loads((shop_run / "train.json").read_text())
    assert len(report["fingerprint"]) == 64
    assert {"run", "fingerprint", "metrics", "seconds"} <= report.keys()
    assert all(value >= 0 for value in report["seconds"].values())


def test_a_run_directory_lists_every_one_of_its_files_in_the_manifest(shop_run):
    run = shop_run / "run"
    manifest = json.loads((run / "manifest.json").read_text())
    files = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
    assert files - {"manifest.json"} == set(manifest["files"])
    assert {"config.json", "scorer.keras", "scorer.tflite", "layers.tflite"} <= files


def test_a_file_of_users_and_items_alone_trains_and_equal_seeds_score_equally(bare_file, tmp_path):
    for name in ("one", "two"):
        done = command_line.train(bare_file, tmp_path / name, settings=("seed=5",))
        assert done.code == 0, done.err
    first = scores_of(tmp_path / "one", bare_file, tmp_path)
    second = scores_of(tmp_path / "two", bare_file, tmp_path)
    assert first.notna().all()
    assert first.nunique() > 10
    assert first.tolist() == second.tolist()


def test_a_parquet_with_other_column_names_trains_when_they_are_mapped(bare_file, tmp_path):
    pairs = pd.read_csv(bare_file, dtype=str)
    stars = [str(1 + row % 5) for row in range(len(pairs))]
    seconds = [1_700_000_000 + 3_600 * row for row in range(len(pairs))]
    odd = pd.DataFrame(
        {"wer": pairs["user_id"], "was": pairs["item_id"], "sterne": stars, "wann": seconds}
    )
    odd.to_parquet(tmp_path / "odd.parquet")
    mapping = ("mapping.user_id=wer", "mapping.item_id=was")
    values = ("mapping.value=sterne", "mapping.timestamp=wann")
    done = command_line.train(
        tmp_path / "odd.parquet", tmp_path / "run", settings=(*mapping, *values)
    )
    assert done.code == 0, done.err
    lists = tmp_path / "lists.csv"
    done = command_line.run("recommend", tmp_path / "run", "--all", "-n", 3, "--out", lists)
    assert done.code == 0, done.err
    table = pd.read_csv(lists, dtype={"user_id": str})
    assert set(table["user_id"]) == set(pairs["user_id"])  # '007' stays '007'
    assert set(table["item_id"]) <= set(pairs["item_id"])


def test_words_on_the_command_line_win_over_the_configuration_file(bare_file, tmp_path):
    (tmp_path / "run.toml").write_text("seed = 3\n[scorer]\ndropout = 0.25\n")
    done = command_line.train(
        *(bare_file, tmp_path / "run", "--config", tmp_path / "run.toml"), settings=("seed=4",)
    )
    assert done.code == 0, done.err
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (config["seed"], config["scorer"]["dropout"]) == (4, 0.25)

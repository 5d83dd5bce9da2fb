"""`recommend`, `score`, `evaluate`, `explain`, `export` on one trained run."""

import json

import pandas as pd
import pytest

import command_line

BASELINES = {"item_cf", "user_cf", "popularity", "random"}


@pytest.fixture
def write(tmp_path):
    """Writes a table as csv and gives its path."""

    def write_table(name, **columns):
        pd.DataFrame(columns).to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return write_table


def succeed(*words):
    """The outcome of a command that must succeed."""
    done = command_line.run(*words)
    assert done.code == 0, done.err
    return done


def test_every_user_gets_a_ranked_list_without_the_items_that_they_know(
    shop_run, shop_files, tmp_path
):
    succeed("recommend", shop_run / "run", "--all", "-n", 7, "--out", tmp_path / "lists.csv")
    lists = pd.read_csv(tmp_path / "lists.csv", dtype={"user_id": str, "item_id": str})
    events = pd.read_csv(shop_files / "events.csv", dtype=str)
    assert list(lists.columns[:4]) == ["user_id", "item_id", "rank", "score"]
    assert set(lists["user_id"]) == set(events["user_id"])
    for _, own in lists.groupby("user_id"):
        assert own["rank"].tolist() == list(range(1, len(own) + 1))
        assert own["score"].is_monotonic_decreasing
    known = set(zip(events["user_id"], events["item_id"], strict=True))
    assert known.isdisjoint(zip(lists["user_id"], lists["item_id"], strict=True))


def test_seen_items_come_back_when_they_are_asked_for(shop_run, shop_files, tmp_path):
    words = ("recommend", shop_run / "run", "--all", "-n", 7, "--include-seen")
    succeed(*words, "--out", tmp_path / "lists.parquet")
    lists = pd.read_parquet(tmp_path / "lists.parquet")
    events = pd.read_csv(shop_files / "events.csv", dtype=str)
    known = set(zip(events["user_id"], events["item_id"], strict=True))
    assert not known.isdisjoint(zip(lists["user_id"], lists["item_id"], strict=True))


def test_unknown_users_share_one_full_fallback_list(shop_run, write, tmp_path):
    users = write("users.csv", user_id=["nobody", "nobody else"])
    words = ("recommend", shop_run / "run", "--users", users, "-n", 5)
    succeed(*words, "--out", tmp_path / "lists.csv")
    lists = pd.read_csv(tmp_path / "lists.csv")
    items = lists.groupby("user_id")["item_id"].apply(list)
    assert list(items.index) == ["nobody", "nobody else"]
    assert items.iloc[0] == items.iloc[1]
    assert len(set(items.iloc[0])) == 5


def test_each_pair_gets_a_score_in_the_order_of_the_file_also_unknown_ones(
    shop_run, shop_files, write, tmp_path
):
    known = pd.read_csv(shop_files / "held_out.csv", dtype=str).head(3)
    user_ids = [*known["user_id"], "nobody", known["user_id"].iloc[0]]
    item_ids = [*known["item_id"], known["item_id"].iloc[0], "nothing"]
    pairs = write("pairs.csv", user_id=user_ids, item_id=item_ids)
    succeed("score", shop_run / "run", "--pairs", pairs, "--out", tmp_path / "scores.csv")
    scores = pd.read_csv(tmp_path / "scores.csv", dtype={"user_id": str, "item_id": str})
    assert list(scores.columns) == ["user_id", "item_id", "score"]
    assert scores["user_id"].tolist() == user_ids
    assert scores["item_id"].tolist() == item_ids
    assert scores["score"].notna().all()


def test_an_item_that_only_its_file_knows_is_scored_listed_and_explained(
    shop_run, shop_files, write, tmp_path
):
    run, users = shop_run / "run", pd.read_csv(shop_files / "users.csv", dtype=str)["user_id"]
    pairs = write("pairs.csv", user_id=users, item_id=["just arrived"] * len(users))
    succeed("score", run, "--pairs", pairs, "--out", tmp_path / "scores.csv")
    scores = pd.read_csv(tmp_path / "scores.csv", dtype={"user_id": str}).set_index("user_id")[
        "score"
    ]
    assert scores.nunique() > len(users) / 2
    succeed("recommend", run, "--all", "-n", 40, "--out", tmp_path / "lists.csv")
    lists = pd.read_csv(tmp_path / "lists.csv", dtype=str)
    own = lists[lists["item_id"] == "just arrived"].set_index("user_id")["score"].astype(float)
    assert len(own) > 20
    assert own.to_numpy() == pytest.approx(scores[own.index].to_numpy(), abs=1e-4)
    words = ("--user", str(own.index[0]), "--item", "just arrived", "--json")
    found = json.loads(succeed("explain", run, *words).out)
    total = found["base"] + sum(line["contribution"] for line in found["contributions"])
    assert total == pytest.approx(found["score"], abs=1e-4)
    assert found["score"] == pytest.approx(own.iloc[0], abs=1e-4)


def test_evaluate_prints_intervals_around_every_figure_of_every_model(shop_run, shop_files):
    held_out = shop_files / "held_out.csv"
    words = ("evaluate", shop_run / "run", "--test", held_out, "--k", "5,10")
    report = json.loads(succeed(*words, "--json").out)
    assert report["users"] > 50
    assert report["protocol"]
    assert report["models"].keys() >= {"scorer", *BASELINES}
    for figures in report["models"].values():
        for name in ("ndcg@5", "recall@10"):
            figure = figures[name]
            assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1
    readable = succeed(*words).out
    assert "popularity" in readable


def test_an_explanation_adds_up_to_the_score_of_the_pair(shop_run, shop_files, write, tmp_path):
    pair = pd.read_csv(shop_files / "held_out.csv", dtype=str).iloc[0]
    words = ("--user", pair["user_id"], "--item", pair["item_id"], "--json")
    found = json.loads(succeed("explain", shop_run / "run", *words).out)
    assert (found["user_id"], found["item_id"]) == (pair["user_id"], pair["item_id"])
    total = found["base"] + sum(line["contribution"] for line in found["contributions"])
    assert total == pytest.approx(found["score"], abs=1e-4)
    assert found["trust"]["verdict"]
    assert found["trust"]["additivity_error"] <= 1e-3
    for line in found["contributions"]:
        assert {"feature", "group", "value", "contribution", "parts"} <= line.keys()
        if line["parts"]:
            parts = sum(part["contribution"] for part in line["parts"])
            assert abs(parts) <= abs(line["contribution"]) + 1e-4
    pairs = write("pairs.csv", user_id=[pair["user_id"]], item_id=[pair["item_id"]])
    succeed("score", shop_run / "run", "--pairs", pairs, "--out", tmp_path / "scores.csv")
    score = pd.read_csv(tmp_path / "scores.csv")["score"].iloc[0]
    assert score == pytest.approx(found["score"], abs=1e-4)


@pytest.mark.parametrize("unknown", ["user", "item"])
def test_an_explanation_of_an_unknown_user_or_item_is_no_error(shop_run, shop_files, unknown):
    pair = pd.read_csv(shop_files / "held_out.csv", dtype=str).iloc[0]
    user = "nobody" if unknown == "user" else pair["user_id"]
    item = "nothing" if unknown == "item" else pair["item_id"]
    found = json.loads(
        succeed("explain", shop_run / "run", "--user", user, "--item", item, "--json").out
    )
    assert (found["user_id"], found["item_id"]) == (user, item)


def test_an_exported_bundle_holds_the_light_model_and_its_parity(shop_run, tmp_path):
    succeed("export", shop_run / "run", "--out", tmp_path / "bundle")
    names = {path.name for path in (tmp_path / "bundle").rglob("*")}
    assert "scorer.tflite" in names
    assert "manifest.json" in names

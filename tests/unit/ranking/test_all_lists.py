"""Everybody's lists on disk: complete, once per user, whatever happened on the way."""

import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pyarrow.parquet as pq
import pytest

from m6rec_core.errors import ConfigError
from m6rec_core.ranking import all_lists
from m6rec_core.ranking.all_lists import Wanted, write_all_lists
from m6rec_core.ranking.recommender import Recommender


@pytest.fixture(scope="module")
def run(trained_run) -> Recommender:
    return Recommender.load(trained_run)


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(all_lists, "USERS_PER_PART", 25)


def test_every_user_has_the_list_that_they_get_alone(run, tmp_path, small_parts):
    rows = write_all_lists(run, Wanted(n=5), tmp_path / "lists.parquet", parts=tmp_path / "parts")
    table = pq.read_table(tmp_path / "lists.parquet").to_pandas()
    assert len(table) == rows == 5 * len(run.training)
    assert not table.duplicated(["user_id", "rank"]).any()
    assert not table.duplicated(["user_id", "item_id"]).any()
    assert table["user_id"].nunique() == len(run.training)
    for user_id in run.interactions.users.ids[[0, 30, 119]]:
        alone = run.recommend(run.histories([user_id]), 5)
        own = table[table["user_id"] == user_id].sort_values("rank")
        assert own["item_id"].tolist() == run.interactions.items.ids_of(alone.item_row[0]).tolist()
        assert own["score"].to_numpy() == pytest.approx(alone.score[0], abs=1e-4)
    assert set(table["source"]) == {"scorer"}


def test_what_is_there_is_not_made_again_and_nothing_is_missing(
    run, tmp_path, small_parts, monkeypatch
):
    parts = tmp_path / "parts"
    write_all_lists(run, Wanted(n=3), tmp_path / "whole.csv", parts=parts)
    for name in ("000000000025.parquet", "000000000100.parquet"):
        (parts / name).unlink()
    made = []
    make = all_lists._lists

    def counted(*given):
        made.append(given[2])
        return make(*given)

    monkeypatch.setattr(all_lists, "_lists", counted)
    write_all_lists(run, Wanted(n=3), tmp_path / "again.csv", parts=parts)
    assert sorted(made) == [25, 100]
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_parts_of_another_wish_are_not_mixed_in(run, tmp_path, small_parts):
    parts = tmp_path / "parts"
    write_all_lists(run, Wanted(n=3), tmp_path / "three.parquet", parts=parts)
    write_all_lists(run, Wanted(n=4), tmp_path / "four.parquet", parts=parts)
    table = pq.read_table(tmp_path / "four.parquet").to_pandas()
    assert (table.groupby("user_id")["rank"].max() == 4).all()


WRITER = """
import sys, time
from pathlib import Path
from m6rec_core.ranking import all_lists
from m6rec_core.ranking.recommender import Recommender
all_lists.USERS_PER_PART = 10
make = all_lists._lists
def slow(*given):
    time.sleep(0.2)
    return make(*given)
all_lists._lists = slow
run, folder = Path(sys.argv[1]), Path(sys.argv[2])
all_lists.write_all_lists(
    Recommender.load(run), all_lists.Wanted(n=3), folder / "lists.parquet", parts=folder / "parts"
)
"""


def test_a_writer_that_is_killed_goes_on_without_gaps_or_repeats(trained_run, tmp_path):
    command = [sys.executable, "-c", WRITER, str(trained_run), str(tmp_path)]
    first = subprocess.Popen(command)
    deadline = time.monotonic() + 120
    while len(list((tmp_path / "parts").glob("0*.parquet"))) < 3:
        assert first.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert not (tmp_path / "lists.parquet").exists()
    subprocess.run(command, check=True, timeout=120)
    table = pq.read_table(tmp_path / "lists.parquet").to_pandas()
    assert table.groupby("user_id").size().tolist() == [3] * 120
    assert not table.duplicated(["user_id", "item_id"]).any()


def test_ids_that_a_spreadsheet_would_run_are_defused_in_csv():
    import pyarrow as pa

    table = pa.table({"user_id": ["=1+1", "-5"], "item_id": ["@x", "007"]})
    safe = all_lists._defused(table).to_pydict()
    assert safe == {"user_id": ["'=1+1", "-5"], "item_id": ["'@x", "007"]}


def test_wishes_that_nobody_can_fulfil_are_refused(run, tmp_path):
    with pytest.raises(ConfigError, match="1 to 1000"):
        Wanted(n=0)
    with pytest.raises(ConfigError, match="The model is one of"):
        Wanted(model="oracle")
    with pytest.raises(ConfigError, match=r"parquet or csv\. Received: 'lists\.xls'"):
        write_all_lists(run, Wanted(), tmp_path / "lists.xls", parts=tmp_path / "parts")


def test_csv_holds_the_same_lists(run, tmp_path):
    write_all_lists(run, Wanted(n=2), tmp_path / "lists.csv", parts=tmp_path / "parts")
    table = pd.read_csv(tmp_path / "lists.csv", dtype={"user_id": str, "item_id": str})
    assert table.columns.tolist() == ["user_id", "item_id", "rank", "score", "source"]
    assert len(table) == 2 * len(run.training)

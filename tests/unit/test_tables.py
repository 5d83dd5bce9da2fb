"""The small tables of the command line: what is written comes back, and mistakes are named."""

from pathlib import Path

import pandas as pd
import pytest

from m6rec_core import tables
from m6rec_core.config import MappingConfig
from m6rec_core.errors import ConfigError, DataError

PAIRS = pd.DataFrame(
    {
        "user_id": ["007", "1e5", "NaN", "Zoë, the 1st", 'say "hi"'],
        "item_id": ["0", "-1", "null", "a|b;c", "x\ty"],
        "score": [0.5, -2.0, 3.25, 1e-9, 4.0],
    }
)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "ending", ["csv", "tsv", "jsonl", "parquet", "csv.gz", "tsv.gz", "jsonl.gz"]
)
def test_ids_that_look_like_numbers_come_back_as_they_were(tmp_path, ending):
    path = tmp_path / f"pairs.{ending}"
    tables.write(PAIRS, path)
    found = tables.read_columns(path, ("user_id", "item_id"))
    assert found.to_dict("list") == PAIRS[["user_id", "item_id"]].to_dict("list")


def test_a_missing_id_is_no_unknown_id(tmp_path):
    path = written(tmp_path / "pairs.csv", "user_id,item_id\nann,x\n,y\nbob,  \n,z\n")
    with pytest.raises(DataError, match=r"no user_id in 2 of its 4 rows, first in row 2 below"):
        tables.read_columns(path, ("user_id", "item_id"))
    with pytest.raises(DataError, match=r"no item_id in 1 of its 4 rows, first in row 3 below"):
        tables.read_columns(path, ("item_id",))
    with pytest.raises(DataError, match="no user_id in 2 of its 4 rows"):
        tables.read_column(path, "user_id")


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet", "csv.gz"])
def test_a_peer_reads_what_is_written(tmp_path, ending):
    path = tmp_path / f"pairs.{ending}"
    tables.write(PAIRS, path)
    read = {
        "csv": lambda: pd.read_csv(path, dtype={"user_id": str}, keep_default_na=False),
        "tsv": lambda: pd.read_csv(path, sep="\t", dtype={"user_id": str}, keep_default_na=False),
        "jsonl": lambda: pd.read_json(path, lines=True, dtype=False),
        "parquet": lambda: pd.read_parquet(path),
        "csv.gz": lambda: pd.read_csv(path, dtype={"user_id": str}, keep_default_na=False),
    }[ending]()
    assert list(read.columns) == ["user_id", "item_id", "score"]
    assert read["user_id"].tolist() == PAIRS["user_id"].tolist()
    assert read["score"].tolist() == pytest.approx(PAIRS["score"].tolist())


def test_the_gz_ending_compresses(tmp_path):
    tables.write(PAIRS, tmp_path / "pairs.csv.gz")
    assert (tmp_path / "pairs.csv.gz").read_bytes()[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("name", ["pairs.xlsx", "pairs", "pairs.gz", "pairs.parquet.gz", "csv"])
def test_other_endings_are_refused_before_anything_is_written(tmp_path, name):
    for act in (lambda path: tables.check_writable(path), lambda path: tables.write(PAIRS, path)):
        with pytest.raises(ConfigError, match=r"\.csv, \.tsv, \.jsonl, \.parquet") as caught:
            act(tmp_path / name)
        assert f"'{name}'" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"no folder '.*missing'"):
        tables.check_writable(tmp_path / "missing" / "lists.csv")


def test_a_bare_name_is_a_file_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tables.write(PAIRS, Path("lists.CSV"))
    assert (tmp_path / "lists.CSV").is_file()


def test_columns_are_found_under_other_usual_names_and_in_any_order(tmp_path):
    path = written(tmp_path / "pairs.csv", "movieId,extra,userId\n10,z,1\n20,z,2\n")
    found = tables.read_columns(path, ("user_id", "item_id"))
    assert found.to_dict("list") == {"user_id": ["1", "2"], "item_id": ["10", "20"]}


def test_a_column_that_is_missing_is_named_beside_those_that_are_there(tmp_path):
    path = written(tmp_path / "pairs.csv", "who,what\n1,2\n")
    with pytest.raises(DataError, match=r"no column 'user_id'.*who, what"):
        tables.read_columns(path, ("user_id", "item_id"))


def test_a_single_column_needs_no_particular_name(tmp_path):
    path = written(tmp_path / "users.csv", "anything\n007\nann\n")
    assert tables.read_column(path, "user_id").tolist() == ["007", "ann"]


def test_among_several_columns_the_right_one_is_taken(tmp_path):
    path = written(tmp_path / "users.csv", "age,user_id\n30,ann\n40,bob\n")
    assert tables.read_column(path, "user_id").tolist() == ["ann", "bob"]


def test_events_are_read_with_the_columns_of_the_training_file(tmp_path):
    path = written(tmp_path / "test.csv", "klant,artikel,when\nann,x,1000\nbob,y,2000\n")
    mapping = MappingConfig(user_id="klant", item_id="artikel", timestamp="when")
    found = tables.read_events(path, mapping)
    assert found["user_id"].tolist() == ["ann", "bob"]
    assert found["item_id"].tolist() == ["x", "y"]


def test_events_without_those_columns_are_read_by_the_usual_names(tmp_path):
    path = written(tmp_path / "test.csv", "user_id,item_id\nann,x\n")
    found = tables.read_events(path, MappingConfig(user_id="klant", item_id="artikel"))
    assert found[["user_id", "item_id"]].to_dict("list") == {"user_id": ["ann"], "item_id": ["x"]}

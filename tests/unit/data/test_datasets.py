"""Files become data sets, data sets are kept on disk, and errors tell how to mend."""

import gzip
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset, load_dataset
from m6rec_core.data.report import Match
from m6rec_core.errors import DataError


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_csv_of_users_and_items_only_is_enough(tmp_path: Path) -> None:
    dataset = load_dataset(written(tmp_path, "log.csv", "user_id,item_id\n1,2\n2,1\n1,007\n"))
    events = dataset.interactions
    assert sorted(events.users.ids) == ["1", "2"]
    assert sorted(events.items.ids) == ["007", "1", "2"]
    assert events.event_names == ("interaction",)
    assert not events.has_time
    assert events.rating_range is None
    assert np.isnan(events.value).all()
    assert dataset.name == "log"


def test_a_parquet_with_other_names_is_read_by_its_mapping(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    pd.DataFrame(
        {
            "who": [1, 2, 2],
            "what": ["x", "x", "y"],
            "happened": ["buy", "look", "buy"],
            "when": pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"]),
        }
    ).to_parquet(path)
    words = ("user_id=who", "item_id=what", "event=happened", "timestamp=when")
    config = Config.from_sources(words=[f"mapping.{word}" for word in words])
    events = load_dataset(path, config=config).interactions
    assert events.event_names == ("buy", "look")
    assert events.timestamp.max() == 1_578_009_600
    assert events.has_time


def test_attributes_are_found_by_the_usual_names_of_ids(tmp_path: Path) -> None:
    dataset = load_dataset(
        written(tmp_path, "e.csv", "userId,movieId,rating\na,1,4\nb,2,5\n"),
        users=written(tmp_path, "u.csv", "user_id,age\nb,30\nc,20\n"),
        items=written(
            tmp_path, "i.dat", "movieId::title::genres\n2::Two::War|Drama\n1::One::War\n"
        ),
    )
    assert dataset.users is not None
    assert dataset.items is not None
    assert sorted(dataset.items.titles()) == ["One", "Two"]
    assert dataset.items.ids is dataset.interactions.items
    assert (dataset.users.ids_without_attributes, dataset.users.rows_without_events) == (1, 1)


def test_attributes_without_a_column_of_ids_are_answered_with_the_columns(tmp_path: Path) -> None:
    events = written(tmp_path, "e.csv", "user_id,item_id\na,1\nb,2\n")
    with pytest.raises(DataError, match=r"no column with the item ids.*'heading', 'pages'"):
        load_dataset(events, items=written(tmp_path, "i.csv", "heading,pages\nx,1\n"))


def test_weights_and_target_come_from_the_configuration(tmp_path: Path) -> None:
    path = written(tmp_path, "e.csv", "user,item,event\na,x,look\nb,y,take\nb,x,return\n")
    config = Config.from_flat({"data.event_weights": "look=2,take=7,return=-1"})
    events = load_dataset(path, config=config).interactions
    weights = dict(zip(events.event_names, events.event_weights.tolist(), strict=True))
    assert weights == {"look": 2.0, "take": 7.0, "return": -1.0}
    assert events.event_names[events.target] == "take"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,1\na,2\n", "needs at least 2 users"),
        ("a,1\nb,1\n", "needs at least 2 items"),
        (",1\n,2\n", "None of the 2 rows is left after cleaning.*'no user_id'"),
        ("a,1,5,6\nb,2,5,6\n", "None of the 2 rows is left.*'unreadable'"),
    ],
)
def test_too_little_to_learn_from_is_a_clear_error(rows: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        load_dataset(written(tmp_path, "e.csv", "user_id,item_id\n" + rows))


def test_the_report_accounts_for_lines_cells_and_steps_together(tmp_path: Path) -> None:
    rows = ["a,x,4,1", "a,x,4,1", "b,y,good,2", "b,y,5,3", "short", ",z,5,4", "c,z,3,never"]
    path = written(tmp_path, "e.csv", "user,item,rating,time\n" + "\n".join(rows) + "\n")
    report = load_dataset(path).report
    assert (report.rows_in, report.rows_kept, report.rows_dropped, report.rows_rejected) == (
        7,
        2,
        2,
        3,
    )
    assert report.is_complete()
    assert report.rejected["line"].tolist() == [4, 6, 8]
    assert report.rejected["column"].tolist() == ["rating", "item", "time"]
    assert dict(report.mapping)["value"] == "rating"


def test_a_saved_data_set_comes_back_equal(tmp_path: Path, small_shop: Dataset) -> None:
    small_shop.save(tmp_path / "kept")
    again = Dataset.load(tmp_path / "kept")
    assert again.name == small_shop.name
    assert again.interactions.fingerprint() == small_shop.interactions.fingerprint()
    assert again.interactions.users.ids.tolist() == small_shop.interactions.users.ids.tolist()
    assert (
        again.interactions.event_weights.tolist() == small_shop.interactions.event_weights.tolist()
    )
    assert again.interactions.target == small_shop.interactions.target
    for ours, theirs in ((again.users, small_shop.users), (again.items, small_shop.items)):
        assert ours is not None
        assert theirs is not None
        pd.testing.assert_frame_equal(ours.frame, theirs.frame)
        assert dict(ours.kinds) == dict(theirs.kinds)
    assert again.report.to_json() == small_shop.report.to_json()


def test_rejected_rows_and_the_scale_of_ratings_are_kept_too(tmp_path: Path) -> None:
    path = written(tmp_path, "e.csv", "user,item,rating\na,x,1\nb,y,5\nbad\n")
    dataset = load_dataset(path)
    dataset.save(tmp_path / "kept")
    again = Dataset.load(tmp_path / "kept")
    assert again.interactions.rating_range == (1.0, 5.0)
    assert (again.users, again.items) == (None, None)
    pd.testing.assert_frame_equal(again.report.rejected, dataset.report.rejected)


def test_a_folder_without_a_data_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no whole data set"):
        Dataset.load(tmp_path)


def test_tables_in_memory_make_the_same_data_set_as_their_file(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"user_id": ["a", "b"], "item_id": ["x", "y"], "value": [1.0, 5.0], "timestamp": [7, 8]}
    )
    frame.to_csv(tmp_path / "e.csv", index=False)
    from_file = load_dataset(tmp_path / "e.csv")
    from_memory = Dataset.from_frames(frame)
    assert from_file.interactions.fingerprint() == from_memory.interactions.fingerprint()
    assert from_memory.report.is_complete()


def test_a_table_in_memory_without_items_is_answered_with_its_columns() -> None:
    with pytest.raises(DataError, match=r"no column 'item_id'.*'user_id', 'thing'"):
        Dataset.from_frames(pd.DataFrame({"user_id": ["a"], "thing": ["x"]}))


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    seen: list[float] = []
    path = written(tmp_path, "e.csv", "user_id,item_id\na,1\nb,2\n")
    load_dataset(path, progress=lambda phase, fraction: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_gzipped_file_of_many_rows_is_loaded_without_losing_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pairs = np.unique(rng.integers(0, 300, (60_000, 2)), axis=0)
    lines = "\n".join(f"{user}\t{item}" for user, item in pairs)
    path = tmp_path / "log.tsv.gz"
    path.write_bytes(gzip.compress(f"user_id\titem_id\n{lines}\n".encode()))
    start = time.perf_counter()
    dataset = load_dataset(path)
    assert len(dataset.interactions) == len(pairs)
    assert time.perf_counter() - start < 30  # a guard against quadratic work, not a benchmark


def test_links_and_attributes_are_joined_and_what_did_not_match_is_counted_both_ways(
    tmp_path: Path,
) -> None:
    """Of seven lines of links: two kept, one repeated, two of strangers, one without a friend, one cut."""
    links = "user_id,friend_id,weight\na,b,2\na,b,3\nb,a,\na,zoe,1\nyan,zoe,1\na,,1\nc\n"
    people = "user_id,age\na,20\na,21\nzoe,30\nb\n"
    dataset = load_dataset(
        written(tmp_path, "e.csv", "user_id,item_id\na,x\nb,y\nc,x\n"),
        users=written(tmp_path, "u.csv", people),
        links=written(tmp_path, "l.csv", links),
    )
    of_users, of_links = dataset.report.matches
    assert of_links == Match("links", 6, 1, 3, 1, 1)
    assert of_users == Match("users", 3, 2, 1, 1, 1)
    assert dataset.links is not None
    ids = dataset.interactions.users.ids
    found = {
        (ids[row.user_row], ids[row.friend_row]): row.weight for row in dataset.links.itertuples()
    }
    assert found == {("a", "b"): 3.0, ("b", "a"): 1.0}


def test_a_broken_file_of_items_is_named_as_the_analyst_calls_it(tmp_path: Path) -> None:
    events = written(tmp_path, "e.csv", "user_id,item_id\na,x\nb,y\n")
    items = written(tmp_path, "upload-17", "")
    with pytest.raises(DataError, match=r"'films\.csv' is empty"):
        load_dataset(events, items=items, names={items: "films.csv"})


def test_logs_by_day_in_several_formats_are_one_table_and_each_is_accounted_for(
    tmp_path: Path,
) -> None:
    monday = written(tmp_path, "mon.csv", "user_id,item_id,timestamp\na,x,1600000000\nb\n")
    tuesday = written(
        tmp_path, "tue.jsonl", '{"user_id": "b", "item_id": "y", "timestamp": 1600086400}\n'
    )
    report = load_dataset([monday, tuesday]).report
    assert [(file.name, file.rows, file.rejected) for file in report.files] == [
        ("mon.csv", 2, 1),
        ("tue.jsonl", 1, 0),
    ]
    assert (report.rows_in, report.rows_kept, report.rows_rejected) == (3, 2, 1)
    assert report.rejected["file"].tolist() == ["mon.csv"]


def test_a_session_stands_in_for_the_user_and_for_a_missing_one(tmp_path: Path) -> None:
    text = "user_id,session_id,item_id\na,s1,x\n,s2,y\n,,z\n"
    dataset = load_dataset(written(tmp_path, "e.csv", text))
    assert sorted(dataset.interactions.users.ids) == ["a", "s2"]
    assert {s.name: s.dropped for s in dataset.report.steps if s.dropped} == {"no user_id": 1}


def test_a_shop_s_invoices_keep_their_codes_and_turn_returns_into_cancellations(
    tmp_path: Path,
) -> None:
    """Four kept: two sales, one return, one sale of ann's second item; two lines have no customer."""
    head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    lines = (
        "536365,85123A,WHITE HOLDER,6,2010-12-01 08:26:00,2.55,17850,Norway",
        "536366,071053,METAL LANTERN,2,2010-12-01 08:28:00,3.39,13047,Chile",
        "536367,85123A,WHITE HOLDER,4,2010-12-02 08:28:00,2.55,,Norway",
        "C536379,85123A,WHITE HOLDER,-1,2010-12-03 09:41:00,2.55,17850,Norway",
        "536380,071053,METAL LANTERN,1,2010-12-04 09:41:00,3.39,17850,Norway",
        "536414,22139,,56,2010-12-01 11:52:00,0.0,,Norway",
    )
    dataset = load_dataset(written(tmp_path, "shop.csv", head + "\n".join(lines) + "\n"))
    events = dataset.interactions.to_frame()
    kept = sorted(
        zip(events["user_id"], events["item_id"], events["event"], events["value"], strict=True)
    )
    assert kept == [
        ("13047", "071053", "interaction", 2.0),
        ("17850", "071053", "interaction", 1.0),
        ("17850", "85123A", "cancellation", -1.0),
        ("17850", "85123A", "interaction", 6.0),
    ]
    weights = dict(
        zip(dataset.interactions.event_names, dataset.interactions.event_weights, strict=True)
    )
    assert weights["cancellation"] < 0 < weights["interaction"]
    assert {s.name: s.dropped for s in dataset.report.steps if s.dropped} == {"no user_id": 2}
    assert dataset.report.is_complete()


def test_lines_of_other_files_that_cannot_be_read_are_kept_apart_from_the_events(tmp_path):
    (tmp_path / "events.csv").write_text("user_id,item_id\na,x\nb,y\na,y\n")
    (tmp_path / "items.csv").write_text("item_id,colour\nx,red\ny,blue,too much\n")
    made = load_dataset(tmp_path / "events.csv", items=tmp_path / "items.csv")
    assert made.report.is_complete()
    assert made.report.rows_rejected == 0
    made.save(tmp_path / "kept")
    unread = Dataset.load(tmp_path / "kept").report.unread
    assert unread[["file", "line"]].values.tolist() == [["items.csv", 3]]
    assert "too much" in unread.loc[0, "text"]

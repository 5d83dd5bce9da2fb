"""The small parts of the pages that decide something."""

import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.choices import when
from pages.shared.exports import sanitised_csv
from pages.shared.jobs import duration
from pages.shared.map_exports import metadata_tsv
from pages.shared.panels import escaped
from pages.shared.people import matches
from pages.shared.preview import previews


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(start):
    text = sanitised_csv(pd.DataFrame({"title": [f"{start}cmd|' /C calc'!A0"]})).decode("utf-8-sig")
    cell = text.partition("\n")[2]
    assert cell.lstrip('"').startswith(f"'{start}")


def test_numbers_keep_their_sign_in_an_export():
    frame = pd.DataFrame({"score": [-1.5], "item_id": ["-7"], "=evil": ["+3"]})
    assert sanitised_csv(frame).decode("utf-8-sig") == "score,item_id,'=evil\n-1.5,-7,+3\n"


def test_an_export_opens_in_a_spreadsheet_with_its_letters():
    assert sanitised_csv(pd.DataFrame({"title": ["Amélie"]})).startswith(b"\xef\xbb\xbf")


def test_markup_from_outside_is_shown_as_it_is():
    assert escaped("[x](y) <b> $z$ :red[w]") == "\\[x\\]\\(y\\) \\<b\\> \\$z\\$ \\:\u2060red\\[w\\]"


def test_a_name_of_thousands_of_characters_is_cut_in_a_heading_and_whole_beside_it():
    app = AppTest.from_string(
        "from pages.shared.panels import heading\nheading('*Up* ' * 1000)\nheading('=1+1 <b>')"
    ).run()
    long, short = app.subheader
    assert long.value.startswith("\\*Up\\* ")
    assert long.value.endswith("…")
    assert len(long.value) < 200
    assert long.help.count("\\*Up\\*") == 1000
    assert (short.value, short.help) == ("=1\\+1 \\<b\\>", "")


def test_labels_of_a_map_run_in_no_spreadsheet():
    points = pd.DataFrame({"title": ["=1+1", "@x", "Alien"], "axis 1": [-1.0, 2.0, 3.0]})
    lines = metadata_tsv(points).decode().splitlines()
    assert lines == ["title\taxis 1", "'=1+1\t-1.0", "'@x\t2.0", "Alien\t3.0"]


def test_the_exact_id_is_the_first_match_then_what_starts_so():
    ids = pa.array(["1417", "4171", "417", "99"])
    assert matches(ids, "417") == [2, 1, 0]


def test_a_search_is_confined_to_the_segment_but_for_the_exact_id():
    ids = pa.array(["417", "4171", "4172"])
    assert matches(ids, "417", among=np.array([1])) == [0, 1]


def test_at_most_twenty_matches_are_listed():
    assert len(matches(pa.array([f"u{n}" for n in range(1000)]), "u")) == 20


def test_a_search_does_not_know_patterns():
    assert matches(pa.array(["a.c", "abc"]), "a.c") == [0]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7260, "2 h 1 min")],
)
def test_lengths_of_time_in_the_unit_that_suits_them(seconds, words):
    assert duration(seconds) == words


def test_times_as_a_person_says_them():
    now = time.time()
    assert [when(now - past) for past in (5, 300, 7200)] == ["just now", "5 min ago", "2 h ago"]


def test_previews_hold_the_first_rows_as_texts_and_a_refused_file_stops_no_other(tmp_path):
    csv, parquet, broken = (tmp_path / name for name in ("a.csv", "b.parquet", "c.parquet"))
    csv.write_text("user,item\n" + "".join(f"00{n},x{n}\n" for n in range(500)))
    pd.DataFrame({"user": range(1000), "item": ["a", None] * 500}).to_parquet(parquet)
    broken.write_bytes(b"PAR1 nothing else")
    texts, refused, cells = previews([(path, path.name) for path in (csv, broken, parquet)])
    assert len(texts.frame) == 200
    assert texts.frame["user"].iloc[7] == "007"
    assert cells.frame["user"].tolist() == [str(n) for n in range(200)]
    assert cells.frame["item"].isna().sum() == 100
    assert "'c.parquet'" in refused.error
    assert str(tmp_path) not in refused.error

"""Results as JSON."""

import json

import numpy as np
import pytest

from m6rec_core.delivery.plain import plain, write_json


def test_numpy_numbers_become_plain_ones():
    found = plain({"a": np.float32(0.5), "b": np.int64(3), 7: [np.float64(1)], "c": True})
    assert found == {"a": 0.5, "b": 3, "7": [1.0], "c": True}
    assert [type(value) for value in found.values()] == [float, int, list, bool]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, np.float32("nan"), float("nan")])
def test_what_json_has_no_word_for_becomes_null(value):
    assert plain({"a": (value,)}) == {"a": [None]}


def test_arrays_and_flags_of_numpy_are_written_too(tmp_path):
    write_json(tmp_path / "a.json", {"a": np.array([[1, 2], [3, 4]]), "b": np.bool_(True)})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [[1, 2], [3, 4]], "b": True}


def test_texts_stay_readable(tmp_path):
    write_json(tmp_path / "a.json", {"title": "Amélie – 東京"})
    assert "Amélie – 東京" in (tmp_path / "a.json").read_text("utf-8")

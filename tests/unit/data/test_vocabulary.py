"""Texts become numbers and numbers texts again: every distinct text has one, whatever the batches."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core.data.database import database
from m6rec_core.data.vocabulary import Vocabulary

CELLS = st.one_of(st.none(), st.text(max_size=4), st.sampled_from(["a", "b", "007", "é", "x" * 40]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=30), max_size=4))
def test_codes_are_those_of_a_dictionary(batches: list[list[str | None]]) -> None:
    words, known = Vocabulary(), dict[str, int]()
    for batch in batches:
        codes = words.codes_of(pa.array(batch, pa.string())).tolist()
        assert codes == [known.setdefault(text, len(known)) if text else -1 for text in batch]
    assert words.texts().tolist() == list(known)


def test_it_grows_with_texts_of_any_length() -> None:
    texts = pd.Series([f"{number}" * (number % 7 + 1) for number in range(30_000)]).sample(
        frac=1, random_state=0
    )
    texts.iloc[77] = "x" * 300_000
    codes, expected = pd.factorize(texts)
    words = Vocabulary()
    assert words.codes_of(pa.array(texts, pa.string())).tolist() == codes.tolist()
    assert words.codes_of(pa.array(texts, pa.string())).tolist() == codes.tolist()
    assert words.texts().tolist() == list(expected)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_a_slice_of_a_column_is_read_where_it_begins(kind: pa.DataType) -> None:
    column = pa.array(["a", None, "b", "c", None, "b"]).cast(kind)
    assert Vocabulary().codes_of(column.slice(1, 5)).tolist() == [-1, 0, 1, -1, 0]


def test_the_hashes_of_the_database_hang_on_the_text_alone() -> None:
    one, other = Vocabulary(), Vocabulary()
    one.codes_of(pa.array(["ann", "bob"]))
    other.codes_of(pa.array(["bob", "cid", "ann"]))
    with database() as db:
        assert one.hashes(db).tolist() == other.hashes(db)[[2, 0]].tolist()
        assert not len(Vocabulary().hashes(db))

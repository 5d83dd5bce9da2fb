"""What holds of a guess for any table whatsoever."""

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from m6rec_core.config import Config
from m6rec_core.data.mapping import guess_mapping, resolve_mapping
from m6rec_core.errors import DataError

NAMES = st.one_of(
    st.sampled_from(
        [
            "user_id",
            "item",
            "id",
            "event",
            "type",
            "rating",
            "price",
            "timestamp",
            "date",
            "session",
            "index",
            "column_1",
            "column_2",
            "column_7",
            "Price",
            "user_session",
            "event_id",
            "用户",
            "title",
        ]
    ),
    st.text(max_size=8),
)
CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "007",
            "1e5",
            "NaN",
            "inf",
            "-1",
            "0",
            "5",
            "4.5",
            "3,5",
            "view",
            "cart",
            "🙂",
            "1511544070",
            "1511544070123",
            "1e400",
            "20171124",
            "0x1F",
        ]
    ),
    st.sampled_from(["", " ", "2017-11-24", "2017-11-24T17:21:10Z", "12/1/2010 8:26", "\x00", "-"]),
    st.text(max_size=6),
    st.integers().map(str),
)


@st.composite
def tables(draw):
    """Up to six columns of texts in any writing, and up to thirty rows."""
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    row = st.tuples(*[CELLS] * len(names))
    return pd.DataFrame(draw(st.lists(row, max_size=30)), columns=names, dtype="str")


any_table = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@any_table
@given(tables())
def test_a_guess_names_present_columns_once_each_and_says_how_sure_and_why(table):
    found = guess_mapping(list(table.columns), table)
    used = [*found.sources().values(), *found.user_attributes, *found.item_attributes]
    assert len(used) == len(set(used))
    assert set(used) <= set(table.columns)
    assert found.confidence.keys() == found.reason.keys() >= found.sources().keys()
    assert all(0 < sure <= 1 for sure in found.confidence.values())


@any_table
@given(tables())
def test_a_guess_written_as_options_resolves_to_itself(table):
    columns = list(table.columns)
    found = guess_mapping(columns, table)
    try:
        again = resolve_mapping(columns, table, Config.from_flat(found.to_words()).mapping)
    except DataError:
        assert not (found.who and found.item_id)
    else:
        assert again.sources() == found.sources()
        assert again.user_attributes == found.user_attributes
        assert again.item_attributes == found.item_attributes


@any_table
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_known_columns_changes_nothing(table, random):
    known = [name for name in table.columns if name in ("user_id", "rating", "timestamp", "event")]
    order = random.sample(known, len(known))
    straight = guess_mapping(known, table[known]).sources()
    assert guess_mapping(order, table[order]).sources() == straight

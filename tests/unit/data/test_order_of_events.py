"""The order of events and the runs of equal ones, held against pandas on random rows."""

import numpy as np
import pandas as pd
import pytest

from m6rec_core.data.ordering import order_of, starts_of_chains
from m6rec_core.data.rows import Rows, before_alike, by_user


def random_rows(seed: int, *, kinds: int) -> Rows:
    rng, n = np.random.default_rng(seed), 4_000
    return Rows(
        user=rng.integers(50, 80, n).astype(np.int32),
        item=rng.integers(0, 25, n).astype(np.int32),
        kind=rng.integers(0, kinds, n).astype(np.int16),
        value=rng.random(n),
        time=rng.integers(-1_000, 1_000, n),
        position=np.arange(n),
    )


def test_keys_of_any_size_are_put_in_a_stable_order() -> None:
    key = np.random.default_rng(0).choice([0, 3, 2**11, 2**40, 2**62], 500)
    assert order_of(key).tolist() == np.argsort(key, kind="stable").tolist()


def test_events_are_ordered_by_user_then_time_then_place_in_the_file() -> None:
    rows = random_rows(1, kinds=2)
    expected = np.lexsort((rows.position, rows.time, rows.user))
    assert by_user(rows).position.tolist() == expected.tolist()


@pytest.mark.parametrize("kinds", [1, 3, 64, 200])  # above 64 another way is taken
def test_the_event_before_has_the_same_user_item_and_kind(kinds: int) -> None:
    rows = by_user(random_rows(2, kinds=kinds))
    frame = pd.DataFrame({"user": rows.user, "item": rows.item, "kind": rows.kind})
    frame["place"] = np.arange(len(frame))
    groups = frame.groupby(["user", "item", "kind"])["place"]
    before = before_alike(rows)
    assert before.tolist() == groups.shift(1, fill_value=-1).tolist()
    assert starts_of_chains(before).tolist() == groups.transform("min").tolist()


def test_no_rows_have_no_order() -> None:
    none = random_rows(3, kinds=1).take(np.zeros(4_000, dtype=bool))
    assert not len(by_user(none))
    assert not len(before_alike(none))

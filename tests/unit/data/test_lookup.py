"""Looking up one user or item in the files of a data set, against the plain table."""

import numpy as np
import pytest

from m6rec_core.data.dataset import Dataset
from m6rec_core.data.lookup import ITEMS, USERS, look_up_item, look_up_user, search_ids
from m6rec_core.errors import DataError


@pytest.fixture(scope="module")
def folder(small_shop: Dataset, tmp_path_factory: pytest.TempPathFactory):
    place = tmp_path_factory.mktemp("lookup") / "shop"
    place.mkdir()
    small_shop.save(place)
    return place


def test_a_user_is_what_the_table_of_events_says(folder, small_shop: Dataset) -> None:
    events = small_shop.interactions.to_frame()
    user = events["user_id"].iloc[0]
    own = events[events["user_id"] == user]
    found = look_up_user(folder, user)
    assert (found.events, found.others) == (len(own), own["item_id"].nunique())
    kinds = dict(zip(found.kinds, found.events_of_kind.tolist(), strict=True))
    counted = own["event"].value_counts()
    assert kinds == {kind: int(counted.get(kind, 0)) for kind in kinds}
    assert (found.first, found.last) == (own["timestamp"].min(), own["timestamp"].max())
    assert found.events_of_month.sum() == len(own)
    newest = found.newest["timestamp"].to_numpy()
    assert (np.sort(newest)[::-1] == newest).all()


def test_an_item_has_its_audience(folder, small_shop: Dataset) -> None:
    events = small_shop.interactions.to_frame()
    item = events["item_id"].iloc[-1]
    found = look_up_item(folder, item)
    own = events[events["item_id"] == item]
    assert (found.events, found.others) == (len(own), own["user_id"].nunique())
    assert found.attributes


def test_an_id_that_is_not_there_is_an_error_in_words(folder) -> None:
    with pytest.raises(DataError, match="nobody"):
        look_up_user(folder, "nobody")


def test_a_search_gives_the_exact_id_first_and_at_most_so_many(folder, small_shop: Dataset) -> None:
    user = small_shop.interactions.users.ids[-1]
    assert search_ids(folder, USERS, user)[0].one_id == user
    assert len(search_ids(folder, ITEMS, "", limit=7)) == 7
    assert search_ids(folder, ITEMS, "no such thing at all") == ()

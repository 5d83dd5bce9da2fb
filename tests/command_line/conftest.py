"""Files of a small shop, and the run that the command line trained on them."""

from pathlib import Path

import pandas as pd
import pytest

import command_line

NEW_ITEM = "just arrived"


@pytest.fixture(scope="session")
def shop_files(make_once, small_shop) -> Path:
    """Folder with events.csv, held_out.csv (each user's last purchase), users.csv and items.csv."""

    def fill(folder: Path) -> None:
        folder.mkdir()
        events = small_shop.interactions.to_frame().drop(columns="value")
        purchases = events[events["event"] == "purchase"].sort_values("timestamp", kind="stable")
        last = purchases.groupby("user_id").tail(1)
        known = events.merge(last, on="user_id", how="left", suffixes=("", "_last"))
        is_later = known["timestamp"] >= known["timestamp_last"]
        is_same_item = known["item_id"] == known["item_id_last"]
        events[~(is_later | is_same_item)].to_csv(folder / "events.csv", index=False)
        last.to_csv(folder / "held_out.csv", index=False)
        people = small_shop.users.frame.assign(user_id=small_shop.interactions.users.ids)
        goods = small_shop.items.frame.assign(item_id=small_shop.interactions.items.ids)
        people.to_csv(folder / "users.csv", index=False)
        goods = pd.concat([goods, goods.head(1).assign(item_id=NEW_ITEM)])  # in no event
        goods.to_csv(folder / "items.csv", index=False)

    return make_once("shop-files", fill)


@pytest.fixture(scope="session")
def shop_run(make_once, shop_files: Path) -> Path:
    """Folder with the run directory `run` and with `train.json`, what `train --json` printed."""

    def fill(folder: Path) -> None:
        folder.mkdir()
        tables = ("--users", shop_files / "users.csv", "--items", shop_files / "items.csv")
        done = command_line.train(
            shop_files / "events.csv", folder / "run", *tables, "--json", settings=("seed=1",)
        )
        assert done.code == 0, done.err
        (folder / "train.json").write_text(done.out)

    return make_once("shop-run", fill)


@pytest.fixture(scope="session")
def bare_file(make_once) -> Path:
    """A csv with nothing but user_id and item_id: 40 users in two camps over 24 items."""

    def fill(folder: Path) -> None:
        folder.mkdir()
        pairs = [
            (f"0{user:02d}", f"{'ab'[user % 2]}{(user * 5 + step * 7) % 12}")
            for user in range(40)
            for step in range(6 + user % 4)
        ]
        pd.DataFrame(pairs, columns=["user_id", "item_id"]).to_csv(folder / "bare.csv", index=False)

    return make_once("bare-file", fill) / "bare.csv"

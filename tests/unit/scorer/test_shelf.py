"""What is kept between trainings, and what goes when the room is short."""

import numpy as np

from diary import histories_from, random_diaries
from m6rec_core.scorer.shelf import Shelf, key_of


def made(log: list[str], name: str, size: int):
    def make() -> np.ndarray:
        log.append(name)
        return np.zeros(size, dtype=np.uint8)

    return make


def test_what_stands_on_the_shelf_is_not_made_again():
    log: list[str] = []
    shelf = Shelf(room=100)
    first = shelf.get("a", made(log, "a", 10))
    assert shelf.get("a", made(log, "a", 10)) is first
    assert log == ["a"]


def test_what_was_not_asked_for_longest_goes_first():
    log: list[str] = []
    shelf = Shelf(room=100)
    for name in ("a", "b", "a", "c", "a", "b"):  # c does not fit beside both
        shelf.get(name, made(log, name, 40))
    assert log == ["a", "b", "c", "b"]


def test_what_does_not_fit_is_given_out_and_not_kept():
    log: list[str] = []
    shelf = Shelf(room=100)
    shelf.get("small", made(log, "small", 50))
    for _ in range(2):
        assert len(shelf.get("large", made(log, "large", 101))) == 101
    shelf.get("small", made(log, "small", 50))
    assert log == ["small", "large", "large"]


def test_histories_are_told_apart_by_their_entries():
    one, same, other = (
        histories_from(random_diaries(9, 8, length=4, seed=seed), n_items=8) for seed in (1, 1, 2)
    )
    assert key_of(one) == key_of(same) != key_of(other)

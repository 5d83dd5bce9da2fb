"""The way from histories to training lists and a network."""

import numpy as np
import pytest

from diary import Entry, histories_from, random_diaries
from m6rec_core.config import Config
from m6rec_core.errors import Cancelled, DataError
from m6rec_core.progress import silent
from m6rec_core.scorer import fitting, training
from m6rec_core.scorer.cross_fitting import n_rounds
from m6rec_core.scorer.feature_space import Attributes
from m6rec_core.scorer.fitting import choose_neighbourhood, learn, training_lists
from m6rec_core.scorer.signals import Neighbourhood
from m6rec_core.similarity.item_based import ItemSettings
from m6rec_core.similarity.user_based import UserSettings

SIGNALS = ("ridge", "spectral", "factors", "random_walk", "order")
OPTIONS = {
    "ranking.candidates": 10,
    "similarity.measure": "degree",
    "scorer.hidden": "4",
    "scorer.epochs": 1,
    **{f"signals.{name}": False for name in SIGNALS},
}
USUAL = Neighbourhood(ItemSettings(), UserSettings())


def behaviour(n_users: int, *, has_time: bool, seed: int = 0):
    diaries = random_diaries(n_users, 15, length=8, seed=seed)
    return histories_from(diaries, n_items=15, has_time=has_time)


def lists_of(histories, *, seed: int = 0):
    config = Config.from_flat({**OPTIONS, "seed": seed})
    return training_lists(histories, Attributes(), config, USUAL, progress=silent)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("has_time", [True, False])
def test_no_list_of_a_validation_user_is_trained_on(seed, has_time):
    lists = lists_of(behaviour(12, has_time=has_time, seed=seed), seed=seed)
    validating = set(lists.user_row[lists.is_validation].tolist())
    training = set(lists.user_row[~lists.is_validation].tolist())
    assert validating
    assert training
    assert not validating & training
    assert len(lists.user_row[lists.is_validation]) == len(validating)  # one list each


def test_small_data_give_several_lists_of_the_same_user_with_other_items_to_find():
    lists = lists_of(behaviour(12, has_time=False))
    assert n_rounds(12) == 4
    asked = {}
    for user, row, marks in zip(lists.user_row, lists.item_row, lists.is_positive, strict=True):
        found = asked.setdefault(user, set())
        assert not found & set(row[marks].tolist())
        found |= set(row[marks].tolist())
    assert np.bincount(lists.user_row).max() == 4


@pytest.mark.parametrize(
    ("has_time", "few", "expected"),
    [(False, 500, True), (False, 10, False), (True, 500, False)],
)
def test_the_network_begins_as_the_blend_where_few_lists_look_far(
    has_time, few, expected, monkeypatch
):
    begun = []
    fit = training.fit

    def noting(*given, from_blend, **more):
        begun.append(from_blend)
        return fit(*given, from_blend=from_blend, **more)

    monkeypatch.setattr(training, "fit", noting)
    monkeypatch.setattr(fitting, "FEW_LISTS", few)
    histories = behaviour(12, has_time=has_time)
    learn(histories, Attributes(), Config.from_flat(OPTIONS), progress=silent)
    assert begun == [expected]


def test_where_nobody_has_two_items_nothing_can_be_learned():
    lonely = histories_from([[Entry(item)] for item in range(5)], n_items=5)
    with pytest.raises(DataError, match="several items each"):
        choose_neighbourhood(lonely, Config(), progress=silent)


class Interrupting:
    """Progress that is cancelled when a phase is reached, and remembers the phases."""

    def __init__(self, phase: str = "") -> None:
        self.phase, self.seen = phase, []

    def __call__(self, phase: str, fraction: float) -> None:
        self.seen.append(phase)
        if phase == self.phase:
            raise Cancelled("The work was stopped.")


def interrupted_and_resumed(tmp_path, second_options: dict) -> list[str]:
    """The phases of a second job after a first one was stopped with its lists made."""
    histories = behaviour(12, has_time=True)
    config = Config.from_flat(OPTIONS)
    with pytest.raises(Cancelled):
        learn(
            histories,
            Attributes(),
            config,
            progress=Interrupting("training the network"),
            checkpoint=tmp_path,
        )
    second = Interrupting()
    options = Config.from_flat({**OPTIONS, **second_options})
    learn(histories, Attributes(), options, progress=second, checkpoint=tmp_path)
    return second.seen


def test_the_lists_of_an_interrupted_job_are_not_made_again(tmp_path):
    assert "features of the training lists" not in interrupted_and_resumed(tmp_path, {})


def test_lists_of_another_configuration_are_not_taken(tmp_path):
    seen = interrupted_and_resumed(tmp_path, {"ranking.candidates": 12})
    assert "features of the training lists" in seen

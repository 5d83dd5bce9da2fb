"""Features from scores and neighbours against plain loops over likeness."""

import numpy as np
import pytest

from diary import Entry, histories_from, random_diaries
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.feature_space import by_popularity
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.sequence import SequenceFamily, slot_name
from m6rec_core.scorer.features.signals import EmphasisFamily, RecentFamily, SignalFamily
from m6rec_core.scorer.features.support import ItemSupportFamily, UserSupportFamily
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.user_based import UserSettings, fit_user_neighbours

N_USERS, N_ITEMS = 12, 15
DIARIES = random_diaries(N_USERS, N_ITEMS, length=6, seed=2, rated=0.8)
DIARIES[4] = []  # somebody of whom nothing is known
HISTORIES = histories_from(DIARIES, n_items=N_ITEMS)
ITEM_MODEL = fit_item_neighbours(HISTORIES.matrix(), ItemSettings(neighbours=5))
USER_MODEL = fit_user_neighbours(HISTORIES.matrix(), UserSettings(neighbours=3))
LIKENESS = ITEM_MODEL.matrix.toarray()  # row: candidate, column: item of the history


def block(histories: Histories = HISTORIES) -> Block:
    """All items as pairs, and an empty slot; the candidates are those of the two filters."""
    made = Block.of(
        histories,
        {"item_knn": ITEM_MODEL, "user_knn": USER_MODEL},
        voters=["item_knn", "user_knn"],
        popular=by_popularity(HISTORIES),
        n_candidates=6,
    )
    row = [*range(N_ITEMS), -1]
    return made.describing(np.tile(np.array(row, dtype=np.int32), (len(histories), 1)))


def standings(scores: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """(users, items, 2) by definition; no user here has candidates that all score alike."""
    made = np.zeros((*scores.shape, 2))
    for user in range(len(scores)):
        own = scores[user, candidates[user][candidates[user] >= 0]]
        for item, score in enumerate(scores[user]):
            if score > 0 and own.max() > 0:
                made[user, item, 0] = np.sqrt(score / own.max())
            if own.std() > 0:
                made[user, item, 1] = np.clip((score - own.mean()) / own.std(), -10, 10)
    return made


def weighted(weight_of) -> np.ndarray:
    """(users, items): Σ over the user's entries of weight_of(diary, place) × likeness."""
    scores = np.zeros((N_USERS, N_ITEMS))
    for user, diary in enumerate(DIARIES):
        for place, entry in enumerate(diary):
            scores[user] += weight_of(diary, place) * LIKENESS[:, entry.item]
    return scores


def check_standings(family, scores: np.ndarray) -> None:
    made = block()
    found = family.values(made)
    assert found[:, :N_ITEMS] == pytest.approx(standings(scores, made.candidates), abs=1e-4)
    assert not found[:, N_ITEMS].any()


def test_a_signal_is_the_standing_of_the_model_s_score():
    check_standings(SignalFamily("item_knn"), weighted(lambda diary, place: 1.0))


@pytest.mark.parametrize("decay", [2.0, 20.0])
def test_recent_items_count_by_their_rank_from_the_newest(decay):
    check_standings(
        RecentFamily(ITEM_MODEL, decay=decay),
        weighted(lambda diary, place: np.exp(-(len(diary) - 1 - place) / decay)),
    )


def test_liked_items_count_by_their_distance_from_the_user_s_mean_rating():
    def liking(diary: list[Entry], place: int) -> float:
        rated = [entry.rating for entry in diary if entry.rating == entry.rating]
        mine = diary[place].rating
        return mine - sum(rated) / len(rated) if mine == mine else 0.0

    check_standings(EmphasisFamily(ITEM_MODEL, by_rating=True), weighted(liking))


def test_stronger_events_count_by_their_weight():
    check_standings(
        EmphasisFamily(ITEM_MODEL, by_rating=False),
        weighted(lambda diary, place: diary[place].weight),
    )


def test_support_counts_the_history_items_that_are_neighbours_and_names_the_nearest():
    found = ItemSupportFamily(ITEM_MODEL).values(block())
    expected = np.zeros((N_USERS, N_ITEMS + 1, 2))
    for user, diary in enumerate(DIARIES):
        for item in range(N_ITEMS):
            near = [LIKENESS[item, e.item] for e in diary if LIKENESS[item, e.item] > 0]
            expected[user, item] = np.log(1 + len(near)), max(near, default=0)
    assert expected.max(axis=(0, 1))[0] > np.log(2)  # the case of several is there
    assert found == pytest.approx(expected, rel=1e-5)


def test_support_counts_the_nearest_users_who_have_the_item():
    found = UserSupportFamily(USER_MODEL, HISTORIES).values(block())[:, :, 0]
    near, _ = USER_MODEL.neighbours(HISTORIES)
    has = HISTORIES.matrix().toarray() > 0
    expected = np.zeros((N_USERS, N_ITEMS + 1))
    for user in range(N_USERS):
        for other in near[user][near[user] >= 0]:
            assert other != user
            expected[user, :N_ITEMS] += has[other]
    assert expected.max() == 3
    assert found == pytest.approx(np.log(1 + expected), rel=1e-5)


def by_name(family, values: np.ndarray, user: int, slot: int) -> dict[str, float]:
    return {
        feature.name: float(value)
        for feature, value in zip(family.features, values[user, slot], strict=True)
    }


def test_the_last_items_are_described_one_by_one():
    long_ago = [Entry(item, item) for item in range(12)]  # twelve items: two too many
    short = [Entry(3, 1, rating=0.25), Entry(7, 2, weight=0.5)]
    histories = histories_from([long_ago, short], n_items=N_ITEMS)
    family = SequenceFamily(ITEM_MODEL)
    values = family.values(block(histories))
    typical = np.median(LIKENESS[LIKENESS > 0])
    for item in range(N_ITEMS):
        found = by_name(family, values, 0, item)
        for rank in range(10):  # rank 0 is item 11, rank 9 is item 2
            expected = np.sqrt(LIKENESS[item, 11 - rank] / typical)
            assert found[slot_name(rank, "likeness")] == pytest.approx(expected, rel=1e-5)
            assert found[slot_name(rank, "weight")] == 1
    found = by_name(family, values, 1, 5)
    assert found[slot_name(0, "weight")] == 0.5  # no rating: the strength of the event
    assert found[slot_name(1, "weight")] == 0.25
    assert found[slot_name(0, "likeness")] == pytest.approx(np.sqrt(LIKENESS[5, 7] / typical))
    assert not any(found[slot_name(rank, "weight")] for rank in range(2, 10))
    assert not any(found[slot_name(rank, "likeness")] for rank in range(2, 10))


def test_the_columns_of_the_last_items_run_from_the_oldest_to_the_newest():
    names = [feature.name for feature in SequenceFamily(ITEM_MODEL).features]
    assert names[:2] == ["history.10.likeness", "history.10.weight"]
    assert names[-2:] == ["history.01.likeness", "history.01.weight"]
    assert len(names) == 20

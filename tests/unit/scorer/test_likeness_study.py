"""The effect of K and of the shrinkage against single fits, and that the test is not looked at."""

import numpy as np
import pytest

from diary import histories_from, random_diaries
from m6rec_core.progress import silent
from m6rec_core.ranking.top_n import top_n
from m6rec_core.scorer import cross_fitting, likeness_study
from m6rec_core.scorer.likeness_study import NEIGHBOURS, SHRINKAGE, Study, settings_of, study
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.user_based import UserSettings

HISTORIES = histories_from(random_diaries(60, 30, length=9, seed=2), n_items=30)


@pytest.fixture(autouse=True)
def small_grid(monkeypatch):
    monkeypatch.setattr(likeness_study, "GRID", {NEIGHBOURS: (2, 10), SHRINKAGE: (0, 20)})


def test_each_point_is_a_fit_of_its_own_on_the_known_part():
    settings = ItemSettings("cosine", neighbours=5, shrinkage=1.0)
    found = study(HISTORIES, "item", settings, seed=4, progress=silent)
    cut = next(cross_fitting.rounds(HISTORIES, seed=4, count=1))
    for neighbours, ndcg in zip(*found.of(NEIGHBOURS), strict=True):
        fitted = ItemSettings("cosine", neighbours=int(neighbours), shrinkage=1.0)
        model = fit_item_neighbours(cut.known.matrix(), fitted)
        rows, _ = top_n(model.scores(cut.known), n=10, hide=cut.known)
        wanted, ideal = cut.held_out.matrix().toarray(), cut.held_out.lengths()
        gains = []
        for user in np.flatnonzero((ideal > 0) & (cut.known.lengths() > 0)):
            hits = [wanted[user, row] if row >= 0 else 0 for row in rows[user]]
            places = 1 / np.log2(np.arange(2, 12))
            gains.append(hits @ places / places[: min(ideal[user], 10)].sum())
        assert ndcg == pytest.approx(np.mean(gains), rel=1e-5)
        assert found.users == len(gains)
    assert found.of(SHRINKAGE)[0] == (0, 20)


def test_users_alike_are_studied_too_and_a_study_lives_on_as_json():
    found = study(HISTORIES, "user", UserSettings("jaccard"), seed=0, progress=silent)
    assert len(set(found.of(NEIGHBOURS)[1])) == 2
    assert Study.from_json(found.to_json()) == found


def test_settings_of_older_runs_may_hold_other_options():
    assert settings_of("item", {"measure": "lift", "gone": 1}) == ItemSettings("lift")
    assert settings_of("user", {"neighbours": 7}) == UserSettings(neighbours=7)

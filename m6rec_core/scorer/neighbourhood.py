"""Which likeness to use: as the analyst says, or the best of a short list on held-out items."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from m6rec_core.config import SimilarityConfig
from m6rec_core.data.histories import Histories
from m6rec_core.progress import Progress, within
from m6rec_core.ranking.top_n import top_n
from m6rec_core.scorer.cross_fitting import Round
from m6rec_core.scorer.signals import Neighbourhood
from m6rec_core.scorer.training_lists import CANDIDATE, ndcg_at_10
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.protocol import ScoreModel
from m6rec_core.similarity.user_based import UserSettings, fit_user_neighbours

Settings = TypeVar("Settings", ItemSettings, UserSettings)

ITEM, USER = "item", "user"  # the sides of a trial
TRIAL_USERS = 2_000  # enough to tell settings apart that differ by a hundredth

ITEM_TRIALS = (
    ItemSettings(),
    ItemSettings(candidate_exponent=0.4, history_exponent=0.5, power=1.0),
    ItemSettings(user_exponent=0.3, candidate_exponent=0.15, history_exponent=0.6),
    ItemSettings(measure="cosine", neighbours=100),
    ItemSettings(measure="cosine", neighbours=400, shrinkage=20.0),
    ItemSettings(measure="cosine", weighting="bm25", neighbours=200),
    ItemSettings(measure="jaccard", neighbours=100),
)
USER_TRIALS = (
    UserSettings(),
    UserSettings(neighbours=150),
    UserSettings(neighbours=150, power=1.0, popularity_exponent=0.0),
    UserSettings(measure="cosine", neighbours=100, shrinkage=0.0, popularity_exponent=0.0),
    UserSettings(
        measure="cosine",
        weighting="bm25",
        neighbours=200,
        shrinkage=0.0,
        popularity_exponent=0.0,
    ),
    UserSettings(measure="jaccard", neighbours=100, shrinkage=0.0, popularity_exponent=0.0),
)


USUAL_SHRINKAGE = {"pearson": 30.0, "adjusted_cosine": 30.0, "euclidean": 30.0, "lift": 1.0}
USUAL_ITEM: dict[str, dict[str, Any]] = {
    "rp3beta": {"user_exponent": 0.8, "candidate_exponent": 0.4}
}
USUAL_USER: dict[str, dict[str, Any]] = {"rp3beta": {"item_exponent": 0.8, "user_exponent": 0.4}}
EXPONENT_NAMES: dict[type, tuple[str, str, str]] = {
    ItemSettings: ("user_exponent", "candidate_exponent", "history_exponent"),
    UserSettings: ("item_exponent", "user_exponent", "neighbour_exponent"),
}


@dataclass(frozen=True)
class Trial:
    """One setting of a collaborative filter and its NDCG@10 on validation (`users` many)."""

    side: str
    settings: dict[str, Any]
    ndcg: float
    users: int


def choose(
    cut: Round, config: SimilarityConfig, *, seed: int, progress: Progress
) -> tuple[Neighbourhood, tuple[Trial, ...]]:
    """The settings for items and users alike, and the trials that they won; no trials when given.

    Every trial is fitted on the known part of the cut and ranks the whole catalogue for a sample of
    its users, so nothing of the final test is looked at.
    """
    if config.measure != "auto":
        return given(config), ()
    users = validation_users(cut, seed=seed)
    matrix = cut.known.matrix(cut.known.values())
    item, item_trials = _best(
        ITEM,
        _with(config, ITEM_TRIALS),
        lambda settings: ndcg_of(fit_item_neighbours(matrix, settings), cut, users),
        n_users=len(users),
        progress=within(progress, 0.0, 0.6),
    )
    user, user_trials = _best(
        USER,
        _with(config, USER_TRIALS),
        lambda settings: ndcg_of(fit_user_neighbours(matrix, settings), cut, users),
        n_users=len(users),
        progress=within(progress, 0.6, 1.0),
    )
    return Neighbourhood(item, user), (*item_trials, *user_trials)


def _best(
    side: str,
    choices: Sequence[Settings],
    measure: Callable[[Settings], float],
    *,
    n_users: int,
    progress: Progress,
) -> tuple[Settings, list[Trial]]:
    """The setting with the highest NDCG@10, the first of equals, and all that were tried."""
    trials = []
    for position, settings in enumerate(choices):
        progress(f"choosing the likeness of {side}s", position / len(choices))
        trials.append(Trial(side, asdict(settings), measure(settings), n_users))
    return choices[int(np.argmax([trial.ndcg for trial in trials]))], trials


def given(config: SimilarityConfig) -> Neighbourhood:
    """The settings for the measure of the configuration, which must not be "auto"."""
    measure = config.measure
    item = replace(
        ItemSettings(measure, config.weighting, shrinkage=USUAL_SHRINKAGE.get(measure, 0.0)),
        **USUAL_ITEM.get(measure, {}),
    )
    user = UserSettings(measure, config.weighting)
    if measure != "degree":
        shrinkage = USUAL_SHRINKAGE.get(measure, 0.0)
        user = replace(user, neighbours=100, shrinkage=shrinkage, popularity_exponent=0.0)
    user = replace(user, **USUAL_USER.get(measure, {}))
    return Neighbourhood(_settled(item, config), _settled(user, config))


def _settled(settings: Settings, config: SimilarityConfig) -> Settings:
    """The settings, with the options that the analyst did settle."""
    common, own, other = EXPONENT_NAMES[type(settings)]
    given = {
        "neighbours": config.neighbours,
        "shrinkage": config.shrinkage,
        "power": config.power,
    }
    found: dict[str, Any] = {name: value for name, value in given.items() if value}
    exponents = {
        common: config.common_exponent,
        own: config.own_exponent,
        other: config.other_exponent,
    }
    found |= {name: value for name, value in exponents.items() if value >= 0}
    if config.weighting != "none":
        found["weighting"] = config.weighting
    if isinstance(settings, UserSettings):
        found["pool"] = config.pool
    return replace(settings, **found)


def _with(config: SimilarityConfig, trials: Sequence[Settings]) -> list[Settings]:
    """The trials with what the analyst did settle, each setting once."""
    return list(dict.fromkeys(_settled(trial, config) for trial in trials))


def validation_users(cut: Round, *, seed: int) -> npt.NDArray[np.int64]:
    """Positions of at most `TRIAL_USERS` users who have something known and something to find."""
    users = np.flatnonzero((cut.held_out.lengths() > 0) & (cut.known.lengths() > 0))
    if len(users) > TRIAL_USERS:
        users = np.sort(np.random.default_rng([seed, 10]).choice(users, TRIAL_USERS, replace=False))
    return users


def ndcg_of(model: ScoreModel, cut: Round, users: npt.NDArray[np.int64]) -> float:
    """Mean NDCG@10 of the model's full ranking for these users of the cut."""
    values = []
    for start in range(0, len(users), 256):
        chosen = users[start : start + 256]
        known, held_out = cut.known.take(chosen), cut.held_out.take(chosen)
        rows, scores = top_n(model.scores(known), n=10, hide=known)
        values.append(ndcg_of_rows(rows, scores, held_out) * len(chosen))
    return float(np.sum(values) / max(len(users), 1))


def ndcg_of_rows(
    item_row: npt.NDArray[np.int32], scores: npt.NDArray[np.float32], held_out: Histories
) -> float:
    """Mean NDCG@10 of ranked rows (users, n), padded with -1, against the held-out items."""
    found = held_out.matrix()
    users = np.repeat(np.arange(len(item_row)), item_row.shape[1])
    hits = np.asarray(found[users, np.maximum(item_row, 0).ravel()]).reshape(item_row.shape) > 0
    kind = np.where(item_row >= 0, CANDIDATE, -1)
    return ndcg_at_10(scores, hits, kind == CANDIDATE, held_out.lengths().astype(np.int32))

"""The scorer's way from histories to a trained network: cut, fit, describe, train, and fit again."""

import hashlib
import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from m6rec_core.config import Config
from m6rec_core.data.histories import Histories
from m6rec_core.errors import ConfigError, DataError
from m6rec_core.progress import Progress, within
from m6rec_core.scorer import cross_fitting, training
from m6rec_core.scorer.cross_fitting import Round, looks_far, way_of
from m6rec_core.scorer.feature_space import SEQUENCE_NETWORKS, Attributes, FeatureSpace
from m6rec_core.scorer.list_building import build_lists, choose_users, join
from m6rec_core.scorer.neighbourhood import Trial, choose
from m6rec_core.scorer.shelf import Shelf, key_of
from m6rec_core.scorer.signals import Neighbourhood, fit_models
from m6rec_core.scorer.training_lists import TrainingLists
from m6rec_core.scorer.training_state import Epoch

Mask = npt.NDArray[np.bool_]

FORMAT = 2  # of what an interrupted training left: another one is not gone on with
FEW_LISTS = 500  # from so many on the network finds out by itself what a blend knows (validation)

# options that no training list depends on
OF_THE_NETWORK = (
    *("hidden", "dropout", "epochs", "patience", "learning_rate", "weight_decay"),
    *("batch_size", "rating_weight", "loss", "heads_loss", "heads_weight"),
)


@dataclass(frozen=True, eq=False)
class Learned:
    """What the network learned from, and the network."""

    neighbourhood: Neighbourhood
    trials: tuple[Trial, ...]
    lists: TrainingLists
    trained: training.Trained


def choose_neighbourhood(
    histories: Histories, config: Config, *, progress: Progress
) -> tuple[Neighbourhood, tuple[Trial, ...]]:
    """The likeness that finds held-out items best, or the one that the configuration names."""
    histories = histories.without_new_items()
    cut = next(cross_fitting.rounds(histories, seed=config.seed, count=1, way=way_of(config)))
    if not len(cut.held_out.item_row):
        raise DataError(
            "No user has two items, so nothing can be held out to learn from. "
            "Upload data in which users have several items each."
        )
    return choose(cut, config.similarity, seed=config.seed, progress=progress)


def training_lists(
    histories: Histories,
    attributes: Attributes,
    config: Config,
    neighbourhood: Neighbourhood,
    *,
    progress: Progress,
    shelf: Shelf | None = None,
) -> TrainingLists:
    """Cross-fitted lists of all rounds; a user who validates does so once and is never trained on."""
    count = cross_fitting.n_rounds(len(histories))
    most = config.scorer.training_users
    further = further_kinds(histories, config.scorer.heads)
    cuts = cross_fitting.rounds(
        histories, seed=config.seed, count=count, way=way_of(config), with_others=bool(further)
    )
    made: list[TrainingLists] = []
    for number, cut in enumerate(cuts):
        tell = within(progress, number / count, (number + 1) / count)
        users, validates = choose_users(cut.held_out, most=most, seed=config.seed)
        if number > 0:
            first = made[0]
            users = users[~np.isin(users, first.user_row[first.is_validation])]
            validates = np.zeros(len(users), dtype=bool)
        if len(users):
            made.append(
                _lists_of_round(
                    *(cut, users, validates, attributes, config, neighbourhood, number),
                    further=further,
                    progress=tell,
                    shelf=shelf,
                )
            )
    return join(made)


def _lists_of_round(
    cut: Round,
    users: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    validates: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    attributes: Attributes,
    config: Config,
    neighbourhood: Neighbourhood,
    number: int,
    *,
    further: Sequence[str],
    progress: Progress,
    shelf: Shelf | None,
) -> TrainingLists:
    models = fit_models(
        cut.known,
        config,
        neighbourhood,
        items=attributes.items,
        progress=within(progress, 0.0, 0.4),
        shelf=shelf,
    )
    space = FeatureSpace(cut.known, models, attributes, config)
    return build_lists(
        cut,
        space,
        users,
        is_validation=validates,
        seed=config.seed + number,
        progress=within(progress, 0.4, 1.0),
        further=further,
        by_popularity=config.scorer.negatives == "popularity",
    )


def further_kinds(histories: Histories, wanted: str) -> tuple[str, ...]:
    """The kinds of events that are predicted along with the target, as `scorer.heads` names them.

    A kind that is not among the histories, because it says nothing good or never occurs, cannot be
    learned: naming it raises ConfigError, and "all" leaves it out, as it does the target itself.
    """
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    if not names:
        return ()
    possible = [
        kind
        for bit, kind in enumerate(histories.kind_names)
        if _is_of_its_own((histories.kinds >> bit) & 1 == 1, histories.is_target)
    ]
    if names == ["all"]:
        return tuple(possible)
    for name in names:
        if name not in possible:
            known = ", ".join(possible) or "none"
            raise ConfigError(
                f"No head can be learned for '{name}' of scorer.heads. Kinds of events beside the "
                f"target that say something good: {known}."
            )
    return tuple(dict.fromkeys(names))


def _is_of_its_own(of_kind: Mask, is_target: Mask) -> bool:
    return bool(of_kind.any() and (of_kind != is_target).any())


def learn(
    histories: Histories,
    attributes: Attributes,
    config: Config,
    *,
    progress: Progress,
    checkpoint: Path | None = None,
    on_epoch: Callable[[Sequence[Epoch]], None] = lambda epochs: None,
    shelf: Shelf | None = None,
) -> Learned:
    """Chooses the likeness, makes cross-fitted lists and trains the network on them.

    With a `shelf`, trainings on the same data and attributes share what they have in common.
    """
    shelf = shelf or Shelf(room=0)
    known = key_of(histories)
    neighbourhood, trials = shelf.get(
        ("likeness", known, config.seed, config.similarity, way_of(config)),
        lambda: choose_neighbourhood(histories, config, progress=within(progress, 0.0, 0.15)),
    )
    tell = within(progress, 0.15, 0.7)
    saved = _SavedLists(checkpoint, config, histories)
    lists = saved.read()
    if lists is None:
        lists = shelf.get(
            ("lists", known, _what_lists_depend_on(config)),
            lambda: training_lists(
                histories, attributes, config, neighbourhood, progress=tell, shelf=shelf
            ),
        )
        saved.write(lists)
    trained = training.fit(
        lists,
        config.scorer,
        seed=config.seed,
        progress=within(progress, 0.7, 1.0),
        from_blend=len(lists) < FEW_LISTS and looks_far(histories, config),
        checkpoint=saved.folder,
        on_epoch=on_epoch,
    )
    return Learned(neighbourhood, trials, lists, trained)


def _what_lists_depend_on(config: Config) -> Hashable:
    """All options but those of the network alone; of its kind only whether it reads sequences."""
    flat = config.to_flat()
    for name in OF_THE_NETWORK:
        del flat[f"scorer.{name}"]
    flat["scorer.network"] = config.scorer.network in SEQUENCE_NETWORKS
    return tuple(sorted(flat.items()))


class _SavedLists:
    """The training lists of an interrupted job, kept for exactly this data and configuration."""

    def __init__(self, folder: Path | None, config: Config, histories: Histories) -> None:
        digest = hashlib.sha256(json.dumps([FORMAT, config.to_flat()], sort_keys=True).encode())
        for array in (histories.indptr, histories.item_row, histories.time):
            digest.update(np.ascontiguousarray(array).tobytes())
        self.folder = None if folder is None else folder / digest.hexdigest()[:16]
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)

    def read(self) -> TrainingLists | None:
        if self.folder is None or not (self.folder / "lists.npz").is_file():
            return None
        with np.load(self.folder / "lists.npz", allow_pickle=False) as arrays:
            return TrainingLists(**{name: arrays[name] for name in arrays.files})

    def write(self, lists: TrainingLists) -> None:
        if self.folder is None:
            return
        new = self.folder / "lists.new.npz"
        np.savez(new, **{field.name: getattr(lists, field.name) for field in fields(lists)})
        new.replace(self.folder / "lists.npz")

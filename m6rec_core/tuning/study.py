"""The search: the sampler proposes a setting, it is tried, the record gets a line, until enough are tried."""

import json
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import ExperimentalWarning

from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.errors import Cancelled, M6RecError, RunError
from m6rec_core.progress import Progress, silent, within
from m6rec_core.scorer.shelf import Shelf
from m6rec_core.scorer.training_state import Epoch
from m6rec_core.tuning.plan import ACCURACY, GOALS, NSGA2, TPE, Plan
from m6rec_core.tuning.record import COMPLETE, FAILED, IMPORTANCE, PRUNED, TrialLine, Tuning
from m6rec_core.tuning.space import Dimension, dimensions, is_possible
from m6rec_core.tuning.trying import Material, measure
from m6rec_core.workspace.artefacts import write_synced

FIRST_BY_CHANCE = 8  # trials of TPE before it begins to model
POPULATION = 8  # of NSGA-II: so that some generations fit into thirty trials
EPOCHS_IN_PEACE = 3  # before a trial may be pruned
LEAST_FOR_IMPORTANCE = 12  # complete trials
BETWEEN_IMPORTANCES = 10  # trials: it takes half a second
MOST_PROPOSALS = 100  # of settings that do not go together, before the last one fails

optuna.logging.set_verbosity(optuna.logging.ERROR)
STATES = {
    COMPLETE: optuna.trial.TrialState.COMPLETE,
    PRUNED: optuna.trial.TrialState.PRUNED,
    FAILED: optuna.trial.TrialState.FAIL,
}


def tune(
    dataset: Dataset, plan: Plan, base: Config, folder: Path, *, progress: Progress = silent
) -> Tuning:
    """Tries settings until the folder holds as many finished trials as the plan wants.

    Trial 0 is `base` itself. Each setting is learned and measured on validation alone; the test that
    `base.split` holds out is cut off before and never looked at. Goes on with what the folder holds.
    Raises ConfigError when that is another tuning, the reason when already `base` cannot be learned
    from, and whatever `progress` raises to stop the work.
    """
    tuning = Tuning.open(folder, plan, base, dataset.interactions.fingerprint())
    material = Material.of(dataset, base)
    searched = dimensions(
        plan.parts,
        base,
        has_time=material.histories.has_time,
        has_attributes=material.has_attributes,
    )
    if tuning.lines:  # an option that is new since then is not searched in the middle of it
        searched = tuple(one for one in searched if one.key in tuning.lines[0].options)
    shelf = Shelf()
    for number in range(len(tuning.lines), plan.trials):
        tell = within(progress, number / plan.trials, (number + 1) / plan.trials)
        line = _try_next(tuning, searched, material, shelf, _named(tell, number, plan.trials))
        tuning = tuning.with_line(line)
        if number % BETWEEN_IMPORTANCES == 0 or number + 1 == plan.trials:
            _write_importance(tuning, searched)
    progress("done", 1.0)
    return tuning


def _named(progress: Progress, number: int, trials: int) -> Progress:
    return lambda phase, fraction: progress(f"trial {number + 1} of {trials}: {phase}", fraction)


def _try_next(
    tuning: Tuning,
    searched: Sequence[Dimension],
    material: Material,
    shelf: Shelf,
    progress: Progress,
) -> TrialLine:
    study, trial = _propose(tuning, searched)
    options = _options(trial.params, searched)
    twin = next((one for one in tuning.complete if one.options == options), None)
    if twin is not None:  # the same setting again would only be measured the same
        return replace(twin, number=trial.number, seconds=0.0, marks=_marks(study))
    config = Config.from_flat({**tuning.base.to_flat(), **options})
    curve: list[float] = []
    prunes = tuning.plan.prunes
    started = time.perf_counter()
    state, measured, note = COMPLETE, {}, ""
    try:
        measured = measure(
            material,
            config,
            tuning.plan.goals,
            shelf=shelf,
            progress=progress,
            on_epoch=_watching(trial, curve, until=config.scorer.epochs if prunes else 0),
        )
    except optuna.TrialPruned:
        state = PRUNED
    except Cancelled:
        raise
    except M6RecError as error:
        if trial.number == 0:
            raise
        state, note = FAILED, str(error)
    return TrialLine(
        number=trial.number,
        state=state,
        options=options,
        measured=measured,
        curve=tuple(curve),
        seconds=round(time.perf_counter() - started, 3),
        note=note,
        chosen=dict(trial.params),
        marks=_marks(study),
    )


def _marks(study: optuna.Study) -> dict[str, Any]:
    """What sampler and pruner noted at the last trial: its generation, the rungs that it passed."""
    noted = study.trials[-1].system_attrs
    return {name: value for name, value in noted.items() if name != "fixed_params"}


def _propose(
    tuning: Tuning, searched: Sequence[Dimension]
) -> tuple[optuna.Study, optuna.trial.Trial]:
    """A study with all that was tried, and a trial with settings that go together."""
    distributions = {one.key: _distribution(one) for one in searched}
    flat = tuning.base.to_flat()
    for attempt in range(MOST_PROPOSALS):
        study = _study(tuning, distributions, attempt=attempt)
        if not tuning.lines:
            study.enqueue_trial({one.key: _chosen(one, flat[one.key]) for one in searched})
        trial = study.ask(distributions)
        if is_possible({**flat, **_options(trial.params, searched)}):
            break
    return study, trial


def _study(
    tuning: Tuning, distributions: dict[str, BaseDistribution], *, attempt: int = 0
) -> optuna.Study:
    """What was tried, as the search sees it; nothing but the lines and the seed decides what comes next."""
    plan = tuning.plan
    seed = np.random.SeedSequence([plan.seed, len(tuning.lines), attempt]).generate_state(1)[0]
    study = optuna.create_study(
        study_name="tuning",
        sampler=_sampler(plan, int(seed)),
        pruner=_pruner(plan, tuning.base.scorer.epochs),
        directions=["maximize" if GOALS[goal].maximise else "minimize" for goal in plan.goals],
    )
    try:
        for line in tuning.lines:
            study.add_trial(_as_tried(line, plan, distributions))
    except ValueError:
        raise RunError(
            f"The tuning in '{tuning.folder}' was begun by a version of the program that searched "
            "other values. Start a new one."
        ) from None
    return study


def _as_tried(
    line: TrialLine, plan: Plan, distributions: dict[str, BaseDistribution]
) -> optuna.trial.FrozenTrial:
    is_complete = line.state == COMPLETE
    return optuna.trial.create_trial(
        state=STATES[line.state],
        values=[line.measured[goal] for goal in plan.goals] if is_complete else None,
        params=line.chosen,
        distributions=distributions,
        intermediate_values=_reported(line.curve),
        system_attrs=line.marks,
    )


def _reported(curve: Sequence[float]) -> dict[int, float]:
    """Epoch → the best so far: a network is as good as its best epoch, which is the one that is kept."""
    best = np.maximum.accumulate(np.asarray(curve, dtype=np.float64))
    return {epoch: float(value) for epoch, value in enumerate(best, start=1)}


def _sampler(plan: Plan, seed: int) -> optuna.samplers.BaseSampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        if plan.sampler == TPE:
            return optuna.samplers.TPESampler(
                n_startup_trials=FIRST_BY_CHANCE, multivariate=True, seed=seed
            )
        if plan.sampler == NSGA2:
            return optuna.samplers.NSGAIISampler(population_size=POPULATION, seed=seed)
        return optuna.samplers.RandomSampler(seed=seed)


def _pruner(plan: Plan, epochs: int) -> optuna.pruners.BasePruner:
    if plan.pruning == "median" and plan.prunes:
        return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=EPOCHS_IN_PEACE)
    if plan.pruning == "hyperband" and plan.prunes:
        return optuna.pruners.HyperbandPruner(min_resource=EPOCHS_IN_PEACE, max_resource=epochs)
    return optuna.pruners.NopPruner()


def _watching(
    trial: optuna.trial.Trial, curve: list[float], *, until: int
) -> Callable[[Sequence[Epoch]], None]:
    """Keeps the curve, and stops the trial when it falls behind before its epoch `until`."""

    def watch(epochs: Sequence[Epoch]) -> None:
        curve[:] = [epoch.validation_ndcg for epoch in epochs]
        if len(curve) >= until or not np.isfinite(curve[-1]):
            return
        trial.report(_reported(curve)[len(curve)], len(curve))
        if trial.should_prune():
            raise optuna.TrialPruned

    return watch


def _distribution(one: Dimension) -> BaseDistribution:
    if one.is_ordered:
        return IntDistribution(0, len(one.values) - 1)  # the place on the ladder of values
    if one.values:
        return CategoricalDistribution(one.values)
    return FloatDistribution(one.low, one.high, log=one.is_log)


def _chosen(one: Dimension, value: Any) -> Any:
    return one.values.index(value) if one.is_ordered else value


def _options(chosen: dict[str, Any], searched: Sequence[Dimension]) -> dict[str, Any]:
    return {
        one.key: one.values[chosen[one.key]] if one.is_ordered else chosen[one.key]
        for one in searched
    }


def _write_importance(tuning: Tuning, searched: Sequence[Dimension]) -> None:
    if len(tuning.complete) < LEAST_FOR_IMPORTANCE:
        return
    study = _study(tuning, {one.key: _distribution(one) for one in searched})
    place = tuning.plan.goals.index(ACCURACY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = optuna.importance.get_param_importances(
            study,
            evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0),
            target=lambda trial: trial.values[place],
        )
    shares = {key: float(share) for key, share in found.items() if np.isfinite(share)}
    write_synced(tuning.folder / IMPORTANCE, json.dumps(shares, indent=1).encode())

"""What a run tells of itself once it is trained: figures, reasons, explanations and their checks."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core.data.splitting import Split
from m6rec_core.delivery.plain import write_json
from m6rec_core.evaluation import per_user
from m6rec_core.evaluation.ablation import ablate
from m6rec_core.evaluation.cold_start import cold_start_curve
from m6rec_core.evaluation.of_run import evaluate, held_out_histories
from m6rec_core.explanation.explain import global_importance
from m6rec_core.explanation.list_reasons import reason_share
from m6rec_core.explanation.players import cast_of
from m6rec_core.explanation.sanity import Sanity, sanity_check, with_shuffled_labels
from m6rec_core.progress import Progress, silent, within
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer import fitting
from m6rec_core.scorer.scoring import scoring, scorings
from m6rec_core.scorer.training import fit, untrained
from m6rec_core.scorer.training_lists import TrainingLists

# the networks that know nothing
FRESH_WEIGHTS, SHUFFLED_EPOCHS, SHUFFLED_LISTS = 5, 2, 400

Places = npt.NDArray[np.int64]


def evaluate_run(
    recommender: Recommender, parts: Split, folder: Path, progress: Progress
) -> dict[str, Any]:
    """Measures the lists on what was held out, and writes the figures; empty when nothing was.

    Beside them: how many reasons hold, and how lists fare with little history.
    """
    _write_samples(recommender, parts, folder, within(progress, 0.0, 0.5))
    metrics = _measured(recommender, parts, folder, within(progress, 0.5, 1.0))
    write_json(folder / "metrics.json", metrics)
    return metrics


def _measured(
    recommender: Recommender, parts: Split, folder: Path, progress: Progress
) -> dict[str, Any]:
    if not len(parts.test):
        return {}
    held_out, seen = held_out_histories(parts.test, recommender.training)
    notes = {"left_out_as_seen": seen}
    split_words = f"{recommender.config.split.strategy}: {parts.note}"
    measured = evaluate(recommender, held_out, split=split_words, notes=notes, progress=progress)
    per_user.write(measured, recommender.training, recommender.popularity, folder)
    return measured.to_json()


def explain_run(
    recommender: Recommender, learned: fitting.Learned, folder: Path, progress: Progress
) -> None:
    """Writes what moves the scores, what each part adds, and whether explanations rest on learning."""
    config = recommender.config
    progress("explaining a sample", 0.0)
    importance = global_importance(recommender, sample=config.explanation.sample)
    write_json(folder / "importance.json", importance.to_json())
    score = scoring(learned.trained.model)
    found = ablate(learned.lists, recommender.features, score, seed=config.seed)
    write_json(folder / "ablation.json", found.to_json() if found else {})
    progress("checking that explanations rest on learning", 0.5)
    write_json(folder / "sanity.json", _sanity(learned, recommender).to_json())


def _write_samples(
    recommender: Recommender, parts: Split, folder: Path, progress: Progress
) -> None:
    """How many reasons hold, and how lists fare with little history, each over a sample of users.

    Both at once: either alone leaves cores without work.
    """
    seed = recommender.config.seed
    progress("checking the reasons of a sample", 0.0)
    with ThreadPoolExecutor(1) as pool:
        reasons = pool.submit(reason_share, recommender, seed=seed)
        if len(parts.test):
            held_out, _ = held_out_histories(parts.test, recommender.training)
            curve = cold_start_curve(recommender, held_out, seed=seed, progress=progress)
            if curve is not None:
                write_json(folder / "cold_start.json", curve.to_json())
        write_json(folder / "reasons.json", asdict(reasons.result()))


def _sanity(learned: fitting.Learned, recommender: Recommender) -> Sanity:
    """Explanations of this network against those of fresh weights, and of shuffled labels."""
    config = recommender.config
    seeds = [config.seed + 1 + draw for draw in range(FRESH_WEIGHTS)]
    fresh = untrained(learned.lists, config.scorer, seeds=seeds)
    few = learned.lists.take(_some_lists(learned.lists, seed=config.seed))
    options = replace(config.scorer, epochs=min(SHUFFLED_EPOCHS, config.scorer.epochs))
    shuffled = with_shuffled_labels(few, seed=config.seed)
    misled = fit(shuffled, options, seed=config.seed + 1, progress=silent)
    of_trained, of_misled, *of_fresh = scorings(learned.trained.model, misled.model, *fresh)
    return sanity_check(
        of_trained,
        of_fresh,
        of_misled,
        recommender.population,
        players=cast_of(recommender.features).columns,
        seed=config.seed,
    )


def _some_lists(lists: TrainingLists, *, seed: int) -> Places:
    """Positions of lists that have a positive: from labels at random, few teach as little as all."""
    rng = np.random.default_rng([seed, 92])
    telling = np.flatnonzero(lists.is_positive.any(axis=1) & ~lists.is_validation)
    validating = np.flatnonzero(lists.is_validation)[:SHUFFLED_LISTS]
    chosen = rng.permutation(telling)[:SHUFFLED_LISTS]
    return np.sort(np.concatenate([chosen, validating]))

"""How far an explanation can be trusted: four checks, one verdict, one sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

RELIABLE = "reliable"
WITH_CARE = "read with care"
NOT_AT_ALL = "do not rely"

# All thresholds of the verdict
MOST_ADDITIVITY_ERROR = 1e-3  # of the score range
RELIABLE_STABILITY, LEAST_STABILITY = 0.9, 0.7  # Spearman between backgrounds
RELIABLE_DELETION, LEAST_DELETION = 0.8, 0.5  # share of random removals that lower the score less
MOST_RANDOMISATION, FAR_TOO_MUCH = 0.3, 0.5  # Spearman with a network that learned nothing
FEWEST_FOR_DELETION = 4  # history items; with fewer there is no choice to compare with
FINEST_STEP = 0.01  # of the largest contribution: what differs by less counts as equal
REMOVED_SHARE, MOST_REMOVED = 0.2, 5
RANDOM_REMOVALS = 20

Values = npt.NDArray[np.float64]
Rescore = Callable[[npt.NDArray[np.bool_]], npt.NDArray[np.floating]]


@dataclass(frozen=True)
class Deletion:
    """What happens to the score when history items are taken away.

    - `removed`: number of items taken away
    - `drop`: fall of the score without the items that the explanation puts first
    - `random_drop`: mean fall without as many random items
    - `beats_random`: share of the random removals that lower the score less; a tie counts one half
    """

    removed: int
    drop: float
    random_drop: float
    beats_random: float


@dataclass(frozen=True)
class Trust:
    """The checks of one explanation and the verdict that rests on them.

    - `additivity_error`: |base + Σ contributions − score| as a share of the score range
    - `stability`: mean Spearman correlation of the contributions between backgrounds; None: not checked
    - `deletion`: None when the history is too short, or was not checked
    - `randomisation`: how much explanations of this run are like those of a network that learned
      nothing, see `sanity`; None: not measured
    """

    additivity_error: float
    stability: float | None
    deletion: Deletion | None
    verdict: str
    because: str
    randomisation: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for the `trust` part of a stored explanation."""
        deletion = None if self.deletion is None else vars(self.deletion).copy()
        return {**vars(self), "deletion": deletion}


def ranking_stability(values: npt.ArrayLike) -> float:
    """Mean Spearman correlation between the rows of (runs, features); NaN for fewer than two runs.

    Values are compared in steps of one percent of the run's largest: which of two features that move
    nothing comes first says nothing. Two constant rows agree: their correlation counts 1, that of a
    constant and another row 0.

    >>> round(ranking_stability([[3.0, 2.0, 1.0], [30.0, 10.0, 20.0]]), 6)
    0.5
    """
    given = np.asarray(values, dtype=np.float64)
    step = np.maximum(np.abs(given).max(axis=1, keepdims=True, initial=0.0) * FINEST_STEP, 1e-30)
    ranks = pd.DataFrame(np.round(given / step)).rank(axis=1).to_numpy()
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1)
    pairs = [(a, b) for a in range(len(ranks)) for b in range(a)]
    agreement = [
        float(length[a] == length[b])
        if length[a] == 0 or length[b] == 0
        else float(centred[a] @ centred[b] / (length[a] * length[b]))
        for a, b in pairs
    ]
    return float(np.mean(agreement)) if agreement else float("nan")


def deletion(
    rescore: Rescore, score: float, contributions: npt.ArrayLike, *, seed: int
) -> Deletion | None:
    """Compares removing the history items of the largest contributions with random removals.

    `rescore` takes (m, entries) bool, True for the entries that stay, and gives the (m,) scores.
    None for histories of fewer than `FEWEST_FOR_DELETION` items.
    """
    strength = np.asarray(contributions, dtype=np.float64)
    entries = len(strength)
    if entries < FEWEST_FOR_DELETION:
        return None
    removed = int(np.clip(round(entries * REMOVED_SHARE), 1, MOST_REMOVED))
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(entries), (RANDOM_REMOVALS, 1)), axis=1)
    gone = np.vstack([np.argsort(-strength, kind="stable"), order])[:, :removed]
    kept = np.ones((len(gone), entries), dtype=bool)
    np.put_along_axis(kept, gone, False, axis=1)
    drops = score - np.asarray(rescore(kept), dtype=np.float64)
    ties = np.isclose(drops[1:], drops[0], rtol=1e-5, atol=1e-7)  # single precision
    beaten = np.where(ties, 0.5, drops[1:] < drops[0])
    return Deletion(removed, float(drops[0]), float(drops[1:].mean()), float(beaten.mean()))


def judged(
    *,
    additivity_error: float,
    stability: float | None = None,
    deletion: Deletion | None = None,
    randomisation: float | None = None,
) -> Trust:
    """The verdict of the weakest check, and the sentence it rests on."""
    findings = [_additivity(additivity_error)]
    if stability is not None:
        findings.append(_stability(stability))
    if deletion is not None:
        findings.append(_deletion(deletion))
    if randomisation is not None:
        findings.append(_randomisation(randomisation))
    verdicts = (NOT_AT_ALL, WITH_CARE, RELIABLE)
    verdict, because = min(findings, key=lambda finding: verdicts.index(finding[0]))
    if verdict == RELIABLE:
        because = "; ".join(sentence for _, sentence in findings)
    return Trust(additivity_error, stability, deletion, verdict, because, randomisation)


def not_explained(because: str) -> Trust:
    """The verdict for a score that does not come from the scorer."""
    return Trust(0.0, None, None, NOT_AT_ALL, because)


def _additivity(error: float) -> tuple[str, str]:
    if error <= MOST_ADDITIVITY_ERROR:
        return RELIABLE, "the contributions add up to the score"
    return NOT_AT_ALL, f"the contributions miss the score by {error:.1%} of its range"


def _stability(stability: float) -> tuple[str, str]:
    measured = f"over five backgrounds the order of features agrees to {stability:.2f}"
    return _graded(stability, RELIABLE_STABILITY, LEAST_STABILITY, measured)


def _deletion(found: Deletion) -> tuple[str, str]:
    items = "1 item" if found.removed == 1 else f"{found.removed} items"
    measured = (
        f"removing the {items} named first lowers the score more than "
        f"{found.beats_random:.0%} of random removals"
    )
    return _graded(found.beats_random, RELIABLE_DELETION, LEAST_DELETION, measured)


def _randomisation(found: float) -> tuple[str, str]:
    if found <= MOST_RANDOMISATION:
        return (
            RELIABLE,
            f"networks that know nothing explain it otherwise (correlation {found:.2f})",
        )
    said = (
        f"explanations of networks that learned nothing look alike (correlation {found:.2f}, "
        f"reliable up to {MOST_RANDOMISATION:.2g})"
    )
    return (WITH_CARE if found <= FAR_TOO_MUCH else NOT_AT_ALL), said


def _graded(value: float, reliable: float, least: float, measured: str) -> tuple[str, str]:
    if value >= reliable:
        return RELIABLE, measured
    limit = f"{measured} (reliable from {reliable:.2g} on)"
    return (WITH_CARE if value >= least else NOT_AT_ALL), limit

"""Time and memory of each step of a run as the data grow: `docs/growth.svg`, and the factors as lines.

    python benchmarks/growth.py [--sizes 1M,5M,20M] [--plot docs/growth.svg]

The data are generated: 25 events per user on a catalogue of 10,000 items, so users grow with the events.
Every size has a process of its own with the usual configuration. Similarity: choosing the likeness on
validation and fitting every signal on all events. Features: the cross-fitted training lists. Training:
the network. Scoring: the lists of every tenth user, from history to the best 20 items.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from speed import long_tailed, peak_megabytes

from m6rec_core.config import Config
from m6rec_core.data.histories import Histories
from m6rec_core.progress import silent

Made = TypeVar("Made")

ITEMS, EVENTS_PER_USER, SCORED_SHARE, LIST_LENGTH = 10_000, 25, 0.1, 20
PHASES = ("similarity", "features", "training", "scoring")
MOST_TIMES, MOST_MEMORY = 25.0, 10_000.0
YEAR = 365 * 24 * 3600


def generated(n_events: int, *, seed: int) -> Histories:
    """Histories with a time for every event."""
    matrix = long_tailed(n_events // EVENTS_PER_USER, ITEMS, n_events, seed=seed)
    rng = np.random.default_rng(seed)
    n, entries = matrix.shape[0], matrix.nnz
    user = np.repeat(np.arange(n), np.diff(matrix.indptr))
    moment = rng.integers(0, YEAR, entries)
    order = np.lexsort((moment, user))
    return Histories(
        indptr=matrix.indptr.astype(np.int64),
        item_row=matrix.indices[order].astype(np.int32),
        weight=np.ones(entries, dtype=np.float32),
        rating=np.full(entries, np.nan, dtype=np.float32),
        time=moment[order].astype(np.int64),
        is_target=np.ones(entries, dtype=bool),
        user_row=np.arange(n, dtype=np.int32),
        n_items=ITEMS,
        has_time=True,
    )


class Clock:
    """Seconds and peak memory (MB) of one phase after the other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.peak: dict[str, float] = {}

    def of(self, phase: str, work: Callable[[], Made]) -> Made:
        """Does the work as a part of the phase."""
        start = time.perf_counter()
        made = work()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + time.perf_counter() - start
        self.peak[phase] = peak_megabytes()
        return made


def run_one(n_events: int) -> None:
    """All phases in this process; prints seconds and the peak so far after each of them."""
    from m6rec_core.delivery.litert import export
    from m6rec_core.ranking.row_tables import best_of
    from m6rec_core.scorer import fitting
    from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
    from m6rec_core.scorer.light_scorer import LightScorer
    from m6rec_core.scorer.signals import fit_models
    from m6rec_core.warm_up import warm_up

    warm_up()
    config, clock, attributes = Config(), Clock(), Attributes()
    histories = generated(n_events, seed=0)
    neighbourhood, _ = clock.of(
        "similarity", lambda: fitting.choose_neighbourhood(histories, config, progress=silent)
    )
    model, rows = _learn(histories, config, neighbourhood, clock)
    models = clock.of(
        "similarity", lambda: fit_models(histories, config, neighbourhood, progress=silent)
    )
    space = FeatureSpace(histories, models, attributes, config)
    with tempfile.TemporaryDirectory() as folder:
        export(model, Path(folder), rows)
        light = LightScorer(Path(folder) / "scorer.tflite")

        def score() -> None:
            users = np.arange(0, len(histories), int(1 / SCORED_SHARE))
            for start in range(0, len(users), space.users_per_block()):
                block = space.block(histories.take(users[start : start + space.users_per_block()]))
                features = space.values(block)
                flat = light.scores(features.reshape(-1, features.shape[2]))
                best_of(block.candidates, flat.reshape(block.candidates.shape), LIST_LENGTH)

        clock.of("scoring", score)
    shape = {"users": len(histories), "items": ITEMS, "events": len(histories.item_row)}
    print(json.dumps({**shape, "seconds": clock.seconds, "peak": clock.peak}), flush=True)


def _learn(
    histories: Histories, config: Config, neighbourhood: Any, clock: Clock
) -> tuple[Any, np.ndarray]:
    """The network, and some rows of features to check its export by; the lists are given up."""
    from m6rec_core.scorer import fitting, training
    from m6rec_core.scorer.feature_space import Attributes

    lists = clock.of(
        "features",
        lambda: fitting.training_lists(
            histories, Attributes(), config, neighbourhood, progress=silent
        ),
    )
    trained = clock.of(
        "training",
        lambda: training.fit(lists, config.scorer, seed=config.seed, progress=silent),
    )
    return trained.model, lists.sample(np.ones(len(lists), dtype=bool))[:2000]


def measured(size: str) -> dict[str, Any]:
    """The figures of one size, from a fresh process."""
    command = [sys.executable, __file__, "--one", size]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"The run with {size} events ended with {done.returncode}.")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def events_of(size: str) -> int:
    """
    >>> events_of("20M"), events_of("500k")
    (20000000, 500000)
    """
    units = {"k": 1_000, "M": 1_000_000}
    return int(float(size[:-1]) * units[size[-1]]) if size[-1] in units else int(size)


def tell(first: Mapping[str, Any], last: Mapping[str, Any]) -> None:
    """Prints by what the phases grew from the first size to the last."""
    times = last["events"] / first["events"]
    print(f"\n{first['events']:,} → {last['events']:,} events ({times:.1f} times):")
    for phase in PHASES:
        grew = last["seconds"][phase] / first["seconds"][phase]
        verdict = "within" if grew <= MOST_TIMES * times / 20 else "BEYOND"
        print(f"  {phase:<12}{grew:>7.1f} times the time, {verdict} 25 times for 20")
    peak = max(last["peak"].values())
    verdict = "within" if peak <= MOST_MEMORY else "BEYOND"
    print(f"  peak memory {peak:,.0f} MB, {verdict} {MOST_MEMORY:,.0f} MB")


COLOURS = dict(zip(PHASES, ("#0072B2", "#B85C00", "#00876C", "#C4527F"), strict=True))
WIDTH, HEIGHT, LEFT, TOP, GAP = 380, 260, 70, 40, 130
NAME_HEIGHT = 14


def svg(sizes: Sequence[Mapping[str, Any]]) -> str:
    """Two panels with logarithmic axes: seconds of each phase, and the peak memory."""
    seconds = {phase: [size["seconds"][phase] for size in sizes] for phase in PHASES}
    memory = {"peak": [max(size["peak"].values()) / 1000 for size in sizes]}
    events = [size["events"] / 1e6 for size in sizes]
    total = 2 * (WIDTH + LEFT) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{HEIGHT + TOP + 60}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#FFFFFF"/>',
        *_panel(LEFT, "Seconds", events, seconds),
        *_panel(LEFT + WIDTH + GAP, "Peak memory in GB", events, memory),
        "</svg>",
    ]
    return "\n".join(parts)


def _panel(
    left: int, title: str, events: Sequence[float], lines: Mapping[str, Sequence[float]]
) -> list[str]:
    values = [value for line in lines.values() for value in line]
    low, high = _decades(values)
    first, last = _decades(events)

    def at(x: float, y: float) -> tuple[float, float]:
        across = (np.log10(x) - first) / (last - first)
        up = (np.log10(y) - low) / (high - low)
        return left + WIDTH * float(across), TOP + HEIGHT * (1 - float(up))

    parts = [f'<text x="{left}" y="{TOP - 16}" fill="#1B1F24" font-weight="bold">{title}</text>']
    for value in _ticks(low, high):
        _, y = at(10**first, value)
        parts.append(
            f'<line x1="{left}" x2="{left + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#DDE2E8"/>'
            f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#5A6472">{value:g}</text>'
        )
    for event in events:
        x, _ = at(event, 10**low)
        parts.append(
            f'<text x="{x:.1f}" y="{TOP + HEIGHT + 20}" text-anchor="middle" fill="#5A6472">{event:g}</text>'
        )
    parts.append(
        f'<text x="{left + WIDTH / 2}" y="{TOP + HEIGHT + 42}" text-anchor="middle" fill="#5A6472">'
        "million events (both axes logarithmic)</text>"
    )
    lowest = np.inf  # of the names written so far, from below: they must not cover each other
    for name, line in sorted(lines.items(), key=lambda one: one[1][-1]):
        colour = COLOURS.get(name, "#0072B2")
        points = [at(x, y) for x, y in zip(events, line, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        x, y = points[-1]
        lowest = min(y, lowest - NAME_HEIGHT)
        parts.append(
            f'<text x="{x + 8:.1f}" y="{lowest + 4:.1f}" fill="{colour}">{name} {line[-1]:.3g}</text>'
        )
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """Round values between two logarithms: powers of ten, or 1, 2, 3, 5 of each where few of them fit."""
    powers = range(int(np.floor(low)), int(np.ceil(high)) + 1)
    for steps in ((1,), (1, 2, 3, 4, 5, 7)):
        found = [s * 10.0**p for p in powers for s in steps if low <= np.log10(s * 10.0**p) <= high]
        if len(found) > 1:
            break
    return found


def _decades(values: Sequence[float]) -> tuple[float, float]:
    low, high = float(np.log10(min(values))), float(np.log10(max(values)))
    room = max((high - low) * 0.05, 0.05)
    return low - room, high + room


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="100k,200k,500k", help="rising, parted by commas")
    parser.add_argument("--plot", type=Path, help="where the plot goes; none without it")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run_one(events_of(given.one))
        return
    sizes = []
    for size in given.sizes.split(","):
        sizes.append(measured(size))
        seconds = "  ".join(f"{phase} {sizes[-1]['seconds'][phase]:.1f} s" for phase in PHASES)
        peak = max(sizes[-1]["peak"].values())
        print(f"{sizes[-1]['events']:>12,} events  {seconds}  peak {peak:,.0f} MB", flush=True)
    tell(sizes[0], sizes[-1])
    if given.plot:
        given.plot.write_text(svg(sizes), encoding="utf-8")


if __name__ == "__main__":
    main()

"""How long work tells where it stands, and learns that it should stop."""

from typing import Protocol


class Progress(Protocol):
    """Receives the state of a long computation.

    `fraction` is the share of the whole work that is done, in [0, 1]; it never falls. An implementation
    may raise `errors.Cancelled`, which the computation lets pass.
    """

    def __call__(self, phase: str, fraction: float) -> None: ...


def silent(phase: str, fraction: float) -> None:
    """Listens to nobody."""


def within(progress: Progress, start: float, end: float) -> Progress:
    """Maps the progress of a part, 0 to 1, to the stretch `start` to `end` of the whole.

    >>> within(lambda phase, fraction: print(phase, fraction), 0.5, 1.0)("train", 0.5)
    train 0.75
    """

    def report(phase: str, fraction: float) -> None:
        progress(phase, start + (end - start) * min(max(fraction, 0.0), 1.0))

    return report

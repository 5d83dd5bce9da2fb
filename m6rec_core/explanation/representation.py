"""A map of what a layer sees: its principal components."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RepresentationMap:
    """Principal components of (n, units) vectors.

    - `points` (n, k): the vectors on the map
    - `explained` (k,): share of the variance along each axis; 0 where the vectors do not differ
    - `centre` (units,), `axes` (k, units): enough to place further vectors
    """

    points: Values
    explained: Values
    centre: Values
    axes: Values

    def place(self, vectors: npt.ArrayLike) -> Values:
        """(m, k) where further (m, units) vectors lie on the map."""
        placed: Values = (np.asarray(vectors, dtype=np.float64) - self.centre) @ self.axes.T
        return placed


def representation_map(vectors: npt.ArrayLike, *, components: int = 2) -> RepresentationMap:
    """Maps (n, units) vectors; the sign of each axis makes its largest coordinate positive.

    Axes that the vectors do not fill, because there are few units or few vectors, are 0.

    >>> found = representation_map([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]], components=1)
    >>> found.points.round(6).tolist(), found.explained.round(6).tolist()
    ([[-5.0], [0.0], [5.0]], [1.0])
    """
    given = np.asarray(vectors, dtype=np.float64)
    centre = given.mean(axis=0) if len(given) else np.zeros(given.shape[1])
    centred = given - centre
    _, strength, right = np.linalg.svd(centred, full_matrices=False)
    kept = min(components, len(strength))
    axes = np.zeros((components, given.shape[1]))
    axes[:kept] = right[:kept]
    largest = axes[np.arange(components), np.abs(axes).argmax(axis=1)]
    axes *= np.where(largest < 0, -1.0, 1.0)[:, None]
    explained = np.zeros(components)
    explained[:kept] = strength[:kept] ** 2 / max(float((strength**2).sum()), 1e-30)
    return RepresentationMap(centred @ axes.T, explained, centre, axes)

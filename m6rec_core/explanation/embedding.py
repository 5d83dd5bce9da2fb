"""Many dimensions drawn in two or three: principal components at once, t-SNE and UMAP in a process of their own.

`python -m m6rec_core.explanation.embedding` is that process: it reads the vectors from standard input and
writes the places to standard output, so that the server neither opens the libraries nor waits for them.
"""

import io
import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError, M6RecError
from m6rec_core.explanation.representation import representation_map

PCA, TSNE, UMAP = "pca", "tsne", "umap"
METHODS = (PCA, TSNE, UMAP)
FEWEST = 5  # points; fewer have no neighbourhoods to keep
MOST_SECONDS = 180

Floats = npt.NDArray[np.float64]


def embed(vectors: npt.ArrayLike, method: str, *, components: int = 2, seed: int = 0) -> Floats:
    """(n, components) places of the (n, units) vectors; the same seed gives the same places.

    Each unit is standardised first, so that none counts for more because its numbers are larger; a unit
    that never moves counts for nothing. Raises ConfigError for an unknown method or too few points.
    """
    if method not in METHODS:
        raise ConfigError(f"A map is drawn by one of {', '.join(METHODS)}. Received: {method!r}.")
    given = standardised(vectors)
    if method == PCA:
        return representation_map(given, components=components).points
    if len(given) < FEWEST:
        raise ConfigError(
            f"{method} needs at least {FEWEST} points. Received: {len(given)}. Use pca for so few."
        )
    if method == TSNE:
        return _tsne(given, components, seed)
    return _umap(given, components, seed)


def embed_apart(vectors: npt.ArrayLike, method: str, *, components: int, seed: int) -> Floats:
    """Like `embed`, in a process of its own; raises M6RecError when that fails or takes too long."""
    sent = io.BytesIO()
    np.save(sent, np.asarray(vectors, np.float32), allow_pickle=False)
    command = [sys.executable, "-m", __name__, method, str(components), str(seed)]
    try:
        done = subprocess.run(
            command, input=sent.getvalue(), capture_output=True, timeout=MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise M6RecError(
            f"The map was not drawn within {MOST_SECONDS} s: the machine is busy. Try again, or use pca."
        ) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise M6RecError(
            f"The map could not be drawn: {said[-1] if said else 'no reason given'}. Use pca."
        )
    return np.asarray(np.load(io.BytesIO(done.stdout), allow_pickle=False), dtype=np.float64)


def standardised(vectors: npt.ArrayLike) -> Floats:
    """(n, units) with mean 0 and deviation 1 in each unit; 0 where a unit never moves."""
    given = np.asarray(vectors, np.float64)
    centred = given - given.mean(axis=0) if len(given) else given
    deviation = centred.std(axis=0) if len(given) else np.ones(given.shape[1])
    # what is left of rounding in a unit that does not move is no movement
    moves = deviation > 1e-9 * np.maximum(np.abs(given).max(axis=0, initial=0.0), 1e-30)
    return np.divide(centred, deviation, out=np.zeros_like(centred), where=moves)


def _tsne(vectors: Floats, components: int, seed: int) -> Floats:
    from sklearn.manifold import TSNE as Method

    perplexity = min(30.0, (len(vectors) - 1) / 3)
    method: Any = Method(components, perplexity=perplexity, init="pca", random_state=seed)
    return np.asarray(method.fit_transform(vectors), dtype=np.float64)


def _umap(vectors: Floats, components: int, seed: int) -> Floats:
    from umap import UMAP as Method

    neighbours = min(15, len(vectors) - 1)
    few = len(vectors) <= components + 1  # the usual start needs more points than dimensions
    method: Any = Method(
        n_components=components,
        n_neighbors=neighbours,
        random_state=seed,
        n_jobs=1,
        init="random" if few else "spectral",
    )
    return np.asarray(method.fit_transform(vectors), dtype=np.float64)


def _serve() -> None:
    # the library of UMAP would open TensorFlow, for a variant that is not used here
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    method, components, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    vectors = np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)
    out = io.BytesIO()
    np.save(out, embed(vectors, method, components=components, seed=seed), allow_pickle=False)
    sys.stdout.buffer.write(out.getvalue())


if __name__ == "__main__":
    _serve()

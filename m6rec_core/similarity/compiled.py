"""Compiled loops on all cores: a decorator for the loops, and a runner that deals them out in chunks.

The loops release the interpreter's lock and run in plain threads. That keeps them safe to call from
several sessions of a server at once, and each row's result is made by one thread in a fixed order, so
it does not depend on the number of threads.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Any, TypeVar, cast

import numba
import numpy as np

Loop = TypeVar("Loop", bound=Callable[..., Any])

_settings: Any = numba.config  # its attributes are made at run time

CHUNKS_PER_THREAD = 8  # rows differ in cost; small chunks keep the last thread from lagging


def compiled(loop: Loop) -> Loop:
    """Compiles a loop over arrays at its first call; the machine code is kept on disk.

    What is kept is renewed when the file of the loop changes, not when a loop of another file that it
    calls does: after a change of the latter, remove the folders `__pycache__`.
    """
    return cast(Loop, numba.njit(nogil=True, cache=True, error_model="numpy")(loop))


def in_chunks(work: Callable[[int, int], None], n_rows: int, *, smallest: int = 1) -> None:
    """Calls `work(start, stop)` so that the ranges cover `0:n_rows` once, on as many threads as allowed.

    `smallest` is the number of rows below which a chunk is not worth a thread. The environment variable
    NUMBA_NUM_THREADS limits the threads. The caller is one of them, so that the work goes on when all others
    are taken. An exception of any chunk is raised again here, and no further chunk is begun.

    >>> seen = []
    >>> in_chunks(lambda start, stop: seen.append((start, stop)), 3, smallest=3)
    >>> seen
    [(0, 3)]
    """
    threads = int(_settings.NUMBA_NUM_THREADS)
    chunk = max(smallest, -(-n_rows // (threads * CHUNKS_PER_THREAD)))
    if threads == 1 or n_rows <= chunk:
        if n_rows:
            work(0, n_rows)
        return
    starts = range(0, n_rows, chunk)
    left = iter(starts)  # every thread takes its next chunk from here

    def take() -> None:
        try:
            for start in left:
                work(start, min(start + chunk, n_rows))
        except BaseException:
            deque(left, maxlen=0)
            raise

    helpers = [_helpers(threads).submit(take) for _ in range(min(threads, len(starts)) - 1)]
    try:
        take()
    finally:
        begun = [helper for helper in helpers if not helper.cancel()]
        wait(begun)
    for helper in begun:
        helper.result()


@cache
def _helpers(threads: int) -> ThreadPoolExecutor:
    """The threads that help whoever calls; kept, as a start takes longer than many a chunk."""
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="chunks")


def fixed(array: Any, dtype: Any) -> Any:
    """A read-only view of the array, or of a copy in this dtype: what compiled loops take as input.

    One kind of input means one compilation, wherever the array comes from.
    """
    view = np.ascontiguousarray(array, dtype=dtype).view()
    view.setflags(write=False)
    return view

"""Work dealt out to threads."""

import numba
import numpy as np
import pytest

from m6rec_core.similarity.compiled import fixed, in_chunks


@pytest.mark.parametrize("n_rows", [0, 1, 15, 16, 17, 1000])
@pytest.mark.parametrize("smallest", [1, 7, 5000])
def test_every_row_is_worked_once(n_rows: int, smallest: int) -> None:
    worked = np.zeros(n_rows, dtype=int)

    def work(start: int, stop: int) -> None:
        worked[start:stop] += 1

    in_chunks(work, n_rows, smallest=smallest)
    assert (worked == 1).all()


def test_a_failure_in_a_thread_is_not_lost() -> None:
    def work(start: int, stop: int) -> None:
        if start <= 50 < stop:
            raise ZeroDivisionError("row 50")

    with pytest.raises(ZeroDivisionError, match="row 50"):
        in_chunks(work, 100)


def test_work_inside_work_is_done_when_no_thread_is_free() -> None:
    worked = np.zeros((40, 40), dtype=int)

    def outer(start: int, stop: int) -> None:
        for row in range(start, stop):

            def inner(first: int, last: int, row: int = row) -> None:
                worked[row, first:last] += 1

            in_chunks(inner, 40)

    in_chunks(outer, 40)
    assert (worked == 1).all()


def test_no_chunk_begins_after_a_failure() -> None:
    begun = []

    def work(start: int, stop: int) -> None:
        begun.append(start)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_chunks(work, 10_000)
    assert len(begun) <= int(numba.config.NUMBA_NUM_THREADS)


def test_a_fixed_view_is_read_only_and_leaves_the_array_writeable() -> None:
    array = np.zeros(3, dtype=np.int32)
    view = fixed(array, np.int32)
    assert not view.flags.writeable
    assert array.flags.writeable
    assert np.shares_memory(view, array)

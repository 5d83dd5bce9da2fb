"""Products of the vectors of users and items at single pairs, without users × items."""

import numpy as np
import numpy.typing as npt

from m6rec_core.schema import Rows
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.sparse import Rows as SparseRows

Floats = npt.NDArray[np.float32]


def dots_at(of_users: Floats, of_items: Floats, item_row: Rows) -> Floats:
    """(users, slots) the product of each user's vector with those of the items `item_row`; 0 at -1.

    `of_users` (users, size), `of_items` (n_items, size).

    >>> dots_at(np.eye(2, dtype="f"), np.array([[3, 4]], dtype="f"), np.array([[0], [-1]])).tolist()
    [[3.0], [0.0]]
    """
    wanted, users = fixed(item_row, np.int32), fixed(of_users, np.float32)
    items, products = fixed(of_items, np.float32), np.zeros(wanted.shape, dtype=np.float32)
    in_chunks(
        lambda start, stop: _multiply(start, stop, users, items, wanted, products),
        len(wanted),
        smallest=8,
    )
    return products


def sparse_dots_at(of_users: Floats, of_items: SparseRows, item_row: Rows) -> Floats:
    """`dots_at` for items whose vectors are mostly 0, as rows of a sparse matrix (n_items, size)."""
    wanted, users = fixed(item_row, np.int32), fixed(of_users, np.float32)
    products = np.zeros(wanted.shape, dtype=np.float32)
    in_chunks(
        lambda start, stop: _multiply_sparse(start, stop, users, of_items, wanted, products),
        len(wanted),
        smallest=8,
    )
    return products


@compiled
def _multiply(
    start: int, stop: int, users: Floats, items: Floats, item_row: Rows, products: Floats
) -> None:
    for user in range(start, stop):
        for slot in range(item_row.shape[1]):
            item = item_row[user, slot]
            if item >= 0:
                products[user, slot] = np.dot(users[user], items[item])


@compiled
def _multiply_sparse(
    start: int, stop: int, users: Floats, items: SparseRows, item_row: Rows, products: Floats
) -> None:
    for user in range(start, stop):
        for slot in range(item_row.shape[1]):
            item = item_row[user, slot]
            if item >= 0:
                total = np.float32(0)
                for place in range(items.indptr[item], items.indptr[item + 1]):
                    total += items.data[place] * users[user, items.indices[place]]
                products[user, slot] = total

"""Attributes as numbers: what a model or a likeness can compute with, every column under a plain name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from m6rec_core.data.attributes import CATEGORY, MULTI, NUMBER, TEXT, AttributeTable

Floats = npt.NDArray[np.float32]

LEAST_ROWS = 5  # with a label, below which it is pooled with the other rare ones
MOST_LABELS = 50  # of a column that keep a column of their own, the most frequent ones
MOST_THEMES = 16  # columns that a text is reduced to
MISSING = "missing"
_MOST_WORDS = 20_000
_LEAST_TEXTS = 2  # that a word must stand in
_SHOWN_WORDS = 3  # that name a theme


@dataclass(frozen=True)
class EncodedColumn:
    """One column of the encoding: its name in plain words, the attribute it came from, and its kind.

    `kind` is "number", "category", "multi", "text", or "missing" for the flag of missing values.
    """

    name: str
    group: str
    kind: str


@dataclass(frozen=True, eq=False)
class Encoded:
    """Attributes of n users or items: `matrix` (n, n_columns) CSR float32, and what each column means."""

    matrix: sp.csr_matrix
    columns: tuple[EncodedColumn, ...]

    def of_group(self, group: str) -> sp.csr_matrix:
        """(n, columns of the group) what one attribute became."""
        return self.matrix[:, [n for n, one in enumerate(self.columns) if one.group == group]]


def encode(table: AttributeTable, *, seed: int = 0) -> Encoded:
    """Encodes the numbers, categories, multi-values and texts of a table, in the order of its columns.

    - a number: its distance from the mean in standard deviations (of the population); 0 where missing
    - a category or multi-value: 1 in the column of each label; labels of fewer than `LEAST_ROWS` rows,
      or beyond the `MOST_LABELS` most frequent, share the column "another one"
    - a text: TF-IDF reduced by a truncated singular value decomposition, named by its heaviest words
    - a flag, 1 where the value is missing, for each of them with some but not all values missing

    Attributes that are the same for all give no column. Titles and images are not encoded.

    >>> from m6rec_core.data.attributes import attribute_table
    >>> from m6rec_core.data.ids import IdMap
    >>> frame = pd.DataFrame({"id": ["a", "b", "c"], "price": ["1", "3", None]})
    >>> found = encode(attribute_table(frame, IdMap.in_given_order(["a", "b", "c"]), "id"))
    >>> [column.name for column in found.columns], found.matrix.toarray().tolist()
    (['price', 'price is missing'], [[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    """
    blocks: list[sp.csr_matrix] = [sp.csr_matrix((len(table), 0), dtype=np.float32)]
    columns: list[EncodedColumn] = []
    for group in table.columns_of(NUMBER, CATEGORY, MULTI, TEXT):
        kind = table.kinds[group]
        block, names = _encoded(table, group, seed)
        missing = table.frame[group].isna().to_numpy(bool)
        blocks.append(block)
        columns += [EncodedColumn(name, group, kind) for name in names]
        if missing.any() and not missing.all():
            blocks.append(sp.csr_matrix(missing[:, None].astype(np.float32)))
            columns.append(EncodedColumn(f"{group} is missing", group, MISSING))
    return Encoded(sp.hstack(blocks, format="csr", dtype=np.float32), tuple(columns))


@lru_cache(16)
def text_themes(
    table: AttributeTable, column: str, seed: int = 0
) -> tuple[Floats, tuple[str, ...]]:
    """(n, themes) the texts of a column by theme, (themes,) the heaviest words of each.

    A theme is a direction of the truncated singular value decomposition of the TF-IDF of the texts; its
    heaviest word counts positive. Rows without a known word are 0. There are no themes where fewer than
    two texts share a word. The array is shared: it cannot be written to.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = table.texts(column)
    words = TfidfVectorizer(min_df=_LEAST_TEXTS, max_features=_MOST_WORDS, dtype=np.float32)
    try:
        weights = words.fit_transform(texts)
    except ValueError:  # no word stands in two texts
        return _frozen(np.zeros((len(table), 0), np.float32)), ()
    n_themes = min(MOST_THEMES, *(size - 1 for size in weights.shape))
    if n_themes < 1:
        return _frozen(np.zeros((len(table), 0), np.float32)), ()
    reduction = TruncatedSVD(n_themes, random_state=seed)
    themes = reduction.fit_transform(weights)
    heaviest = np.argsort(-np.abs(reduction.components_), axis=1, kind="stable")
    first = reduction.components_[np.arange(n_themes), heaviest[:, 0]]
    vocabulary = words.get_feature_names_out()
    names = tuple(", ".join(vocabulary[row[:_SHOWN_WORDS]]) for row in heaviest)
    return _frozen((themes * np.where(first < 0, -1, 1)).astype(np.float32)), names


def _encoded(table: AttributeTable, column: str, seed: int) -> tuple[sp.csr_matrix, Sequence[str]]:
    kind = table.kinds[column]
    if kind == NUMBER:
        return _standardised(table.numbers(column), column)
    if kind == TEXT:
        themes, names = text_themes(table, column, seed)
        return sp.csr_matrix(themes), [f"{column}: {name}" for name in names]
    return _one_hot(table, column, "has" if kind == MULTI else "is")


def _standardised(
    numbers: npt.NDArray[np.float64], column: str
) -> tuple[sp.csr_matrix, Sequence[str]]:
    known = np.isfinite(numbers)
    spread = float(numbers[known].std()) if known.any() else 0.0
    if not spread:
        return sp.csr_matrix((len(numbers), 0)), ()
    scaled = np.where(known, (numbers - numbers[known].mean()) / spread, 0.0)
    return sp.csr_matrix(scaled[:, None].astype(np.float32)), (column,)


def _one_hot(table: AttributeTable, column: str, verb: str) -> tuple[sp.csr_matrix, Sequence[str]]:
    rows, labels = table.labels(column)
    codes, names = pd.factorize(labels, sort=True)
    counts = np.bincount(codes, minlength=len(names))
    order = np.argsort(-counts, kind="stable")[:MOST_LABELS]
    own = np.sort(order[counts[order] >= LEAST_ROWS])
    place = np.full(len(names), len(own))  # behind the own columns: the pool
    place[own] = np.arange(len(own))
    shown = [f"{column} {verb} {name}" for name in names[own]]
    if len(own) < len(names):
        shown.append(f"{column} {verb} another one")
    ones = np.ones(len(rows), dtype=np.float32)
    made = sp.csr_matrix((ones, (rows, place[codes])), shape=(len(table), len(shown)))
    made.data[:] = 1.0  # two rare labels of one row are one
    varies = _varying(made)
    return made[:, varies], [shown[n] for n in varies]


def _varying(made: sp.csr_matrix) -> Sequence[int]:
    """The columns that are not the same in all rows."""
    filled: Iterable[int] = np.asarray(made.getnnz(axis=0)).tolist()
    return [n for n, count in enumerate(filled) if 0 < count < made.shape[0]]


def _frozen(array: Floats) -> Floats:
    array.setflags(write=False)
    return array

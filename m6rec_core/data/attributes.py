"""What is known of users or items beside their behaviour: one row per row of an id map."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.data.ids import IdMap, Rows
from m6rec_core.data.numbers import to_numbers
from m6rec_core.errors import DataError

NUMBER = "number"
CATEGORY = "category"
MULTI = "multi"
TEXT = "text"
TITLE = "title"
IMAGE = "image"
KINDS = (NUMBER, CATEGORY, MULTI, TEXT, TITLE, IMAGE)

# Numbers that name something: their size means nothing
_CODES = frozenset(
    {"zip", "zip_code", "zipcode", "postcode", "postal_code", "occupation", "gender"}
)
_TITLES = frozenset({"title", "name", "item_name", "product_name", "movie_title", "artist_name"})
_WORDS_OF_A_TEXT = 4.0  # mean words per value from which a column is prose
_CHARACTERS_OF_A_TEXT = 30.0
MOST_NEWCOMERS = 20_000  # each widens the rows of scores, and a file may name millions
_CHARACTERS_OF_A_NAME, _SHARE_OF_NAMES = 60.0, 0.8  # a text that names things: short, rarely twice
_TURNING = r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]"  # marks of direction
_SHARE_OF_NUMBERS = 0.99  # stray words in a column of numbers become missing


@dataclass(frozen=True, eq=False)
class AttributeTable:
    """Attributes of n users or items, in the order of their rows.

    - `ids` the map whose rows the table follows
    - `frame` (n rows): float64 columns for numbers, text columns for all else; missing is NaN; hand out
      copies only
    - `kinds` column → "number", "category", "multi" (values split by a pipe), "text", "title", "image"
    - `ids_without_attributes` ids of the map that the file did not describe
    - `rows_without_events` rows of the file whose id the map does not know
    - `repeated_rows` rows of the file whose id came again later: the last one counts
    - `newcomers` the described ids that the map does not know, the first `MOST_NEWCOMERS` of the file;
      None where there are none
    - `naming` the column that says what a person calls each row; empty where none does
    """

    ids: IdMap
    frame: pd.DataFrame
    kinds: Mapping[str, str]
    ids_without_attributes: int = 0
    rows_without_events: int = 0
    repeated_rows: int = 0
    newcomers: "AttributeTable | None" = None
    naming: str = ""

    def __len__(self) -> int:
        return len(self.frame)

    def columns_of(self, *kinds: str) -> tuple[str, ...]:
        """The columns of these kinds, in the order of the file.

        >>> table = attribute_table(pd.DataFrame({"id": ["a"], "year": ["1999"]}), IdMap(["a"]), "id")
        >>> table.columns_of("number")
        ('year',)
        """
        return tuple(column for column, kind in self.kinds.items() if kind in kinds)

    def numbers(self, column: str) -> npt.NDArray[np.float64]:
        """(n,) the numbers of a column; NaN where missing."""
        return np.array(self.frame[column], dtype=np.float64)

    def texts(self, column: str) -> npt.NDArray[np.object_]:
        """(n,) the texts of a column; the empty text where missing."""
        return np.asarray(self.frame[column].astype(object).fillna(""), dtype=object)

    def labels(self, column: str) -> tuple[Rows, npt.NDArray[np.object_]]:
        """Every (row, label) of a category or multi-value column, one pair per label, rows rising.

        A label that a row repeats counts once; rows without a value have no pair.
        """
        parts = pd.Series(self.texts(column))
        if self.kinds[column] == MULTI:
            parts = parts.str.split(schema.MULTI_VALUE_SEPARATOR, regex=False).explode()
        parts = parts.str.strip()
        pairs = pd.DataFrame({"row": parts.index, "label": parts.to_numpy(object)})
        pairs = pairs[pairs["label"] != ""].drop_duplicates()
        return pairs["row"].to_numpy(np.int32), pairs["label"].to_numpy(object)

    def with_newcomers(self) -> "AttributeTable":
        """The table with the newcomers as its last rows; their ids are new rows of the map."""
        if self.newcomers is None:
            return self
        new = self.newcomers
        return replace(
            self,
            ids=IdMap.in_given_order([*self.ids.ids, *new.ids.ids]),
            frame=pd.concat([self.frame, new.frame], ignore_index=True),
            newcomers=None,
        )

    def titles(self) -> npt.NDArray[np.object_]:
        """(n,) what a person calls each row, and its id where it has no such name."""
        ids = self.ids.ids
        if not self.naming:
            return ids.copy()
        titles = self.texts(self.naming)
        return np.asarray(np.where(titles == "", ids, titles), dtype=object)


def names_of(ids: IdMap, table: AttributeTable | None) -> npt.NDArray[np.object_]:
    """(n,) what a person calls each row, without characters that turn the text around it."""
    titles = ids.ids if table is None else table.titles()
    plain = pd.Series(titles, dtype="str").str.replace(_TURNING, "", regex=True)
    return np.asarray(plain, dtype=object)


def attribute_table(frame: pd.DataFrame, ids: IdMap, id_column: str) -> AttributeTable:
    """Lines up a table of attributes, all texts, with an id map and finds the kind of each column.

    Rows of unknown ids are counted and kept aside as newcomers; ids that the table lacks get missing
    values.
    """
    if id_column not in frame.columns:
        present = ", ".join(f"'{column}'" for column in frame.columns)
        raise DataError(f"The attributes have no column '{id_column}'. Received: {present}.")
    keys = frame[id_column].astype(object)
    last = ~keys.duplicated(keep="last") & keys.notna()
    rows = ids.rows_of(keys[last])
    known = rows >= 0
    source = np.full(len(ids), -1, dtype=np.int64)  # which line of the file describes each row
    source[rows[known]] = np.flatnonzero(last.to_numpy())[known]
    body = frame.drop(columns=id_column).reset_index(drop=True)
    aligned = body.reindex(source).reset_index(drop=True)  # -1 is in no index: missing values
    kinds = {str(column): kind_of(str(column), aligned[column]) for column in aligned.columns}
    for column, kind in kinds.items():
        if kind == NUMBER:
            aligned[column] = to_numbers(aligned[column].astype("str"))
    return AttributeTable(
        ids=ids,
        frame=aligned,
        kinds=kinds,
        ids_without_attributes=int((source < 0).sum()),
        rows_without_events=int((~known).sum()),
        repeated_rows=len(frame) - int(last.sum()),
        naming=naming_of({"kinds": kinds}) or _short_text(aligned, kinds),
        newcomers=_newcomers(body, keys, np.flatnonzero(last.to_numpy())[~known], kinds),
    )


def naming_of(about: Mapping[str, Any]) -> str:
    """The column that names the rows of a stored table, from what was written of it."""
    titles = (column for column, kind in about["kinds"].items() if kind == TITLE)
    return str(about.get("naming") or next(titles, ""))


def _short_text(frame: pd.DataFrame, kinds: Mapping[str, str]) -> str:
    """The first short text that hardly ever comes twice: what a shop calls its things."""
    for column, kind in kinds.items():
        present = frame[column].dropna() if kind == TEXT else pd.Series(dtype="str")
        is_short = len(present) and present.str.len().median() <= _CHARACTERS_OF_A_NAME
        if is_short and present.nunique() >= _SHARE_OF_NAMES * len(present):
            return column
    return ""


def _newcomers(
    body: pd.DataFrame,
    keys: "pd.Series[str]",
    places: npt.NDArray[np.int64],
    kinds: Mapping[str, str],
) -> AttributeTable | None:
    """The lines at these places, of those that say anything; in the order of an id map."""
    described = body.notna().any(axis=1).to_numpy()
    places = places[described[places]][:MOST_NEWCOMERS]
    if not len(places):
        return None
    ids = IdMap(keys.iloc[places])
    frame = body.iloc[places[np.argsort(ids.rows_of(keys.iloc[places]))]].reset_index(drop=True)
    for column, kind in kinds.items():
        if kind == NUMBER:
            frame[column] = to_numbers(frame[column].astype("str"))
    return AttributeTable(ids=ids, frame=frame, kinds=kinds)


def kind_of(name: str, values: pd.Series) -> str:
    """The kind of a column of texts, from its name first and its values second.

    >>> kind_of("genres", pd.Series(["Drama|War", "Comedy"]))
    'multi'
    >>> kind_of("year", pd.Series(["1995", None]))
    'number'
    >>> kind_of("zip_code", pd.Series(["10115"]))
    'category'
    """
    word = name.lower().replace(" ", "_").replace("-", "_").partition(":")[0]
    present = values.dropna().astype(str)
    if word in _TITLES:
        return TITLE
    if "image" in word or present.str.match(r"https?://\S+\.(?:jpe?g|png|webp|gif)$").mean() > 0.5:
        return IMAGE
    if present.str.contains(schema.MULTI_VALUE_SEPARATOR, regex=False).any():
        return TEXT if word == schema.TEXT else MULTI
    if word not in _CODES and _is_numeric(present):
        return NUMBER
    return TEXT if word in (schema.TEXT, "description") or _is_prose(present) else CATEGORY


def _is_numeric(present: pd.Series) -> bool:
    if present.empty:
        return False
    return bool(np.isfinite(to_numbers(present)).mean() >= _SHARE_OF_NUMBERS)


def _is_prose(present: pd.Series) -> bool:
    if present.empty:
        return False
    distinct = pd.Series(present.unique())
    words = distinct.str.count(r"\s+") + 1
    return bool(
        words.mean() >= _WORDS_OF_A_TEXT and distinct.str.len().mean() >= _CHARACTERS_OF_A_TEXT
    )

"""One file as a table that the database reads, with an account of every line that it cannot read."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from m6rec_core.config import ReadingConfig
from m6rec_core.data.database import Database, database
from m6rec_core.data.reading.delimited import DelimitedReader
from m6rec_core.data.reading.inspection import LONGEST
from m6rec_core.data.reading.json_lines import JsonReader
from m6rec_core.data.reading.json_objects import is_json, json_layout
from m6rec_core.data.reading.layout import (
    JSON_LINES,
    PARQUET,
    Head,
    Layout,
    delimited_layout,
    text_head,
)
from m6rec_core.data.reading.line_numbers import Rows
from m6rec_core.data.reading.parquet_files import MARK, ParquetReader
from m6rec_core.data.reading.preparing import Prepared, prepare
from m6rec_core.data.reading.rejects import Reject, rejected_rows
from m6rec_core.data.reading.unpacking import Packed, packed
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress, silent

HEAD_BYTES = 1 << 20
_SPOTS = 8  # places of a JSON file where keys are looked for, besides its head
_SPOT_BYTES = 1 << 16
AS_SEEN = ReadingConfig()  # everything is told from the file
_LINE_END = re.compile(rb"[\r\n]")


class Reader(Protocol):
    """What reads one kind of file."""

    def select(self, columns: Mapping[str, str]) -> str: ...

    def rejected(self, db: Database) -> list[Reject]: ...

    def lines(self, db: Database, rows: Rows) -> Rows: ...


class Source:
    """A file of any kind; `layout` and `head` look at its beginning only, `path` prepares all of it."""

    def __init__(
        self,
        file: Packed,
        config: ReadingConfig,
        folder: Path,
        progress: Progress = silent,
        layout: Layout | None = None,
    ) -> None:
        self.name = file.name
        self._file, self._config, self._folder, self._progress = file, config, folder, progress
        self._head: Head | None = None
        self._layout = layout or self._first_layout()

    @property
    def layout(self) -> Layout:
        """How the file is laid out; once `path` was asked for, its encoding is certain."""
        return self._layout

    @property
    def path(self) -> Path:
        """The file that the database may read: the original, or a copy that is gone after the block."""
        return self._prepared.path

    def select(self, columns: Mapping[str, str]) -> str:
        """SQL, in parentheses, of a table with these columns: name in SQL → column of the file.

        Every cell is a text, an empty one NULL; the rows have the order of the file. It is to run in
        `database(source.path)`, once per database.
        Raises `DataError` for a column that the file does not have.
        """
        known = set(self.layout.columns)
        for column in columns.values():
            if column not in known:
                raise DataError(
                    f"'{self.name}' has no column '{column}'. Name one of {_listed(self.layout.columns)}."
                )
        return self._reader.select(columns)

    def rejected(self, db: Database) -> pd.DataFrame:
        """The lines that could not be read, after `select` ran: `line` in the original file, `column`,
        `reason`, `text`, `remedy`. Blank lines are not among them.
        """
        return rejected_rows(sorted([*self._prepared.rejected, *self._reader.rejected(db)]))

    def lines(self, db: Database, rows: Rows) -> Rows:
        """Lines of the original file, from 1, on which the readable rows at these positions begin.

        To be asked after `select` ran. In parquet a row is a line.
        """
        return self._reader.lines(db, np.asarray(rows, dtype=np.int64))

    def head(self, n: int) -> pd.DataFrame:
        """The first readable rows as texts, missing cells as NaN; only the first MB is looked at."""
        if self._head is None:
            return self.frame(n)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            cut = Path(folder) / "head"
            cut.write_text(self._head.whole_lines(), "utf-8", "replace", newline="")
            config = replace(self._config, encoding="utf-8")
            layout = replace(self._layout, compression="", encoding="utf-8")
            return Source(Packed(cut, self.name), config, Path(folder), layout=layout).frame(n)

    def frame(self, n: int | None = None) -> pd.DataFrame:
        """The first rows with all columns, or all rows, as texts."""
        with database(self.path) as db:
            return self.rows(db, n)

    def rows(self, db: Database, n: int | None = None) -> pd.DataFrame:
        """The rows of `frame`, read by a database that then knows the rejected lines."""
        names = {f"c{number}": column for number, column in enumerate(self.layout.columns)}
        limit = "" if n is None else f" limit {n}"
        frame: pd.DataFrame = db.arrow(f"select * from {self.select(names)}{limit}").to_pandas()
        return frame.set_axis(list(self.layout.columns), axis=1)

    @cached_property
    def _prepared(self) -> Prepared:
        made = prepare(self._file, self._layout, self._config, self._folder, self._progress)
        self._layout = made.layout
        self._progress(f"reading {self.name}", 1.0)
        return made

    @cached_property
    def _reader(self) -> Reader:
        if self.layout.kind == PARQUET:
            return ParquetReader(self._prepared.path)
        kind = JsonReader if self.layout.kind == JSON_LINES else DelimitedReader
        return kind(self._prepared, self.name)

    def _first_layout(self) -> Layout:
        content, is_whole = self._beginning()
        if content.startswith(MARK):
            self._layout = Layout(PARQUET, compression=self._file.compression, encoding="")
            return replace(self._layout, columns=ParquetReader(self.path).columns)
        head = text_head(content, self.name, self._config, is_whole=is_whole)
        self._head = head
        if is_json(head.text):
            layout = json_layout(head, self._further_lines(), self.name)
        else:
            layout = delimited_layout(head, self._config, self.name)
        return replace(layout, compression=self._file.compression)

    def _beginning(self) -> tuple[bytes, bool]:
        """The first MB, or as much as holds a line end; and whether that is the whole file."""
        size = HEAD_BYTES
        content = self._file.head(size + 1)
        if len(content) > size and not _LINE_END.search(content):
            size = LONGEST
            content = self._file.head(size + 1)
        return content, len(content) <= size

    def _further_lines(self) -> Iterator[str]:
        """Lines from places all over a plain file."""
        if self._file.compression or self._head is None or self._head.is_whole:
            return
        size = os.path.getsize(self._file.path)
        with self._file.path.open("rb") as raw:
            for spot in range(1, _SPOTS + 1):
                raw.seek(max(size * spot // _SPOTS - _SPOT_BYTES, 0))
                part = replace(self._head, content=raw.read(_SPOT_BYTES), is_whole=True)
                yield from part.lines()


@contextmanager
def opened(
    path: Path,
    config: ReadingConfig = AS_SEEN,
    *,
    name: str = "",
    progress: Progress = silent,
) -> Iterator[Source]:
    """A file as a source of rows; `name` is what the analyst calls it.

    Copies that reading needs lie in a temporary folder that is gone after the block.
    Raises `DataError`, also later in the block, for what cannot be read.
    """
    path = Path(path)
    shown = name or path.name
    with tempfile.TemporaryDirectory(prefix="m6rec-") as made:
        folder = Path(made).resolve()
        try:
            yield Source(packed(path, shown), config, folder, progress)
        except DataError as error:
            told = _with_name(str(error), shown, (path, path.resolve()), folder)
            if told == str(error):
                raise
            raise DataError(told) from error


def _with_name(message: str, name: str, paths: Sequence[Path], folder: Path) -> str:
    """A message about a file in the words of the analyst, who knows nothing of its copies."""
    for path in (*folder.rglob("*"), *paths):
        message = message.replace(f"'{path}'", f"'{name}'").replace(f'"{path}"', f"'{name}'")
    return message


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(f"'{column}'" for column in columns[:20])
    return f"{shown} and {len(columns) - 20} more" if len(columns) > 20 else shown

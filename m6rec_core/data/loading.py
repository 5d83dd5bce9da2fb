"""Small tables read whole into memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from m6rec_core.config import ReadingConfig
from m6rec_core.data.database import database
from m6rec_core.data.reading.rejects import (
    LINE,
)
from m6rec_core.data.reading.source import AS_SEEN, opened
from m6rec_core.errors import DataError

FILE: Final = "file"

__all__ = (
    *("LINE", "COLUMN", "REASON", "SOURCE_TEXT", "REMEDY", "FILE", "REJECTED_COLUMNS"),
    *("RawTable", "read_table", "rejected_rows"),
)


@dataclass(frozen=True, eq=False)
class RawTable:
    """A file as it was read.

    - `frame` one text column per column of the file; an empty cell is missing (NaN), never a text
    - `rejected` one row per line that could not be read: `line` (from 1, in the file), `column` (empty
      when the whole line is meant), `reason`, `text`, `remedy`
    - `line` (len(frame),) line each row came from; rows inside one line share it. For parquet: row + 1.
    """

    frame: pd.DataFrame
    rejected: pd.DataFrame
    line: pd.Series

    @property
    def rows(self) -> int:
        """All rows of the file: the readable and the rejected ones."""
        return len(self.frame) + len(self.rejected)


def read_table(path: Path, config: ReadingConfig = AS_SEEN, *, name: str = "") -> RawTable:
    """Reads a file of any kind that `opened` knows, all columns and all rows.

    Raises `DataError` for a file that is missing, empty or of no readable kind, or that has no line
    below its header.
    """
    with opened(path, config, name=name) as source, database(source.path) as db:
        frame = source.rows(db)
        rejected = source.rejected(db)
        lines = source.lines(db, np.arange(len(frame)))
    table = RawTable(frame, rejected, pd.Series(lines, name=LINE))
    if not table.rows:
        raise DataError(
            f"'{source.name}' has a header but no rows. Upload a file with at least one event."
        )
    return table

"""The small tables that the command line takes and gives: users, pairs, held-out events, lists."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pandas as pd

from m6rec_core.config import MappingConfig
from m6rec_core.data.loading import read_table
from m6rec_core.data.mapping import guess_column, map_table, resolve_mapping
from m6rec_core.errors import ConfigError, DataError

WRITTEN = ("csv", "tsv", "jsonl", "parquet")


def read_columns(path: Path, roles: Sequence[str]) -> pd.DataFrame:
    """The columns that play these roles, under the names of the schema, as texts, row by row."""
    frame = read_table(path).frame
    columns = [str(column) for column in frame.columns]
    found = {role: guess_column(columns, role) for role in roles}
    for role, column in found.items():
        if not column:
            raise DataError(
                f"'{path}' has no column '{role}'. Columns present: {', '.join(columns)}. Rename one."
            )
    return pd.DataFrame(
        {role: _without_gaps(frame[column], role, path) for role, column in found.items()}
    )


def read_column(path: Path, role: str) -> pd.Series:
    """One column of ids; a file with a single column needs no particular name."""
    frame = read_table(path).frame
    if len(frame.columns) == 1:
        return _without_gaps(frame.iloc[:, 0], role, path)
    return read_columns(path, (role,))[role]


def _without_gaps(column: pd.Series, role: str, path: Path) -> pd.Series:
    """The column as texts; raises DataError where a cell is empty: no id is not an unknown id."""
    texts = column.astype(str)
    is_blank = (column.isna() | (texts.str.strip() == "")).to_numpy()
    if is_blank.any():
        raise DataError(
            f"'{path}' has no {role} in {int(is_blank.sum())} of its {len(column)} rows, first in "
            f"row {int(is_blank.argmax()) + 1} below the names. Fill it in or leave the row out."
        )
    return texts


def read_events(path: Path, mapping: MappingConfig) -> pd.DataFrame:
    """Held-out events under the names of the schema.

    The columns are those of the training file where they are there, and guessed from names otherwise.
    """
    raw = read_table(path)
    present = {
        field.name: getattr(mapping, field.name)
        for field in fields(mapping)
        if getattr(mapping, field.name) in raw.frame.columns
    }
    return map_table(raw, resolve_mapping(raw.frame, MappingConfig(**present))).frame


def check_writable(path: Path) -> None:
    """Raises ConfigError for a table that could not be written, before work is spent on it."""
    if _kind(path) not in WRITTEN:
        raise ConfigError(
            f"'{path.name}' is not a table to be written: its name ends in "
            f"{', '.join('.' + kind for kind in WRITTEN)}, and '.gz' may follow."
        )
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"There is no folder '{path.parent}'. Make it first.")


def write(table: pd.DataFrame, path: Path) -> None:
    """Writes a table in the format of the file's name."""
    check_writable(path)
    kind = _kind(path)
    if kind == "parquet":
        table.to_parquet(path, index=False)
    elif kind == "jsonl":
        table.to_json(path, orient="records", lines=True, force_ascii=False)
    else:
        table.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")


def _kind(path: Path) -> str:
    suffixes = [suffix.lower().lstrip(".") for suffix in path.suffixes]
    if suffixes and suffixes[-1] == "gz" and suffixes[:-1] and suffixes[-2] != "parquet":
        suffixes = suffixes[:-1]
    return suffixes[-1] if suffixes else ""

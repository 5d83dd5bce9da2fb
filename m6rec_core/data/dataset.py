"""A data set: the cleaned events, what is known of users and items, and how it came to be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.attributes import AttributeTable, attribute_table
from m6rec_core.data.cleaning import CleaningReport, clean, event_weights, require_rows
from m6rec_core.data.ids import IdMap
from m6rec_core.data.interactions import Interactions
from m6rec_core.data.loading import RawTable, read_table
from m6rec_core.data.mapping import guess_column, map_table, resolve_mapping
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress, silent

INTERACTIONS_FILE = "interactions.parquet"
USERS_FILE = "users.parquet"
ITEMS_FILE = "items.parquet"
REJECTED_FILE = "rejected.parquet"
ABOUT_FILE = "data.json"
_ABOUT_EVENTS = b"m6rec.events"
_ABOUT_ATTRIBUTES = b"m6rec.attributes"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Events with the attributes of their users and items (None where no file was given)."""

    name: str
    interactions: Interactions
    users: AttributeTable | None
    items: AttributeTable | None
    report: CleaningReport

    def save(self, folder: Path) -> None:
        """Writes parquet and JSON files into a folder, which is made when it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        events = self.interactions
        write_interactions(events, folder / INTERACTIONS_FILE)
        write_attributes(events.users, self.users, folder / USERS_FILE, schema.USER_ID)
        write_attributes(events.items, self.items, folder / ITEMS_FILE, schema.ITEM_ID)
        self.report.rejected.to_parquet(folder / REJECTED_FILE, index=False)
        about = {
            "name": self.name,
            "fingerprint": events.fingerprint(),
            "report": self.report.to_json(),
        }
        (folder / ABOUT_FILE).write_text(json.dumps(about, indent=2), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Dataset":
        """The data set that `save` wrote; raises `DataError` when the folder holds none."""
        try:
            about = json.loads((folder / ABOUT_FILE).read_text(encoding="utf-8"))
            user_ids, users = read_attributes(folder / USERS_FILE, schema.USER_ID)
            item_ids, items = read_attributes(folder / ITEMS_FILE, schema.ITEM_ID)
            events = read_interactions(folder / INTERACTIONS_FILE, user_ids, item_ids)
            rejected = pd.read_parquet(folder / REJECTED_FILE)
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            raise DataError(
                f"'{folder}' holds no whole data set: {error}. Load it again."
            ) from None
        report = CleaningReport.from_json(about["report"], rejected)
        return cls(about["name"], events, users, items, report)


def load_dataset(
    interactions: Path,
    *,
    users: Path | None = None,
    items: Path | None = None,
    config: Config | None = None,
    name: str = "",
    progress: Progress = silent,
) -> Dataset:
    """Reads, maps and cleans an interactions file, and lines up the attributes with it.

    Raises `DataError` for files that cannot be used: missing, empty, without a needed column, or with
    fewer than two users or items after cleaning.
    """
    config = config or Config()
    path = Path(interactions)
    progress("reading events", 0.0)
    raw = read_table(path)
    user_table = _read_attributes_file(users)
    item_table = _read_attributes_file(items)
    progress("cleaning", 0.4)
    events, report = clean_table(raw, config)
    progress("indexing", 0.7)
    made = Interactions.from_frame(
        events,
        event_weights=event_weights(config.data.event_weights),
        target=config.data.target,
        rating_range=report.rating_range,
    )
    progress("attributes", 0.9)
    dataset = Dataset(
        name=name or path.name.partition(".")[0],
        interactions=made,
        users=_aligned(user_table, made.users, users, schema.USER_ID),
        items=_aligned(item_table, made.items, items, schema.ITEM_ID),
        report=report,
    )
    progress("loaded", 1.0)
    return dataset


def clean_table(raw: RawTable, config: Config) -> tuple[pd.DataFrame, CleaningReport]:
    """Maps and cleans a table as it was read; the report accounts for every row of it.

    Raises `DataError` when a needed column is missing or fewer than two users or items are left.
    """
    mapping = resolve_mapping(raw.frame, config.mapping)
    mapped = map_table(raw, mapping)
    frame, report = clean(mapped.frame, config.data, value_is_rating=mapping.value_is_rating())
    report = replace(
        report,
        rows_in=raw.rows,
        rejected=pd.concat([raw.rejected, mapped.rejected]).sort_values("line", ignore_index=True),
        mapping=mapping.sources(),
        time_unit=mapped.time_unit,
    )
    require_rows(frame, report)
    return frame, report


def write_interactions(interactions: Interactions, path: Path) -> None:
    """Writes events as a parquet table with readable ids; weights and target go into its metadata."""
    columns = {
        schema.USER_ID: _coded(interactions.user_row, interactions.users.ids),
        schema.ITEM_ID: _coded(interactions.item_row, interactions.items.ids),
        schema.EVENT: _coded(interactions.event, np.array(interactions.event_names, dtype=object)),
        schema.VALUE: pa.array(interactions.value),
        schema.TIMESTAMP: pa.array(interactions.timestamp),
    }
    about = {
        "event_names": list(interactions.event_names),
        "event_weights": interactions.event_weights.tolist(),
        "target": interactions.target,
        "rating_range": interactions.rating_range,
        "has_time": interactions.has_time,
    }
    table = pa.table(columns).replace_schema_metadata({_ABOUT_EVENTS: json.dumps(about)})
    pq.write_table(table, path, compression="zstd")


def read_interactions(path: Path, users: IdMap, items: IdMap) -> Interactions:
    """The events that `write_interactions` wrote, in the same order, over the rows of these maps."""
    table = pq.read_table(path)
    about = _metadata(table, _ABOUT_EVENTS, path)
    names = IdMap.in_given_order(about["event_names"])
    scale = about["rating_range"]
    user_row, item_row = _rows(table, schema.USER_ID, users), _rows(table, schema.ITEM_ID, items)
    if (user_row < 0).any() or (item_row < 0).any():
        raise DataError(f"'{path}' names ids that the data set does not know. Load it again.")
    return Interactions(
        users=users,
        items=items,
        user_row=user_row,
        item_row=item_row,
        event=_rows(table, schema.EVENT, names).astype(np.int16),
        value=table[schema.VALUE].to_numpy().astype(np.float32),
        timestamp=table[schema.TIMESTAMP].to_numpy().astype(np.int64),
        event_names=tuple(about["event_names"]),
        event_weights=np.array(about["event_weights"], dtype=np.float32),
        target=about["target"],
        rating_range=None if scale is None else (scale[0], scale[1]),
        has_time=about["has_time"],
    )


def write_attributes(ids: IdMap, table: AttributeTable | None, path: Path, id_column: str) -> None:
    """Writes the ids in the order of their rows, and beside them what is known of each."""
    frame = pd.DataFrame() if table is None else table.frame
    columns = {id_column: pa.array(ids.ids, type=pa.string())}
    columns |= {str(name): pa.array(frame[name], from_pandas=True) for name in frame.columns}
    about = None
    if table is not None:
        about = {
            "kinds": dict(table.kinds),
            "ids_without_attributes": table.ids_without_attributes,
            "rows_without_events": table.rows_without_events,
            "repeated_rows": table.repeated_rows,
        }
    made = pa.table(columns).replace_schema_metadata({_ABOUT_ATTRIBUTES: json.dumps(about)})
    pq.write_table(made, path, compression="zstd")


def read_attributes(path: Path, id_column: str) -> tuple[IdMap, AttributeTable | None]:
    """The id map and the attributes that `write_attributes` wrote."""
    table = pq.read_table(path)
    about = _metadata(table, _ABOUT_ATTRIBUTES, path)
    ids = IdMap.in_given_order(table[id_column].to_pylist())
    if about is None:
        return ids, None
    frame = table.drop_columns([id_column]).to_pandas()
    return ids, AttributeTable(ids=ids, frame=frame, **about)


def _read_attributes_file(path: Path | None) -> pd.DataFrame | None:
    return None if path is None else read_table(Path(path)).frame


def _aligned(
    table: pd.DataFrame | None, ids: IdMap, path: Path | None, role: str
) -> AttributeTable | None:
    if table is None:
        return None
    columns = [str(column) for column in table.columns]
    id_column = guess_column(columns, role)
    if not id_column:
        present = ", ".join(f"'{column}'" for column in columns)
        raise DataError(
            f"'{path}' has no column with ids. Columns present: {present}. Name one of them '{role}'."
        )
    return attribute_table(table, ids, id_column)


def _coded(rows: npt.NDArray[Any], texts: npt.NDArray[np.object_]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(rows.astype(np.int32)), pa.array(texts, type=pa.string())
    )


def _rows(table: pa.Table, column: str, ids: IdMap) -> npt.NDArray[np.int32]:
    coded = table[column].combine_chunks()
    if not isinstance(coded, pa.DictionaryArray):
        coded = coded.dictionary_encode()
    rows = ids.rows_of(coded.dictionary.to_pylist())
    return rows[coded.indices.to_numpy()]


def _metadata(table: pa.Table, key: bytes, path: Path) -> Any:
    found: Mapping[bytes, bytes] = table.schema.metadata or {}
    if key not in found:
        raise DataError(f"'{path}' was not written by M6-Rec. Load the data set again.")
    return json.loads(found[key])

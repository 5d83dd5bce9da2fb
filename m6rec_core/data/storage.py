"""Events and attributes as parquet files: readable by anyone, and read back exactly."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from m6rec_core import schema
from m6rec_core.data.attributes import AttributeTable
from m6rec_core.data.ids import IdMap
from m6rec_core.data.interactions import Interactions
from m6rec_core.errors import DataError

_ABOUT_EVENTS = b"m6rec.events"
_ABOUT_ATTRIBUTES = b"m6rec.attributes"


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
    table = pq.ParquetFile(path).read()
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
    table = pq.ParquetFile(path).read()
    about = _metadata(table, _ABOUT_ATTRIBUTES, path)
    ids = IdMap.in_given_order(table[id_column].to_pylist())
    if about is None:
        return ids, None
    frame = table.drop_columns([id_column]).to_pandas()
    return ids, AttributeTable(ids=ids, frame=frame, **about)


def _coded(rows: npt.NDArray[Any], texts: npt.NDArray[np.object_]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(rows.astype(np.int32)), pa.array(texts, type=pa.string())
    )


def _rows(table: pa.Table, column: str, ids: IdMap) -> npt.NDArray[np.int32]:
    coded = table[column].combine_chunks()
    if not isinstance(coded, pa.DictionaryArray):
        coded = coded.dictionary_encode()
    rows = ids.rows_of(coded.dictionary.to_pylist())
    return np.asarray(rows[coded.indices.to_numpy()], dtype=np.int32)


def _metadata(table: pa.Table, key: bytes, path: Path) -> Any:
    found: Mapping[bytes, bytes] = table.schema.metadata or {}
    if key not in found:
        raise DataError(f"'{path}' was not written by M6-Rec. Load the data set again.")
    return json.loads(found[key])

"""Events and attributes as parquet files: readable by anyone, and read back exactly."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from m6rec_core import schema
from m6rec_core.data.attributes import AttributeTable, naming_of
from m6rec_core.data.ids import IdMap
from m6rec_core.data.interactions import Interactions
from m6rec_core.errors import DataError

USER_ROW, ITEM_ROW = "user_row", "item_row"

_ROWS_OF_A_GROUP = 1 << 20
_ABOUT_EVENTS = b"m6rec.events"
_ABOUT_ATTRIBUTES = b"m6rec.attributes"


def write_interactions(interactions: Interactions, path: Path) -> None:
    """Writes events as a parquet table of rows and codes; names, weights and target go into its metadata.

    Columns: `user_row`, `item_row` int32, rows of the tables of users and items beside it; `event`
    int16, an index into `event_names`; `value` float32, NaN where there is none; `timestamp` int64.
    """
    columns = {
        USER_ROW: pa.array(interactions.user_row),
        ITEM_ROW: pa.array(interactions.item_row),
        schema.EVENT: pa.array(interactions.event),
        schema.VALUE: pa.array(interactions.value),
        schema.TIMESTAMP: pa.array(interactions.timestamp),
    }
    about = {
        "event_names": list(interactions.event_names),
        "event_weights": interactions.event_weights.tolist(),
        "target": interactions.target,
        "rating_range": interactions.rating_range,
        "has_time": interactions.has_time,
        "half_life_days": interactions.half_life_days,
        "full_amount": interactions.full_amount,
        "n_new_items": interactions.n_new_items,
    }
    table = pa.table(columns).replace_schema_metadata({_ABOUT_EVENTS: json.dumps(about)})
    # the rows of users rise and times repeat little: plain values are quick to write and to read
    pq.write_table(
        table, path, compression="lz4", use_dictionary=False, row_group_size=_ROWS_OF_A_GROUP
    )


def read_interactions(path: Path, users: IdMap, items: IdMap) -> Interactions:
    """The events that `write_interactions` wrote, in the same order, over the rows of these maps."""
    table = pq.ParquetFile(path).read()
    about = _metadata(table, _ABOUT_EVENTS, path)
    scale = about["rating_range"]
    arrays = {name: table[name].to_numpy() for name in table.column_names}
    for column, ids in ((USER_ROW, users), (ITEM_ROW, items)):
        if arrays[column].max(initial=-1) >= len(ids) or arrays[column].min(initial=0) < 0:
            raise DataError(f"'{path}' names ids that the data set does not know. Load it again.")
    return Interactions(
        users=users,
        items=items,
        user_row=arrays[USER_ROW],
        item_row=arrays[ITEM_ROW],
        event=arrays[schema.EVENT],
        value=arrays[schema.VALUE],
        timestamp=arrays[schema.TIMESTAMP],
        event_names=tuple(about["event_names"]),
        event_weights=np.array(about["event_weights"], dtype=np.float32),
        target=about["target"],
        rating_range=None if scale is None else (scale[0], scale[1]),
        has_time=about["has_time"],
        half_life_days=about["half_life_days"],
        full_amount=about["full_amount"],
        n_new_items=about.get("n_new_items", 0),
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
            "naming": table.naming,
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
    return ids, AttributeTable(ids=ids, frame=frame, **{**about, "naming": naming_of(about)})


def _metadata(table: pa.Table, key: bytes, path: Path) -> Any:
    found: Mapping[bytes, bytes] = table.schema.metadata or {}
    if key not in found:
        raise DataError(f"'{path}' was not written by M6-Rec. Load the data set again.")
    return json.loads(found[key])

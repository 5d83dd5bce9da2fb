"""What an evaluation said of each user, kept in the run so that runs can be compared user by user."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from m6rec_core import schema
from m6rec_core.data.storage import read_attributes
from m6rec_core.evaluation.comparison import Comparison

FILE = "per_user.parquet"
METRICS = ("ndcg@10", "recall@20")
LISTED = 10
USER_ROW, TOP = "user_row", "top"


def write(measured: Comparison, folder: Path) -> None:
    """Writes the scorer's figures and first ten items of every user that was measured.

    Columns: `user_row` int32, a row of `users.parquet` beside it; NDCG@10 and recall@20 float32; `top`
    ten int32 rows of `items.parquet`, padded with -1 where the catalogue is shorter.
    """
    lists = measured.rankings[schema.SCORER][:, :LISTED]
    padded = np.full((len(lists), LISTED), schema.NO_ROW, dtype=np.int32)
    padded[:, : lists.shape[1]] = lists
    columns = {
        USER_ROW: pa.array(measured.user_row),
        **{
            name: pa.array(measured.of_users(schema.SCORER, name).astype(np.float32))
            for name in METRICS
            if name in measured.metrics
        },
        TOP: pa.FixedSizeListArray.from_arrays(pa.array(padded.ravel()), LISTED),
    }
    known = measured.user_row != schema.NO_ROW
    pq.write_table(pa.table(columns).filter(pa.array(known)), folder / FILE, compression="zstd")


def read(folder: Path) -> pd.DataFrame | None:
    """One row per measured user: the index is `user_id`, `top` holds arrays of ten item ids.

    Empty places of a list are empty texts. None for a run that was not evaluated, or by an earlier
    version.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    table = pq.ParquetFile(path).read()
    users, _ = read_attributes(folder / "users.parquet", schema.USER_ID)
    items, _ = read_attributes(folder / "items.parquet", schema.ITEM_ID)
    top = table[TOP].combine_chunks().flatten().to_numpy().reshape(-1, LISTED)
    frame = pd.DataFrame(
        {name: table[name].to_numpy() for name in METRICS if name in table.column_names},
        index=pd.Index(users.ids_of(table[USER_ROW].to_numpy()), name=schema.USER_ID),
    )
    ids: npt.NDArray[np.object_] = np.where(top >= 0, items.ids_of(np.maximum(top, 0)), "")
    frame[TOP] = list(ids)
    return frame

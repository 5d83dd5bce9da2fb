"""What an evaluation said of each user, kept in the run: for whom it is good, and how runs differ."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.data.storage import read_attributes
from m6rec_core.evaluation.comparison import Comparison
from m6rec_core.evaluation.metrics import PER_USER

FILE = "per_user.parquet"
METRICS = ("ndcg@10", "recall@20")
LISTED = 10
USER_ROW, TOP, HISTORY, AUDIENCE = "user_row", "top", "history", "audience"
_OF = ":"


@dataclass(frozen=True, eq=False)
class Figures:
    """Every figure that belongs to single users.

    - `user_row` (users,) int32: rows of `users.parquet` of the run
    - `history` (users,) int64: number of items that were known of the user
    - `audience` (users,) float64: mean number of training users of these items; NaN without any
    - `values` (users, models, metrics) float64: NaN where a user is not counted
    """

    user_row: Rows
    history: npt.NDArray[np.int64]
    audience: npt.NDArray[np.float64]
    models: tuple[str, ...]
    metrics: tuple[str, ...]
    values: npt.NDArray[np.float64]

    def of(self, metric: str) -> npt.NDArray[np.float64]:
        """(users, models) one metric."""
        return self.values[:, :, self.metrics.index(metric)]


def write(
    measured: Comparison, training: Histories, popularity: npt.NDArray[np.int64], folder: Path
) -> None:
    """Writes the figures of every user that was measured, and the scorer's first ten items.

    Columns: `user_row` int32, a row of `users.parquet` beside it; `history` int32 and `audience`
    float32, see `Figures`; "model:metric" float32; `top` ten int32 rows of `items.parquet`, padded
    with -1 where the catalogue is shorter. `popularity` (n_items,) number of training users.
    """
    lists = measured.rankings[schema.SCORER][:, :LISTED]
    padded = np.full((len(lists), LISTED), schema.NO_ROW, dtype=np.int32)
    padded[:, : lists.shape[1]] = lists
    known = measured.user_row != schema.NO_ROW
    rows = np.where(known, measured.user_row, 0)
    columns = {
        USER_ROW: pa.array(measured.user_row),
        HISTORY: pa.array(training.lengths()[rows].astype(np.int32)),
        AUDIENCE: pa.array(training.mean_of_items(popularity)[rows].astype(np.float32)),
        **{
            model + _OF + metric: pa.array(measured.of_users(model, metric).astype(np.float32))
            for model in measured.models
            for metric in measured.metrics
            if metric.partition("@")[0] in (*PER_USER, "popularity")
        },
        TOP: pa.FixedSizeListArray.from_arrays(pa.array(padded.ravel()), LISTED),
    }
    pq.write_table(pa.table(columns).filter(pa.array(known)), folder / FILE, compression="zstd")


def read(folder: Path) -> pd.DataFrame | None:
    """One row per measured user: the scorer's figures; `top` holds arrays of ten item ids.

    The index is `user_id`. Empty places of a list are empty texts. None for a run that was not
    evaluated; an earlier version kept no figures under these names.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    of_scorer = {schema.SCORER + _OF + name: name for name in METRICS}
    held = [name for name in of_scorer if name in pq.read_schema(path).names]
    table = pq.ParquetFile(path).read(columns=[USER_ROW, TOP, *held])
    users, _ = read_attributes(folder / "users.parquet", schema.USER_ID)
    items, _ = read_attributes(folder / "items.parquet", schema.ITEM_ID)
    top = table[TOP].combine_chunks().flatten().to_numpy().reshape(-1, LISTED)
    frame = pd.DataFrame(
        {of_scorer[name]: table[name].to_numpy() for name in held},
        index=pd.Index(users.ids_of(table[USER_ROW].to_numpy()), name=schema.USER_ID),
    )
    ids: npt.NDArray[np.object_] = np.where(top >= 0, items.ids_of(np.maximum(top, 0)), "")
    frame[TOP] = list(ids)
    return frame


def read_figures(folder: Path) -> Figures | None:
    """The figures of all models; None for a run that was not evaluated, or by an earlier version."""
    path = folder / FILE
    if not path.is_file():
        return None
    table = pq.ParquetFile(path).read()
    names = [name for name in table.column_names if _OF in name]
    if not names:
        return None
    models, metrics = (
        tuple(dict.fromkeys(name.split(_OF)[part] for name in names)) for part in (0, 1)
    )
    values = np.stack([table[name].to_numpy() for name in names], axis=1).astype(np.float64)
    return Figures(
        user_row=table[USER_ROW].to_numpy(),
        history=table[HISTORY].to_numpy().astype(np.int64),
        audience=table[AUDIENCE].to_numpy().astype(np.float64),
        models=models,
        metrics=metrics,
        values=values.reshape(len(table), len(models), len(metrics)),
    )

"""A data set: the cleaned events, what is known of users and items, and how it came to be."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from pyarrow import ArrowException

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.attributes import AttributeTable, attribute_table
from m6rec_core.data.cleaning import clean, event_weights, require_rows
from m6rec_core.data.ids import IdMap
from m6rec_core.data.interactions import Interactions
from m6rec_core.data.loading import RawTable, read_table
from m6rec_core.data.mapping import guess_column, map_table, resolve_mapping
from m6rec_core.data.report import CleaningReport
from m6rec_core.data.storage import (
    read_attributes,
    read_interactions,
    write_attributes,
    write_interactions,
)
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress, silent

INTERACTIONS_FILE = "interactions.parquet"
USERS_FILE = "users.parquet"
ITEMS_FILE = "items.parquet"
REJECTED_FILE = "rejected.parquet"
ABOUT_FILE = "data.json"


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
    def from_frames(
        cls,
        events: pd.DataFrame,
        *,
        users: pd.DataFrame | None = None,
        items: pd.DataFrame | None = None,
        config: Config | None = None,
        name: str = "",
    ) -> "Dataset":
        """Cleans tables that carry the names of the vocabulary; times are Unix seconds.

        >>> events = pd.DataFrame({"user_id": ["ann", "bob"], "item_id": ["x", "y"]})
        >>> Dataset.from_frames(events).interactions
        Interactions(2 events, 2 users, 2 items, kinds: interaction)
        """
        config = config or Config()
        frame, report = clean(_vocabulary_only(events), config.data)
        require_rows(frame, report)
        made = _indexed(frame, report, config)
        return cls(
            name=name,
            interactions=made,
            users=_aligned(users, made.users, "The table of users", schema.USER_ID),
            items=_aligned(items, made.items, "The table of items", schema.ITEM_ID),
            report=report,
        )

    @classmethod
    def load(cls, folder: Path) -> "Dataset":
        """The data set that `save` wrote; raises `DataError` when the folder holds none."""
        try:
            about = json.loads((folder / ABOUT_FILE).read_text(encoding="utf-8"))
            user_ids, users = read_attributes(folder / USERS_FILE, schema.USER_ID)
            item_ids, items = read_attributes(folder / ITEMS_FILE, schema.ITEM_ID)
            events = read_interactions(folder / INTERACTIONS_FILE, user_ids, item_ids)
            rejected = pq.ParquetFile(folder / REJECTED_FILE).read().to_pandas()
        except (OSError, ValueError, KeyError, ArrowException) as error:
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
    made = _indexed(events, report, config)
    dataset = Dataset(
        name=name or path.name.partition(".")[0],
        interactions=made,
        users=_aligned(user_table, made.users, f"'{users}'", schema.USER_ID),
        items=_aligned(item_table, made.items, f"'{items}'", schema.ITEM_ID),
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


def _vocabulary_only(events: pd.DataFrame) -> pd.DataFrame:
    for column in (schema.USER_ID, schema.ITEM_ID):
        if column not in events.columns:
            present = ", ".join(f"'{name}'" for name in events.columns)
            raise DataError(f"The events have no column '{column}'. Columns present: {present}.")
    frame = events[[name for name in schema.INTERACTION_COLUMNS if name in events.columns]]
    texts = {
        name: "str" for name in (schema.USER_ID, schema.ITEM_ID, schema.EVENT) if name in frame
    }
    return frame.astype(texts).reset_index(drop=True)


def _indexed(frame: pd.DataFrame, report: CleaningReport, config: Config) -> Interactions:
    return Interactions.from_frame(
        frame,
        event_weights=event_weights(config.data.event_weights),
        target=config.data.target,
        rating_range=report.rating_range,
    )


def _read_attributes_file(path: Path | None) -> pd.DataFrame | None:
    return None if path is None else read_table(Path(path)).frame


def _aligned(
    table: pd.DataFrame | None, ids: IdMap, source: str, role: str
) -> AttributeTable | None:
    if table is None:
        return None
    columns = [str(column) for column in table.columns]
    id_column = guess_column(columns, role)
    if not id_column:
        present = ", ".join(f"'{column}'" for column in columns)
        raise DataError(
            f"{source} has no column with ids. Columns present: {present}. Name one '{role}'."
        )
    return attribute_table(table, ids, id_column)

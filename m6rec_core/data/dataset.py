"""A data set: the cleaned events, what is known of users and items, and how it came to be."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from pyarrow import ArrowException

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.attributes import AttributeTable, attribute_table
from m6rec_core.data.cleaning import require_two
from m6rec_core.data.database import database
from m6rec_core.data.described import attributes_of, links_of, unread_lines
from m6rec_core.data.ids import IdMap
from m6rec_core.data.indexing import clean
from m6rec_core.data.interactions import Interactions
from m6rec_core.data.mapping import guess_column
from m6rec_core.data.reading.rejects import rejected_rows
from m6rec_core.data.reading.source import opened
from m6rec_core.data.report import CleaningReport
from m6rec_core.data.staging import stage_files, stage_frame
from m6rec_core.data.storage import (
    read_attributes,
    read_interactions,
    write_attributes,
    write_interactions,
)
from m6rec_core.data.table_mapping import ITEMS, USERS
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress, silent, within

INTERACTIONS_FILE = "interactions.parquet"
USERS_FILE = "users.parquet"
ITEMS_FILE = "items.parquet"
NEW_ITEMS_FILE = "new_items.parquet"
LINKS_FILE = "links.parquet"
REJECTED_FILE = "rejected.parquet"
UNREAD_FILE = "unread.parquet"
ABOUT_FILE = "data.json"

Files = Path | str | Sequence[Path] | None


@dataclass(frozen=True, eq=False)
class Dataset:
    """Events with the attributes of their users and items, and links between users (None: not given)."""

    name: str
    interactions: Interactions
    users: AttributeTable | None
    items: AttributeTable | None
    report: CleaningReport
    links: pd.DataFrame | None = None

    def save(self, folder: Path) -> None:
        """Writes parquet and JSON files into a folder, which is made when it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        events = self.interactions
        write_interactions(events, folder / INTERACTIONS_FILE)
        write_attributes(events.users, self.users, folder / USERS_FILE, schema.USER_ID)
        write_attributes(events.items, self.items, folder / ITEMS_FILE, schema.ITEM_ID)
        new = None if self.items is None else self.items.newcomers
        if new is not None:
            write_attributes(new.ids, new, folder / NEW_ITEMS_FILE, schema.ITEM_ID)
        self.report.rejected.to_parquet(folder / REJECTED_FILE, index=False)
        if len(self.report.unread):
            self.report.unread.to_parquet(folder / UNREAD_FILE, index=False)
        if self.links is not None:
            self.links.to_parquet(folder / LINKS_FILE, index=False)
        about = {
            "name": self.name,
            "fingerprint": events.fingerprint(),
            "report": self.report.to_json(),
        }
        (folder / ABOUT_FILE).write_text(json.dumps(about, indent=2), encoding="utf-8")

    def with_new_items(self) -> "Dataset":
        """The data set with rows for described items without any event, after all others: a run lists them.

        Events, users and the rows of all other items stay as they are.
        """
        if self.items is None or self.items.newcomers is None:
            return self
        items = self.items.with_newcomers()
        new = len(items) - len(self.interactions.items)
        events = replace(self.interactions, items=items.ids, n_new_items=new)
        return replace(self, interactions=events, items=items)

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
        with database() as db:
            made, report = clean(db, stage_frame(db, events), config, progress=silent)
        require_two(list(made.users.ids[:2]), list(made.items.ids[:2]))
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
            if items is not None and (folder / NEW_ITEMS_FILE).exists():
                _, new = read_attributes(folder / NEW_ITEMS_FILE, schema.ITEM_ID)
                items = replace(items, newcomers=new)
            events = read_interactions(folder / INTERACTIONS_FILE, user_ids, item_ids)
            rejected = pq.ParquetFile(folder / REJECTED_FILE).read().to_pandas()
            unread = _table_if_there(folder / UNREAD_FILE)
            links = _table_if_there(folder / LINKS_FILE)
            lost = rejected_rows() if unread is None else unread
            report = CleaningReport.from_json(about["report"], rejected, lost)
        except (OSError, ValueError, KeyError, TypeError, ArrowException) as error:
            raise DataError(
                f"'{folder}' holds no whole data set: {error}. Load it again."
            ) from None
        return cls(about["name"], events, users, items, report, links)


def _table_if_there(path: Path) -> pd.DataFrame | None:
    return pq.ParquetFile(path).read().to_pandas() if path.exists() else None


def load_dataset(
    interactions: Files,
    *,
    users: Files = None,
    items: Files = None,
    links: Files = None,
    config: Config | None = None,
    name: str = "",
    names: Mapping[Path, str] | None = None,
    progress: Progress = silent,
) -> Dataset:
    """Reads, maps and cleans files of events, and lines up users, items and links with them.

    Several files of one kind, such as logs by day, are read as one table. `names` are what the analyst
    calls the files. Raises `DataError` for files that cannot be used: missing, empty, without a needed
    column, or with fewer than two users or items after cleaning.
    """
    config, known = config or Config(), names or {}
    paths = _paths(interactions)
    with ExitStack() as stack:
        sources = [
            stack.enter_context(
                opened(path, config.reading, name=known.get(path, ""), progress=_first(progress))
            )
            for path in paths
        ]
        readable = [source.path for source in sources]
        with database(*readable) as db:
            staged = stage_files(db, sources, config, progress=within(progress, 0.05, 0.6))
            made, report = clean(db, staged, config, progress=within(progress, 0.6, 0.95))
        require_two(list(made.users.ids[:2]), list(made.items.ids[:2]))
        progress("users and items", 0.95)
        mapped = staged.mappings
        user_table, user_match, of_users = attributes_of(
            USERS, made.users, _paths(users), sources, mapped, config, known
        )
        item_table, item_match, of_items = attributes_of(
            ITEMS, made.items, _paths(items), sources, mapped, config, known
        )
    link_table, link_match, of_links = links_of(_paths(links), made.users, config.reading, known)
    matches = tuple(match for match in (user_match, item_match, link_match) if match)
    unread = unread_lines([*of_users, *of_items, *of_links])
    progress("loaded", 1.0)
    return Dataset(
        name=name or known.get(paths[0], paths[0].name).partition(".")[0],
        interactions=made,
        users=user_table,
        items=item_table,
        report=replace(report, matches=matches, unread=unread),
        links=link_table,
    )


def _first(progress: Progress) -> Progress:
    return silent if progress is silent else within(progress, 0.0, 0.05)


def _paths(files: Files) -> list[Path]:
    if files is None:
        return []
    given: Iterable[Path | str] = [files] if isinstance(files, (str, Path)) else files
    return [Path(path) for path in given]


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

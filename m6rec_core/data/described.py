"""What the events and the files beside them tell of users and items, lined up with the ids of the events."""

from collections.abc import Mapping as Words
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from m6rec_core import schema
from m6rec_core.config import Config, ReadingConfig
from m6rec_core.data.attributes import TITLE, AttributeTable, attribute_table, kind_of
from m6rec_core.data.database import database, quoted
from m6rec_core.data.ids import IdMap
from m6rec_core.data.loading import FILE, read_table
from m6rec_core.data.mapping import Mapping
from m6rec_core.data.reading.rejects import rejected_rows
from m6rec_core.data.reading.source import Source
from m6rec_core.data.report import Match
from m6rec_core.data.table_mapping import ITEMS, LINKS, USERS, guess_table

_ROLE = {USERS: schema.USER_ID, ITEMS: schema.ITEM_ID}
USER_ROW, FRIEND_ROW = "user_row", "friend_row"


def attributes_of(
    kind: str,
    ids: IdMap,
    files: Sequence[Path],
    sources: Sequence[Source],
    mappings: Sequence[Mapping],
    config: Config,
    names: Words[Path, str] | None = None,
) -> tuple[AttributeTable | None, Match | None, list[pd.DataFrame]]:
    """The attributes of "users" or "items": from their files, and from the columns of the events.

    Where both have a column, that of the file counts. None where nothing tells of them. `names` are what
    the analyst calls the files. Last come the lines of each file that could not be read.
    """
    role = _ROLE[kind]
    id_column = config.mapping.users_id if kind == USERS else config.mapping.items_id
    raws = [read_table(path, config.reading, name=(names or {}).get(path, "")) for path in files]
    lost = [_of_file(raw.rejected, path, names) for raw, path in zip(raws, files, strict=True)]
    tables = [_with_ids(raw.frame, kind, id_column) for raw in raws]
    tables += [
        _from_events(source, mapping, kind)
        for source, mapping in zip(sources, mappings, strict=True)
        if _columns(mapping, kind)
    ]
    if not tables:
        return None, None, lost
    joined = _joined(tables, role)
    made = attribute_table(joined, ids, role)
    match = Match(
        table=kind,
        rows=len(joined),
        ids_without_row=made.ids_without_attributes,
        rows_without_events=made.rows_without_events,
        repeated_rows=made.repeated_rows,
        rejected_rows=sum(map(len, lost)),
    )
    return made, match, lost


def links_of(
    files: Sequence[Path],
    users: IdMap,
    reading: ReadingConfig,
    names: Words[Path, str] | None = None,
) -> tuple[pd.DataFrame | None, Match | None, list[pd.DataFrame]]:
    """Links between users of the events: `user_row`, `friend_row` int32 and `weight` float64.

    Last come the lines of each file that could not be read.
    """
    if not files:
        return None, None, []
    tables = []
    lost = []
    for path in files:
        table = read_table(path, reading, name=(names or {}).get(path, ""))
        lost.append(_of_file(table.rejected, path, names))
        raw = table.frame
        found = guess_table([str(name) for name in raw.columns], raw, LINKS)
        roles = {column: role for role, column in found.sources().items()}
        tables.append(raw.rename(columns=roles)[list(roles.values())])
    given = pd.concat(tables, ignore_index=True)
    links = given.dropna(subset=[schema.USER_ID, schema.FRIEND_ID])
    rows = pd.DataFrame(
        {
            USER_ROW: users.rows_of(links[schema.USER_ID]),
            FRIEND_ROW: users.rows_of(links[schema.FRIEND_ID]),
            schema.WEIGHT: _weights(links),
        }
    )
    known = (rows[USER_ROW] >= 0) & (rows[FRIEND_ROW] >= 0)
    made = rows[known].drop_duplicates([USER_ROW, FRIEND_ROW], keep="last", ignore_index=True)
    n_known = int(known.sum())
    match = Match(
        table=LINKS,
        rows=len(given),
        ids_without_row=len(users) - len(np.unique(made[[USER_ROW, FRIEND_ROW]].to_numpy())),
        rows_without_events=len(given) - n_known,
        repeated_rows=n_known - len(made),
        rejected_rows=sum(map(len, lost)),
    )
    return made, match, lost


def unread_lines(lost: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All lines that could not be read, below each other."""
    return pd.concat([*lost, rejected_rows()], ignore_index=True)


def _of_file(rejected: pd.DataFrame, path: Path, names: Words[Path, str] | None) -> pd.DataFrame:
    made = rejected.copy()
    made.insert(0, FILE, (names or {}).get(path) or path.name)
    return made


def _weights(links: pd.DataFrame) -> "pd.Series[float]":
    if schema.WEIGHT not in links:
        return pd.Series(1.0, index=links.index)
    return pd.to_numeric(links[schema.WEIGHT], errors="coerce").fillna(1.0).astype("float64")


def _with_ids(frame: pd.DataFrame, kind: str, id_column: str) -> pd.DataFrame:
    """The table with the columns of its ids and of its titles under the names of the vocabulary."""
    columns = [str(name) for name in frame.columns]
    found = guess_table(columns, frame.head(1000), kind, id_column=id_column)
    named = {found.id_column: _ROLE[kind]}
    title = found.meanings.get(schema.TITLE, "")
    if title and kind_of(title, frame[title].head(1000)) != TITLE:
        named[title] = schema.TITLE
    return frame.rename(columns=named)


def _columns(mapping: Mapping, kind: str) -> tuple[str, ...]:
    return mapping.user_attributes if kind == USERS else mapping.item_attributes


def _from_events(source: Source, mapping: Mapping, kind: str) -> pd.DataFrame:
    """One row per id: of each column the value that most of its events have, the smaller of equal ones."""
    owner = mapping.who if kind == USERS else mapping.item_id
    columns = _columns(mapping, kind)
    made: pd.DataFrame | None = None
    for column in columns:
        with database(source.path) as db:
            db.run(
                "create table counted as select id, value, count(*) as n from "
                f"{source.select({'id': owner, 'value': column})} "
                "where id is not null and value is not null group by id, value"
            )
            best = db.arrow(
                f"select id as {quoted(_ROLE[kind])}, arg_max(value, (n, value)) as {quoted(column)} "
                "from counted group by id order by id"
            ).to_pandas()
        made = best if made is None else made.merge(best, on=_ROLE[kind], how="outer")
    return pd.DataFrame() if made is None else made


def _joined(tables: Sequence[pd.DataFrame], role: str) -> pd.DataFrame:
    """All rows below each other where the columns agree; further columns beside them."""
    first, *others = tables
    for table in others:
        if set(table.columns) == set(first.columns):
            first = pd.concat([first, table], ignore_index=True)
            continue
        new = table[[role, *(name for name in table.columns if name not in first.columns)]]
        first = first.merge(new.drop_duplicates(role, keep="last"), on=role, how="outer")
    return first

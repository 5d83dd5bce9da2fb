"""JSON lines, flat and nested, and parquet with every kind of column."""

import datetime
import decimal
import io
import json
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from awkward.case import EVENTS, Case, pairs

FLAT = [
    {"user_id": "ann", "item_id": "x", "rating": 4, "timestamp": 1_600_000_000},
    {"user_id": "bob", "item_id": "y", "rating": 3.5, "timestamp": 1_600_086_400},
    {"user_id": "ann", "item_id": "y", "rating": 5, "timestamp": 1_600_000_100},
]
SESSIONS = [
    {
        "session": 12,
        "events": [
            {"aid": 7, "ts": 1_600_000_000_123, "type": "clicks"},
            {"aid": 8, "ts": 1_600_000_060_000, "type": "carts"},
        ],
    },
    {"session": 13, "events": [{"aid": 8, "ts": 1_600_000_120_999, "type": "orders"}]},
]
OF_SESSIONS = (
    ("12", "7", "clicks", None, 1_600_000_000),
    ("12", "8", "carts", None, 1_600_000_060),
    ("13", "8", "orders", None, 1_600_000_120),
)
DEEP = [
    {
        "user": {"id": row["user_id"]},
        "item": {"id": row["item_id"]},
        "rating": row["rating"],
        "timestamp": row["timestamp"],
    }
    for row in FLAT
]
TWO = (("ann", "x"), ("bob", "y"))


def lines(rows: Sequence[object]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def parquet(columns: dict[str, object], **options) -> bytes:
    out = io.BytesIO()
    table = pa.table(columns)
    pq.write_table(table, out, **options)
    return out.getvalue()


def of_two(**more: object) -> bytes:
    return parquet({"user_id": ["ann", "bob"], "item_id": ["x", "y"], **more})


WHOLE = {"user_id": ["ann", "bob", "ann"], "item_id": ["x", "y", "y"]}
STRUCT = [{"a": 1, "b": [1, 2]}, None]
TIMES = pd.to_datetime([1_600_000_000, 1_600_086_400, 1_600_000_100], unit="s")

CASES = (
    Case("json lines", "a.jsonl", lines(FLAT)),
    Case(
        "json lines with a blank line and no end",
        "a.jsonl",
        lines(FLAT).replace(b"\n", b"\n\n", 1).rstrip(),
    ),
    Case("json lines with deep keys", "a.jsonl", lines(DEEP)),
    Case("json lines in utf-16", "a.jsonl", lines(FLAT).decode().encode("utf-16")),
    Case(
        "json lines with broken ones",
        "a.jsonl",
        lines(FLAT) + b'{"user_id": "cid"\n[1]\n"text"\n7\n',
        rejected=[(n, "not a JSON object") for n in (4, 5, 6, 7)],
    ),
    Case(
        "json lines that miss keys",
        "a.jsonl",
        lines([*FLAT, {"user_id": "cid"}, {"item_id": "z", "rating": 1, "timestamp": 5}]),
        dropped={"no item_id": 1, "no user_id": 1},
    ),
    Case(
        "json ids of all kinds",
        "a.jsonl",
        b'{"user_id": 7, "item_id": true}\n{"user_id": "007", "item_id": 1.5}\n{"user_id": 12345678901234567890, "item_id": "x"}\n',
        pairs(("7", "true"), ("007", "1.5"), ("12345678901234567890", "x")),
    ),
    Case(
        "json with escapes",
        "a.jsonl",
        b'{"user_id": "\\u674e", "item_id": "a\\nb"}\n{"user_id": "\\ud83d\\ude00", "item_id": "\\"q\\""}\n',
        pairs(("李", "a\nb"), ("😀", '"q"')),
    ),
    Case("one json array", "a.json", json.dumps(FLAT, indent=1).encode()),
    Case("sessions of OTTO", "train.jsonl", lines(SESSIONS), OF_SESSIONS),
    Case(
        "sessions of OTTO with broken ones",
        "train.jsonl",
        lines(SESSIONS)
        + b'{"session": 14}\n{"session": 15, "events": 3}\n{"session": 16, "events": []}\n{"sess\n',
        OF_SESSIONS,
        rejected=[(n, "not a JSON object with a list 'events'") for n in (3, 4, 6)],
    ),
    Case(
        "json that is deeply nested",
        "a.jsonl",
        b'{"user_id": ' + b"[" * 20_000 + b"]" * 20_000 + b"}\n",
        error="a.jsonl",
        is_seen=False,
    ),
    Case(
        "json array that was cut",
        "a.json",
        json.dumps(FLAT).encode()[:-30],
        EVENTS[:2],
        rejected=[(1, "cut off")],
    ),
    Case(
        "json array that was cut at once",
        "a.json",
        b'[{"user_id": "ann", "it',
        error="a.json",
        is_seen=False,
    ),
    Case(
        "parquet",
        "a.parquet",
        parquet({**WHOLE, "rating": [4.0, 3.5, 5.0], "timestamp": [r["timestamp"] for r in FLAT]}),
    ),
    Case(
        "parquet by another name",
        "a.csv",
        parquet({**WHOLE, "rating": [4.0, 3.5, 5.0], "timestamp": [r["timestamp"] for r in FLAT]}),
    ),
    Case(
        "parquet with decimals",
        "a.parquet",
        parquet(
            {
                **WHOLE,
                "rating": [decimal.Decimal(n) for n in ("4.00", "3.50", "5.00")],
                "timestamp": pa.array(TIMES),
            }
        ),
    ),
    Case(
        "parquet with times in nanoseconds",
        "a.parquet",
        parquet(
            {**WHOLE, "rating": [4.0, 3.5, 5.0], "timestamp": pa.array(TIMES, pa.timestamp("ns"))}
        ),
    ),
    Case(
        "parquet with times in a zone",
        "a.parquet",
        parquet(
            {
                **WHOLE,
                "rating": [4.0, 3.5, 5.0],
                "timestamp": pa.array(TIMES, pa.timestamp("us", tz="Asia/Tokyo")),
            }
        ),
    ),
    Case(
        "parquet with dates",
        "a.parquet",
        of_two(timestamp=[datetime.date(2020, 9, 13), datetime.date(2020, 9, 14)]),
        [
            ("ann", "x", "interaction", None, 1_599_955_200),
            ("bob", "y", "interaction", None, 1_600_041_600),
        ],
    ),
    Case(
        "parquet with nested columns",
        "a.parquet",
        of_two(
            detail=pa.array(STRUCT),
            tags=[["p", "q"], []],
            grid=[[[1], [2]], None],
            lookup=pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
        ),
        pairs(*TWO),
    ),
    Case(
        "parquet with dictionaries",
        "a.parquet",
        parquet(
            {name: pa.array(cells).dictionary_encode() for name, cells in WHOLE.items()}
            | {"rating": [4.0, 3.5, 5.0], "timestamp": [r["timestamp"] for r in FLAT]}
        ),
    ),
    Case(
        "parquet with ids as floats",
        "a.parquet",
        parquet({"user_id": [17850.0, 13047.0], "item_id": [1, 2]}),
        pairs(("17850", "1"), ("13047", "2")),
    ),
    Case(
        "parquet with ids as bytes",
        "a.parquet",
        parquet({"user_id": [b"ann", b"bob"], "item_id": [b"x", b"y"]}),
        pairs(*TWO),
    ),
    Case(
        "parquet with ids as large numbers",
        "a.parquet",
        parquet(
            {
                "user_id": [2**63 - 1, 2**63 - 2],
                "item_id": pa.array([2**64 - 1, 2**64 - 2], pa.uint64()),
            }
        ),
        pairs((str(2**63 - 1), str(2**64 - 1)), (str(2**63 - 2), str(2**64 - 2))),
    ),
    Case(
        "parquet with missing ids and columns of nothing",
        "a.parquet",
        parquet(
            {
                "user_id": ["ann", None, "bob", ""],
                "item_id": ["x", "x", "y", "y"],
                "empty": pa.nulls(4),
            }
        ),
        pairs(*TWO),
        dropped={"no user_id": 2},
    ),
    Case(
        "parquet with zstd inside",
        "a.parquet",
        parquet(
            {**WHOLE, "rating": [4.0, 3.5, 5.0], "timestamp": [r["timestamp"] for r in FLAT]},
            compression="zstd",
        ),
    ),
    Case(
        "parquet without rows",
        "a.parquet",
        parquet({"user_id": pa.array([], pa.string()), "item_id": pa.array([], pa.string())}),
        error="no rows",
    ),
    Case(
        "parquet without its end",
        "a.parquet",
        of_two()[:-20],
        error="end is missing",
        is_seen=False,
    ),
    Case(
        "parquet with a broken middle",
        "a.parquet",
        b"PAR1" + bytes(200) + b"PAR1",
        error="cannot be read",
        is_seen=False,
    ),
)

"""Compressed files: good, cut, nested, with several members, and bombs."""

import gzip
import io
import zipfile
from collections.abc import Mapping

import pyarrow as pa

from awkward.case import PLAIN, Case

TEXT = PLAIN.encode()
BOMB = 80 << 20  # more than may come out of any small file


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def bomb(kind: str) -> bytes:
    head = TEXT + b"ann,x,4,1600000000\n"
    if kind == "rows":
        return head * (BOMB // len(head))
    return head + b"0" * (BOMB - len(head))


def locked() -> bytes:
    """A zip archive that says of its member that it needs a password."""
    content = bytearray(zipped({"a.csv": TEXT}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def as_zstd(content: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(content)
    return out.getvalue().to_pybytes()


CASES = (
    Case("gzip", "a.csv.gz", gzip.compress(TEXT)),
    Case("gzip by another name", "a.csv", gzip.compress(TEXT)),
    Case("gzip of utf-16", "a.csv.gz", gzip.compress(PLAIN.encode("utf-16"))),
    Case("gzip in two parts", "a.csv.gz", gzip.compress(TEXT[:40]) + gzip.compress(TEXT[40:])),
    Case("zstd", "a.csv.zst", lambda: as_zstd(TEXT)),
    Case("zip", "a.zip", zipped({"a.csv": TEXT})),
    Case(
        "zip with a folder and the litter of a Mac",
        "a.zip",
        zipped(
            {
                "data/": b"",
                "data/a.csv": TEXT,
                "__MACOSX/data/._a.csv": b"junk",
                "data/.DS_Store": b"junk",
            }
        ),
    ),
    Case(
        "zip of two files",
        "a.zip",
        zipped({"a.csv": TEXT, "b.csv": TEXT}),
        error="holds 2 files ('a.csv', 'b.csv')",
        is_seen=False,
    ),
    Case("zip of nothing", "a.zip", zipped({}), error="holds 0 files", is_seen=False),
    Case("zip with a path that leads out", "a.zip", zipped({"../../etc/a.csv": TEXT})),
    Case("zip with a password", "a.zip", locked(), error="needs a password", is_seen=False),
    Case(
        "zip inside a zip",
        "a.zip",
        zipped({"b.zip": zipped({"a.csv": TEXT})}),
        error="packed twice",
        is_seen=False,
    ),
    Case(
        "office document",
        "a.xlsx",
        zipped({"[Content_Types].xml": b"<x/>", "xl/a.xml": b"<x/>"}),
        error="Office document",
        is_seen=False,
    ),
    Case("gzip of nothing", "a.csv.gz", gzip.compress(b""), error="is empty", is_seen=False),
    Case(
        "gzip that was cut",
        "a.csv.gz",
        gzip.compress(TEXT * 50)[:-12],
        error="cannot be read",
        is_seen=False,
    ),
    Case(
        "gzip with a wrong sum",
        "a.csv.gz",
        gzip.compress(TEXT)[:-8] + b"12345678",
        error="cannot be read",
        is_seen=False,
    ),
    Case(
        "zip that was cut",
        "a.zip",
        zipped({"a.csv": TEXT})[:-30],
        error="cannot be read",
        is_seen=False,
    ),
    Case(
        "zstd that was cut",
        "a.csv.zst",
        lambda: as_zstd(bytes(range(256)) * 99 + TEXT)[:60],
        error="cannot be read",
        is_seen=False,
    ),
    Case(
        "gzip bomb of rows", "a.csv.gz", lambda: gzip.compress(bomb("rows")), error="times its size"
    ),
    Case(
        "gzip bomb of one line",
        "a.csv.gz",
        lambda: gzip.compress(bomb("one line")),
        error="times its size",
    ),
    Case("zip bomb", "a.zip", lambda: zipped({"a.csv": bomb("one line")}), error="times its size"),
    Case("zstd bomb", "a.csv.zst", lambda: as_zstd(bomb("one line")), error="times its size"),
)

"""Lines and files that are damaged, and files that are no table at all."""

from awkward.case import EVENTS, PLAIN, Case, pairs

OPEN = "a quote is not closed"
FEW, MANY = "fewer values than columns", "more values than columns"

CASES = (
    Case("truncated last line", "a.csv", (PLAIN + "cid,x,").encode(), rejected=[(5, FEW)]),
    Case(
        "ragged rows",
        "a.csv",
        (PLAIN + "cid\ncid,x,1,1600000000,5\n" + "dan,y\n").encode(),
        rejected=[(5, FEW), (6, MANY), (7, FEW)],
    ),
    Case(
        "a quote that is never closed",
        "a.csv",
        (PLAIN + '"cid,x,4,1600000000\n').encode(),
        rejected=[(5, OPEN)],
    ),
    Case(
        "an open quote before good rows",
        "a.csv",
        PLAIN.replace("\n", '\n"cid,x,4,1600000000\n', 1).encode(),
        rejected=[(2, OPEN)],
    ),
    Case(
        "text after a closing quote",
        "a.csv",
        (PLAIN + '"ci"d,x,4,1600000000\n').encode(),
        rejected=[(5, OPEN)],
    ),
    Case(
        "a quote inside a cell",
        "a.csv",
        (PLAIN + 'ci"d,x,2,1600000000\n').encode(),
        [*EVENTS, ('ci"d', "x", "rating", 2.0, 1_600_000_000)],
    ),
    Case(
        "nul bytes",
        "a.csv",
        (PLAIN + "c\0d,x,4,1600000000\n").encode(),
        rejected=[(5, "holds a NUL byte")],
    ),
    Case(
        "a tail of nul bytes",
        "a.csv",
        PLAIN.encode() + bytes(4096),
        rejected=[(5, "holds a NUL byte")],
    ),
    Case(
        "a line of seventeen megabytes",
        "a.csv",
        lambda: (PLAIN + "cid," + "x" * (17 << 20) + ",1,5\n").encode(),
        rejected=[(5, "line too long")],
    ),
    Case(
        "control characters",
        "a.csv",
        (PLAIN + "c\x07d,x\x1b,2,1600000000\n").encode(),
        [*EVENTS, ("c\x07d", "x\x1b", "rating", 2.0, 1_600_000_000)],
    ),
    Case("empty", "a.csv", b"", error="is empty", is_seen=False),
    Case("blank lines only", "a.csv", b"\n \n\r\n", error="is empty", is_seen=False),
    Case("a mark only", "a.csv", b"\xef\xbb\xbf", error="is empty", is_seen=False),
    Case("only a header", "a.csv", b"user_id,item_id,rating\n", error="no rows"),
    Case("only a header without an end", "a.csv", b"user_id,item_id", error="no rows"),
    Case(
        "every line ragged", "a.csv", b"user_id,item_id,rating\na\nb\nc\n", error="'unreadable' (3)"
    ),
    Case("one column", "a.csv", b"user_id\nann\nbob\n", error="No column with the item ids"),
    Case(
        "prose",
        "a.txt",
        b"It was a dark and stormy night.\nThe rain fell in torrents.\n",
        error="No column with the",
    ),
    Case(
        "one line without end",
        "a.csv",
        lambda: b"x" * (18 << 20),
        error="no line end",
        is_seen=False,
    ),
    Case(
        "a web page",
        "a.csv",
        b"<!DOCTYPE html>\n<html><body>Log in</body></html>",
        error="is a web page",
        is_seen=False,
    ),
    Case(
        "an image",
        "a.csv",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        error="is an image",
        is_seen=False,
    ),
    Case(
        "random bytes",
        "a.csv",
        bytes(n * 7919 % 251 for n in range(4000)),
        error="no text",
        is_seen=False,
    ),
    Case("nothing but nul bytes", "a.csv", bytes(100_000), error="is empty", is_seen=False),
    Case("text named parquet", "a.parquet", PLAIN.encode()),
    Case(
        "a few good lines of many bad ones",
        "a.csv",
        lambda: many_bad(3000),
        pairs(("ann", "x"), ("bob", "y")),
        rejected=[(n + 4, FEW) for n in range(3000)],
    ),
)


def many_bad(lines: int) -> bytes:
    return b"user_id,item_id\nann,x\nbob,y\n" + b"bad\n" * lines

"""Ids that programs take for something else, and data sets at the edge of being one."""

from awkward.case import EVENTS, PLAIN, Case, pairs

LONG = "é" * 2048  # 4 kB


def of(*ids: tuple[str, str]) -> bytes:
    return ("user_id,item_id\n" + "".join(f"{user},{item}\n" for user, item in ids)).encode()


def kept(name: str, *ids: tuple[str, str], **more) -> Case:
    return Case(name, "ids.csv", of(*ids), pairs(*ids), **more)


CASES = (
    kept("leading zeros", ("007", "01"), ("7", "1"), ("0x7", "001")),
    kept("numbers with exponents", ("1e5", "1E5"), ("100000", "1.0"), ("100000.0", "1")),
    kept("words for nothing", ("NaN", "null"), ("nan", "None"), ("NULL", "N/A"), ("inf", "-")),
    kept("words for yes and no", ("true", "FALSE"), ("True", "false")),
    kept("dates as ids", ("2020-01-01", "1/2"), ("2020-1-1", "1-2")),
    kept(
        "large numbers",
        ("12345678901234567890", "9007199254740993"),
        ("12345678901234567891", "9007199254740992"),
    ),
    kept("emoji and joined characters", ("😀", "👩‍👩‍👧"), ("é", "e\u0301")),
    kept("ids of four kilobytes", (LONG, "x" + LONG), (LONG + "2", "x")),
    kept("negative numbers and percents", ("-1", "5%"), ("+1", "$5")),
    kept("formulas of spreadsheets", ("=1+1", "@x"), ("+cmd|' /C calc'!A0", "-2")),
    kept(
        "sql and markup",
        ("'; drop table events; --", "<script>"),
        ("$name", "{0}"),
        options={"reading.separator": "comma"},
    ),
    kept("upper and lower case", ("Ann", "X"), ("ann", "x")),
    Case(
        "missing ids",
        "ids.csv",
        b"user_id,item_id\nann,x\n,y\nbob,\nbob,y\n",
        pairs(("ann", "x"), ("bob", "y")),
        dropped={"no user_id": 1, "no item_id": 1},
    ),
    Case(
        "one user",
        "a.csv",
        of(("ann", "x"), ("ann", "y")),
        error="at least 2 users, and has only 'ann'",
    ),
    Case(
        "one item",
        "a.csv",
        of(("ann", "x"), ("bob", "x")),
        error="at least 2 items, and has only 'x'",
    ),
    Case("one event", "a.csv", of(("ann", "x")), error="at least 2 users, and has only 'ann'"),
    Case(
        "exact duplicates",
        "a.csv",
        (PLAIN + PLAIN.partition("\n")[2]).encode(),
        dropped={"exact duplicate": 3},
    ),
    Case(
        "a rating that was given anew",
        "a.csv",
        (PLAIN + "ann,x,1,1600000500\n").encode(),
        [("ann", "x", "rating", 1.0, 1_600_000_500), *EVENTS[1:]],
        dropped={"repeated user, item and event": 1},
    ),
    Case(
        "constant values and times",
        "a.csv",
        b"user_id,item_id,rating,timestamp\nann,x,3,1600000000\nbob,y,3,1600000000\nann,y,3,1600000000\n",
        [
            (user, item, "interaction", 3.0, 1_600_000_000)
            for user, item in (("ann", "x"), ("bob", "y"), ("ann", "y"))
        ],
    ),
    Case(
        "a column without any value",
        "a.csv",
        b"user_id,item_id,rating,timestamp\nann,x,,\nbob,y,,\n",
        pairs(("ann", "x"), ("bob", "y")),
    ),
    Case(
        "values that are no numbers",
        "a.csv",
        (PLAIN + "cid,x,good,1600000000\ndan,y,inf,1600000000\n").encode(),
        rejected=[(5, "not a number"), (6, "not a number")],
    ),
    Case(
        "ratings out of range",
        "a.csv",
        (PLAIN + "cid,x,-1,1600000000\ncid,y,99,1600000000\n").encode(),
        dropped={"rating out of range": 2},
        options={"data.rating_low": 0.5, "data.rating_high": 5.0, "mapping.value": "rating"},
    ),
)

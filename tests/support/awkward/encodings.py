"""The same table in every encoding, with names of users that each of them can write."""

from awkward.case import EVENTS, PLAIN, Case

GERMAN = PLAIN.replace("bob", "jörg").replace("x,4", "Käse,4")
CHINESE = PLAIN.replace("bob", "李雷").replace("x,4", "电影,4")


def renamed(bob: str, x: str) -> tuple:
    names = {"bob": bob, "x": x}
    return tuple(
        (names.get(user, user), names.get(item, item), *rest) for user, item, *rest in EVENTS
    )


IN_GERMAN, IN_CHINESE = renamed("jörg", "Käse"), renamed("李雷", "电影")
TWICE = CHINESE.replace("\n", "\r\n")

CASES = (
    Case("ascii", "a.csv", PLAIN.encode()),
    Case("utf-8", "a.csv", CHINESE.encode(), IN_CHINESE),
    Case("utf-8 with a mark", "a.csv", b"\xef\xbb\xbf" + GERMAN.encode(), IN_GERMAN),
    Case(
        "utf-8 with a mark and quotes",
        "a.csv",
        b'\xef\xbb\xbf"user_id","item_id","rating","timestamp"\n'
        + GERMAN.partition("\n")[2].encode(),
        IN_GERMAN,
    ),
    Case(
        "utf-16 little with a mark", "a.csv", b"\xff\xfe" + CHINESE.encode("utf-16-le"), IN_CHINESE
    ),
    Case("utf-16 big with a mark", "a.csv", b"\xfe\xff" + CHINESE.encode("utf-16-be"), IN_CHINESE),
    Case("utf-16 little without a mark", "a.csv", GERMAN.encode("utf-16-le"), IN_GERMAN),
    Case("utf-16 big without a mark", "a.csv", GERMAN.encode("utf-16-be"), IN_GERMAN),
    Case("utf-16 with carriage returns", "a.csv", TWICE.encode("utf-16"), IN_CHINESE),
    Case(
        "utf-16 cut in the middle of a character",
        "a.csv",
        PLAIN.encode("utf-16") + b"x",
        rejected=[(5, "not UTF-16")],
    ),
    Case("gb18030", "a.csv", CHINESE.encode("gb18030"), IN_CHINESE),
    Case(
        "gb18030 with four bytes to a character",
        "a.csv",
        CHINESE.replace("电影", "㐀𠀀").encode("gb18030"),
        renamed("李雷", "㐀𠀀"),
        options={"reading.encoding": "gb18030"},
    ),
    Case("latin-1", "a.csv", GERMAN.encode("latin-1"), IN_GERMAN),
    Case(
        "windows latin with a euro",
        "a.csv",
        GERMAN.replace("Käse", "5€").encode("cp1252"),
        renamed("jörg", "5€"),
    ),
    Case(
        "one character broken in utf-8",
        "a.csv",
        CHINESE.encode() + b"c\xffd,x,1,1600000000\n" + CHINESE.encode().partition(b"\n")[2],
        IN_CHINESE,
        rejected=[(5, "not UTF-8")],
        dropped={"exact duplicate": 3},
    ),
    Case(
        "an encoding that is named wrongly",
        "a.csv",
        GERMAN.encode("latin-1"),
        [EVENTS[2]],
        error="at least 2 users",
        rejected=[(2, "not UTF-8"), (3, "not UTF-8")],
        options={"reading.encoding": "utf-8"},
    ),
)

"""Times in every format, and times that cannot be."""

from awkward.case import WHO, Case, at

T = 1_600_000_000  # 2020-09-13 12:26:40 UTC, a Sunday
DAY = 86_400
MIDNIGHT = T - T % DAY


def timed(*cells: object) -> bytes:
    lines = (f"{user},{item},{cell}" for (user, item), cell in zip(WHO, cells, strict=False))
    return ("user_id,item_id,timestamp\n" + "\n".join(lines) + "\n").encode()


BOTH = at(T, T + 60)
CASES = (
    Case("seconds", "a.csv", timed(T, T + 60), BOTH),
    Case("seconds with a fraction", "a.csv", timed(f"{T}.9", f"{T + 60}.1"), BOTH),
    Case("milliseconds", "a.csv", timed(T * 1000 + 999, (T + 60) * 1000), BOTH),
    Case("microseconds", "a.csv", timed(T * 10**6 + 1, (T + 60) * 10**6), BOTH),
    Case("nanoseconds", "a.csv", timed(T * 10**9 + 1, (T + 60) * 10**9), BOTH),
    Case(
        "iso without a zone is utc",
        "a.csv",
        timed("2020-09-13T12:26:40", "2020-09-13T12:27:40"),
        BOTH,
    ),
    Case("iso with z", "a.csv", timed("2020-09-13T12:26:40Z", "2020-09-13T12:27:40.500Z"), BOTH),
    Case(
        "iso with zones",
        "a.csv",
        timed("2020-09-13T14:26:40+02:00", "2020-09-13T05:27:40-0700"),
        BOTH,
    ),
    Case("iso with a blank", "a.csv", timed("2020-09-13 12:26:40", "2020-09-13 12:27:40"), BOTH),
    Case("dates", "a.csv", timed("2020-09-13", "2020-09-14"), at(MIDNIGHT, MIDNIGHT + DAY)),
    Case("dates as numbers", "a.csv", timed(20200913, 20200914), at(MIDNIGHT, MIDNIGHT + DAY)),
    Case(
        "days with points",
        "a.csv",
        timed("13.09.2020 12:26", "13.09.2020 12:27"),
        at(T - 40, T + 20),
    ),
    Case(
        "months before days",
        "a.csv",
        timed("9/13/2020 12:26", "9/2/2020 12:27"),
        at(T - 40, T + 20 - 11 * DAY),
    ),
    Case(
        "days before months",
        "a.csv",
        timed("13/9/2020 12:26", "2/9/2020 12:27"),
        at(T - 40, T + 20 - 11 * DAY),
    ),
    Case(
        "1899 and 2200",
        "a.csv",
        timed("1899-12-31", "2020-09-13", "2020-09-14", "2200-01-01", "2020-09-15"),
        at(None, MIDNIGHT, MIDNIGHT + DAY, None, MIDNIGHT + 2 * DAY),
        dropped={"time too early": 1, "time too late": 1},
    ),
    Case(
        "1899 that is allowed",
        "a.csv",
        timed("2020-09-13", "1899-12-31"),
        at(MIDNIGHT, -2_209_075_200),
        options={"data.earliest": "1800-01-01"},
    ),
    Case(
        "a time that is none",
        "a.csv",
        timed(T, T + 60, "yesterday"),
        BOTH,
        rejected=[(4, "not a time")],
    ),
    Case(
        "a day that does not exist",
        "a.csv",
        timed("2020-09-13", "2020-09-14", "2020-02-30"),
        at(MIDNIGHT, MIDNIGHT + DAY),
        rejected=[(4, "not a time")],
    ),
    Case("a missing time", "a.csv", timed(T, T + 60, ""), BOTH, dropped={"no timestamp": 1}),
    Case(
        "times beyond all numbers",
        "a.csv",
        timed(T, T + 60, "9" * 400, "1e300"),
        BOTH,
        rejected=[(4, "not a time"), (5, "not a time")],
        options={"mapping.timestamp": "timestamp"},
    ),
    Case(
        "times of which most are none",
        "a.csv",
        timed(T, T + 60, "never", "never", "never"),
        BOTH,
        rejected=[(4, "not a time"), (5, "not a time"), (6, "not a time")],
        options={"mapping.timestamp": "timestamp"},
    ),
    Case(
        "a column of times without one",
        "a.csv",
        timed("never", "never", "never"),
        error="'unreadable' (3)",
        options={"mapping.timestamp": "timestamp"},
    ),
    Case(
        "times that begin below the rows that are looked at first",
        "a.csv",
        lambda: late_times(2500),
        BOTH,
        dropped={"no timestamp": 2500},
        options={"mapping.timestamp": "timestamp"},
    ),
)


def late_times(rows: int) -> bytes:
    empty = "".join(f"cid,{n},\n" for n in range(rows))
    return f"user_id,item_id,timestamp\n{empty}ann,x,{T}\nbob,y,{T + 60}\n".encode()

"""Separators, decimal commas, line ends and headers: the same table each time."""

from awkward.case import PLAIN, Case, pairs

HEAD, _, BODY = PLAIN.partition("\n")
QUOTED = "user_id,item_id\n"


def by(separator: str) -> bytes:
    return PLAIN.replace(",", separator).encode()


CASES = (
    Case("semicolons", "a.csv", by(";")),
    Case("semicolons and decimal commas", "a.csv", by(";").replace(b"3.5", b"3,5")),
    Case(
        "decimal commas in quotes between commas", "a.csv", PLAIN.replace("3.5", '"3,5"').encode()
    ),
    Case("tabs", "a.tsv", by("\t")),
    Case("tabs in a file called csv", "a.csv", by("\t")),
    Case("pipes", "a.txt", by("|")),
    Case("double colons", "a.dat", by("::")),
    Case("double colons without a header", "ratings.dat", BODY.replace(",", "::").encode()),
    Case(
        "spaces without a header",
        "u.data",
        b"196 242 3 881250949\n186 302 4 891717742\n196 302 1 878887116\n",
        [
            ("196", "242", "rating", 3.0, 881250949),
            ("186", "302", "rating", 4.0, 891717742),
            ("196", "302", "rating", 1.0, 878887116),
        ],
    ),
    Case(
        "tabs without a header",
        "u.data",
        b"196\t242\t3\t881250949\n186\t302\t4\t891717742\n196\t302\t1\t878887116\n",
        [
            ("196", "242", "rating", 3.0, 881250949),
            ("186", "302", "rating", 4.0, 891717742),
            ("196", "302", "rating", 1.0, 878887116),
        ],
    ),
    Case(
        "no header, named so",
        "a.csv",
        BODY.encode(),
        options={
            "reading.header": "no",
            "mapping.user_id": "column_1",
            "mapping.item_id": "column_2",
            "mapping.value": "column_3",
            "mapping.timestamp": "column_4",
        },
    ),
    Case(
        "typed header of RecBole",
        "ml.inter",
        (
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
            + BODY.replace(",", "\t")
        ).encode(),
    ),
    Case(
        "header in capitals with blanks",
        "a.csv",
        (" USER_ID , Item_ID , RATING , Timestamp \n" + BODY).encode(),
    ),
    Case(
        "header with an index that has no name",
        "a.csv",
        b",user_id,item_id\n0,ann,x\n1,bob,y\n",
        pairs(("ann", "x"), ("bob", "y")),
    ),
    Case(
        "rows that end with a separator",
        "a.csv",
        b"user_id,item_id\nann,x,\nbob,y,\n",
        pairs(("ann", "x"), ("bob", "y")),
    ),
    Case(
        "two columns of one name",
        "a.csv",
        b"user_id,item_id,item_id\nann,x,p\nbob,y,q\n",
        pairs(("ann", "x"), ("bob", "y")),
    ),
    Case(
        "lines of Excel before the header", "a.csv", b"sep=;\r\n" + by(";").replace(b"\n", b"\r\n")
    ),
    Case(
        "blank lines before, between and behind",
        "a.csv",
        ("\n\n" + HEAD + "\n\n" + BODY.replace("\n", "\n\n") + "\n").encode(),
    ),
    Case("carriage returns with newlines", "a.csv", PLAIN.replace("\n", "\r\n").encode()),
    Case("carriage returns alone", "a.csv", PLAIN.replace("\n", "\r").encode()),
    Case("now one line end, now the other", "a.csv", PLAIN.replace("\n", "\r\n", 2).encode()),
    Case("no end of the last line", "a.csv", PLAIN.rstrip("\n").encode()),
    Case(
        "separators and line ends in quotes",
        "a.csv",
        (QUOTED + '"a,b","x\ny"\n"c ""d""",y\n').encode(),
        pairs(("a,b", "x\ny"), ('c "d"', "y")),
    ),
    Case("no extension at all", "events", PLAIN.encode()),
    Case("a name of blanks and marks", "a b[1]*'é\".csv", PLAIN.encode()),
    Case(
        "ten thousand columns", "wide.csv", lambda: wide(10_000), pairs(("ann", "x"), ("bob", "y"))
    ),
)


def wide(columns: int) -> bytes:
    extra = "".join(f",a{n}" for n in range(columns - 2))
    zeros = ",0" * (columns - 2)
    return f"user_id,item_id{extra}\nann,x{zeros}\nbob,y{zeros}\n".encode()

"""One awkward file, and what is to become of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Event = tuple[str, str, str, float | None, int | None]

EVENTS: tuple[Event, ...] = (  # most files hold these, each written in another way
    ("ann", "x", "rating", 4.0, 1_600_000_000),
    ("bob", "y", "rating", 3.5, 1_600_086_400),
    ("ann", "y", "rating", 5.0, 1_600_000_100),
)
WHO = (("ann", "x"), ("bob", "y"), ("ann", "y"), ("bob", "x"), ("cid", "x"))
PLAIN = "user_id,item_id,rating,timestamp\nann,x,4,1600000000\nbob,y,3.5,1600086400\nann,y,5,1600000100\n"


@dataclass(frozen=True)
class Case:
    """A file by its name and bytes; it gives a table with an account, or one error.

    - `events` the kept ones in any order: user, item, kind, value, Unix seconds; values and times are
      None in a file without them
    - `rejected` (line, reason) of each line that cannot be read
    - `dropped` reason → rows, for readable rows that cleaning leaves out
    - `error` words of the error, empty for a file that can be read; `is_seen` whether the page can show
      rows of a file all the same
    """

    name: str
    file: str
    content: bytes | Callable[[], bytes]
    events: Sequence[Event] = EVENTS
    rejected: Sequence[tuple[int, str]] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    is_seen: bool = True
    options: Mapping[str, object] = field(default_factory=dict)

    def bytes(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content()


def pairs(*ids: tuple[str, str]) -> tuple[Event, ...]:
    """Events of which only user and item are known."""
    return tuple((user, item, "interaction", None, None) for user, item in ids)


def at(*seconds: int | None) -> tuple[Event, ...]:
    """The kept events of `WHO` at these times; None for one that is not kept."""
    timed = zip(WHO, seconds, strict=False)
    return tuple((*ids, "interaction", None, time) for ids, time in timed if time is not None)

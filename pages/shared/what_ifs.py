"""What-ifs as plain values: what was changed in a history, folded into a short text for the address."""

import base64
import binascii
import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from m6rec_core.errors import DataError
from m6rec_core.ranking.fold_in import Event

LONGEST = 20_000  # characters of an address
_MOST_BYTES = 400_000  # of what an address unfolds to
DAMAGED = "The what-if in the address is damaged or too long. Copy the whole address again, or start over."

Given = tuple[str, str, float | None]  # item id, kind of event, rating


@dataclass(frozen=True)
class WhatIf:
    """The history of a stored user (`user_id`; empty: nobody's) with changes.

    - `removed` items that are taken out
    - `given` items that get another event: in place of the stored ones, or after all of them
    - `attributes` (column, value) that are told in place of stored ones
    """

    user_id: str = ""
    removed: tuple[str, ...] = ()
    given: tuple[Given, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what it started from."""
        return bool(self.removed or self.given or self.attributes)

    def remove(self, item_id: str) -> "WhatIf":
        """Without this item."""
        given = tuple(one for one in self.given if one[0] != item_id)
        return replace(self, given=given, removed=(*self._but(item_id), item_id))

    def give(self, item_id: str, event: str, value: float | None) -> "WhatIf":
        """With this event in place of all others on the item."""
        given = tuple(one for one in self.given if one[0] != item_id)
        return replace(self, given=(*given, (item_id, event, value)), removed=self._but(item_id))

    def tell(self, column: str, value: str | None) -> "WhatIf":
        """With this attribute told; None: as it is stored."""
        told = tuple(one for one in self.attributes if one[0] != column)
        return replace(self, attributes=told if value is None else (*told, (column, value)))

    def events(self, stored: Sequence[Event]) -> tuple[Event, ...]:
        """The events that it stands for; `stored` are those of its user, oldest first."""
        given = {item_id: (event, value) for item_id, event, value in self.given}
        last = {event.item_id: place for place, event in enumerate(stored)}
        kept = []
        for place, event in enumerate(stored):
            if event.item_id in self.removed:
                continue
            if event.item_id not in given:
                kept.append(event)
            elif last[event.item_id] == place:
                kept.append(_event(event.item_id, *given[event.item_id], event.timestamp))
        added = [one for one in self.given if one[0] not in last]
        return (*kept, *(_event(*one, None) for one in added))

    def folded(self) -> str:
        """A short text of letters, digits, `-` and `_` that `unfolded` turns back."""
        plain = [self.user_id, self.removed, self.given, self.attributes]
        said = json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(zlib.compress(said, 9)).decode().rstrip("=")

    def _but(self, item_id: str) -> tuple[str, ...]:
        return tuple(one for one in self.removed if one != item_id)


def unfolded(text: str) -> WhatIf:
    """The what-if of an address; DataError for anything that `folded` did not make.

    >>> unfolded(WhatIf("ann").give("x", "", 4.5).folded()).given
    (('x', '', 4.5),)
    """
    if len(text) > LONGEST:
        raise DataError(DAMAGED)
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        said = unpacker.decompress(packed, _MOST_BYTES)
        if not unpacker.eof:  # cut off, or larger than anything that an address holds
            raise DataError(DAMAGED)
        user_id, removed, given, attributes = json.loads(said)
        return WhatIf(
            user_id=_text(user_id),
            removed=tuple(map(_text, removed)),
            given=tuple((_text(i), _text(e), None if v is None else float(v)) for i, e, v in given),
            attributes=tuple((_text(column), _text(value)) for column, value in attributes),
        )
    except (binascii.Error, zlib.error, ValueError, TypeError):
        raise DataError(DAMAGED) from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _event(item_id: str, kind: str, value: float | None, timestamp: int | None) -> Event:
    return Event(item_id, kind, math.nan if value is None else value, timestamp)

"""Distinct texts, numbered as they come: one table of hashes for all batches, exact by their bytes."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from m6rec_core.data.database import Database
from m6rec_core.schema import NO_ROW

_FEW = 1 << 10  # texts that there is room for at first
_MOST = (1 << 31) - 2
_TAG = np.uint64(0xFFFFFFFF_00000000)  # half of the hash that an entry of the table holds
_PRIME = np.uint64(0x100000001B3)  # with the next: FNV-1a, 64 bits
_BASIS = np.uint64(0xCBF29CE484222325)
_MIX = np.uint64(0xFF51AFD7ED558CCD)  # the finish of MurmurHash3, so that each bit counts
_AT_ONCE = 256
_NO_BYTES = np.frombuffer(b"", np.uint8)

Codes = npt.NDArray[np.int32]


class Vocabulary:
    """The distinct texts of a column that comes in batches.

    >>> words = Vocabulary()
    >>> words.codes_of(pa.array(["b", "a", None, "b", ""])).tolist(), words.texts().tolist()
    ([0, 1, -1, 0, -1], ['b', 'a'])
    """

    def __init__(self) -> None:
        self._size = 0
        self._table = np.zeros(
            2 * _FEW, np.uint64
        )  # half of the hash, and the code plus one; 0: free
        self._starts = np.zeros(_FEW + 1, np.int64)
        self._bytes = np.empty(8 * _FEW, np.uint8)

    def __len__(self) -> int:
        return self._size

    def codes_of(self, texts: pa.Array) -> Codes:
        """(n,) int32 code of each text, new ones in the order in which they come; -1: missing or empty."""
        cells = texts if pa.types.is_string(texts.type) else texts.cast(pa.string())
        valid, offsets, data = (
            _NO_BYTES if buffer is None else np.frombuffer(buffer, np.uint8)
            for buffer in cells.buffers()
        )
        valid = valid if cells.null_count else _NO_BYTES
        places = offsets[: len(offsets) // 4 * 4].view(np.int32)
        codes, done = np.empty(len(cells), np.int32), 0
        while done < len(cells):
            done, self._size = _number(
                *(cells.offset, done, valid, places, data, codes),
                *(self._size, self._table, self._starts, self._bytes),
            )
            if done < len(cells):
                self._grow(int(places[cells.offset + done + 1] - places[cells.offset + done]))
        return codes

    def texts(self) -> npt.NDArray[np.object_]:
        """(n,) the texts by their codes."""
        return np.asarray(self._arrow().to_pandas().to_numpy(dtype=object))

    def hashes(self, db: Database) -> npt.NDArray[np.uint64]:
        """(n,) the database's hash of each text: it says nothing of the order in which they came."""
        db.register("distinct_texts", pa.table({"text": self._arrow()}))
        found = db.arrays("select hash(text) as hash from distinct_texts")["hash"]
        return found.astype(np.uint64)

    def _arrow(self) -> pa.Array:
        starts = self._starts[: self._size + 1]
        buffers = [None, pa.py_buffer(starts), pa.py_buffer(self._bytes[: starts[-1]])]
        return pa.Array.from_buffers(pa.large_string(), self._size, buffers).cast(pa.large_string())

    def _grow(self, more: int) -> None:
        """Makes room for as many texts again, and for a text of this size."""
        if self._size >= len(self._starts) - 1:
            room = min(2 * len(self._starts), _MOST)
            self._starts = np.concatenate([self._starts, np.zeros(room, np.int64)])
            self._table = np.zeros(1 << (2 * len(self._starts) - 1).bit_length(), np.uint64)
            _enter(self._size, self._table, self._starts, self._bytes)
        if self._starts[self._size] + more > len(self._bytes):
            self._bytes = np.concatenate([self._bytes, np.empty(len(self._bytes) + more, np.uint8)])


@numba.njit(nogil=True, cache=True)
def _hash(data: Any, start: int, stop: int) -> Any:
    made = _BASIS
    for place in range(start, stop):
        made = (made ^ np.uint64(data[place])) * _PRIME
    made ^= made >> np.uint64(33)
    made *= _MIX
    return made ^ (made >> np.uint64(33))


@numba.njit(nogil=True, cache=True)
def _number(
    offset: int,
    done: int,
    valid: Any,
    places: Any,
    data: Any,
    codes: Any,
    size: int,
    table: Any,
    starts: Any,
    kept: Any,
) -> tuple[int, int]:
    """Numbers the texts from `done` on, until all are or there is no room; gives how far, how many texts."""
    mask = np.uint64(len(table) - 1)
    hashes, looked = np.empty(_AT_ONCE, np.uint64), np.empty(_AT_ONCE, np.int64)
    for block in range(done, len(codes), _AT_ONCE):
        stop = min(block + _AT_ONCE, len(codes))
        _fetch(
            places[offset + block : offset + stop + 1], data, table, starts, kept, hashes, looked
        )
        for at in range(block, stop):
            cell = offset + at
            low = places[cell]
            length = np.int64(places[cell + 1] - low)
            if length == 0 or (len(valid) and not (valid[cell >> 3] >> (cell & 7)) & 1):
                codes[at] = NO_ROW
                continue
            hashed = hashes[at - block]
            slot, tag = hashed & mask, hashed & _TAG
            while True:
                entry = table[slot]
                if entry == 0:
                    if size >= len(starts) - 1 or starts[size] + length > len(kept):
                        return at, size
                    for step in range(length):
                        kept[starts[size] + step] = data[low + step]
                    starts[size + 1] = starts[size] + length
                    codes[at] = size
                    size += 1
                    table[slot] = tag | np.uint64(size)
                    break
                if entry & _TAG == tag:
                    code = np.int64(entry & ~_TAG) - 1
                    if _is_equal(kept, starts[code], starts[code + 1], data, low, length):
                        codes[at] = code
                        break
                slot = (slot + np.uint64(1)) & mask
    return len(codes), size


@numba.njit(nogil=True, cache=True)
def _fetch(
    places: Any, data: Any, table: Any, starts: Any, kept: Any, hashes: Any, looked: Any
) -> None:
    """Hashes some texts, and touches what will be needed of each: the waits for memory overlap."""
    number, mask = len(places) - 1, np.uint64(len(table) - 1)
    for at in range(number):
        hashes[at] = _hash(data, places[at], places[at + 1])
    for at in range(number):
        looked[at] = max(np.int64(table[hashes[at] & mask] & ~_TAG) - 1, 0)
    for at in range(number):
        looked[at] = starts[looked[at]]
    for at in range(number):
        looked[at] = kept[min(looked[at], len(kept) - 1)]


@numba.njit(nogil=True, cache=True)
def _is_equal(kept: Any, first: Any, last: Any, data: Any, low: Any, length: Any) -> bool:
    if last - first != length:
        return False
    for step in range(length):  # noqa: SIM110 - a compiled loop
        if kept[first + step] != data[low + step]:
            return False
    return True


@numba.njit(nogil=True, cache=True)
def _enter(size: int, table: Any, starts: Any, kept: Any) -> None:
    """Fills an empty table."""
    mask = np.uint64(len(table) - 1)
    for code in range(size):
        hashed = _hash(kept, starts[code], starts[code + 1])
        slot = hashed & mask
        while table[slot]:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = (hashed & _TAG) | np.uint64(code + 1)

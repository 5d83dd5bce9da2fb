"""Makes of any file one that the database can read: plain, in UTF-8, every line regular."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from m6rec_core.config import ReadingConfig
from m6rec_core.data.reading.encodings import (
    UTF_8,
    UTF_16,
    copy_as_utf_8,
    encoding_of_head,
    plain_encoding,
)
from m6rec_core.data.reading.inspection import Findings, inspect
from m6rec_core.data.reading.json_objects import objects_as_lines
from m6rec_core.data.reading.layout import PARQUET, Layout
from m6rec_core.data.reading.line_numbers import LineNumbers
from m6rec_core.data.reading.rejects import Reject
from m6rec_core.data.reading.repair import Plan, Repaired, measure, repair
from m6rec_core.data.reading.unpacking import Packed
from m6rec_core.progress import Progress, within

_HEAD = 1 << 20


@dataclass(frozen=True)
class Prepared:
    """A regular file, and how its records stand to the lines of the original.

    `longest` bytes of a record; `in_parallel` whether records can be found from the middle of the file;
    `header` whether the first record is the header still.
    """

    path: Path
    layout: Layout
    lines: LineNumbers = field(default_factory=LineNumbers)
    rejected: tuple[Reject, ...] = ()
    line_end: str = "\n"
    longest: int = 0
    in_parallel: bool = True
    header: bool = False


def prepare(
    packed: Packed, layout: Layout, config: ReadingConfig, folder: Path, progress: Progress
) -> Prepared:
    """Unpacks, decodes and repairs a file, each only where it must be; copies go into the folder."""
    plain = packed.path
    if packed.compression:
        plain = folder / "unpacked"
        packed.unpack(plain, _phase(progress, f"unpacking {packed.name}", 0.0, 0.5))
    if layout.kind == PARQUET:
        return Prepared(plain, layout)
    text, found, layout = _as_utf_8(plain, packed.name, layout, config, folder, progress)
    if text != plain:
        _discard(plain, packed)
    made = _regular(text, found, packed, layout, folder, progress)
    if made.path != text:
        _discard(text, packed)
    return made


def _as_utf_8(
    plain: Path,
    name: str,
    layout: Layout,
    config: ReadingConfig,
    folder: Path,
    progress: Progress,
) -> tuple[Path, Findings, Layout]:
    """The text in UTF-8, what was found in it, and the layout with the encoding it turned out to be."""
    with plain.open("rb") as file:
        codec = encoding_of_head(file.read(_HEAD), config.encoding)
    if plain_encoding(codec) != UTF_16:
        found = inspect(plain, _phase(progress, f"looking through {name}", 0.5, 0.6))
        if config.encoding == "auto":
            codec = found.evidence.encoding()
        is_ascii = found.is_utf_8 and not found.evidence.utf_8
        if codec == UTF_8 or is_ascii:
            return plain, found, replace(layout, encoding=codec)
    copy = folder / "text"
    copy_as_utf_8(plain, copy, codec, name, _phase(progress, f"decoding {name}", 0.6, 0.75))
    found = inspect(copy, _phase(progress, f"looking through {name}", 0.75, 0.8))
    return copy, found, replace(layout, encoding=plain_encoding(codec))


def _regular(
    text: Path, found: Findings, packed: Packed, layout: Layout, folder: Path, progress: Progress
) -> Prepared:
    if layout.is_array:
        target = folder / "objects"
        made = objects_as_lines(
            text, target, packed.name, _phase(progress, f"rewriting {packed.name}", 0.8, 1.0)
        )
        return _copied(target, layout, made)
    plan = Plan(
        packed.name,
        delimiter=layout.delimiter.encode() if layout.quotes and found.quotes else b"",
        first_line=layout.first_line,
        encoding=layout.encoding,
        mac=found.ends_with_carriage_returns,
    )
    if found.is_regular and layout.first_line == 1:
        seen = Repaired(longest=found.longest)
        if plan.delimiter:
            report = _phase(progress, f"looking through {packed.name}", 0.8, 0.9)
            seen = measure(text, plan, report) or seen
        if not plan.delimiter or seen.lines.records:
            return Prepared(
                text,
                layout,
                seen.lines,
                line_end=found.line_end,
                longest=seen.longest,
                in_parallel=not seen.is_multi_line,
                header=layout.has_header,
            )
    target = folder / "regular"
    report = _phase(progress, f"rewriting {packed.name}", 0.9, 1.0)
    return _copied(target, layout, repair(text, target, plan, report))


def _copied(path: Path, layout: Layout, made: Repaired) -> Prepared:
    """A copy; its first record is the header unless the header itself was rejected."""
    first = made.lines.of(np.zeros(1, dtype=np.int64))[0] if made.lines.records else 0
    return Prepared(
        path,
        layout,
        made.lines,
        tuple(made.rejected),
        longest=made.longest,
        in_parallel=not made.is_multi_line,
        header=layout.has_header and first == layout.first_line,
    )


def _discard(copy: Path, packed: Packed) -> None:
    if copy != packed.path:
        copy.unlink()


def _phase(progress: Progress, name: str, start: float, end: float) -> Callable[[float], None]:
    """Reports a part of the work in steps of a hundredth of it."""
    report = within(progress, start, end)
    last = -1.0

    def told(fraction: float) -> None:
        nonlocal last
        if fraction - last >= 0.01:
            last = fraction
            report(name, fraction)

    return told

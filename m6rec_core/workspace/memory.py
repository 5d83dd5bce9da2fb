"""What the analyst corrected in the mapping of a file, remembered for files with the same header."""

import hashlib
import json
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from m6rec_core.workspace.artefacts import write_synced

MOST_HEADERS = 500
_FILE = "mappings.json"
_ONE_WRITER = threading.Lock()


def remember(home: Path, columns: Sequence[str], settings: Mapping[str, str]) -> None:
    """Keeps the settings for files with these columns, in place of earlier ones; empty ones are forgotten.

    Columns count without regard to their order and to blanks around their names. Of more than
    `MOST_HEADERS` headers, those that were not written for longest are forgotten. When another process
    writes in the same moment, one of the two is lost; the file stays whole.
    """
    with _ONE_WRITER:
        known = _read(home)
        key = _key(columns)
        known.pop(key, None)
        if settings:
            known[key] = {str(name): str(value) for name, value in settings.items()}
        latest = dict(list(known.items())[-MOST_HEADERS:])
        content = json.dumps(latest, ensure_ascii=False, indent=1).encode()
        write_synced(home / _FILE, content + b"\n")


def recall(home: Path, columns: Sequence[str]) -> dict[str, str]:
    """The settings that were remembered for these columns; empty when there are none, or cannot be read."""
    return _read(home).get(_key(columns), {})


def _key(columns: Sequence[str]) -> str:
    """One text per header; numbered names (column_1 …) of a file without one tell files by their number."""
    names = sorted(unicodedata.normalize("NFC", name.strip(" \t\ufeff")) for name in columns)
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def _read(home: Path) -> dict[str, dict[str, str]]:
    try:
        found = json.loads((home / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: settings for key, settings in found.items() if _is_settings(settings)}


def _is_settings(entry: object) -> bool:
    return isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values())

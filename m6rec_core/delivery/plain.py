"""Results as plain values that JSON knows."""

import json
from pathlib import Path
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """The same content without NumPy types; NaN and infinities become None.

    >>> plain({"a": (np.float32(0.5), float("nan"))})
    {'a': [0.5, None]}
    """
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (np.floating, float)):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, (np.integer, np.bool_)):
        return value.item()
    return value


def write_json(path: Path, content: Any) -> None:
    """One JSON document, readable by people."""
    path.write_text(json.dumps(plain(content), indent=1, ensure_ascii=False), encoding="utf-8")

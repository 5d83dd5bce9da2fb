"""Columns of numbers that grow in a file: the system may drop from memory what is not being looked at."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]


class GrowingColumn:
    """Numbers of one kind, appended to a new file piece by piece."""

    def __init__(self, path: Path, dtype: npt.DTypeLike) -> None:
        self._path, self._dtype = path, np.dtype(dtype)
        self._file = path.open("xb")

    def append(self, values: Numbers) -> None:
        """Adds (n,) values behind those that are there."""
        self._file.write(np.ascontiguousarray(values, self._dtype).data)

    def finished(self) -> Numbers:
        """(n,) all values, as an array that lies in the file; nothing can be added any more."""
        self._file.close()
        if not self._path.stat().st_size:
            return np.empty(0, self._dtype)
        return np.memmap(self._path, self._dtype, mode="r+")

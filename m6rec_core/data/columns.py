"""Columns of numbers that grow in a file: the system may drop from memory what is not being looked at."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]


class GrowingColumn:
    """Numbers of one kind, appended piece by piece to a file without a name: it is gone with its last user."""

    def __init__(self, folder: Path, dtype: npt.DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed when it is finished

    def append(self, values: Numbers) -> None:
        """Adds (n,) values behind those that are there."""
        self._file.write(np.ascontiguousarray(values, self._dtype).data)

    def finished(self) -> Numbers:
        """(n,) all values, as an array that lies in the file; nothing can be added any more."""
        with self._file as file:
            if not file.tell():
                return np.empty(0, self._dtype)
            file.flush()
            return np.memmap(file, self._dtype, mode="r+")

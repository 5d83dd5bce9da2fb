"""What a process that reads files of strangers may take: beyond it, its job fails and nothing else does."""

import errno
import resource
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from m6rec_core.errors import DataError

ADDRESS_BYTES: Final = 12 << 30  # of memory, reserved or used
FILE_BYTES: Final = 64 << 30  # of any file that is written
LEAST_SECONDS: Final = 1800  # of computing time
_SECONDS_PER_MEGABYTE = 20.0  # of the files, a hundred times what usual ones take


@contextmanager
def confined(files: Iterable[Path]) -> Iterator[None]:
    """Limits the memory, the written files and the computing time of this process in the block.

    What needs too much memory or writes too much raises `DataError`; what computes for too long is
    ended with its process (SIGXCPU). Limits that hold already are kept where they are stricter.
    """
    megabytes = sum(path.stat().st_size for path in files if path.exists()) / (1 << 20)
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = used.ru_utime + used.ru_stime + LEAST_SECONDS + _SECONDS_PER_MEGABYTE * megabytes
    wanted = {
        resource.RLIMIT_AS: ADDRESS_BYTES,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_CPU: int(seconds),
    }
    before = {kind: resource.getrlimit(kind) for kind in wanted}
    for kind, most in wanted.items():
        _set(kind, _stricter(most, *before[kind]), before[kind][1])
    try:
        yield
    except MemoryError:
        raise DataError(
            f"The files need more than {ADDRESS_BYTES >> 30} GB of memory to be read. Split them into "
            "parts, such as one per month, or leave out columns with long texts."
        ) from None
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        raise DataError(
            f"The files unpack to more than {FILE_BYTES >> 30} GB. Split them into parts, such as one "
            "per month."
        ) from None
    finally:  # a process that is started from here on inherits them
        for kind, (soft, hard) in before.items():
            _set(kind, soft, hard)


def _stricter(most: int, *present: int) -> int:
    return min([most, *(limit for limit in present if limit != resource.RLIM_INFINITY)])


def _set(kind: int, soft: int, hard: int) -> None:
    try:
        resource.setrlimit(kind, (soft, hard))
    except (ValueError, OSError):  # macOS does not limit the memory of a process
        return

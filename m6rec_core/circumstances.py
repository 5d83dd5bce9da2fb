"""What a result depends on and what it cost: versions of the packages, the most memory of the process."""

import importlib.metadata
import platform
import re
import resource
import sys
from pathlib import Path

from m6rec_core import __version__

PACKAGES = ("numpy", "scipy", "numba", "keras", "tensorflow", "ai-edge-litert")


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    found = {name: _version(name) for name in PACKAGES}
    return {"m6rec": __version__, "python": platform.python_version(), **found}


def peak_megabytes() -> float:
    """The most memory that this process has taken so far."""
    status = Path("/proc/self/status")
    if status.exists():  # the counter of getrusage is inherited from whoever started the process
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if found:
            return round(int(found.group(1)) / 1e3, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)  # there in bytes


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return importlib.metadata.version(f"{package}-cpu")

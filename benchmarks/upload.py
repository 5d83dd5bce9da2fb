"""What a 200 MB upload costs the server: memory before, at its height, and after the page was left.

A real browser sends a generated csv of almost 200 MB to the page Data, waits until its first rows are
understood, and goes to another page. The memory is that of the server process (its resident set, from
/proc; Linux only); its children, which read the file, are counted apart.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

import chromium  # noqa: E402
from running_app import running_app  # noqa: E402
from visit import FLAGS, Visit  # noqa: E402

MEGABYTES = 199
SETTLE_SECONDS = 5.0
GOAL_MEGABYTES = 450
PATIENCE = 300_000  # milliseconds, for machines that do other things too


@dataclass
class Watch:
    """Resident megabytes of a process, and of its children, looked at while something happens."""

    pid: int
    height: float = 0.0
    height_of_children: float = 0.0
    _is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def looking(self) -> Iterator[None]:
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()

    def now(self) -> float:
        return resident(self.pid)

    def _look(self) -> None:
        while not self._is_over.wait(0.02):
            self.height = max(self.height, self.now())
            children = sum(resident(pid) for pid in children_of(self.pid))
            self.height_of_children = max(self.height_of_children, children)


def resident(pid: int) -> float:
    """Resident megabytes of a process; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmRSS")), "VmRSS: 0 kB")
    return int(line.split()[1]) / 1024


def children_of(pid: int) -> list[int]:
    """Processes that this one has started and that still run."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def write_events(path: Path, megabytes: int) -> None:
    """A csv of this size with users, items, times and kinds of events."""
    block = "".join(
        f"{user % 9973},{(user * 7919) % 4999},{1_700_000_000 + user},{'view' if user % 5 else 'buy'}\n"
        for user in range(40_000)
    )
    with path.open("w") as file:
        file.write("user_id,item_id,timestamp,event\n")
        while file.tell() < (megabytes << 20) - len(block):
            file.write(block)


def upload_and_leave(browser: Browser, address: str, source: Path) -> float:
    """Uploads a file, waits for its first rows, goes to another page; gives the seconds until the rows."""
    visit = Visit(browser, address)
    page = visit.open("data")
    page.set_default_timeout(PATIENCE)
    started = time.monotonic()
    page.locator("input[type=file]").first.set_input_files(str(source))
    page.get_by_role("heading", name="Which column is what").wait_for()
    seconds = time.monotonic() - started
    visit.rest()
    visit.open("overview")
    visit.close()
    return seconds


def server_of(home: Path) -> int:
    """The process that serves the workspace at `home`."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"streamlit" in words and f"M6REC_HOME={home}".encode() in variables:
            return int(entry.name)
    raise RuntimeError("the server was not found")


def main() -> None:
    if not Path("/proc/self/status").exists():
        print("skipped: the memory of a process is read from /proc, which only Linux has")
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home, source = Path(folder) / "home", Path(folder) / "events.csv"
        small = Path(folder) / "small.csv"
        write_events(source, MEGABYTES)
        write_events(small, 3)
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=[*FLAGS, "--disable-dev-shm-usage"]
        )
        with running_app(home, with_demo=False) as address:
            upload_and_leave(
                browser, address, small
            )  # now everything that the pages need is imported
            watch = Watch(server_of(home))
            before = watch.now()
            with watch.looking():
                seconds = upload_and_leave(browser, address, source)
            time.sleep(SETTLE_SECONDS)
            after = watch.now()
    print(f"{MEGABYTES} MB of csv: uploaded and understood in {seconds:.1f} s")
    print(
        f"server: {before:.0f} MB before, {watch.height:.0f} MB at its height, {after:.0f} MB after"
    )
    print(f"growth {watch.height - before:.0f} MB (goal: at most {GOAL_MEGABYTES} MB)")
    print(f"children, which read the first rows: {watch.height_of_children:.0f} MB at their height")


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()

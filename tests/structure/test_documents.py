"""The README, the Makefile, the requirements and the code say the same."""

import re
import sys

import pytest

import readme_options
from sources import ROOT, imported_modules, page_files, product_files, relative

README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PACKAGE_OF = {
    "sklearn": "scikit-learn",
    "ai_edge_litert": "ai-edge-litert",
    "umap": "umap-learn",
}
OWN = {"m6rec_core", "pages"}


def requirement_names(text: str) -> set[str]:
    """Names of the packages that a requirements file pins.

    >>> sorted(requirement_names("# note\\nkeras==3.0; sys_platform == 'linux'\\n-r other.txt"))
    ['keras']
    """
    return set(re.findall(r"^([A-Za-z0-9_.-]+)==\S+", text, flags=re.MULTILINE))


def code_blocks(text: str) -> list[str]:
    """The lines of every fenced shell block, without comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]


def test_the_table_of_options_in_the_readme_is_the_one_of_the_code():
    assert readme_options.with_table(README) == README, (
        "Run `PYTHONPATH=. python tests/support/readme_options.py`."
    )


def test_every_make_target_of_the_readme_exists():
    called = [line.split()[1] for line in code_blocks(README) if line.startswith("make ")]
    called += re.findall(r"`make (\w+)", README)
    assert {"app", "test", "benchmarks"} <= set(called)
    assert [name for name in called if f"\n{name}:" not in MAKEFILE] == []


@pytest.mark.parametrize("page", page_files(), ids=relative)
def test_every_page_is_in_the_navigation_and_in_the_readme(page):
    places = "".join(path.read_text("utf-8") for path in ROOT.glob("pages/shared/*.py"))
    script = re.escape(relative(page))
    found = re.search(rf'"{script}",\s*"([^"]+)",\s*"([^"]+)"', places)
    assert found, f"{relative(page)} is not in the navigation"
    _, title = found.groups()
    assert re.search(rf"^\| [^|]+ \| {re.escape(title)} \|", README, flags=re.MULTILINE)


def test_every_imported_package_is_pinned():
    pinned = requirement_names((ROOT / "requirements.txt").read_text("utf-8"))
    used = {
        name.split(".")[0]
        for path in product_files()
        for name in imported_modules(path.read_text("utf-8"))
    }
    outside = used - set(sys.stdlib_module_names) - OWN
    assert {PACKAGE_OF.get(name, name) for name in outside} - pinned == set()


def test_every_requirement_is_an_exact_pin_by_name():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text("utf-8").splitlines()
        pins = [line for line in lines if line and not line.startswith(("#", "-r "))]
        assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+(; .+)?", pin)] == []


def test_make_benchmarks_runs_every_benchmark_and_the_readme_tells_of_it():
    scripts = sorted(path.name for path in ROOT.glob("benchmarks/*.py"))
    assert sorted(re.findall(r'^\t"(\w+\.py)', MAKEFILE, flags=re.MULTILINE)) == scripts
    assert sorted(re.findall(r"^\| `(\w+\.py)", README, flags=re.MULTILINE)) == scripts

"""A module imports only from the steps before its own, and a heavy library is opened in one place only."""

import json
import subprocess
import sys

import pytest

from sources import ROOT, app_files, core_files, imported_modules, module_name, relative

STEPS = (
    ("formulas", "schema", "errors", "circumstances", "config", "config_values", "progress"),
    ("data",),
    ("similarity", "ranking.top_n"),  # choosing the best n is arithmetic that all later steps share
    ("scorer",),
    ("ranking",),
    ("explanation",),
    ("evaluation",),
    ("delivery",),
    ("figures",),
    ("workspace",),
    ("pipeline", "findings", "tuning"),
    ("worker", "warm_up", "tables", "commands", "__main__"),
)
STEP_OF = {part: step for step, parts in enumerate(STEPS) for part in parts}

KERAS_HOMES = (
    *("scorer.networks", "scorer.losses", "scorer.scoring", "scorer.training"),
    *("scorer.training_step", "scorer.learned_likeness", "scorer.event_files"),
    *("delivery.litert", "delivery.run_files"),
)
TRAINERS = (
    *("scorer.fitting", "pipeline", "findings", "warm_up"),
    *("tuning.trying", "tuning.study"),
)  # for a process of their own, never the server
HOMES = {
    "tensorflow": KERAS_HOMES,
    "keras": KERAS_HOMES,
    "shap": ("explanation",),
    "umap": ("explanation.embedding",),
    "plotly": ("figures",),
    "duckdb": ("data.database",),
    "optuna": ("tuning.study",),
}
SLOW = ("tensorflow", "keras", "shap", "plotly", "umap", "optuna")
core = pytest.mark.parametrize("path", core_files(), ids=relative)


def later_imports(module: str, source: str) -> set[str]:
    """What the module takes from a step that comes after its own."""
    own = step_of(module)
    inside = [name for name in imported_modules(source) if name.startswith("m6rec_core.")]
    return {name for name in inside if step_of(name) > own}


def step_of(module: str) -> int:
    """Step of a module of the core; -1 for a name that the package itself defines."""
    first, *rest = module.removeprefix("m6rec_core.").split(".")
    return STEP_OF.get(".".join([first, *rest[:1]]), STEP_OF.get(first, -1))


def homeless_imports(module: str, source: str) -> set[str]:
    """The heavy libraries that the module imports without being their home."""
    used = {name.split(".")[0] for name in imported_modules(source)} & HOMES.keys()
    return {library for library in used if not is_part_of(module, HOMES[library])}


def is_part_of(module: str, places: tuple[str, ...]) -> bool:
    """Whether a module of the core is one of the places, or lies in one."""
    return any(f"{module}.".startswith(f"m6rec_core.{place}.") for place in places)


@core
def test_a_module_imports_only_from_the_steps_before_its_own(path):
    if path.parent.name == "m6rec_core" and path.stem == "__init__":
        pytest.skip("the package itself imports nothing and belongs to no step")
    assert later_imports(module_name(path), path.read_text("utf-8")) == set()


@core
def test_the_core_never_imports_streamlit(path):
    roots = {name.split(".")[0] for name in imported_modules(path.read_text("utf-8"))}
    assert roots.isdisjoint({"streamlit", "pages", "app"})


@core
def test_a_heavy_library_is_imported_in_its_home_only(path):
    assert homeless_imports(module_name(path), path.read_text("utf-8")) == set()


@pytest.mark.parametrize("path", app_files(), ids=relative)
def test_the_app_serves_without_what_training_needs(path):
    used = set(imported_modules(path.read_text("utf-8")))
    assert {name for name in used if is_part_of(name, (*KERAS_HOMES, *TRAINERS))} == set()
    assert {name.split(".")[0] for name in used}.isdisjoint({"tensorflow", "keras", "shap"})


def test_the_rules_see_what_they_forbid():
    assert later_imports("m6rec_core.data.ids", "import m6rec_core.scorer.heads") != set()
    assert later_imports("m6rec_core.data.ids", "from m6rec_core import pipeline") != set()
    assert later_imports("m6rec_core.ranking.top_n", "import m6rec_core.ranking.lists") != set()
    assert later_imports("m6rec_core.ranking.top_n", "from m6rec_core.data.ids import x") == set()
    assert homeless_imports("m6rec_core.pipeline", "def f():\n    import keras") == {"keras"}
    assert homeless_imports("m6rec_core.figures.theme", "import plotly.graph_objects") == set()


PROBE = """
import importlib, json, sys
found = {}
for module in json.loads(sys.argv[1]):
    before = set(sys.modules)
    importlib.import_module(module)
    pulled = {name.split(".")[0] for name in set(sys.modules) - before} & set(sys.argv[2:])
    if pulled:
        found[module] = sorted(pulled)
print(json.dumps(found))
"""


def test_importing_any_other_module_opens_no_slow_library():
    may_be_slow = (*KERAS_HOMES, *TRAINERS, "figures")
    modules = [
        module for module in map(module_name, core_files()) if not is_part_of(module, may_be_slow)
    ]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(modules), *SLOW],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {}

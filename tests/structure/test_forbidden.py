"""What the product's code must not contain, whoever writes it."""

import ast
import re
from pathlib import Path

import pytest

from sources import ROOT, imported_modules, product_files, relative, string_literals

UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
UNSAFE_CALLS = {"eval", "exec", "__import__"}
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b|\brgba?\(")
COLOUR_HOME = "m6rec_core/figures/theme.py"
LONGEST_FILE, LONGEST_BODY = 330, 50  # lines; most are far shorter
LARGEST_FILE = 5 * 2**20
NOT_OURS = {".git", ".venv", ".m6rec", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
product = pytest.mark.parametrize("path", product_files(), ids=relative)


def unsafe_uses(source: str) -> set[str]:
    """Ways to run what came from outside: pickles, evaluated text, shells, raw HTML."""
    found = {name.split(".")[0] for name in imported_modules(source)} & UNSAFE_MODULES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in UNSAFE_CALLS:
                found.add(node.func.id)
            found.update(
                word.arg
                for word in node.keywords
                if word.arg in ("allow_pickle", "unsafe_allow_html", "shell")
                and not (isinstance(word.value, ast.Constant) and word.value.value is False)
            )
    return found


def colours(source: str) -> list[str]:
    """Texts in the code that hold a colour."""
    return [text for text in string_literals(source) if COLOUR.search(text)]


def bodies(source: str) -> dict[str, int]:
    """Function → lines of its body, without signature and docstring."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    return {
        function.name: function.body[-1].end_lineno - function.body[skipped].lineno + 1
        for function in functions
        for skipped in [int(ast.get_docstring(function) is not None and len(function.body) > 1)]
    }


@product
def test_nothing_from_outside_can_be_run(path):
    assert unsafe_uses(path.read_text("utf-8")) == set()


@product
def test_colours_live_in_the_theme_only(path):
    if relative(path) != COLOUR_HOME:
        assert colours(path.read_text("utf-8")) == []


def test_the_rules_see_what_they_forbid():
    assert unsafe_uses("import pickle\neval(x)\nnp.load(f, allow_pickle=True)") == {
        *("pickle", "eval", "allow_pickle"),
    }
    assert unsafe_uses("np.load(f, allow_pickle=False)\nmodel.compile()") == set()
    assert colours("line = dict(color='#0072B2')") == ["#0072B2"]
    assert bodies('def f():\n    "about"\n    a = 1\n    return a') == {"f": 2}
    assert colours("label = 'item #1234567'") == []


@product
def test_files_and_functions_stay_short_enough_to_be_read(path):
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= LONGEST_FILE
    assert {name: lines for name, lines in bodies(source).items() if lines > LONGEST_BODY} == {}


def test_no_file_is_larger_than_five_megabytes():
    ours = (path for path in ROOT.rglob("*") if path.is_file() and not _is_foreign(path))
    assert [relative(path) for path in ours if path.stat().st_size > LARGEST_FILE] == []


def _is_foreign(path: Path) -> bool:
    return not NOT_OURS.isdisjoint(path.relative_to(ROOT).parts)

"""The source files of the product, and what a syntax tree tells about one."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "m6rec_core"


def core_files() -> list[Path]:
    """Every module of the package."""
    return sorted(CORE.rglob("*.py"))


def page_files() -> list[Path]:
    """Every page of the app, without the helpers that pages share."""
    return sorted(path for path in ROOT.glob("pages/*/*.py") if path.parent.name != "shared")


def app_files() -> list[Path]:
    """The script of the app, its pages and what they share."""
    return [ROOT / "app.py", *sorted(ROOT.glob("pages/**/*.py"))]


def product_files() -> list[Path]:
    """Package and app: all code that runs at a user's."""
    return [*core_files(), *app_files()]


def relative(path: Path) -> str:
    """The path as it is written in messages and parameters."""
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    """Dotted name under which the file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(source: str) -> Iterator[str]:
    """Dotted name of everything that is imported, also inside functions.

    >>> sorted(imported_modules("import os.path\\ndef f():\\n    from a.b import c"))
    ['a.b', 'a.b.c', 'os.path']
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def string_literals(source: str) -> Iterator[str]:
    """Every text in the code that is not a docstring.

    >>> list(string_literals('def f():\\n    "about"\\n    return "value"'))
    ['value']
    """
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield node.value

"""The README's table of options, written from the options themselves: `python tests/support/readme_options.py`."""

from dataclasses import Field
from pathlib import Path
from typing import Any

from m6rec_core.config import options

README = Path(__file__).resolve().parents[2] / "README.md"
START, END = "<!-- options: start -->", "<!-- options: end -->"


def table() -> str:
    """Markdown rows: key, default, permitted values, meaning."""
    rows = ["| key | default | permitted | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{key}` | {_value(about.default)} | {_permitted(about)} | {_sentence(about)} |"
        for key, about in options()
    ]
    return "\n".join(rows)


def with_table(text: str) -> str:
    """The README with a fresh table between its two marks."""
    head, _, rest = text.partition(START)
    _, _, tail = rest.partition(END)
    return f"{head}{START}\n{table()}\n{END}{tail}"


def _value(value: Any) -> str:
    if value == "":
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _permitted(about: Field[Any]) -> str:
    if about.metadata["choices"]:
        return ", ".join(f"`{choice}`" for choice in about.metadata["choices"])
    if isinstance(about.default, bool):
        return "`true`, `false`"
    if isinstance(about.default, str):
        return "text"
    low, high = about.metadata["low"], about.metadata["high"]
    low = 0 if low is None and isinstance(about.default, int) else low
    words = [f"≥ {low:g}"] if low is not None else []
    words += [f"≤ {high:g}" if high < 1e6 else f"≤ {high:,}"] if high is not None else []
    return ", ".join(words) or "number"


def _sentence(about: Field[Any]) -> str:
    return str(about.metadata["help"]).replace("|", "\\|")


if __name__ == "__main__":
    README.write_text(with_table(README.read_text("utf-8")), "utf-8")

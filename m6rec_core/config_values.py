"""Values of options as they come from outside: read, named, converted and checked."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import Field
from pathlib import Path
from typing import Any

from m6rec_core.errors import ConfigError


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; ConfigError when it is missing or no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"There is no configuration file '{path}'. Check its path.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"'{path}' is not valid TOML: {error}. Mend that line.") from None


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, `{"scorer.epochs": 5, …}`."""
    made: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            made.update(flat(value, f"{prefix}{key}."))
        else:
            made[prefix + key] = value
    return made


def unknown_key(key: str, known: Iterable[str]) -> str:
    """What to say of an option that does not exist."""
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'?" if near else "See `python -m m6rec_core train --help`."
    return f"Unknown option '{key}'. {hint}"


def checked(key: str, value: Any, about: "Field[Any]") -> Any:
    """The value in the type of the option; ConfigError when it is not permitted."""
    kind = about.type if isinstance(about.type, type) else type(about.default)
    converted = _converted(key, value, kind)
    choices = about.metadata["choices"]
    if choices and converted not in choices:
        raise ConfigError(f"Option '{key}' is one of {', '.join(choices)}. Received: {value!r}.")
    low, high = about.metadata["low"], about.metadata["high"]
    if kind in (int, float):
        if kind is int and low is None:
            low = 0
        if (low is not None and converted < low) or (high is not None and converted > high):
            limits = f"at least {low}" if high is None else f"between {low} and {high}"
            raise ConfigError(f"Option '{key}' must be {limits}. Received: {value!r}.")
    return converted


def _converted(key: str, value: Any, kind: type) -> Any:
    if kind is bool:
        text = str(value).lower()
        if text not in ("true", "false", "1", "0", "yes", "no"):
            raise ConfigError(f"Option '{key}' is true or false. Received: {value!r}.")
        return text in ("true", "1", "yes")
    try:
        number = kind(value)
        if kind is int and number != float(value):
            raise ValueError
    except (TypeError, ValueError):
        word = {int: "a whole number", float: "a number"}.get(kind, "a text")
        raise ConfigError(f"Option '{key}' is {word}. Received: {value!r}.") from None
    if kind is float and number != number:
        raise ConfigError(f"Option '{key}' must be a number. Received: {value!r}.")
    return number

"""`--help` knows every command and every option that the README and the configuration know."""

import re
from pathlib import Path

import pytest

import command_line
from m6rec_core.config import options

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
CALLS = re.findall(r"^python -m m6rec_core (\w+) (.*)$", README, flags=re.MULTILINE)
COMMANDS = ("train", "tune", "recommend", "score", "evaluate", "explain", "export")


def test_the_readme_shows_every_command():
    assert {command for command, _ in CALLS} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_every_option_that_the_readme_uses(command):
    done = command_line.run(command, "--help")
    assert done.code == 0
    used = {
        word
        for name, words in CALLS
        if name == command
        for word in words.split()
        if word.startswith("-")
    }
    assert [word for word in sorted(used) if word not in done.out] == []


def test_help_of_train_names_every_configuration_key():
    shown = command_line.run("train", "--help").out
    assert [key for key, _ in options() if key not in shown] == []


def test_help_opens_quickly_without_the_slow_libraries():
    shown = command_line.run("--help", seconds=20)
    assert shown.code == 0
    assert [command for command in COMMANDS if command not in shown.out] == []

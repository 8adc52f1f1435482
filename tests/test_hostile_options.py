"""Whatever is given to an option: an answer in a few plain lines, and never a bug."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from shapecalc.cli import BUG, COMMANDS, NAMED, cli
from tests.command import run

VALUES = ("9" * 5_000, "a" * 100_000, "\x1b[31m\u202ea\nb", "N=٣/0", "-1")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")
BEHIND = {
    "explain": ["a.net", "conv1"], "reconcile": ["a.net", "--claimed", "params=3"], "convert": ["--to", "net", "a.net"],
    "compare": ["a.net", "a.net"], "zoo": [], "cache": [], "help": [],
}  # fmt: skip
"""What stands after the option in a command, where it is not a file alone."""


def options(command: str) -> list[click.Option]:
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    return [option for option in found.params if isinstance(option, click.Option) and not option.is_flag]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_value_of_an_option_is_a_bug(command: str, tmp_path: Path) -> None:
    for option in options(command):
        for value in VALUES:
            (tmp_path / "a.net").write_text("INPUT(8x8x3) => CONV(4, 3) => FC(10)\n", encoding="utf-8")
            done = run(command, option.opts[0], value, *BEHIND.get(command, ["a.net"]), cwd=tmp_path)
            assert done.returncode in (0, 1, 2)
            assert BUG not in done.stderr
            assert len(done.stderr) < 3_000, (option, value[:20])
            assert not CONTROLS.search(done.stderr)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_option_that_names_a_file_needs_one(command: str, tmp_path: Path) -> None:
    for option in options(command):
        for words in ([option.opts[-1], ""], [f"{option.opts[-1]}="]) if option.metavar in NAMED else ():
            done = run(command, *words, *BEHIND.get(command, ["a.net"]), cwd=tmp_path)
            assert done.returncode == 2
            assert f"{option.opts[-1]} needs {NAMED[option.metavar or '']}" in done.stderr
    assert not list(tmp_path.iterdir())

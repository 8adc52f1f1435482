"""Pages with commands in them: what each prints stands under it, and is held or written anew."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli

INDENT = "    "


class Step(NamedTuple):
    """A command as it stands on a page, and the lines under it."""

    command: str
    shown: str


def steps(block: str) -> Iterator[Step]:
    """The commands of a block; one goes on over as many lines as its quotes are open."""
    lines = iter(block.split("\n"))
    command, shown = "", []
    for line in lines:
        if line.startswith("$ "):
            if command:
                yield Step(command, "\n".join(shown))
            command, shown = line[2:], []
            while not is_closed(command):
                command += "\n" + next(lines)
        else:
            shown.append(line)
    yield Step(command, "\n".join(shown))


def is_closed(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


def rerun(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page with what its commands print now; `$ cat FILE` makes the file of the lines under it."""
    monkeypatch.chdir(folder)

    def block(found: re.Match[str]) -> str:
        text = re.sub(rf"^{INDENT}", "", found[0].rstrip("\n"), flags=re.MULTILINE)
        lines = [line for step in steps(text) for line in (f"$ {step.command}", *printed(step, folder))]
        return "\n".join(f"{INDENT}{line}".rstrip() for line in "\n".join(lines).split("\n")) + "\n"

    return re.sub(
        rf"^{INDENT}\$ (?:.*\n)(?:(?:{INDENT}.*)?\n(?={INDENT}|\n{INDENT}[^$]))*(?:{INDENT}.*\n)*",
        block,
        page,
        flags=re.MULTILINE,
    )


def printed(step: Step, folder: Path) -> list[str]:
    words = shlex.split(step.command)
    if words[0] == "cat":
        (folder / words[1]).write_text(step.shown + "\n", encoding="utf-8")
        return step.shown.split("\n")
    assert words[0] == "shapecalc", step.command
    done = CliRunner(env={"COLUMNS": ""}).invoke(cli, words[1:])
    assert done.exception is None or isinstance(done.exception, SystemExit), step.command
    return [line.rstrip() for line in done.output.rstrip("\n").split("\n")] if done.output.strip() else []

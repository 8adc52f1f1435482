"""GitHub's annotations: workflow commands that show every diagnostic beside the line that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shapecalc.display.annotations import Annotation, annotated
from shapecalc.display.style import Style, clean
from shapecalc.passes.report import CheckedNetwork
from shapecalc.rules.catalogue import rule_name

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
"""GitHub's command for every severity."""


def part(report: CheckedNetwork, style: Style) -> list[tuple[int, str]]:
    """A command for every diagnostic, each with its rank."""
    ranks = list(COMMANDS)
    return [(ranks.index(a.diagnostic.severity), _command(a)) for a in annotated(report, style)]


def whole(parts: Iterable[list[tuple[int, str]]], style: Style) -> Iterator[str]:
    """The commands, errors first: GitHub shows ten of a kind and step."""
    found = sorted((command for commands in parts for command in commands), key=lambda command: command[0])
    yield "".join(f"{command}\n" for _, command in found)


def _command(a: Annotation) -> str:
    places = {"file": clean(a.path), "line": str(a.line), "endLine": str(a.end_line)}
    if a.line == a.end_line:  # columns of several lines are refused
        places |= {"col": str(a.column), "endColumn": str(a.end_column)}
    places["title"] = f"{a.diagnostic.code} {rule_name(a.diagnostic.code)}"
    properties = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in places.items())
    return f"::{COMMANDS[a.diagnostic.severity]} {properties}::{_escaped(a.message)}"


def _escaped(text: str, more: str = "") -> str:
    """Percent signs first, then what ends a message, and in properties what ends those."""
    text = text.replace("%", "%25")
    for character in "\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text

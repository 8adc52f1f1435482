"""One output format a file, found by listing this folder.

A format is two functions: `part(report, style)` gives what it has to say of one network, in plain values that may come
from another process or from a file; `whole(parts, style)` puts the parts of all networks together, text by text.
Names and messages hold what people typed: `clean` of display/style.py keeps each in one line. Whatever else would
be more than text to a terminal or to the log of a CI is taken out of what `whole` gives.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.record import NamedTuple, replace
from shapecalc.diagnostics.registration import load_file, modules_of
from shapecalc.display.style import UNPRINTABLE, Style, as_ascii, clean, inert

if TYPE_CHECKING:
    from shapecalc.passes.report import Report


class OutputFormat(NamedTuple):
    """The two functions of a format."""

    part: Callable[[Report, Style], Any]
    assemble: Callable[[Iterable[Any], Style], Iterator[str]]
    """The module's `whole`."""
    commands: bool = False
    """Lines that begin with `::` are commands to a CI: the module says so by a table COMMANDS."""

    def whole(self, parts: Iterable[Any], style: Style) -> Iterator[str]:
        """The text, of which only colours that the style asks for are more than text."""
        for piece in self.assemble(parts, style):
            printable = piece.replace("\n", "").isprintable()  # most is: it needs no look at every character
            text = piece if printable else (_COLOURED if style.color else UNPRINTABLE).sub(_visible, piece)
            text = text if self.commands else inert(text)
            yield text if style.unicode else as_ascii(text)

    def render(self, reports: Sequence[Report], style: Style) -> str:
        """The whole text at once."""
        style = replace(style, alone=len(reports) == 1)
        return "".join(self.whole([self.part(report, style) for report in reports], style))


_COLOURED = lazy_pattern(rf"(\x1b\[[\d;]*m)|{UNPRINTABLE.pattern}")


def _visible(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("\x1b[") else clean(found[0])


MEMBERS = {
    "part": "def part(report: CheckedNetwork, style: Style) -> Any",
    "whole": "def whole(parts: Iterable[Any], style: Style) -> Iterator[str]",
}
"""What an output format must define."""


def formats() -> list[str]:
    """Names of the output formats: the files of renderers/."""
    return modules_of(os.path.dirname(__file__))


def output_format(name: str) -> OutputFormat:
    """A format by its name. Raises RegistrationError where its file lacks a function."""
    module = load_file(__name__, name, MEMBERS)
    return OutputFormat(module.part, module.whole, "COMMANDS" in vars(module))

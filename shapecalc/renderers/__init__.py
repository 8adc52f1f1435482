"""One output format a file, found by listing this folder.

A format is two functions: `part(report, style)` gives what it has to say of one network, in plain values that may come
from another process or from a file; `whole(parts, style)` puts the parts of all networks together, text by text.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from shapecalc.display.style import Style
from shapecalc.passes.report import Report


class OutputFormat(NamedTuple):
    """The two functions of a format."""

    part: Callable[[Report, Style], Any]
    whole: Callable[[Iterable[Any], Style], Iterator[str]]

    def render(self, reports: Sequence[Report], style: Style) -> str:
        """The whole text at once."""
        style = replace(style, alone=len(reports) == 1)
        return "".join(self.whole([self.part(report, style) for report in reports], style))


def formats() -> list[str]:
    """Names of the output formats: the files of renderers/."""
    folder = os.path.dirname(__file__)
    return sorted(f[:-3] for f in os.listdir(folder) if f.endswith(".py") and not f.startswith("_"))


def output_format(name: str) -> OutputFormat:
    """A format by its name."""
    module = importlib.import_module(f"shapecalc.renderers.{name}")
    return OutputFormat(module.part, module.whole)

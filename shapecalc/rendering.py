"""What a renderer is told beside the reports, and how renderers are found."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from shapecalc.report import Report


@dataclass(frozen=True, slots=True)
class Style:
    """How people want to see it. Formats for programs ignore most of it."""

    width: int | None = None
    """Columns of the terminal; None off a terminal, where nothing is cut."""
    color: bool = False
    unicode: bool = True
    """Whether the stream can show bars and arrows."""
    layout: Literal["whd", "hwc", "chw"] = "whd"
    """Order in which volumes are shown to people."""
    expand: bool = False
    """Whether repeated rows are written out rather than folded."""
    columns: tuple[str, ...] = ()
    """Columns to show, in order; empty for the usual ones."""
    units: Literal["iec", "si"] = "iec"
    notes: bool = False
    """Whether notes are shown in full rather than counted."""
    quiet: bool = False
    """Whether only diagnostics are shown."""


Render = Callable[[Sequence[Report], Style], str]


def formats() -> list[str]:
    """Names of the output formats: the files of renderers/."""
    folder = os.path.join(os.path.dirname(__file__), "renderers")
    return sorted(f[:-3] for f in os.listdir(folder) if f.endswith(".py") and not f.startswith("_"))


def renderer(name: str) -> Render:
    """The renderer of a format: `render(reports, style)` of its module, which returns the whole text."""
    return importlib.import_module(f"shapecalc.renderers.{name}").render  # type: ignore[no-any-return]

"""One output format a file, found by listing this folder."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence

from shapecalc.display.style import Style
from shapecalc.passes.report import Report

Render = Callable[[Sequence[Report], Style], str]


def formats() -> list[str]:
    """Names of the output formats: the files of renderers/."""
    folder = os.path.dirname(__file__)
    return sorted(f[:-3] for f in os.listdir(folder) if f.endswith(".py") and not f.startswith("_"))


def renderer(name: str) -> Render:
    """The renderer of a format: `render(reports, style)` of its module, which returns the whole text."""
    return importlib.import_module(f"shapecalc.renderers.{name}").render  # type: ignore[no-any-return]

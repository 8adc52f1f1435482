"""From what was chosen on the command line to the options that the passes take."""

from __future__ import annotations

import os
import re
import sys
from typing import Any, TypeVar

from shapecalc.cli.refused import refusing, terminal_width
from shapecalc.cli.values import bindings
from shapecalc.core.record import Record, field_names
from shapecalc.display.style import Style
from shapecalc.expansion.options import Options

R = TypeVar("R", bound=Record)


def of_options(kind: type[R], chosen: dict[str, Any], **otherwise: Any) -> R:
    """A record whose fields are the options that are called like them, but for those that are given otherwise."""
    return kind(**{name: chosen[name] for name in field_names(kind) if name in chosen} | otherwise)


def expand_options(chosen: dict[str, Any]) -> Options:
    """What fixes a diagram: open names, input, classes, optional parts, the largest size."""
    given = bindings(chosen["sets"])
    return of_options(Options, chosen, bindings=given, input=chosen["input_"], most_layers=chosen["max_layers"])


def style(chosen: dict[str, Any]) -> Style:
    """How the result is shown on standard output. Raises UsageError for unknown columns."""
    columns = tuple(c.strip() for c in (chosen["columns"] or "").split(",") if c.strip())
    if columns:
        from shapecalc.display.columns import check_columns

        with refusing(ValueError, usage=True, of="--columns"):
            check_columns(columns)
    return of_options(
        Style,
        chosen,
        width=chosen["width"] or terminal_width(),
        color=wants_color(chosen["color"]),
        unicode=shows_unicode(),
        expand=chosen["unfold"],
        columns=columns,
        notes=bool(chosen["notes"]),
        indent=chosen["indent"] or sys.stdout.isatty(),
        sort=chosen["sort"] or "name",
        pages=_rule_pages(),
    )


def _rule_pages() -> str:
    """The address of shapecalc/rules/README.md in the web, as the action gives it; nothing where it is no address."""
    address = os.environ.get("SHAPECALC_RULE_PAGES", "")
    return address if address and re.fullmatch(r"https://[\w.:-]+(/[\w.~@%+-]+)+", address, re.ASCII) else ""


def wants_color(choice: str, stream: Any = None) -> bool:
    """One policy for every stream: --color, then NO_COLOR, FORCE_COLOR, then a terminal that is not dumb."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return os.environ["FORCE_COLOR"] != "0"
    return (stream or sys.stdout).isatty() and os.environ.get("TERM") != "dumb"


def shows_unicode() -> bool:
    """Whether standard output can show every character."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")

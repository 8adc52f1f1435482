"""From what was chosen on the command line to the options that the passes take."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

from shapecalc.cli.refused import refusing
from shapecalc.cli.values import bindings
from shapecalc.display.style import Style
from shapecalc.expansion.options import Options


def expand_options(chosen: dict[str, Any]) -> Options:
    """What fixes a diagram: open names, input, classes, optional parts, the largest size."""
    return Options(
        bindings(chosen["sets"]),
        chosen["input_"],
        chosen["classes"],
        chosen["optional"],
        chosen["max_layers"],
        chosen["member"],
    )


def style(chosen: dict[str, Any]) -> Style:
    """How the result is shown on standard output. Raises UsageError for unknown columns."""
    columns = tuple(c.strip() for c in (chosen["columns"] or "").split(",") if c.strip())
    if columns:
        from shapecalc.display.columns import check_columns

        with refusing(ValueError, usage=True, of="--columns"):
            check_columns(columns)
    return Style(
        width=chosen["width"] or terminal_width(),
        color=wants_color(chosen["color"]),
        unicode=shows_unicode(),
        layout=chosen["layout"],
        expand=chosen["unfold"],
        columns=columns,
        units=chosen["units"],
        scale=chosen["scale"],
        notes=bool(chosen["notes"]),
        quiet=chosen["quiet"],
        indent=chosen["indent"] or sys.stdout.isatty(),
        stat=chosen["stat"],
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


def terminal_width() -> int | None:
    """Columns of the terminal; None when standard output is none, unless COLUMNS says otherwise."""
    if os.environ.get("COLUMNS", "").isdigit() and int(os.environ["COLUMNS"]) > 0:
        return int(os.environ["COLUMNS"])
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns

"""How people want to see reports."""

from __future__ import annotations

from typing import Literal

from shapecalc.core.record import Record


class Style(Record):
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
    scale: Literal["sqrt", "log"] = "sqrt"
    """How sizes become lengths in a picture."""
    notes: bool = False
    """Whether notes are shown in full rather than counted."""
    quiet: bool = False
    """Whether only diagnostics are shown."""
    alone: bool = True
    """Whether there is just one network."""
    indent: bool = False
    """Whether JSON is written on several lines."""
    stat: bool = False
    """Whether all networks stand in one table, a row each, sorted by `sort`."""
    sort: str = "name"
    """One of SORTS."""
    pages: str = ""
    """The address of the rules' pages, where they are in the web."""


SORTS = ("name", "params", "macs", "memory", "field")
"""By what a table of networks can be sorted."""

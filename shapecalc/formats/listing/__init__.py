"""Listings: a layer a line, with its claimed figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.formats.listing.chain import is_listing, parse_listing
from shapecalc.language import syntax

if TYPE_CHECKING:
    from shapecalc.formats.read import Head, Options

RANK = 60
"""After the tables that programs print, which look like nothing else."""


def accepts(path: str, head: Head) -> bool:
    """Whether most lines are those of a listing."""
    return isinstance(head, str) and is_listing(head)


def read(source: Source, problems: list[Diagnostic], options: Options) -> syntax.Diagram:
    """One chain of layers with claims. Raises Diagnosed with every line that cannot be read."""
    return parse_listing(source.text)

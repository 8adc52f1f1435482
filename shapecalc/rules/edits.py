"""Edits that rules offer: an argument of a layer with another value, where its text stands for it alone."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Fix
from shapecalc.passes.graph import Node


def with_argument(node: Node, letter: str, word: str, title: str) -> tuple[Fix, ...]:
    """The fix that gives an argument a word as its value; none where the text stands for other layers too."""
    from shapecalc.repairs.candidate import written

    edits = written(node, {letter: word}) if node.literal else ()
    return (Fix(title, edits),) if edits else ()

"""Edits that rules offer, where the text of a layer means that layer alone; they are tried before they are shown."""

from __future__ import annotations

from typing import Literal

from shapecalc.core.patterns import lazy_pattern
from shapecalc.diagnostics.diagnostic import Edit, Fix
from shapecalc.passes.graph import Node
from shapecalc.rules.rule import Context

_ARROW = r"(?:=>|->|→|⇒)"
_BEFORE = lazy_pattern(rf"[ \t]*{_ARROW}\s*$")
_BETWEEN = lazy_pattern(rf"\s*{_ARROW}\s*")
_REST_OF_LINE = lazy_pattern(r"[ \t]*\n?")
_HANGS_ON = lazy_pattern(r"[ \t]*(?::|\?|\*|as\b|share\b)")
"""What belongs to the layer before it: a claim, a count, a name."""
_NEAR = 200
"""Characters before a layer that are looked at for its arrow."""

Fixes = tuple[Fix, ...]


def with_argument(node: Node, letter: str, word: str, title: str) -> Fixes:
    """The fix that gives an argument a word or a number as its value."""
    from shapecalc.repairs.candidate import written

    edits = written(node, {letter: word}) if node.literal else ()
    return (Fix(title, edits),) if edits else ()


def replaced(node: Node, text: str) -> Fixes:
    """The fix that writes something else in the place of a layer."""
    return (Fix(f"write {text}", (Edit(node.span, text),)),) if node.literal and node.call else ()


def preceded(node: Node, text: str) -> Fixes:
    """The fix that writes a layer in front of another."""
    start = node.span[0]
    return (Fix(f"write {text} before it", (Edit((start, start), f"{text} => "),)),) if _is_free(node) else ()


def followed(node: Node, text: str, context: Context) -> Fixes:
    """The fix that writes a layer after another."""
    end = node.span[1]
    if not _is_free(node) or _HANGS_ON.match(context.source.text, end):
        return ()
    return (Fix(f"write {text} after it", (Edit((end, end), f" => {text}"),)),)


def removed(node: Node, context: Context) -> Fixes:
    """The fix that takes a layer out, with the arrow before it."""
    start, end = node.span
    text = context.source.text
    arrow = _BEFORE.search(text, max(0, start - _NEAR), start)
    if arrow is None or not _is_free(node) or _HANGS_ON.match(text, end):
        return ()
    first = arrow.start()
    at_line_start = first == 0 or text[first - 1 : first] == "\n"
    if at_line_start:  # what follows on the line goes on there; an empty line goes with it
        rest = _REST_OF_LINE.match(text, end)
        end = rest.end() if rest else end
    return (Fix(f"remove {node.text}", (Edit((first, end), ""),)),)


def swapped(first: Node, second: Node, context: Context, safety: Literal["safe", "unsafe"] = "unsafe") -> Fixes:
    """The fix that writes two neighbours in the other order."""
    text = context.source.text
    together = _BETWEEN.fullmatch(text, first.span[1], second.span[0])
    if not (_is_free(first) and _is_free(second) and together) or _HANGS_ON.match(text, second.span[1]):
        return ()
    one, two = text[slice(*first.span)], text[slice(*second.span)]
    return (Fix(f"write {two} => {one}", (Edit(first.span, two), Edit(second.span, one)), safety),)


def _is_free(node: Node) -> bool:
    return node.literal and node.call is not None

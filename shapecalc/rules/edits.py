"""Edits that rules offer: an argument of a layer with another value, where its text stands for it alone."""

from __future__ import annotations

from dataclasses import replace

from shapecalc.diagnostics.diagnostic import Edit, Fix
from shapecalc.language import syntax
from shapecalc.language.unparse import show_call
from shapecalc.passes.graph import Node
from shapecalc.registry import find_argument


def with_argument(node: Node, letter: str, word: str, title: str) -> tuple[Fix, ...]:
    """The fix that gives an argument a word as its value; none where the text stands for other layers too."""
    call, layer = node.call, node.layer
    if not node.literal or call is None or call.short or layer is None:
        return ()
    new = syntax.Argument(letter, syntax.Name(word, node.span), call.span)
    kept = []
    for place, argument in enumerate(call.arguments):
        found = find_argument(type(layer), argument.name) if argument.name else layer.signature[place]
        if found is None or found.letter != letter:
            kept.append(argument)
    text = show_call(replace(call, arguments=(*kept, new)))
    return (Fix(title, (Edit(node.span, text),)),)

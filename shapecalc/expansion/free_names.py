"""The names that a part of the syntax tree mentions, and those of them that it takes from outside of itself."""

from __future__ import annotations

from shapecalc.language import syntax
from shapecalc.language.walk import walk


def names_in(part: object) -> set[str]:
    """Every name that a part of the syntax tree mentions as a value."""
    return {thing.name for thing in walk(part) if isinstance(thing, syntax.Name)}


def free_names(part: object) -> set[str]:
    """The names that a part of the syntax tree takes from outside of it: not its parameters, nor those of a `for`."""
    free = set[str]()
    for thing in walk(part, syntax.Comprehension, syntax.Block):
        if isinstance(thing, syntax.Name):
            free.add(thing.name)
        elif isinstance(thing, syntax.Comprehension):
            free |= (free_names(thing.chain) - set(thing.names)) | free_names(thing.values)
        elif isinstance(thing, syntax.Block):
            bound = free_names(thing.body)
            for parameter in reversed(thing.parameters):
                bound = (bound - {parameter.name}) | free_names(parameter.default)
            free |= bound
    return free


def all_lets(diagram: syntax.Diagram) -> tuple[syntax.Let, ...]:
    """The lets of the settings, then those of the text, in order."""
    return (*diagram.settings.lets, *(s for s in diagram.statements if isinstance(s, syntax.Let)))

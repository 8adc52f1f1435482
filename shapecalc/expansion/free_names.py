"""The names that a part of the syntax tree mentions, and those of them that it takes from outside of itself."""

from __future__ import annotations

from shapecalc.language import syntax
from shapecalc.language.walk import inside, walk


def names_in(part: object) -> set[str]:
    """Every name that a part of the syntax tree mentions as a value."""
    return {thing.name for thing in walk(part) if isinstance(thing, syntax.Name)}


def free_names(part: object) -> set[str]:
    """The names that a part of the syntax tree takes from outside of it: not its parameters, nor those of a `for`."""
    match part:
        case None:
            return set()
        case syntax.Name(name):
            return {name}
        case syntax.Comprehension(chain, names, values):
            return (free_names(chain) - set(names)) | free_names(values)
        case syntax.Block(parameters=parameters, body=body):
            free = free_names(body)
            for parameter in reversed(parameters):
                free = (free - {parameter.name}) | free_names(parameter.default)
            return free
    return set().union(*map(free_names, inside(part)))


def all_lets(diagram: syntax.Diagram) -> tuple[syntax.Let, ...]:
    """The lets of the settings, then those of the text, in order."""
    return (*diagram.settings.lets, *(s for s in diagram.statements if isinstance(s, syntax.Let)))

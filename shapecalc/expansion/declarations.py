"""The names of a diagram: which a part mentions, which are words, and what is wrong with those that are declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from shapecalc.core.padding import padding
from shapecalc.core.parameters import Word, along_axis, flag, rounding, words_of
from shapecalc.diagnostics.diagnostic import Diagnostic, Related, Span, report
from shapecalc.language import syntax
from shapecalc.language.walk import items, walk
from shapecalc.registry import layers_with


class GivenWord(Word):
    """A word that came from outside as a value: it never stands for an open name."""


@cache
def is_argument_word(name: str) -> bool:
    """Whether a name, whatever its case, is a word that an argument of some layer takes."""
    word = name.lower()
    return word in COMMON_WORDS or any(word in a.words for layer in layers_with(word) for a in layer.signature)


COMMON_WORDS = frozenset(word for many in (along_axis, flag, padding, rounding) for word in words_of(many))
"""The words that stand in the files of no layer, as many take them."""


def word_for_arguments(name: str) -> str:
    """Why a name cannot be one."""
    return f"{name} is a word that arguments take as a value, so it cannot be a name"


def is_open(value: object) -> bool:
    """Whether a value is a word that nothing but a missing name explains."""
    return isinstance(value, Word) and not isinstance(value, GivenWord) and not is_argument_word(value)


# --- names that are mentioned ---------------------------------------------------------------------


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


def declaration_diagnostics(diagram: syntax.Diagram) -> Iterator[Diagnostic]:
    """SHP112 for names that are defined twice or are words of arguments, SHP120 for unused blocks."""
    yield from _once((let.name, let.name_span) for let in all_lets(diagram))
    for statement in diagram.statements:
        if isinstance(statement, syntax.Bound):
            yield from _no_word(statement.name, statement.span)
        elif isinstance(statement, syntax.Block):
            yield from _once(((p.name, p.span) for p in statement.parameters), f" among the values of {statement.name}")
    for item in items(diagram.statements):
        if isinstance(item, syntax.Comprehension):
            yield from _once(((name, item.span) for name in item.names), " among the names of one for")
    yield from _unused_blocks(diagram)


def _once(names: Iterable[tuple[str, Span]], where: str = "") -> Iterator[Diagnostic]:
    """SHP112 for every name that is defined twice, and for those that are words of arguments."""
    first: dict[str, Span] = {}
    for name, span in names:
        yield from _no_word(name, span)
        if name in first:
            yield report(
                "SHP112",
                f"{name} is defined twice{where}",
                span,
                related=(Related(first[name], "first defined here"),) if first[name] != span else (),
                help=("remove one of the two, or give it another name",),
            )
        first.setdefault(name, span)


def _no_word(name: str, span: Span) -> Iterator[Diagnostic]:
    if is_argument_word(name):
        yield report(
            "SHP112",
            word_for_arguments(name),
            span,
            help=(f"rename it, for example {name}_1",),
        )


def _unused_blocks(diagram: syntax.Diagram) -> Iterator[Diagnostic]:
    """SHP120 for the blocks that no chain uses, neither itself nor through other blocks."""
    unused = {s.name.lower(): s for s in diagram.statements if isinstance(s, syntax.Block)}
    waiting = [s for s in diagram.statements if isinstance(s, syntax.Chain)] if unused else []
    while waiting:
        for item in items(waiting.pop()):
            used = unused.pop(item.name.lower(), None) if isinstance(item, syntax.Call) and not item.short else None
            if used is not None:
                waiting.append(used.body)
    for block in unused.values():
        yield report(
            "SHP120",
            f"block {block.name} is never used, so its body was not checked",
            block.name_span,
            severity="warning",
            help=("use it like a layer, or remove it",),
        )

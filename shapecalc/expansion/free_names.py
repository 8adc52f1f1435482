"""The names that a text declares (lets, parameters, names of a `for`, blocks), and those that it leaves free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain as joined
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnostic, Related, Span, report
from shapecalc.expansion.open_words import is_argument_word
from shapecalc.language import syntax


def declaration_diagnostics(diagram: syntax.Diagram) -> Iterator[Diagnostic]:
    """What is wrong with declarations: SHP112 for names that stand twice or are words, SHP120 for unused blocks."""
    yield from _once((let.name, let.name_span) for let in all_lets(diagram))
    chains: list[syntax.Chain] = []
    for statement in diagram.statements:
        if isinstance(statement, syntax.Chain):
            chains.append(statement)
        elif isinstance(statement, syntax.Bound):
            yield from _no_word(statement.name, statement.span)
        elif isinstance(statement, syntax.Block):
            chains.append(statement.body)
            yield from _once(((p.name, p.span) for p in statement.parameters), f" among the values of {statement.name}")
    for item in joined.from_iterable(map(items, chains)):
        if isinstance(item, syntax.Comprehension):
            yield from _once(((name, item.span) for name in item.names), " among the names of one for")
    yield from _unused_blocks(diagram)


def all_lets(diagram: syntax.Diagram) -> tuple[syntax.Let, ...]:
    """The lets of the settings, then those of the text, in order."""
    return (*diagram.settings.lets, *(s for s in diagram.statements if isinstance(s, syntax.Let)))


def items(chain: syntax.Chain) -> Iterator[syntax.Item]:
    """Every item of a chain, and every item inside of those."""
    stack: list[syntax.Item] = [*chain.items]
    while stack:
        item = stack.pop()
        yield item
        if isinstance(item, syntax.Group | syntax.Comprehension):
            stack.extend(item.chain.items)
        elif isinstance(item, syntax.Repeat | syntax.Optional | syntax.Named | syntax.Claimed):
            stack.append(item.item)
        elif isinstance(item, syntax.Branch):
            stack.extend(inner for branch in item.chains for inner in branch.items)


def names_in(part: Any) -> set[str]:
    """Every name that a part of the syntax tree mentions as a value."""
    names: set[str] = set()
    stack: list[Any] = [part]
    while stack:
        thing = stack.pop()
        if isinstance(thing, syntax.Name):
            names.add(thing.name)
        elif isinstance(thing, tuple):
            stack += thing
        elif hasattr(thing, "__slots__"):
            stack += [getattr(thing, slot) for slot in thing.__slots__]
    return names


def free_names(part: Any) -> set[str]:
    """The names that a part of the syntax tree takes from outside of it: not its parameters, nor those of a `for`."""
    if isinstance(part, syntax.Name):
        return {part.name}
    if isinstance(part, syntax.Comprehension):
        return (free_names(part.chain) - set(part.names)) | free_names(part.values)
    if isinstance(part, syntax.Block):
        names = free_names(part.body)
        for parameter in reversed(part.parameters):
            names = (names - {parameter.name}) | free_names(parameter.default)
        return names
    if isinstance(part, tuple):
        return set().union(*(free_names(inner) for inner in part))
    slots = getattr(part, "__slots__", ())
    return set().union(*(free_names(getattr(part, slot)) for slot in slots))


def _once(names: Iterable[tuple[str, Span]], where: str = "") -> Iterator[Diagnostic]:
    """SHP112 for every name that stands twice, and for those that are words of arguments."""
    first: dict[str, Span] = {}
    for name, span in names:
        yield from _no_word(name, span)
        if name in first:
            yield report(
                "SHP112",
                f"{name} is defined twice{where}",
                span,
                related=(Related(first[name], "first defined here"),) if first[name] != span else (),
            )
        first.setdefault(name, span)


def _no_word(name: str, span: Span) -> Iterator[Diagnostic]:
    if is_argument_word(name):
        yield report(
            "SHP112",
            f"{name} is a word that arguments take, and no name of a diagram can be called so",
            span,
            help=(f"call it {name}_1, say",),
        )


def _unused_blocks(diagram: syntax.Diagram) -> Iterator[Diagnostic]:
    """SHP120 for the blocks that no chain uses, neither itself nor through other blocks."""
    blocks = {s.name.lower(): s for s in diagram.statements if isinstance(s, syntax.Block)}
    if not blocks:
        return
    waiting = [s for s in diagram.statements if isinstance(s, syntax.Chain)]
    unused = dict(blocks)
    while waiting:
        for item in items(waiting.pop()):
            if isinstance(item, syntax.Call) and not item.short:
                used = unused.pop(item.name.lower(), None)
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

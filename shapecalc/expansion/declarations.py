"""What is wrong with the declarations of a diagram: names that are defined twice or are words, blocks without a use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shapecalc.diagnostics.diagnostic import Diagnostic, Related, Span, report
from shapecalc.expansion.free_names import all_lets
from shapecalc.expansion.open_words import is_argument_word, word_for_arguments
from shapecalc.language import syntax
from shapecalc.language.walk import items


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

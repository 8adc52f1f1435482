"""What the names of a `for` stand for, turn by turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shapecalc.core.parameters import Sizes, Value
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.expansion.evaluate import Open, OpenName, Scope, numbers
from shapecalc.expansion.scope import Names
from shapecalc.language import syntax


def iterations(
    item: syntax.Comprehension, scope: Scope, names: Names, most: int
) -> tuple[int, Iterator[dict[str, Any]]]:
    """How many turns there are, and the values of the names in each; what is wrong is in the findings of `names`.

    Raises Findings SHP109 where there are more than `most`.
    """
    runs = [run for expression in item.values for run in _runs(expression, item, scope, names, most)]
    values = (value if len(item.names) > 1 else (value,) for run in runs for value in run)
    return sum(map(len, runs)), (dict(zip(item.names, parts, strict=True)) for parts in values)


def _runs(
    expression: syntax.Expression, item: syntax.Comprehension, scope: Scope, names: Names, most: int
) -> Iterator[Sequence[Any]]:
    """The values of an expression, if each is as many as there are names."""
    values = _values(expression, scope, names, most)
    first = values[0] if values else None
    wanted = len(item.names)
    given = len(first) if isinstance(first, tuple) and not isinstance(first, Sizes) else 1
    if not values or given == wanted:
        yield values
        return
    names.diagnostics.append(
        report(
            "SHP103",
            f"{wanted} {'name' if wanted == 1 else 'names'} ({', '.join(item.names)}) "
            f"{'is' if wanted == 1 else 'are'} given {given} {'value' if given == 1 else 'values'}",
            expression.span,
            label=f"expected {wanted} {'value' if wanted == 1 else 'values'}, found {given}",
        )
    )


def _values(expression: syntax.Expression, scope: Scope, names: Names, most: int) -> Sequence[Value | Open]:
    if not isinstance(expression, syntax.Range):
        return (names.argument(expression, scope),)
    try:
        span = numbers(expression, scope)
    except OpenName as problem:
        names.note(problem)
        return ()
    except Diagnosed as problem:
        names.diagnostics.extend(problem.diagnostics)
        return ()
    if len(span) > most:
        raise Diagnosed(report("SHP109", f"{len(span):,} turns are more than there may be layers", expression.span))
    return span

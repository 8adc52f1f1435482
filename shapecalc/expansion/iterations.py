"""What the names of a `for` stand for, iteration by iteration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shapecalc.core.parameters import Sizes, Value
from shapecalc.core.phrases import counted, plural
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, report
from shapecalc.expansion.evaluate import Open, Scope, length, numbers
from shapecalc.expansion.scope import Names
from shapecalc.language import syntax


def iterations(
    item: syntax.Comprehension, scope: Scope, names: Names, most: int
) -> tuple[int, Iterator[dict[str, Any]]]:
    """How many iterations there are, and the values of the names in each; what is wrong is reported to `names`.

    Raises Diagnosed SHP109 where there are more than `most`.
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
    given = len(first) if isinstance(first, tuple) and not isinstance(first, Sizes) else 1
    if not values or given == len(item.names):
        yield values
    else:
        names.diagnostics.append(_wrong_number(item, given, expression))


def _wrong_number(item: syntax.Comprehension, given: int, expression: syntax.Expression) -> Diagnostic:
    wanted = len(item.names)
    return report(
        "SHP103",
        f"{counted(wanted, 'name')} ({', '.join(item.names)}) {plural(wanted, 'is', 'are')} "
        f"given {counted(given, 'value')}",
        expression.span,
        label=f"expected {counted(wanted, 'value')}, found {given}",
    )


def _values(expression: syntax.Expression, scope: Scope, names: Names, most: int) -> Sequence[Value | Open]:
    if not isinstance(expression, syntax.Range):
        return (names.argument(expression, scope),)
    span = range(0)
    with names.noted:
        span = numbers(expression, scope)
    if (count := length(span)) > most:
        message = f"the loop has {count:,} iterations, more than --max-layers ({most:,})"
        raise Diagnosed(report("SHP109", message, expression.span))
    return span

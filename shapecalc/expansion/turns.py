"""What the names of a `for` stand for, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecalc import syntax
from shapecalc.arguments import Sizes, Value
from shapecalc.diagnostics import Findings, finding
from shapecalc.expansion.evaluate import Open, OpenName, Scope, numbers
from shapecalc.expansion.names import Names


def turns(item: syntax.Comprehension, scope: Scope, names: Names, most: int) -> list[dict[str, Any]]:
    """The values of the names in each turn; what is wrong with them is in the findings of `names`.

    Raises Findings SHP109 where there are more than `most`.
    """
    found: list[dict[str, Any]] = []
    for expression in item.values:
        for value in _values(expression, scope, names, most):
            parts = value if isinstance(value, tuple) and not isinstance(value, Sizes) else (value,)
            if len(parts) == len(item.names):
                found.append(dict(zip(item.names, parts, strict=True)))
                continue
            wanted, given = len(item.names), len(parts)
            names.findings.append(
                finding(
                    "SHP103",
                    f"{wanted} {'name' if wanted == 1 else 'names'} ({', '.join(item.names)}) "
                    f"{'is' if wanted == 1 else 'are'} given {given} {'value' if given == 1 else 'values'}",
                    expression.span,
                    label=f"expected {wanted} {'value' if wanted == 1 else 'values'}, found {given}",
                )
            )
            break
    return found


def _values(expression: syntax.Expression, scope: Scope, names: Names, most: int) -> Sequence[Value | Open]:
    if not isinstance(expression, syntax.Range):
        return (names.argument(expression, scope),)
    try:
        span = numbers(expression, scope)
    except OpenName as problem:
        names.note(problem)
        return ()
    except Findings as problem:
        names.findings.extend(problem.diagnostics)
        return ()
    if len(span) > most:
        raise Findings(finding("SHP109", f"{len(span):,} turns are more than there may be layers", expression.span))
    return span

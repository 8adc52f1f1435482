"""Calls that are ours already, with what those who know a framework write in them."""

from __future__ import annotations

from shapecalc.core.record import replace
from shapecalc.dialects.framework_of import numbers_of
from shapecalc.language import syntax
from shapecalc.registry import by_name

NORMS = {"BN": 0, "IN": 0, "LN": 0, "GN": 1}
"""Our normalisations, and where a number of channels is written by those who know a framework's."""


def own_call(call: syntax.Call, *, turned: bool = False) -> syntax.Call:
    """Our own call; `BN(64)`, where no epsilon is meant, says how many channels arrive.

    `UPSAMPLE(size=20)` says a size, as PyTorch has it: only Keras has a factor under that name.
    """
    named = by_name(call.name) if call.arguments and not call.short else None
    if named and named.type.starts and turned and len(sizes := numbers_of(call)) > 2:
        size = syntax.SizeLiteral(tuple(sizes[::-1]), call.arguments[0].span)
        return replace(call, arguments=(syntax.Argument(None, size, size.span),))
    if named and named.type.kind in ("UPSAMPLE", "RESIZE"):
        return _resized(call, named.type.kind)
    if named and named.type.kind == "SHUFFLE" and isinstance(call.arguments[0].value, syntax.Tuple):
        first, *rest = call.arguments
        return replace(call, arguments=(replace(first, name=first.name or "order"), *rest))
    place = NORMS.get(named.type.kind) if named else None
    if place is None or len(call.arguments) <= place:
        return call
    argument = call.arguments[place]
    if argument.name is None and isinstance(argument.value, syntax.Number) and argument.value.value >= 1:
        arguments = (*call.arguments[:place], *call.arguments[place + 1 :], replace(argument, name="in"))
        return replace(call, arguments=arguments)
    return call


FACTORS = frozenset({"factor", "scale", "scale_factor"})


def _resized(call: syntax.Call, kind: str) -> syntax.Call:
    """UPSAMPLE with a factor and RESIZE with a size, whichever was written: a point has a size, `1.5` is a factor."""
    first = call.arguments[0]
    names = {a.name for a in call.arguments}
    if kind == "UPSAMPLE" and "size" in names:
        return replace(call, name="RESIZE", written=call.name)
    if kind == "UPSAMPLE" and isinstance(first.value, syntax.Tap):
        return replace(call, name="RESIZE", arguments=(replace(first, name="size"), *call.arguments[1:]))
    if kind == "RESIZE" and (names & FACTORS or (first.name is None and _is_fraction(first.value))):
        return replace(call, name="UPSAMPLE")
    return call


def _is_fraction(value: syntax.Expression) -> bool:
    """Whether a number is written that is not whole: `1.5` or `3/2`."""
    match value:
        case syntax.Number(number):
            return number != int(number)
        case syntax.Binary("/", syntax.Number(above), syntax.Number(below)):
            return bool(below) and above % below != 0
    return False

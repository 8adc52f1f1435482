"""Calls that have another meaning than was meant: a size with its batch, with its numbers multiplied, or in a name."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from shapecalc.core.exact import Exact
from shapecalc.core.parameters import Sizes, show
from shapecalc.diagnostics.diagnostic import Diagnostic, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.dialects.stated_shapes import stated_shape
from shapecalc.expansion.suggestions import EXTENT_AND_FILTERS, size_of_product, window_of_product
from shapecalc.language import syntax
from shapecalc.registry import NamedType, activation, argument_at, by_name, functions

FUNCTIONS_BESIDE = frozenset({"tan", "atanh", "celu", "logsigmoid", "relu1", "relu2"})
"""Functions of single values that have no formula here, and almost the name of one that has."""


def _multiplied(named: NamedType, call: syntax.Call) -> Diagnostic | None:
    """`INPUT(224*224*3)` and `INPUT(224-224-3)`, where the numbers of a size were meant."""
    size = size_of_product(call.arguments[0].value, "*-/") if named.type.starts and len(call.arguments) == 1 else None
    if not size or "x" not in size:
        return None
    where = call.arguments[0].value.span
    message = f"{named.shown}: its size is a calculation, and the numbers of a size are joined by x"
    return report("SHP103", message, where, label=f"expected {size}", help=(f"write {named.shown}({size})",))


def _filters_in_name(named: NamedType, call: syntax.Call) -> Diagnostic | None:
    """`CONV3x3x64`, whose name holds an extent and the filters."""
    size = dict(named.leading).get("F")
    if call.arguments or not isinstance(size, Sizes) or len(size) != EXTENT_AND_FILTERS:
        return None
    if all(a.letter != "K" for a in named.type.signature):
        return None
    kind, extent = named.type.kind, show(Sizes(size[:2]))
    help = (f"write {kind}({size[-1]}, {extent})", f"or {kind}{show(size)}(K) for a window of three axes")
    return report("SHP103", f"{kind}: the extent {show(size)} has three numbers", call.span, help=help)


def _computed_window(named: NamedType, call: syntax.Call) -> Diagnostic | None:
    """`CONV(64, 3*3)` and `POOL(3-2)`, where a window of 3x3 may be meant, and one of 3 with a stride of 2."""
    for place, argument in enumerate(call.arguments, len(named.leading)):
        value = argument.value
        if not isinstance(value, syntax.Binary):
            continue
        found = argument_at(named.type, argument.name, place)
        size = window_of_product(value) if found and found.letter == "F" else None
        match value:
            case syntax.Binary("-", syntax.Number(int(left)), syntax.Number(int(right))) if (
                found and found.letter == "F"
            ):
                written, number, label = f"{left}-{right}", left - right, "a stride, or a difference?"
                meant = f"F={left}, S={right} for a window with a stride"
            case _ if size:
                written, number, label = (
                    size.replace("x", "*"),
                    prod(map(int, size.split("x"))),
                    "a size, or a product?",
                )
                meant = f"{size} for a window of these sizes"
            case _:
                continue
        message = f"{named.shown}: the extent {written} can be read in two ways"
        computed = (f"write {number} for {number} along every axis",) if number > 0 else ()
        help = (f"write {meant}", *computed)
        return report("SHP122", message, value.span, label=label, help=help)
    return None


def _computed_filters(named: NamedType, call: syntax.Call) -> Diagnostic | None:
    """`CONV(64-3)` and `CONV(3*3)`, which have 61 filters, and 9."""
    letters = [argument.letter for argument in named.type.signature]
    first = call.arguments[0] if call.arguments else None
    if first is None or first.name or named.leading or letters[:1] != ["K"] or "F" not in letters:
        return None
    size = window_of_product(first.value) if len(call.arguments) == 1 else None
    match first.value:
        case syntax.Binary("-", syntax.Number(int(left)), syntax.Number(int(right))):
            meant, value = f"{left}, {right}", left - right
        case syntax.Binary("*", syntax.Number(int(left)), syntax.Number(int(right))) if size and left == right:
            meant, value = f"F={size}", left * right
        case _:
            return None
    message = f"{named.shown}: {left}{first.value.operator}{right} can be read in two ways"
    help = (f"write {named.shown}({meant}) for a window", f"write {value} for {value} filters")
    return report("SHP122", message, first.value.span, label="a window, or what is computed?", help=help)


def _compared(named: NamedType, call: syntax.Call) -> Diagnostic | None:
    """`FC(128 > 64)`, where what comes in and what goes out was meant."""
    for argument in call.arguments:
        match argument.value:
            case syntax.Binary("<" | ">" | "<=" | ">=" as operator, syntax.Number() as left, syntax.Number() as right):
                values = show(left.value), show(right.value)
                message = f"{named.shown}: {values[0]} {operator} {values[1]} is a comparison, and its value is 1 or 0"
                help = (f"write {values[1]} if {values[0]} come in and {values[1]} go out",)
                return report("SHP122", message, argument.value.span, label="an arrow, or a comparison?", help=help)
    return None


def _no_function(named: NamedType, call: syntax.Call) -> Diagnostic | None:
    """`ACT(prelu)`, which has weights, and `ACT(mishs)`, which is almost a function."""
    value = call.arguments[0].value if named.type.kind == "ACT" and len(call.arguments) == 1 else None
    if not isinstance(value, syntax.Name) or activation(value.name):
        return None
    word = value.name.lower().replace("_", "")
    layer = by_name(word)
    if layer and layer.type.op_category == "activation":
        message = f"ACT is a function of single values without weights, and {value.name} is a layer of its own"
        return report("SHP103", message, value.span, help=(f"write {layer.type.kind}",))
    if word.endswith("glu"):
        message = f"ACT keeps the depth, and {value.name} gives half of it"
        return report("SHP103", message, value.span, help=("write MUL[ SLICE(0, 32) | SLICE(32, 64) => SIGMOID ]",))
    guess = None if word in FUNCTIONS_BESIDE else nearest(word, functions())
    if guess is not None:
        help = (f"write ACT({guess.lower()})",)
        return report("SHP103", f"ACT: there is no function called {value.name}", value.span, help=help)
    from shapecalc.layers.act import FORMULAS, IDENTITIES  # which is there by now

    if value.name.lower() in (*FORMULAS, *IDENTITIES):
        return None
    message = f"{value.name} has no formula here: it counts as a function of single values without weights"
    return report("SHP507", message, value.span, severity="note", notes=("`verify` does not run it",))


def _crossed_bounds(named: NamedType, call: syntax.Call) -> Diagnostic | None:
    """`CLIP(6, 0)`, whose bounds are the other way round."""
    bounds = [_number(a.value) for a in call.arguments if a.name is None] if named.type.kind == "CLIP" else []
    match bounds:
        case [low, high] if low is not None and high is not None and low > high:
            message = f"{named.shown}: the lower bound {show(low)} is larger than the upper bound {show(high)}"
            return report("SHP103", message, call.span, help=(f"write {named.shown}({show(high)}, {show(low)})",))
    return None


def _number(value: syntax.Expression) -> Exact | None:
    match value:
        case syntax.Number():
            return value.value
        case syntax.Unary(syntax.Number() as number):
            return -number.value
    return None


MISREADINGS: tuple[Callable[[NamedType, syntax.Call], Diagnostic | None], ...] = (
    stated_shape, _multiplied, _computed_window, _computed_filters, _filters_in_name, _compared, _no_function,
    _crossed_bounds,
)  # fmt: skip
"""What is wrong with a call of a layer, or a note on it, if it is that; in the order in which they are asked."""

"""Values of expressions: exact arithmetic on whole numbers and fractions, words where nothing is bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, floor
from typing import Any

from shapecalc.core.exact import Exact, divided, is_exact
from shapecalc.core.parameters import Sizes, Value, Word, show
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnosed, Span, report
from shapecalc.expansion.declarations import GivenWord, is_open, word_for_arguments
from shapecalc.language import syntax

MOST_VALUES = 100
"""Numbers that max and min compare at most."""
LARGEST = 10**30
"""No number in a diagram grows beyond this."""


class Open(Record):
    """A name that stands for a family of values, from `low` to `high`; None is unbounded."""

    name: str
    low: int | None = None
    high: int | None = None


class OpenName(Exception):
    """An expression needs the value of a name that has none; `meant` is what else its writer may have meant."""

    def __init__(self, name: str, span: Span, meant: str | None = None) -> None:
        super().__init__(name)
        self.name, self.span, self.meant = name, span, meant


Scope = Mapping[str, Any]
"""Values by name; an Open value is known but not fixed."""


def evaluate(expression: syntax.Expression, scope: Scope) -> Value:
    """The value of an expression; a name that is not bound is a Word.

    Raises OpenName when arithmetic needs an unbound name, Diagnosed SHP116 for what has no value.
    """
    match expression:
        case syntax.Number(value):
            return value
        case syntax.SizeLiteral(sizes):
            return Sizes(sizes)
        case syntax.Name(name, span):
            value = scope.get(name, Word(name))
            if isinstance(value, Open):
                raise OpenName(value.name, span)
            return value  # type: ignore[no-any-return]
        case syntax.Text(text):
            return Word(text)
        case syntax.Hole(text, span):
            help = ("`shapecalc solve` on this file says which values fit; write one of them here",)
            label = "a value is to be found here"
            raise Diagnosed(report("SHP114", f"{text} has no value yet", span, label=label, help=help))
        case syntax.Made(name):
            return _bounded(_called(expression, scope), expression.span) if name in FUNCTIONS else Word(name)
        case syntax.Tap(name, span):
            raise _bad(f"@{name} is a point of the network, and a number is needed here", span)
        case syntax.Tuple(items, as_size=True):
            return Sizes(whole(item, scope) for item in items)
        case syntax.Tuple(items):
            return tuple(evaluate(item, scope) for item in items)
        case syntax.Unary(operand, span):
            return _bounded(-_number(operand, scope), span)
        case syntax.Binary(span=span):
            return _bounded(_worked(expression, scope), span)
        case syntax.Range(span=span):
            raise _bad("one value is needed here, and this is a range", span)


def _called(made: syntax.Made, scope: Scope) -> Exact:
    """What a function gives. Raises OpenName, Diagnosed."""
    most, function = FUNCTIONS[made.name]
    if len(made.arguments) > most or any(argument.name for argument in made.arguments):
        raise _bad(f"{made.name} takes {'one number' if most == 1 else 'numbers without names'}", made.span)
    return function(*(_number(argument.value, scope) for argument in made.arguments))


def _worked(binary: syntax.Binary, scope: Scope) -> Exact:
    """What an operator gives. Raises OpenName, Diagnosed."""
    a, b = _number(binary.left, scope), _number(binary.right, scope)
    if binary.operator == "^" and b.denominator != 1:
        raise _bad(f"{show(a)} ^ {show(b)} is not an exact number: the exponent must be a whole number", binary.span)
    try:
        return OPERATORS[binary.operator](a, b)
    except ZeroDivisionError:
        raise _bad(f"{show(a)} {binary.operator} 0 divides by zero", binary.span) from None


def numbers(expression: syntax.Range, scope: Scope) -> range:
    """The whole numbers of a range, both ends included; none in `1..0`. Raises OpenName, Diagnosed SHP108 or SHP116."""
    ends = []
    for end in (expression.low, expression.high):
        if end is None:
            raise _bad("the range has no end", expression.span)
        ends.append(whole(end, scope))
    low, high = ends
    if high < low - 1:
        help = (f"write {high}..{low}, or every value: {_downwards(low, high)}",)
        raise _bad(f"the range {low}..{high} runs downwards", expression.span, help=help)
    return range(low, high + 1)


def length(span: range) -> int:
    """How many numbers a range has: `len` fails beyond what an index can hold.

    >>> length(range(0, 10**20))
    100000000000000000000
    """
    return max(0, span.stop - span.start)


MOST_SHOWN = 4
"""Values of a range that are written out."""


def _downwards(high: int, low: int) -> str:
    """The first values of a range that runs downwards, and its last."""
    first = range(high, max(low, high - MOST_SHOWN), -1)
    return f"{', '.join(map(str, first))}, {'' if high - low <= MOST_SHOWN else '…, '}{low}"


def whole(expression: syntax.Expression, scope: Scope) -> int:
    """A whole number. Raises OpenName, or Diagnosed SHP108 which shows the fraction."""
    value = _number(expression, scope)
    if value.denominator != 1:
        label, help = f"{show(value)} is not an integer", ("// divides and rounds down",)
        message = f"a whole number is needed, and this is {show(value)}"
        raise Diagnosed(report("SHP108", message, expression.span, label=label, help=help))
    return int(value)


def _number(expression: syntax.Expression, scope: Scope) -> Exact:
    value = evaluate(expression, scope)
    if is_open(value):
        raise OpenName(str(value), expression.span)
    if is_exact(value):
        return value
    if isinstance(value, GivenWord) and isinstance(expression, syntax.Name):
        raise Diagnosed(report("SHP118", f"{expression.name} is {value}, and a number is needed here", expression.span))
    help = (word_for_arguments(value),) if isinstance(value, Word) else ()
    raise _bad(f"a number is needed here, and this is {show(value)}", expression.span, help=help)


def _bad(message: str, span: Span, *, help: tuple[str, ...] = ()) -> Diagnosed:
    return Diagnosed(report("SHP116", message, span, help=help))


def _bounded(value: Exact, span: Span) -> Exact:
    if not -LARGEST <= value <= LARGEST:
        raise _bad(f"the value is {'larger than 10^30' if value > 0 else 'below -10^30'}", span)
    if value.denominator > LARGEST:
        raise _bad("the value is a fraction with a denominator larger than 10^30", span)
    return int(value) if value.denominator == 1 else value


LARGEST_EXPONENT = 100
"""2 to this is more than the largest value, and is not worked out."""


def _power(base: Exact, exponent: Exact) -> Exact:
    if not -LARGEST_EXPONENT <= exponent <= LARGEST_EXPONENT and base not in (-1, 0, 1):
        return LARGEST * 2 if not -1 < base < 1 else divided(1, LARGEST * 2)
    return base ** int(exponent) if exponent >= 0 else divided(1, base) ** -int(exponent)


FUNCTIONS: dict[str, tuple[int, Callable[..., Exact]]] = {
    "round": (1, round),
    "floor": (1, floor),
    "ceil": (1, ceil),
    "max": (MOST_VALUES, max),
    "min": (MOST_VALUES, min),
}
"""Functions of numbers, with how many they take at most. A half is rounded to the even number, as Python does."""

OPERATORS: dict[str, Callable[[Any, Any], Exact]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": divided,
    "//": lambda a, b: a // b, "%": lambda a, b: a % b, "^": _power, "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b), ">": lambda a, b: int(a > b), ">=": lambda a, b: int(a >= b),
    "==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b),
}  # fmt: skip

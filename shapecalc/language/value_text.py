"""Values of the syntax tree to text: exact numbers, and operators with the fewest brackets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from shapecalc.core.phrases import size_text, split_size
from shapecalc.language import syntax
from shapecalc.language.build import LONGEST_NUMBER

KEYWORDS = frozenset({"let", "block", "for", "in", "as", "share"})
"""Words that a name may only be where the grammar does not look for them."""

UNARY, ATOM = 4, 6
_BINDING = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 1),
    **dict.fromkeys(("+", "-"), 2),
    **dict.fromkeys(("*", "/", "//", "%"), 3),
    "^": 5,
}
"""How tightly an operator holds its operands; unary minus lies between `*` and `^`."""


def show_expression(expression: syntax.Expression, tight: bool = False) -> str:
    """A value with as few brackets as keep its tree; `tight` sets arithmetic without spaces."""
    return bound(expression, tight)[0]


def bound(expression: syntax.Expression, tight: bool) -> tuple[str, int]:
    """The text of an expression, and how tightly it holds together."""
    match expression:
        case syntax.Number(value):
            text = show_number(value)
            return text, UNARY if text.startswith("-") else _BINDING["/"] if "/" in text else ATOM
        case syntax.SizeLiteral(sizes):
            return size_text(sizes), ATOM
        case syntax.Name(name):
            return name, ATOM
        case syntax.Text(text):
            return text if _bare(text) else f'"{text}"' if "'" in text else f"'{text}'", ATOM
        case syntax.Hole(text):
            return size_text(split_size(text)), ATOM
        case syntax.Tap(name):
            return f"@{name}", ATOM
        case syntax.Made(name, arguments):
            return name + (in_brackets(argument_text(a, a.name) for a in arguments) or "()"), ATOM
        case syntax.Tuple(items):
            inner = ", ".join(show_expression(item, tight) for item in items)
            return f"({inner},)" if len(items) == 1 else f"({inner})", ATOM
        case syntax.Range(low, high):
            ends = ("" if end is None else show_expression(end, tight) for end in (low, high))
            return "..".join(ends), 0
        case syntax.Unary(operand):
            return f"-{_held(operand, UNARY, tight)}", UNARY
        case syntax.Binary(operator, left, right):
            return _binary(operator, left, right, tight)


def _bare(text: str) -> bool:
    """Whether a word in quotes needs none."""
    return re.fullmatch(r"[^\W\d]\w*", text) is not None and text not in KEYWORDS


def _binary(operator: str, left: syntax.Expression, right: syntax.Expression, tight: bool) -> tuple[str, int]:
    """`^` takes an atom on its left and associates to the right, comparisons do not, all others to the left."""
    binding = _BINDING[operator]
    power = operator == "^"
    first = _held(left, ATOM if power else max(binding, _BINDING["+"]), tight)
    second = _held(right, UNARY if power else binding + 1, tight)
    space = "" if power or (tight and binding > 1) else " "
    return f"{first}{space}{operator}{space}{second}", binding


def _held(expression: syntax.Expression, least: int, tight: bool) -> str:
    """The text of an operand, in brackets if it would fall apart."""
    text, binding = bound(expression, tight)
    return text if binding >= least else f"({text})"


def show_number(value: int | Fraction) -> str:
    """An exact number: decimals where they end, else `1/3`; powers of ten where people would use them.

    What the language can read is written so that it reads it back.
    """
    value = Fraction(value)
    if value < 0:
        return f"-{show_number(-value)}"
    digits, exponent = _scientific(value)
    if digits is None:
        return f"{value.numerator}/{value.denominator}"
    size = len(digits) + exponent - 1
    if -5 < size < 16 or exponent == 0:
        plain = _point(digits, exponent)
        if len(plain) <= LONGEST_NUMBER:
            return plain
    for shift in (size, exponent, LONGEST_NUMBER if size > 0 else -LONGEST_NUMBER):
        mantissa = _point(digits, exponent - shift)
        if len(mantissa) <= LONGEST_NUMBER and abs(shift) <= LONGEST_NUMBER:
            return f"{mantissa}e{shift}"
    return _point(digits, exponent)


def _scientific(value: Fraction) -> tuple[str | None, int]:
    """Digits without zeros at the end and a power of ten; None for what has no finite decimals."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None, 0
    places = max(twos, fives)
    text = str(value.numerator * 10**places // value.denominator)
    digits = text.rstrip("0") or "0"
    return digits, (len(text) - len(digits) - places if value else 0)


def _point(digits: str, exponent: int) -> str:
    """The digits times a power of ten, written out."""
    if exponent >= 0:
        return digits + "0" * exponent
    padded = digits.rjust(1 - exponent, "0")
    return f"{padded[:exponent]}.{padded[exponent:]}"


def argument_text(argument: syntax.Argument, name: str | None) -> str:
    """A value, after a name where it has one."""
    if name is None:
        return show_expression(argument.value)
    return f"{name}={show_expression(argument.value, tight=True)}"


def in_brackets(texts: Iterable[str]) -> str:
    """What stands after a name; nothing without arguments."""
    inner = ", ".join(texts)
    return f"({inner})" if inner else ""

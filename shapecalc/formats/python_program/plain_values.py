"""What Python makes of numbers, words and lists, as far as it takes no time and no memory."""

from __future__ import annotations

import ast
import math
import operator
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

LONGEST = 20_000
"""Values of a list, or characters of a word, that are made."""
_LARGEST = 10**30
"""Whole numbers up to here are worked with."""
_LARGEST_POWER, _LARGEST_BASE = 100, 10**6
"""What is raised to a power, and to which."""


_DIGITS = 40
"""Of a number that is filled in."""


class NoValue(Exception):
    """What would be too large, or is none of the operations that are known."""


_OPERATORS: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip


def weight(value: Any) -> int:
    """How many values are in one, each as often as it is there. Raises NoValue for more than `LONGEST`.

    >>> weight([1, [2, 3]])
    5
    """
    count, stack = 0, [value]
    while stack:
        one = stack.pop()
        count += 1
        inside = [*one.values()] if isinstance(one, dict) else one if isinstance(one, list | tuple) else ()
        if count + len(stack) + len(inside) > LONGEST or (isinstance(one, str) and len(one) > LONGEST):
            raise NoValue("it is too long")
        stack += inside
    return count


def binary(sign: ast.operator, left: Any, right: Any) -> Any:
    """`left sign right` of plain values. Raises NoValue, and what Python raises.

    >>> binary(ast.Mult(), [1, 2], 2)
    [1, 2, 1, 2]
    """
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if isinstance(sign, ast.Mod) and isinstance(left, str):
        return _formatted(left, right)
    if not numbers:
        if isinstance(sign, ast.Mult):
            times = left if isinstance(left, int) else right
            thing = right if isinstance(left, int) else left
            if not isinstance(times, int) or not isinstance(thing, str | list | tuple) or times * len(thing) > LONGEST:
                raise NoValue("it is too long")
        elif not (isinstance(left, type(right)) or isinstance(right, type(left))) or len(left) + len(right) > LONGEST:
            raise NoValue("they are of other kinds, or too long")
    elif isinstance(sign, ast.Pow | ast.LShift) and (abs(right) > _LARGEST_POWER or abs(left) > _LARGEST_BASE):
        raise NoValue("it is too large")
    return in_bounds(_OPERATORS[type(sign)](left, right))


def in_bounds(value: Any) -> Any:
    """The value itself. Raises NoValue for a whole number that is too large to work with."""
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise NoValue("it is too large")
    return value


def _formatted(text: str, values: Any) -> str:
    """`"conv%d" % 3`. Raises NoValue where a width is large or no number, word or digit is given."""
    plain = values if isinstance(values, tuple) else (values,)
    if re.search(r"%[^a-zA-Z%]*(?:\d{3}|\*)", text):
        raise NoValue("it is not a word")
    _check_filled(text, "%", plain)
    return str(text % values)


def _check_filled(text: str, mark: str, values: Iterable[Any]) -> None:
    """Raises NoValue where a text that is filled in would be too long, or with what is no number and no word."""
    values = list(values)
    if not all(isinstance(value, int | float | str) for value in values):
        raise NoValue("it is not a word")
    longest = max((len(value) if isinstance(value, str) else _DIGITS for value in values), default=0)
    if len(text) + text.count(mark) * longest > LONGEST:
        raise NoValue("it is too long")


def compared(sign: ast.cmpop, left: Any, right: Any) -> bool:
    """Whether `left sign right` holds. Raises NoValue, and what Python raises."""
    if isinstance(right, range) and not isinstance(left, int):  # Python would go through all of it
        raise NoValue("it is no whole number")
    return bool(_OPERATORS[type(sign)](left, right))


def unary(sign: ast.unaryop, value: Any) -> Any:
    """`-value`, `+value`. Raises NoValue."""
    if not isinstance(value, int | float) or isinstance(sign, ast.Invert):
        raise NoValue("it is no number")
    return -value if isinstance(sign, ast.USub) else value


def _listed(value: Any) -> list[Any]:
    """The values of a list, a range or a dictionary. Raises NoValue where these are too many."""
    if not isinstance(value, list | tuple | range | dict | str) or len(value) > LONGEST:
        raise NoValue("it is no list, or too long")
    return list(value)


def _enumerated(value: Any, start: int = 0) -> list[tuple[int, Any]]:
    return list(enumerate(_listed(value), start))


def _range(*numbers: int) -> range:
    found = range(*numbers)
    if found and abs(found[-1] - found[0]) >= sys.maxsize:  # Python itself does not tell its length
        raise NoValue("it is too long")
    return found


def _in_order_of_set(values: Any = ()) -> list[Any]:
    """The values of a set: numbers in the order in which Python goes through them, words in that of the program."""
    once = dict.fromkeys(_listed(values))
    return list(set(once) if all(isinstance(one, int | float) for one in once) else once)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "range": _range, "len": len, "int": int, "float": float, "abs": abs, "bool": bool, "round": round,
    "str": lambda value="": str(value) if isinstance(value, int | float | str) else _refuse(),
    "max": lambda *values: max(*values) if len(values) > 1 else max(_listed(*values)),
    "min": lambda *values: min(*values) if len(values) > 1 else min(_listed(*values)),
    "sum": lambda values, start=0: sum(_listed(values), start),
    "list": lambda values=(): _listed(values), "tuple": lambda values=(): tuple(_listed(values)),
    "set": _in_order_of_set, "sorted": lambda values: sorted(_listed(values)),
    "reversed": lambda values: _listed(values)[::-1], "enumerate": _enumerated,
    "zip": lambda *lists, strict=False: [*zip(*map(_listed, lists), strict=strict)],
    "all": lambda values: all(_listed(values)), "any": lambda values: any(_listed(values)),
    "slice": lambda *ends: slice(*(end if end is None else operator.index(end) for end in ends)),
    "divmod": divmod, "pow": lambda a, b: binary(ast.Pow(), a, b),
}  # fmt: skip
"""Functions of Python that plain values are given to."""


def _refuse() -> Any:
    raise NoValue("it is no number and no word")


def _spaced(start: float, stop: float, num: int, **_: Any) -> list[float]:
    """Numbers at equal distances, the ends among them. Raises NoValue where there are too many."""
    if num > LONGEST:
        raise NoValue("it is too long")
    return [start + (stop - start) * place / max(num - 1, 1) for place in range(num)]


MATH: Mapping[str, Callable[..., Any]] = {
    "ceil": math.ceil, "floor": math.floor, "sqrt": math.sqrt, "log": math.log, "log2": math.log2,
    "log10": math.log10, "prod": lambda values: math.prod(_listed(values)), "trunc": math.trunc, "exp": math.exp,
    "round": round, "around": round, "gcd": math.gcd, "linspace": _spaced,
}  # fmt: skip
"""Functions of `math` and NumPy."""


class Builtin:
    """A function of Python that is known by its name."""

    def __init__(self, name: str) -> None:
        self.name = name


OWN_BUILTINS = (
    "print", "super", "isinstance", "getattr", "setattr", "hasattr", "dict", "type", "callable", "iter", "next", "map",
    "filter", "issubclass",
)  # fmt: skip
"""Those that are about objects of the program."""
BUILTINS: Mapping[str, Any] = {name: Builtin(name) for name in (*FUNCTIONS, *OWN_BUILTINS)} | {
    "NotImplementedError": None, "ValueError": None, "object": None, "__name__": "__main__",
}  # fmt: skip

_METHODS: Mapping[type, frozenset[str]] = {
    list: frozenset({"append", "extend", "insert", "pop", "index", "copy", "reverse", "count", "remove", "clear"}),
    tuple: frozenset({"index", "count"}),
    dict: frozenset({"get", "keys", "values", "items", "update", "pop", "copy", "setdefault"}),
    str: frozenset({
        "lower", "upper", "startswith", "endswith", "join", "split", "replace", "strip", "isdigit", "capitalize",
        "title",
        "rstrip", "lstrip", "isnumeric",
    }),
}  # fmt: skip


def method(value: Any, name: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
    """What a method of a plain value gives; lists and dictionaries change. Raises NoValue, and what Python raises."""
    if name == "format" and isinstance(value, str):
        if any(not re.fullmatch(r"\w*(:0?\d?\d?d)?", field) for field in re.findall(r"{([^{}]*)}", value)):
            raise NoValue("it is not a word")
        _check_filled(value, "{", (*arguments, *named.values()))
        return value.format(*arguments, **named)
    if name == "join" and isinstance(value, str):
        parts = _listed(arguments[0])
        _check_filled(value * len(parts) if len(value) * len(parts) <= LONGEST else value, "", parts)
    if name in ("item", "tolist") and isinstance(value, int | float | list):  # of an array of numbers
        return value
    if name not in _METHODS.get(list if isinstance(value, list) else type(value), ()):
        raise NoValue(f"{name} of it is not known")
    if name == "extend":
        arguments = [_listed(arguments[0])]
    if len(value) > LONGEST or (
        isinstance(value, str) and len(arguments) == 2 and len(value) * len(str(arguments[1])) > LONGEST
    ):
        raise NoValue("it is too long")
    found = operator.methodcaller(name, *arguments, **named)(value)
    return list(found) if isinstance(value, dict) and name in ("keys", "values", "items") else found

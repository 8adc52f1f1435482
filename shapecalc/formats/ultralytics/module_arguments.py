"""The arguments that a file gives a module, checked by what the module's own function states of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.formats.ultralytics.builder import Builder

MOST_WHOLE = 10**7
"""The largest whole number that an argument may state."""
MOST_SHARE = 100
"""And the largest part of a width."""
CALLED = {
    "k": "the extent", "s": "the stride", "p": "the padding", "g": "groups", "d": "the dilation", "c": "the width",
    "c3_": "the width", "c4_": "the width", "n": "the number", "out": "the output padding", "e": "the expansion",
    "pools": "the number of pools", "classes": "the number of classes", "masks": "the number of masks",
    "width": "the width of the masks", "angles": "the number of angles", "embedded": "the embedding",
    "heads": "the heads",
}  # fmt: skip
"""How messages call arguments."""


def made(b: Builder, make: Callable[..., int], known: Sequence[Any], arguments: Sequence[Any]) -> int:
    """What a function makes of what is known and of the arguments of a file: `int` is a whole number, `float` a part.

    Raises Diagnosed SHP010 for an argument of another type, and TypeError for too many or too few.
    """
    places = (one for one in signature(make).parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD)
    stated = [*places][len(known) :]
    checked = [_checked(b, parameter, value) for parameter, value in zip(stated, arguments, strict=False)]
    return make(*known, *checked, *arguments[len(checked) :])


def _checked(b: Builder, parameter: Parameter, value: Any) -> Any:
    name, kind = CALLED.get(parameter.name, "an argument"), parameter.annotation
    if kind == "int" or (kind == "int | None" and value is not None):
        square = parameter.name == "k" and isinstance(value, list) and len({*map(str, value)}) == 1
        return whole(b, value[0] if square else value, name)
    if kind != "float":
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST_SHARE:
        raise Diagnosed(report("SHP010", f"{name} of {b.module} is not a number: {str(value)[:40]}", b.place))
    return value


def whole(b: Builder, value: Any, what: str) -> int:
    """A whole number from the file. Raises Diagnosed SHP010."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_WHOLE:
        raise Diagnosed(report("SHP010", f"{what} of {b.module} is not a whole number: {str(value)[:40]}", b.place))
    return value

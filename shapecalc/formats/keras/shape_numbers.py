"""Numbers that a model of Keras 2 computes from shapes: tf.shape(x)[1:3] as the size of a resize."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

from shapecalc.formats.keras.calls import name_of, operand_of
from shapecalc.formats.keras.tensors import KerasTensor
from shapecalc.formats.keras.use import Use

KEEPING = ("cast", "identity", "stopgradient", "converttotensor")
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add, "subtract": operator.sub, "sub": operator.sub, "multiply": operator.mul, "mul": operator.mul,
    "floordiv": operator.floordiv, "truediv": operator.truediv, "pow": math.pow, "power": math.pow,
}  # fmt: skip
LARGEST = 10**15
"""Above, a number is none of a shape, and of a file that says anything it may grow with every function."""
MOST = 16
"""Numbers in a row."""
UNKNOWN = math.nan
"""A number that a shape does not say; what is computed of it is unknown too."""


def of_numbers(use: Use, name: str) -> KerasTensor | None:
    """What a function gives of numbers of shapes, without a node of its own; None where it reads none first.

    The batch is unknown, and so is what is computed from it, and what other functions give.
    """
    first, *others = (tensor.numbers for tensor in use.inputs)
    if first is None:
        known = name == "shape" and use.shape is not None
        return use.tensor._replace(numbers=(UNKNOWN, *(use.shape or ())[use.tensor.steps :])) if known else None
    volumes = tuple(tensor for tensor in use.inputs if tensor.numbers is None)
    if volumes:
        return use._replace(inputs=volumes).stated_as()
    found: Any = UNKNOWN
    if name == "getitem":
        found = _taken(first, use.said("slice_spec"))
    elif name in KEEPING:
        found = first
    elif name in ("stack", "pack") and not any(isinstance(part, tuple) for part in (first, *others)):
        found = (first, *others)
    elif name in ("concat", "concatenate") and all(isinstance(part, tuple) for part in (first, *others)):
        found = sum(others, first)
    elif name in ARITHMETIC and (others or use.call.operand is not None):
        number, before = use.call.operand or (UNKNOWN, False)
        found = _computed(ARITHMETIC[name], first, others[0] if others else number, before=before)
    return use.tensor._replace(numbers=UNKNOWN if isinstance(found, tuple) and len(found) > MOST else found)


def with_numbers(use: Use) -> Use:
    """The call with known numbers in the place of the tensors that hold them; in a shape, -1 is an unknown one."""
    first, *others = use.inputs
    if all(tensor.numbers is None for tensor in others):
        return use
    tensors = iter(others)
    named = {key: _resolved(value, tensors) for key, value in use.call.named.items()}
    left = tuple(tensor for tensor in others if tensor.numbers is None)
    operand = use.call.operand if left else operand_of(use.call.given, named)
    return use._replace(inputs=(first, *left), call=use.call.with_arguments(named, operand))


def _resolved(value: Any, tensors: Iterator[KerasTensor]) -> Any:
    if name_of(value) is not None:
        numbers = next(tensors, KerasTensor(0, 0)).numbers
        if isinstance(numbers, tuple):
            return [-1 if math.isnan(number) else number for number in numbers]
        return value if numbers is None else None if math.isnan(numbers) else numbers
    if isinstance(value, list):
        parts = [_resolved(part, tensors) for part in value]
        return [-1 if part is None and given is not None else part for part, given in zip(parts, value, strict=True)]
    return value


def _taken(numbers: Any, spec: Any) -> Any:
    """One number or some of them."""
    spec = spec[0] if isinstance(spec, list) and len(spec) == 1 else spec
    if not isinstance(numbers, tuple):
        return UNKNOWN
    if type(spec) is int:
        return numbers[spec] if -len(numbers) <= spec < len(numbers) else UNKNOWN
    bounds = [spec.get(key) for key in ("start", "stop", "step")] if isinstance(spec, dict) else [""]
    whole = all(bound is None or type(bound) is int for bound in bounds) and bounds[-1] != 0
    return numbers[slice(*bounds)] if whole else UNKNOWN


def _computed(compute: Callable[[Any, Any], Any], one: Any, other: Any, *, before: bool) -> Any:
    """Of single numbers, or of rows of them."""
    if isinstance(one, tuple) or isinstance(other, tuple):
        rows = [part if isinstance(part, tuple) else None for part in (one, other)]
        length = max(len(row) for row in rows if row is not None)
        ones, others = ([part] * length if row is None else row for part, row in zip((one, other), rows, strict=True))
        if len(ones) != len(others):
            return UNKNOWN
        return tuple(_computed(compute, a, b, before=before) for a, b in zip(ones, others, strict=True))
    try:
        found = compute(other, one) if before else compute(one, other)
    except (ArithmeticError, ValueError):
        return UNKNOWN
    if not abs(found) <= LARGEST:
        return UNKNOWN
    return int(found) if isinstance(found, float) and found.is_integer() else found

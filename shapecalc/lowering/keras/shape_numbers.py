"""What Keras 2 has of TensorFlow: numbers that it computes from shapes, and nodes with constants by their place."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shapecalc.core.record import replace
from shapecalc.lowering.json_values import list_in, value_at
from shapecalc.lowering.keras.calls import Operand, name_of, operand_of
from shapecalc.lowering.keras.settings import KerasTensor
from shapecalc.lowering.keras.use import Use

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


# --- nodes of TensorFlow --------------------------------------------------------------------------

ALONG = "mean max min sum prod any all argmax argmin expanddims cumsum"
PLACES: dict[str, Mapping[int, str]] = {
    **{key: {1: "axis"} for key in ALONG.split()}, "concatv2": dict.fromkeys(range(9), "axis"), "gatherv2": {2: "axis"},
    "split": {0: "axis"}, "splitv": {1: "num_or_size_splits", 2: "axis"},
    **{key: {1: "shape"} for key in ("reshape", "broadcastto")}, "transpose": {1: "perm"}, "tile": {1: "multiples"},
    **{key: {1: "paddings", 2: "constant_values"} for key in ("pad", "padv2", "mirrorpad")},
    "clipbyvalue": {1: "clip_value_min", 2: "clip_value_max"}, "onehot": {1: "depth"},
    **{key: {1: "size"} for key in ("resizebilinear", "resizenearestneighbor", "resizebicubic")},
}  # fmt: skip
"""What constants are, by the operation. Source: tensorflow/core/api_def/base_api."""
PLACE = tuple(map(str, range(9)))
NAMES = {"keep_dims": "keepdims", "num_split": "num_or_size_splits", "squeeze_dims": "axis", "adj_x": "transpose_a",
         "adj_y": "transpose_b"}  # fmt: skip
"""Attributes that functions call otherwise."""
FUNCTIONS = {"batchmatmulv2": "matmul", "batchmatmul": "matmul", "pack": "stack", "neg": "negative"}


def as_function(use: Use) -> Use:
    """The call of a function with the arguments that a node has as attributes and constants."""
    node, found = use.settings.value("node_def"), dict[str, Any]()
    name = str(value_at(node, "op")).lower()
    said: list[dict[str, Any]] = [
        value if isinstance(value, dict) else {} for value in (value_at(node, "attr"), use.settings.value("constants"))
    ]
    attributes, constants = said
    for key, attribute in attributes.items():
        found[NAMES.get(key, key)] = _value(attribute)
    by_place = {int(key): value for key, value in constants.items() if key in PLACE}
    for place, value in by_place.items():
        found[PLACES.get(name, {}).get(place) or str(place)] = value
    numbers = [(place, value) for place, value in by_place.items() if type(value) in (int, float)]
    operand = Operand(float(numbers[0][1]), numbers[0][0] == 0) if len(numbers) == 1 and name not in PLACES else None
    if name == "stridedslice":
        found["slice_spec"] = _places(found, by_place)
    if name.startswith("resize"):
        found["method"], name = name.removeprefix("resize").removesuffix("neighbor"), "resize"
    settings = use.settings.with_values(use.settings.kind, {"function": FUNCTIONS.get(name, name), **found})
    return use._replace(settings=settings, call=replace(use.call, operand=operand))


def _value(attribute: Any) -> Any:
    """Whole numbers are texts in JSON, and a list has those of its kind."""
    kind, value = next(iter(attribute.items())) if isinstance(attribute, dict) and attribute else ("", None)
    if kind == "list":
        return [_whole(part) for part in list_in(attribute, "list", "i")]
    return _whole(value) if kind == "i" else value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.removeprefix("-").isdigit() else value


def _places(masks: Mapping[str, Any], constants: Mapping[int, Any]) -> list[Any]:
    """What a slice takes of each axis, in the way of `x[:, 1:7, 0]`: a bit of each mask is about one axis."""
    ends = [value if isinstance(value := constants.get(place), list) else [] for place in (1, 2, 3)]

    def part(axis: int, start: Any, stop: Any, step: Any) -> Any:
        masked = {name for name in ("ellipsis", "new_axis", "shrink_axis", "begin", "end")
                if type(mask := masks.get(f"{name}_mask")) is int and mask >> axis & 1}  # fmt: skip
        if "ellipsis" in masked:
            return {"class_name": "__ellipsis__"}
        if masked & {"new_axis", "shrink_axis"}:
            return None if "new_axis" in masked else start
        start, stop = None if "begin" in masked else start, None if "end" in masked else stop
        return {"start": start, "stop": stop, "step": step}

    return [part(axis, *bounds) for axis, bounds in enumerate(zip(*ends, strict=False))]

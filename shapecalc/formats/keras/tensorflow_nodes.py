"""Operations of TensorFlow as Keras kept them until 2.3: a node of a graph, with constants by their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapecalc.core.record import replace
from shapecalc.formats.keras.calls import Operand
from shapecalc.formats.keras.use import Use
from shapecalc.lowering.json_values import list_in, value_at

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

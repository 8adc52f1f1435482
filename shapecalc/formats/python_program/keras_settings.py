"""What programs ask Keras or tell it: in which order axes are, what is a tensor, and how large an input is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.diagram_text import reachable
from shapecalc.formats.python_program.program_values import External, TensorValue, Unknown, Value

ORDERS = {"th": "channels_first", "tf": "channels_last"}
"""Keras 1's words for Keras' `data_format`."""
IMAGE_OF_IMAGENET = 224


def keras_setting(
    program: AppliedLayers, name: External, arguments: list[Value], named: Mapping[str, Value], node: ast.Call
) -> tuple[Value] | None:
    """What a function gives; None for one that is not known here."""
    known = SETTINGS.get(name.base)
    return (known(program, name, arguments, named, node),) if known else None


def _data_format(
    program: AppliedLayers, name: External, arguments: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    if name.base == "image_dim_ordering":
        return next((old for old, word in ORDERS.items() if word == program.data_format), program.data_format)
    return program.data_format


def _set_data_format(
    program: AppliedLayers, name: External, arguments: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    given: Any = [*arguments, *named.values(), program.unknown(node)][0]
    program.data_format = ORDERS.get(given, given) if isinstance(given, str) else given
    if program.data_format == "channels_first" and program.channels_first is None:
        program.channels_first = True
    return None


def _is_keras_tensor(
    program: AppliedLayers, name: External, arguments: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    first = arguments[0] if arguments else None
    return first if isinstance(first, Unknown) else isinstance(first, TensorValue)


def _source_inputs(
    program: AppliedLayers, name: External, arguments: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    first = arguments[0] if arguments else None
    if not isinstance(first, TensorValue):
        return program.unknown(node)
    return [
        program.tensors[place] for place in sorted(reachable(program.nodes, [first])) if program.nodes[place].starts
    ]


def _obtain_input_shape(
    program: AppliedLayers, name: External, arguments: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """What Keras' applications take for an input: the size that is given, or that of the weights."""
    given = {**dict(zip(("input_shape", "default_size", "min_size", "data_format"), arguments, strict=False)), **named}
    shape, width = given.get("input_shape"), given.get("default_size", IMAGE_OF_IMAGENET)
    order = given.get("data_format", given.get("dim_ordering", program.data_format))
    has_top = given.get("require_flatten", given.get("include_top", True))
    if any(isinstance(one, Unknown) for one in (shape, order, has_top)) or not isinstance(width, int):
        return program.unknown(node)
    if shape is not None:
        return shape
    size = width if has_top else None
    return (3, size, size) if ORDERS.get(str(order), order) == "channels_first" else (size, size, 3)


_Function = Callable[[AppliedLayers, External, list[Value], Mapping[str, Value], ast.Call], Value]
SETTINGS: Mapping[str, _Function] = {
    "image_data_format": _data_format, "image_dim_ordering": _data_format,
    "set_image_data_format": _set_data_format, "set_image_dim_ordering": _set_data_format,
    "is_keras_tensor": _is_keras_tensor, "get_source_inputs": _source_inputs,
    "_obtain_input_shape": _obtain_input_shape, "obtain_input_shape": _obtain_input_shape,
}  # fmt: skip

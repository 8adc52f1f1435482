"""What operators make of tensors and of other values, `x + y`, `x / 255`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import prod

from shapecalc.formats.python_program import keras_functions, keras_joins, own_weights, torch_axes
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.program_values import ExampleArray, TensorValue, Unknown, Value
from shapecalc.formats.python_program.program_weights import OwnWeight

ARITHMETIC = {"add": "ADD", "sub": "SUB", "subtract": "SUB", "mul": "MUL", "multiply": "MUL", "maximum": "MAX"}


_SIGNS: Mapping[type[ast.operator], str] = {ast.Add: "ADD", ast.Sub: "SUB", ast.Mult: "MUL"}


_LAYERS: Mapping[type[ast.operator], str] = {
    ast.Add: "Add", ast.Sub: "Subtract", ast.Mult: "Multiply", ast.Div: "Divide",
}  # fmt: skip
"""Keras' layers that do the same."""


def operator_of(program: AppliedLayers, sign: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
    """`x + y`, `x * y`, `x / 255`."""
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
    if isinstance(left, TensorValue) and isinstance(right, TensorValue):
        if program.is_keras and isinstance(sign, ast.MatMult):
            return keras_functions.keras_function(program, "matmul", left, [right], {}, node)
        if axes := _other_axes(program, (left, right)):
            reason = f"{program.places.shown(node)} is of tensors of {axes} axes, whose batches are not the same axis"
            return program.lose(node, reason)
        if program.is_keras and type(sign) in _LAYERS:
            return keras_joins.joined(program, _LAYERS[type(sign)], (left, right), -1, node)
        if isinstance(sign, ast.MatMult):
            return torch_axes.product(program, left, right, node)
        return _joined(program, sign, left, right, node)
    if isinstance(left, OwnWeight) or isinstance(right, OwnWeight):
        return own_weights.operated(program, sign, left, right, node)
    tensor, other = (left, right) if isinstance(left, TensorValue) else (right, left)
    if (
        program.is_keras
        and isinstance(tensor, TensorValue)
        and isinstance(other, int | float)
        and type(sign) in _LAYERS
    ):
        return keras_joins.with_number(program, _LAYERS[type(sign)], tensor, other, node, before=tensor is right)
    if isinstance(tensor, TensorValue) and (isinstance(other, int | float) or fits(program, tensor, other)):
        return elementwise(program, tensor, node)
    return program.lose(node)


def _joined(program: AppliedLayers, sign: ast.operator, left: TensorValue, right: TensorValue, node: ast.AST) -> Value:
    """Two tensors value by value; of sizes that our joins do not repeat, as a layer of the size that is left."""
    join = _SIGNS.get(type(sign))
    if not program.is_keras:
        left, right = program.as_image(left, node, flat=False), program.as_image(right, node, flat=False)
    shapes = [] if program.is_keras else [program.shape_of(one) for one in (left, right)]
    known = [one for one in shapes if one is not None]
    if len(known) == len(shapes) == 2 and (known[0] != known[1] or join is None):
        sizes = broadcast(known)
        if sizes and not (join and _repeats(join, known)):
            text = f"OPAQUE({torch_axes.shown(sizes)})"
            return program.joined(text, (left, right), node, rank=len(sizes) + 1, depth=sizes[0])
    return program.joined(join, (left, right), node) if join else program.lose(node)


def _other_axes(program: AppliedLayers, tensors: Sequence[TensorValue]) -> str:
    """How many axes two tensors have that do not have as many as each other; empty for others."""
    known = [shape for one in tensors if (shape := program.shape_of(one)) is not None]
    return " and ".join(str(len(one) + 1) for one in known) if len({*map(len, known)}) > 1 else ""


def broadcast(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
    """The shape of what NumPy and PyTorch make of shapes without their batch; None where they do not fit.

    >>> broadcast([(8, 1, 1), (1, 4, 4)])
    (8, 4, 4)
    """
    if len({*map(len, shapes)}) != 1:
        return None
    sizes = tuple(max(axis) for axis in zip(*shapes, strict=True))
    return sizes if all(one in (1, size) for shape in shapes for one, size in zip(shape, sizes, strict=True)) else None


def _repeats(join: str, shapes: Sequence[tuple[int, ...]]) -> bool:
    """Whether our join repeats the smaller tensor: over width and height, and a product over the depth."""
    small, large = sorted(shapes, key=prod)
    over_space = small[0] == large[0] and set(small[1:]) <= {1}
    return over_space or (join == "MUL" and small[0] == 1 and small[1:] == large[1:])


def fits(program: AppliedLayers, tensor: TensorValue, array: Value) -> bool:
    """Whether an array with a value for each of a tensor's, such as noise, leaves its sizes as they are."""
    if not isinstance(array, ExampleArray) or (shape := program.shape_of(tensor)) is None:
        return False
    sizes = (1,) * (len(shape) + 1 - len(array.shape)) + array.shape
    if program.is_keras:
        return array.shape[1:] in (shape, (1,) * len(shape))
    return len(sizes) == len(shape) + 1 and all(one in (1, of) for one, of in zip(sizes, (1, *shape), strict=True))


def elementwise(program: AppliedLayers, tensor: TensorValue, node: ast.AST) -> TensorValue:
    """What changes each value by itself and has no layer of its own."""
    program.stand_in(node, "IDENTITY")
    return program.ours("IDENTITY", tensor, node, tensor.rank, tensor.depth)

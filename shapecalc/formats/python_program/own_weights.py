"""Weights that a layer of the program has itself, `self.add_weight(shape=(4, 8))`, and what it does with them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import prod

from shapecalc.core.record import replace
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.framework_layers import DENSE, argument_of
from shapecalc.formats.python_program.keras_functions import shown
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    ExampleArray,
    LayerObject,
    OwnWeight,
    TensorValue,
    Unknown,
    Value,
)

PRODUCTS = frozenset({"matmul", "dot"})
BARE = "bias=false)"
"""The end of a layer that a sum may give a bias."""
OF_SUMS = (ast.Add, ast.Sub)


def own_weight(program: AppliedLayers, given: Sequence[Value], named: Mapping[str, Value], node: ast.Call) -> Value:
    """What `add_weight` gives: Keras 3 has its shape first, Keras 2 its name."""
    places = [one for one in given if isinstance(one, list | tuple)]
    shape = named.get("shape", places[0] if places else None)
    axes = () if shape is None and not given else shape
    if not isinstance(axes, list | tuple):
        return program.unknown(node)
    unknown = next((one for one in axes if isinstance(one, Unknown)), None)
    sizes = tuple(one for one in axes if type(one) is int)
    if unknown or len(sizes) != len(axes):
        return unknown or program.unknown(node)
    layer = LayerObject(DENSE, (), program.span(node), {}, node, is_frozen=named.get("trainable") is False)
    program.weights.append(OwnWeight(sizes, layer, prod(sizes)))
    return program.weights[-1]


def table(program: AppliedLayers, layer: LayerObject, array: ExampleArray, node: ast.AST) -> Value:
    """What an embedding gives for all positions, `Embedding(20, 8)(ops.arange(20))`."""
    rows, depth = argument_of(layer, "input_dim"), argument_of(layer, "output_dim")
    if not isinstance(rows, int) or not isinstance(depth, int):
        return program.unknown(node)
    return OwnWeight((*array.shape, depth), layer, rows * depth)


def product(program: AppliedLayers, tensor: TensorValue, weight: OwnWeight, node: ast.AST) -> Value:
    """`K.dot(x, w)`: what a Dense without a bias gives."""
    shape = program.shape_of(tensor)
    if shape is None or len(weight.shape) != 2 or shape[-1:] != weight.shape[:1] or program.channels_first:
        return program.lose(node, f"what {program.places.shown(node)} makes of {weight.shape} weights is not known")
    units = weight.shape[1]
    text = f"FC({units}, {BARE}" if len(shape) == 1 else f"CONV({units}, 1, {BARE}"
    return _made(program, text, tensor, weight, units, node)


def operated(program: AppliedLayers, sign: ast.operator, left: Value, right: Value, node: ast.AST) -> Value:
    """`x @ w`, `x * w`, `x + b`: a layer of ours where there is one, and else one of its size and parameters."""
    tensor, weight = (left, right) if isinstance(left, TensorValue) else (right, left)
    if not isinstance(tensor, TensorValue) or not isinstance(weight, OwnWeight):
        return program.lose(node)
    if isinstance(sign, ast.MatMult) and tensor is left:
        return product(program, tensor, weight, node)
    shape = program.shape_of(tensor)
    if shape is None or not _is_broadcast(weight.shape, shape) or isinstance(sign, ast.MatMult):
        return program.lose(node, f"what {program.places.shown(node)} makes of {weight.shape} weights is not known")
    before = program.nodes[tensor.node]
    depth = shape[-1]
    a_channel = weight.shape == (depth,) and not program.channels_first
    if isinstance(sign, OF_SUMS) and a_channel and before.pieces and before.pieces[0][0].endswith(BARE):
        text = before.pieces[0][0].removesuffix(BARE).removesuffix(", ") + ")"
        if not any(tensor in one.sources for one in program.nodes):
            weight.is_read = True
            program.change(tensor.node, replace(before, pieces=((text, before.span),)))
            return tensor
    if isinstance(sign, ast.Mult) and a_channel:
        return _made(program, "SCALE(bias=false)", tensor, weight, depth, node)
    return _made(program, f"OPAQUE({shown(program, shape)}, params={weight.count})", tensor, weight, depth, node)


def _is_broadcast(weight: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether weights of a shape leave the sizes of a tensor as they are, one for each value or for several."""
    whole = weight[1:] if len(weight) == len(shape) + 1 and weight[0] == 1 else weight  # without its batch
    pairs = zip(reversed(whole), reversed(shape), strict=False)
    return len(whole) <= len(shape) and all(size in (1, of) for size, of in pairs)


def _made(
    program: AppliedLayers, text: str, tensor: TensorValue, weight: OwnWeight, depth: int, node: ast.AST
) -> TensorValue:
    weight.is_read = True
    made = AppliedLayer(((text, program.span(node)),), (tensor,), "", program.span(node), weight.layer)
    return program.add(made, tensor.rank, depth)

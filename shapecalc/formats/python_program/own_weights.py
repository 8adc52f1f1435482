"""Weights that a layer of the program has itself, `self.add_weight(shape=(4, 8))`, and what it does with them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import prod

from shapecalc.core.phrases import size_text
from shapecalc.core.record import replace
from shapecalc.formats.python_program import torch_axes, torch_layers
from shapecalc.formats.python_program.applied_layers import IMAGE, VECTOR, AppliedLayers
from shapecalc.formats.python_program.framework_layers import DENSE, argument_of, is_keras
from shapecalc.formats.python_program.keras_functions import shown
from shapecalc.formats.python_program.known_arrays import part_of_array, reshaped
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    ExampleArray,
    Extent,
    External,
    LayerObject,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.program_weights import OwnWeight

NO_LAYERS_WEIGHTS = "what the program makes of weights that no layer has is not known"
PARAMETER = External("torch.nn.Parameter", "nn.Parameter")
PRODUCTS = frozenset({"matmul", "dot"})
BARE = "bias=false)"
"""The end of a layer that a sum may give a bias."""
OF_SUMS = (ast.Add, ast.Sub)
OF_EACH = frozenset({
    "contiguous", "clone", "detach", "to", "float", "type_as", "exp", "log", "sqrt", "abs", "square", "pow", "neg",
    "clamp", "sigmoid", "tanh", "softmax", "softplus", "relu", "mul", "div", "normalize",
})  # fmt: skip
"""Methods and functions of PyTorch that change each value of weights by itself, or by the others."""


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
    keras = is_keras(layer.name)
    names = ("input_dim", "output_dim") if keras else ("num_embeddings", "embedding_dim")
    rows, depth = (argument_of(layer, name) for name in names)
    if not isinstance(rows, int) or not isinstance(depth, int):
        return program.unknown(node)
    return OwnWeight((*array.shape, depth), layer, rows * depth)


def product(program: AppliedLayers, tensor: TensorValue, weight: OwnWeight, node: ast.AST) -> Value:
    """`K.dot(x, w)`: what a Dense without a bias gives."""
    shape = program.shape_of(tensor)
    if shape is None or len(weight.shape) != 2 or shape[-1:] != weight.shape[:1] or program.channels_first:
        return _not_known(program, weight, node)
    units = weight.shape[1]
    text = f"FC({units}, {BARE}" if len(shape) == 1 else f"CONV({units}, 1, {BARE}"
    if program.depth_first and len(shape) > 1:
        return torch_layers.last_as_channels(program, text, weight.layer, tensor, shape, units, node)
    return _made(program, text, tensor, weight, units, node)


def _not_known(program: AppliedLayers, weight: OwnWeight, node: ast.AST) -> Unknown:
    return program.lose(node, f"what {program.places.shown(node)} makes of {weight.shape} weights is not known")


def operated(program: AppliedLayers, sign: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
    """`x @ w`, `x * w`, `x + b`: a layer of ours where there is one, and else one of its size and parameters."""
    tensor, weight = (left, right) if isinstance(left, TensorValue) else (right, left)
    if not isinstance(tensor, TensorValue) or not isinstance(weight, OwnWeight):
        return program.lose(node)
    if isinstance(sign, ast.MatMult) and tensor is left:
        return product(program, tensor, weight, node)
    shape = program.shape_of(tensor)
    if (
        isinstance(sign, ast.Mult)
        and (text := _factor(program, tensor, weight))
        and not _other_node(program, weight, text)
    ):
        return _made(program, text, tensor, weight, tensor.depth, node)
    if (
        isinstance(sign, ast.MatMult)
        or shape is None
        or not (program.depth_first or _is_broadcast(weight.shape, shape))
    ):
        return _not_known(program, weight, node)
    if program.depth_first:
        found = as_tensor(program, weight, tensor, node)
        if isinstance(found, Unknown):
            return found
        first, second = (found, tensor) if weight is left else (tensor, found)
        return program.on_tensors(sign, first, second, node)
    before = program.nodes[tensor.node]
    depth = shape[-1]
    if isinstance(sign, OF_SUMS) and weight.shape == (depth,) and before.pieces and before.pieces[0][0].endswith(BARE):
        text = before.pieces[0][0].removesuffix(BARE).removesuffix(", ") + ")"
        if not any(tensor in one.sources for one in program.nodes):
            weight.is_read = True
            program.change(tensor.node, replace(before, pieces=((text, before.span),)))
            return tensor
    return _made(program, f"OPAQUE({shown(program, shape)}, params={weight.count})", tensor, weight, depth, node)


def as_tensor(program: AppliedLayers, weight: OwnWeight, like: TensorValue, node: ast.AST) -> TensorValue | Unknown:
    """Weights as a tensor with as many axes as another, of which it hangs on nothing but the batch."""
    rank = like.rank or 0
    sizes = (1,) * (rank - len(weight.shape)) + weight.shape
    if len(sizes) != rank or sizes[0] != 1 or rank > IMAGE:
        return _not_known(program, weight, node)
    volume, shape = program.volume_of(like), sizes[1:]
    size = (
        torch_axes.shown(shape)
        if rank > VECTOR or volume is None
        else size_text((*(1 for _ in volume.spatial), *shape))
    )
    depth = torch_axes.depth_of(shape)
    before = _other_node(program, weight, "")
    if before is not None:
        same = program.nodes[before.node].pieces[0][0] == f"LEARNED({size})"
        return before if same else program.ours(f"OPAQUE({size})", before, node, rank, depth)
    fits = volume is not None and len(volume.sizes) == size.count("x") + 1 and prod(shape) == weight.count
    text = f"LEARNED({size})" if fits else f"OPAQUE({size}, params={weight.count})"
    return _made(program, text, like, weight, depth, node, rank)


def _other_node(program: AppliedLayers, weight: OwnWeight, text: str) -> TensorValue | None:
    """What a layer gives that has the weights already, and is another one than `text`."""
    for place, one in enumerate(program.nodes):
        if one.layer is weight.layer and one.pieces[0][0] != text:
            return program.tensors[place]
    return None


def method_of(
    program: AppliedLayers,
    weight: OwnWeight,
    name: str,
    given: Sequence[Value],
    named: Mapping[str, Value],
    node: ast.AST,
) -> Value:
    """What a method or a function of PyTorch makes of weights: others of the same number, in another shape."""
    base, shape, first = name.rstrip("_"), weight.shape, given[0] if given else None
    sizes = [*first] if isinstance(first, list | tuple) else [*given]
    match base:
        case "size":
            return shape if first is None else shape[first] if isinstance(first, int) and first < len(shape) else None
        case "view" | "reshape" | "view_as":
            found = reshaped(ExampleArray(shape, weight.layer.span), sizes)
            return replace(weight, shape=found.shape) if found else _not_known(program, weight, node)
        case "unsqueeze" if isinstance(first, int) and -len(shape) <= first + 1 and first <= len(shape):
            place = first % (len(shape) + 1)
            return replace(weight, shape=(*shape[:place], 1, *shape[place:]))
        case "t" | "transpose" | "permute":
            order = [*range(len(shape))][::-1] if base == "t" else sizes
            if base == "transpose" and len(sizes) == 2 and all(isinstance(one, int) for one in sizes):
                order = [*range(len(shape))]
                one, two = (axis % len(shape) for axis in sizes if isinstance(axis, int))
                order[one], order[two] = two, one
            places = [axis for axis in order if type(axis) is int]
            if sorted(places) == [*range(len(shape))]:
                return replace(weight, shape=tuple(shape[axis] for axis in places))
        case "sum" | "mean" if not named or named == {"dim": 0}:
            return replace(weight, shape=shape[1:] if (named or first == 0) and shape else ())
        case "expand" | "repeat" | "tile":
            return _repeated(program, weight, sizes, 1 if base != "expand" else -1, node)
        case _ if base in OF_EACH:
            return weight
    return _not_known(program, weight, node)


def _repeated(program: AppliedLayers, weight: OwnWeight, sizes: Sequence[Value], same: int, node: ast.AST) -> Value:
    """`token.expand(x.shape[0], -1, -1)`: the same for every image of a batch."""
    shape = (1,) * (len(sizes) - len(weight.shape)) + weight.shape
    for place, (size, axis) in enumerate(zip(shape, sizes, strict=False)):
        is_batch = isinstance(axis, Extent) and axis.axis == 0 and place == 0 and size == 1
        if not is_batch and axis != same and not (same < 0 and axis == size):
            return _not_known(program, weight, node)
    return replace(weight, shape=shape) if len(shape) == len(sizes) else _not_known(program, weight, node)


def part_of_weight(program: AppliedLayers, weight: OwnWeight, index: Value, node: ast.AST) -> Value:
    """`gamma[:, None, None]`, `positions[:, :20]`."""
    found = part_of_array(ExampleArray(weight.shape, weight.layer.span), index)
    return replace(weight, shape=found.shape) if found and all(found.shape) else _not_known(program, weight, node)


def _factor(program: AppliedLayers, tensor: TensorValue, weight: OwnWeight) -> str:
    """Our layer for one factor a channel, or for one of all; empty for others."""
    if weight.count == 1 and len(weight.shape) <= (tensor.rank or 0):
        return "SCALE(shared=true, bias=false)"
    rank = tensor.rank or 0
    place = torch_axes.CHANNELS - rank if program.depth_first else -1
    sizes = (1,) * (rank - len(weight.shape)) + weight.shape
    is_of_channels = len(sizes) == rank > 1 and tensor.depth == sizes[place] == weight.count
    return "SCALE(bias=false)" if is_of_channels else ""


def _is_broadcast(weight: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether weights of a shape leave the sizes of a tensor as they are, one for each value or for several."""
    whole = weight[1:] if len(weight) == len(shape) + 1 and weight[0] == 1 else weight  # without its batch
    pairs = zip(reversed(whole), reversed(shape), strict=False)
    return len(whole) <= len(shape) and all(size in (1, of) for size, of in pairs)


def _made(
    program: AppliedLayers,
    text: str,
    tensor: TensorValue,
    weight: OwnWeight,
    depth: int | None,
    node: ast.AST,
    rank: int | None = None,
) -> TensorValue:
    weight.is_read = True
    made = AppliedLayer(((text, program.span(node)),), (tensor,), "", program.span(node), weight.layer)
    return program.add(made, rank or tensor.rank, depth)

"""What functions of PyTorch make that are given no tensor: examples, weights, copies of layers, norms of weights."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from shapecalc.core.record import replace
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.framework_layers import argument_of, form_of
from shapecalc.formats.python_program.own_weights import NO_LAYERS_WEIGHTS, PARAMETER
from shapecalc.formats.python_program.program_values import (
    ExampleArray,
    Extent,
    External,
    Instance,
    LayerObject,
    LayerSequence,
    NotRead,
    ShapeOf,
    Value,
)
from shapecalc.formats.python_program.program_weights import OwnWeight
from shapecalc.formats.python_program.torch_axes import depth_of, shown

ARRAYS = frozenset({
    "randn", "rand", "zeros", "ones", "empty", "normal", "uniform", "random", "random_normal", "random_uniform",
    "FloatTensor", "full", "Tensor", "randint",
})  # fmt: skip
"""Functions that make an array of a size."""


def example(
    program: AppliedLayers, name: External, arguments: list[Value], named: Mapping[str, Value], node: ast.AST
) -> Value:
    """`torch.randn(1, 3, 32, 32)`, and `torch.randn(x.size(0), 8)`, whose batch is that of a tensor."""
    of_torch = name.name.startswith("torch.")
    if name.base == "full" and len(arguments) == 2:
        arguments = [arguments[0]]
    if name.base == "randint":  # its numbers say between which values
        arguments = [one for one in arguments if isinstance(one, list | tuple | ShapeOf)]
    sizes = named.get("size", named.get("shape", arguments))
    while isinstance(sizes, list | tuple) and len(sizes) == 1 and isinstance(sizes[0], list | tuple | ShapeOf):
        sizes = sizes[0]
    if isinstance(sizes, ShapeOf):
        return program.ours("IDENTITY", sizes.tensor, node, sizes.tensor.rank, sizes.tensor.depth)
    if not isinstance(sizes, list | tuple):
        return program.unknown(node)
    if program.is_keras:
        sizes = [1 if one is None and not place else one for place, one in enumerate(sizes)]
    numbers = [one for one in sizes if type(one) is int]
    if len(numbers) == len(sizes) > (0 if of_torch else 1):
        return ExampleArray(tuple(numbers), program.span(node))
    batch = sizes[0] if sizes else None
    if isinstance(batch, Extent) and batch.axis == 0 and batch.tensor.node >= 0 and len(numbers) == len(sizes) - 1:
        shape = tuple(numbers)
        text = "IDENTITY" if shape == program.shape_of(batch.tensor) else f"OPAQUE({shown(shape)})"
        return program.ours(text, batch.tensor, node, len(shape) + 1, depth_of(shape))
    return program.unknown(node)


def _parameter(program: AppliedLayers, given: list[Value], named: Mapping[str, Value], node: ast.Call) -> Value:
    """`nn.Parameter(torch.zeros(1, 8, 1, 1))`: weights that no layer has."""
    data = given[0] if given else named.get("data")
    shape = data.shape if isinstance(data, ExampleArray | OwnWeight) else () if isinstance(data, int | float) else None
    if shape is None:
        return program.unknown(node, NO_LAYERS_WEIGHTS)
    layer = LayerObject(PARAMETER, (), program.span(node), {}, node)
    layer.is_frozen = named.get("requires_grad", given[1] if len(given) > 1 else True) is False
    made = OwnWeight(shape, layer, prod(shape))
    program.weights.append(made)
    return made


def _copied(program: AppliedLayers, given: list[Value], named: Mapping[str, Value], node: ast.Call) -> Value:
    """`copy.deepcopy(layer)`: one with weights of its own."""
    return copied(given[0], {}) if given else program.unknown(node)


def _copied_alone(program: AppliedLayers, given: list[Value], named: Mapping[str, Value], node: ast.Call) -> Value:
    """`copy.copy(block)`: another object with the same parts, whose weights are the same."""
    match given:
        case [LayerObject() as layer] if layer.factor is None:
            return layer
        case [LayerSequence() as made]:
            return replace(made)
        case [Instance() as made]:
            return replace(made, names={**made.names}, children=replace(made.children))
        case [list() | dict() as plain]:
            return type(plain)(plain)
        case [int() | float() | str() | tuple() | None as plain]:
            return plain
    return program.unknown(node)


def copied(value: Value, known: dict[int, Value]) -> Value:
    """A copy of a model or a list with copies of its parts, each once."""
    if id(value) in known:
        return known[id(value)]
    match value:
        case LayerObject():
            known[id(value)] = replace(value, factor=value.factor and replace(value.factor))
        case OwnWeight():
            known[id(value)] = replace(value, layer=replace(value.layer))
        case LayerSequence():
            made = LayerSequence({}, value.span, value.runs)
            known[id(value)] = made
            made.children = {name: copied(one, known) for name, one in value.children.items()}
            made.attributes = value.attributes and {name: copied(one, known) for name, one in value.attributes.items()}
        case Instance():
            own = Instance(value.type, {}, value.span, LayerSequence({}, value.span))
            known[id(value)] = own
            own.names = {name: copied(one, known) for name, one in value.names.items()}
            own.children.children = {name: copied(one, known) for name, one in value.children.children.items()}
        case list():
            known[id(value)] = type(value)(copied(one, known) for one in value)
        case dict():
            known[id(value)] = {name: copied(one, known) for name, one in value.items()}
        case tuple():
            return tuple(copied(one, known) for one in value)
        case _:
            return value
    return known[id(value)]


def _parametrised(program: AppliedLayers, given: list[Value], named: Mapping[str, Value], node: ast.Call) -> Value:
    """What makes the weights of a layer of others. Raises NotRead."""
    raise NotRead(f"how many weights there are after {program.places.shown(node)} is not known", program.span(node))


def _normed(program: AppliedLayers, given: list[Value], named: Mapping[str, Value], node: ast.Call) -> Value:
    """`weight_norm(layer)`: the lengths of its weights are weights too, one for each channel, or for all."""
    layer = given[0] if given else named.get("module")
    if not isinstance(layer, LayerObject):
        return program.unknown(node)
    axis = named.get("dim", given[2] if len(given) > 2 else 0)
    form = form_of(layer.name)
    if axis not in (0, None, -1) or named.get("name", given[1] if len(given) > 1 else "weight") != "weight":
        return program.unknown(node)
    text = "SCALE(bias=false)" if axis == 0 else "SCALE(shared=true, bias=false)"
    before = form is not None and form.ours == "UPCONV" and axis == 0  # its weights have its input's channels first
    layer.factor = LayerObject(
        External("torch.nn.utils.weight_norm", text), ((text, layer.span),), layer.span, {}, node
    )
    layer.factor.is_before = before
    return layer


def _without_norm(program: AppliedLayers, given: list[Value], named: Mapping[str, Value], node: ast.Call) -> Value:
    if given and isinstance(layer := given[0], LayerObject):
        layer.factor = None
        return layer
    return program.unknown(node)


def _as_it_is(program: AppliedLayers, given: list[Value], named: Mapping[str, Value], node: ast.Call) -> Value:
    """`spectral_norm(layer)` has as many weights."""
    first = given[0] if given else named.get("module")
    return first if isinstance(first, LayerObject | LayerSequence | Instance) else program.unknown(node)


_SIDES = {
    "CONV": ("out_channels", "in_channels"), "UPCONV": ("in_channels", "out_channels"),
    "FC": ("out_features", "in_features"), "BN": ("num_features",), "IN": ("num_features",),
    "LN": ("normalized_shape",), "GN": ("num_channels",), "EMBEDDING": ("num_embeddings", "embedding_dim"),
}  # fmt: skip
"""The arguments that are the first axes of a layer's weights in PyTorch."""


def weights_of(layer: LayerObject) -> Mapping[str, tuple[int, ...]]:
    """The shapes of the weights of a layer of PyTorch, by their names; empty where they are not known."""
    form = form_of(layer.name)
    if form is None or form.framework != "PyTorch" or form.ours not in _SIDES:
        return {}
    sides = [argument_of(layer, name) for name in _SIDES[form.ours]]
    groups, window = argument_of(layer, "groups") or 1, argument_of(layer, "kernel_size")
    axes = re.search(r"[123](?=d)", layer.name.base)
    extents = [*window] if isinstance(window, list | tuple) else [window] * int(axes.group() if axes else 0)
    if form.ours not in ("CONV", "UPCONV"):
        extents, groups = [], 1
    sizes = [one for one in (*sides, *extents, groups) if type(one) is int]
    if len(sizes) <= len(sides) + len(extents) or sizes[-1] < 1:
        return {}
    first, *rest = sizes[:-1]
    shape = (first, rest[0] // sizes[-1], *rest[1:]) if rest else (first,)
    gives = argument_of(layer, "out_channels") if form.ours == "UPCONV" else first
    has_bias = form.ours != "EMBEDDING" and argument_of(layer, "bias") is not False and isinstance(gives, int)
    return {"weight": shape, **({"bias": (gives,)} if has_bias and isinstance(gives, int) else {})}


_Function = Callable[[AppliedLayers, list[Value], Mapping[str, Value], ast.Call], Any]


def _tensor(program: AppliedLayers, given: list[Value], named: Mapping[str, Value], node: ast.Call) -> Value:
    """`torch.tensor([0.5, 0.2])`: its sizes are those of the lists."""
    shape, inside = list[int](), given[0] if given else None
    while isinstance(inside, list | tuple) and inside:
        shape.append(len(inside))
        inside = inside[0]
    return ExampleArray(tuple(shape), program.span(node)) if isinstance(inside, int | float) else program.unknown(node)


TORCH_FUNCTIONS: Mapping[str, _Function] = {
    "register_parametrization": _parametrised,
    "Parameter": _parameter, "tensor": _tensor, "deepcopy": _copied, "copy": _copied_alone, "weight_norm": _normed,
    "remove_weight_norm": _without_norm, "spectral_norm": _as_it_is, "remove_spectral_norm": _as_it_is,
}  # fmt: skip

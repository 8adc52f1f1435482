"""Functions that are given tensors, `F.relu(x)`, `torch.cat([a, b], 1)`, as layers."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping

from shapecalc.dialects.forms import by_spelling, forms, squashed
from shapecalc.formats.python_program import keras_functions, keras_joins, own_weights, torch_axes, torch_layers
from shapecalc.formats.python_program.applied_layers import IMAGE, AppliedLayers
from shapecalc.formats.python_program.einops_patterns import MODULE, of_einops
from shapecalc.formats.python_program.framework_layers import (
    NO_WEIGHTS,
    OF_EACH_VALUE,
    depth_after,
    layer_call,
    rank_after,
)
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    Extent,
    External,
    LayerObject,
    ShapeOf,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.program_weights import OwnWeight
from shapecalc.formats.python_program.tensor_methods import ELEMENTWISE, METHODS, PRODUCTS, SAME, tensor_method
from shapecalc.formats.python_program.tensor_operators import ARITHMETIC, elementwise, operator_of
from shapecalc.formats.python_program.torch_attention import products
from shapecalc.formats.python_program.torch_axes import CHANNELS, TORCH_REDUCING, check_softmax, einsum
from shapecalc.formats.python_program.torch_views import ImageRows, SplitAxes, back_again, in_front

CONCAT = frozenset({"cat", "concat", "concatenate"})
KERAS_JOINS = {
    "add": "Add", "multiply": "Multiply", "subtract": "Subtract", "maximum": "Maximum", "average": "Average",
    "minimum": "Minimum", "concatenate": "Concatenate", "concat": "Concatenate",
}  # fmt: skip
"""Functions of Keras and TensorFlow that are layers of these names."""
ACTIVATIONS = frozenset({
    "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "sigmoid", "hard_sigmoid", "tanh",
    "softplus",
    "softmax", "log_softmax", "mish", "hard_swish", "exponential", "softsign",
})  # fmt: skip
"""Functions of TensorFlow and Keras that `Activation` has by name."""
_SIGNS = {"add": ast.Add(), "bias_add": ast.Add(), "multiply": ast.Mult(), "subtract": ast.Sub()}
"""Functions of a tensor and a weight that are operators."""
_NOISE = frozenset({"randn_like", "rand_like", "zeros_like", "ones_like", "empty_like"})
"""Functions that give a tensor as large as another: what hangs on its size."""
_NORM = ("normalized_shape", "weight", "bias")
_CONVOLUTION = ("weight", "bias", "stride", "padding", "dilation", "groups")
"""What functions take after the tensor, in their order."""
_MOST_PLAIN = 4
"""Arguments without names that functions take in the order of their layers."""


def _tensors(program: AppliedLayers, given: Iterable[Value], node: ast.AST) -> list[TensorValue] | Unknown:
    found = list[TensorValue]()
    for one in given:
        if not isinstance(one, TensorValue):
            return one if isinstance(one, Unknown) else program.lose(node)
        found.append(one)
    return found


def function(
    program: AppliedLayers, name: External, arguments: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """What a function that is imported gives; unknown for one that is given no tensor."""
    if name.name.startswith(MODULE) and not program.is_keras and name.base != "einsum":
        return of_einops(program, name, arguments, named, node)
    base = name.base.rstrip("_")
    tensors_named = {"tensors", "input", "x", "inputs"} & named.keys()
    first = arguments[0] if arguments else named[tensors_named.pop()] if tensors_named else None
    if isinstance(first, Unknown):
        return first
    rest, named = arguments[1:], {k: v for k, v in named.items() if k not in ("tensors", "input", "x", "inputs")}
    if isinstance(first, list | tuple) and any(isinstance(one, TensorValue | Unknown) for one in first):
        made = _of_several(program, base, [*first], rest, named, node)
        if isinstance(made, TensorValue) and "layers" in name.name.split("."):  # of the model's layers
            program.part_of[made.node] = LayerObject(name, (), program.span(node), {}, node)
        return made
    if program.is_keras and base in KERAS_JOINS and len(arguments) == 2 and not named:
        if all(isinstance(one, TensorValue) for one in arguments):
            return keras_joins.joined(program, KERAS_JOINS[base], arguments, -1, node)
    elif (
        base in ("max", "min", "minimum")
        and len(arguments) == 2
        and all(isinstance(one, TensorValue) for one in arguments)
    ):
        if base != "max":
            program.stand_in(node, "MAX")
        return program.joined("MAX", [one for one in arguments if isinstance(one, TensorValue)], node)
    elif base in ARITHMETIC and len(arguments) == 2 and any(isinstance(one, TensorValue) for one in arguments):
        sign = {"ADD": ast.Add(), "SUB": ast.Sub(), "MUL": ast.Mult()}.get(ARITHMETIC[base])
        return operator_of(program, sign, first, rest[0], node) if sign else program.lose(node)
    if base == "einsum" and isinstance(first, str) and not program.is_keras:
        tensors = [one for one in rest if isinstance(one, TensorValue)]
        return einsum(program, first, tensors, node) if len(tensors) == len(rest) else program.lose(node)
    if base == "scaled_dot_product_attention":
        return products(program, arguments[:3], node)
    if isinstance(first, SplitAxes | ImageRows):
        return _apart(program, name, first, arguments[1:], named, node)
    if isinstance(first, OwnWeight) and not program.is_keras:
        return own_weights.method_of(program, first, base, rest, named, node)
    if isinstance(first, TensorValue) and base in _NOISE:
        return program.ours("IDENTITY", first, node, first.rank, first.depth)
    if isinstance(first, TensorValue):
        return _of_one(program, name, first, rest, named, node)
    if any(isinstance(one, TensorValue) for one in (*arguments, *named.values())):
        return program.lose(node)
    root, dot, _ = name.name.partition(".")
    is_elsewhere = bool(dot) and root not in sys.stdlib_module_names and root not in ("torch", "numpy")
    return program.unknown(node, f"{name.written} is not read: it is in another file" if is_elsewhere else "")


def _apart(
    program: AppliedLayers,
    name: External,
    first: SplitAxes | ImageRows,
    rest: list[Value],
    named: Mapping[str, Value],
    node: ast.Call,
) -> Value:
    """A function that leaves every size as it is, of a tensor with axes as no diagram has them."""
    base = name.base.rstrip("_")
    form = by_spelling("PyTorch").get(squashed(base))
    tensor = first.tensor if isinstance(first, ImageRows) else in_front(program, first, node)
    if tensor is None or (base not in SAME | ELEMENTWISE and (form is None or form.ours not in OF_EACH_VALUE)):
        return program.lose(node)
    found = function(program, name, [tensor, *rest], {**named}, node)
    if isinstance(first, ImageRows):
        return ImageRows(found) if isinstance(found, TensorValue) else found
    return back_again(program, first, found) or program.lose(node)


def _of_several(
    program: AppliedLayers, base: str, given: list[Value], rest: list[Value], named: Mapping[str, Value], node: ast.AST
) -> Value:
    """`torch.cat([x, y], 1)`, `layers.add([x, y])`."""
    like = next(one for one in given if isinstance(one, TensorValue | Unknown))
    if not program.is_keras and isinstance(like, TensorValue):
        given = [
            own_weights.as_tensor(program, one, like, node) if isinstance(one, OwnWeight) else one for one in given
        ]
    tensors = _tensors(program, given, node)
    if isinstance(tensors, Unknown):
        return tensors
    axis = named.get("dim", named.get("axis", rest[0] if rest else None))
    if base == "stack":
        stacked = keras_functions.stacked if program.is_keras else torch_axes.stacked
        return stacked(program, tensors, 0 if axis is None else axis, node)
    if program.is_keras and base in KERAS_JOINS:
        return keras_joins.joined(program, KERAS_JOINS[base], tensors, -1 if axis is None else axis, node)
    if base in ARITHMETIC:
        return program.joined(ARITHMETIC[base], tensors, node)
    if base not in CONCAT:
        return program.lose(node)
    ranks = {one.rank for one in tensors}
    if (found := torch_axes.concatenated(program, tensors, axis, node)) is not None:
        return found
    if axis != CHANNELS and not (isinstance(axis, int) and axis < 0 and ranks == {CHANNELS - axis}):
        said = 0 if axis is None else axis
        return program.lose(
            node, f"axis {said} is not known to be that of the channels in {program.places.shown(node)}"
        )
    return program.joined("CONCAT", tensors, node)


def _of_one(
    program: AppliedLayers,
    name: External,
    tensor: TensorValue,
    rest: list[Value],
    named: Mapping[str, Value],
    node: ast.Call,
) -> Value:
    """A function of one tensor and of plain values."""
    base = name.base.rstrip("_")
    keras = "keras" in name.name or name.name.startswith("tensorflow")
    if keras and base in ACTIVATIONS:
        axis = named.get("axis", rest[0] if rest and "softmax" in base else -1)
        if isinstance(axis, int) and axis not in (-1, (tensor.rank or 0) - 1):
            return elementwise(program, tensor, node)
        layer = External("keras.layers.Activation", "layers.Activation")
        return _applied(program, layer, tensor, [base], {}, node)
    if keras and len(rest) == 1 and isinstance(weight := rest[0], OwnWeight):
        if base in own_weights.PRODUCTS:
            return own_weights.product(program, tensor, weight, node)
        sign = _SIGNS.get(base)
        return operator_of(program, sign, tensor, weight, node) if sign else program.lose(node)
    if keras and (found := keras_functions.keras_function(program, base, tensor, rest, named, node)) is not ...:
        return found
    if not keras and base in forms("PyTorch") | METHODS.keys() | TORCH_REDUCING.keys() | PRODUCTS | SAME | ELEMENTWISE:
        return tensor_method(program, tensor, base, rest, named, node)
    if not keras:
        return _of_torch(program, base, tensor, rest, named, node)
    return program.lose(node)


def _of_torch(
    program: AppliedLayers,
    base: str,
    tensor: TensorValue,
    rest: list[Value],
    named: Mapping[str, Value],
    node: ast.Call,
) -> Value:
    """A function of PyTorch that is a layer without weights, with the arguments of that."""
    if base in ("interpolate", "upsample"):
        resized = _resized(program, tensor, rest, named, node)
        if resized is not None:
            return resized
    window = rest[:1] or [named.get("kernel_size")]
    if base in ("avg_pool2d", "max_pool2d") and _is_size_of(window, tensor):
        kind = "GAP" if base == "avg_pool2d" else "GLOBALMAXPOOL"
        return program.ours(kind, tensor, node, 4, tensor.depth)
    if base == "pad":
        return _padded(program, tensor, rest, named, node)
    if base == "layer_norm":
        return _normed(program, tensor, rest, named, node)
    if base in ("conv1d", "conv2d", "conv3d"):
        return _convolved(program, base, tensor, rest, named, node)
    if base == "linear":
        return _linear(program, tensor, [*rest, *(named[key] for key in ("weight", "bias") if key in named)], node)
    if base == "dropout2d" and tensor.rank not in (None, IMAGE):
        program.stand_in(node, "DO")  # PyTorch warns of it
        base = "dropout"
    form = by_spelling("PyTorch").get(squashed(base))
    if form is None or form.ours not in NO_WEIGHTS or len(rest) > _MOST_PLAIN:
        return program.lose(node)
    without = {k: v for k, v in named.items() if k not in ("training", "inplace", "antialias")}
    if base.endswith("dropout") or "dropout" in base:
        rest = rest[:1]
    if base in ("softmax", "log_softmax"):
        check_softmax(program, tensor, named.get("dim", rest[0] if rest else 1), node)
        rest, without = [], {}
    return _applied(program, External(f"torch.nn.{form.name}", f"nn.{form.name}"), tensor, rest, without, node)


def _normed(
    program: AppliedLayers, tensor: TensorValue, rest: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`F.layer_norm(x, (16,), weight, bias)` along the last axis, with weights of the program."""
    sizes, weight, bias = (named.get(k, (*rest, None, None, None)[n]) for n, k in enumerate(_NORM))
    shape = program.shape_of(tensor)
    axes = [*sizes] if isinstance(sizes, list | tuple) else [sizes]
    if (
        shape is None
        or len(shape) < 2
        or axes != [shape[-1]]
        or isinstance(weight, Unknown)
        or isinstance(bias, Unknown)
    ):
        return program.lose(node)
    layer = LayerObject(External("torch.nn.functional.norm", "F.layer_norm"), (), program.span(node), {}, node)
    found = torch_layers.last_as_channels(program, "LN(affine=false)", layer, tensor, shape, shape[-1], node)
    for sign, one in ((ast.Mult(), weight), (ast.Add(), bias)):
        found = found if one is None else operator_of(program, sign, found, one, node)
    return found


def _convolved(
    program: AppliedLayers,
    base: str,
    tensor: TensorValue,
    rest: list[Value],
    named: Mapping[str, Value],
    node: ast.Call,
) -> Value:
    """`F.conv2d(x, self.weight, self.bias, padding=1)` with weights of the program."""
    given = {**dict(zip(_CONVOLUTION, rest, strict=False)), **named}
    weight, bias, groups = given.pop("weight", None), given.pop("bias", None), given.get("groups", 1)
    axes = int(base[-2])
    if not isinstance(weight, OwnWeight) or len(weight.shape) != axes + 2 or type(groups) is not int:
        return program.lose(node)
    gives, reads, *window = weight.shape
    name = External(f"torch.nn.Conv{axes}d", f"nn.Conv{axes}d")
    layer = layer_call(name, node, [reads * groups, gives, tuple(window)], {**given, "bias": False}, program.places)
    if isinstance(layer, Unknown):
        return layer
    made = AppliedLayer(layer.pieces, (tensor,), "", program.span(node), weight.layer)
    found = program.add(made, tensor.rank, gives)
    if isinstance(bias, OwnWeight):
        bias = own_weights.method_of(program, bias, "view", [-1, *(1 for _ in window)], {}, node)
    return found if bias is None else operator_of(program, ast.Add(), found, bias, node)


def _linear(program: AppliedLayers, tensor: TensorValue, weights: list[Value], node: ast.Call) -> Value:
    """`F.linear(x, self.weight, self.bias)` with weights of the program."""
    weight, bias = (*weights, None)[:2] if weights else (None, None)
    if not isinstance(weight, OwnWeight):
        return program.lose(node)
    turned = own_weights.method_of(program, weight, "t", [], {}, node)
    found = own_weights.product(program, tensor, turned, node) if isinstance(turned, OwnWeight) else turned
    if bias is None or isinstance(found, Unknown):
        return found
    return operator_of(program, ast.Add(), found, bias, node)


def _is_size_of(given: list[Value], tensor: TensorValue) -> bool:
    """Whether a window is as large as its input: `F.avg_pool2d(x, x.size()[2:])`."""
    size = given[0] if given else None
    if isinstance(size, ShapeOf):
        return size.tensor.node == tensor.node and size.first == 2
    extents = [one for one in size if isinstance(one, Extent)] if isinstance(size, list | tuple) else []
    return [(one.tensor.node, one.axis) for one in extents] == [(tensor.node, 2), (tensor.node, 3)]


def _applied(
    program: AppliedLayers,
    name: External,
    tensor: TensorValue,
    rest: list[Value],
    named: Mapping[str, Value],
    node: ast.Call,
) -> Value:
    """A layer for a function: its arguments are those after the tensor."""
    call = ast.copy_location(ast.Call(node.func, node.args[1:], node.keywords), node)
    layer = layer_call(name, call, rest, named, program.places)
    if isinstance(layer, Unknown):
        return layer
    made = AppliedLayer(layer.pieces, (tensor,), "", program.span(node), layer)
    return program.add(made, rank_after(layer, tensor.rank), depth_after(layer, tensor.depth))


def _resized(
    program: AppliedLayers, tensor: TensorValue, rest: list[Value], named: Mapping[str, Value], node: ast.Call
) -> TensorValue | None:
    """`F.interpolate(x, size=y.shape[2:])`, as large as another tensor; None for other sizes."""
    size = named.get("size", rest[0] if rest else None)
    other = size.tensor if isinstance(size, ShapeOf) and size.first == 2 else None
    if isinstance(size, list | tuple) and len(size) == 2:
        extents = [one for one in size if isinstance(one, Extent)]
        if len({one.tensor.node for one in extents}) == 1 and [one.axis for one in extents] == [2, 3]:
            other = extents[0].tensor
    if other is None or other.node < 0:
        return None
    span = program.span(node)
    mode = named.get("mode", "nearest")
    ends = f", mode={mode})" if mode == "bilinear" else ")"
    pieces = (("RESIZE(", span), (ends, span))
    return program.add(AppliedLayer(pieces, (tensor,), "", span, reads_size_of=other), tensor.rank, tensor.depth)


def _padded(
    program: AppliedLayers, tensor: TensorValue, rest: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`F.pad(x, (1, 1, 1, 1), mode='reflect')`."""
    sides = named.get("pad", rest[0] if rest else None)
    mode = named.get("mode", rest[1] if len(rest) > 1 else "constant")
    layers = {
        "constant": "ZeroPad",
        "reflect": "ReflectionPad",
        "replicate": "ReplicationPad",
        "circular": "CircularPad",
    }
    if not isinstance(sides, list | tuple) or len(sides) % 2 or mode not in layers:
        return program.lose(node)
    spatial = (tensor.rank or 0) - 2
    if len(sides) == 2 * spatial + 2 > 2 and mode == "constant":  # the last two are of the channels
        depth = [one for one in sides[-2:] if isinstance(one, int) and one >= 0]
        if len(depth) < 2:
            return program.lose(node)
        text = f"PAD(depth=({depth[0]}, {depth[1]}))"
        tensor = program.ours(text, tensor, node, tensor.rank, tensor.depth and tensor.depth + sum(depth))
        sides = sides[:-2]
        if not any(sides):
            return tensor
    if len(sides) not in (2, 4) or (tensor.rank and len(sides) > 2 * spatial):
        return program.lose(node)
    name = f"{layers[str(mode)]}{len(sides) // 2}d"
    return _applied(program, External(f"torch.nn.{name}", f"nn.{name}"), tensor, [tuple(sides)], {}, node)

"""Functions and methods that are given tensors, `F.relu(x)`, `torch.cat([a, b], 1)`, `x.view(x.size(0), -1)`, as layers."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from shapecalc.core.record import replace
from shapecalc.dialects.forms import by_spelling, forms, squashed
from shapecalc.formats.python_program.layer_calls import NO_WEIGHTS, layer_call, rank_after
from shapecalc.formats.python_program.program_values import (
    Extent,
    External,
    LayerCall,
    Node,
    ShapeOf,
    Tensor,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapecalc.formats.python_program.network_program import NetworkProgram

SAME = frozenset({
    "contiguous", "clone", "detach", "to", "cuda", "cpu", "float", "half", "double", "requires_grad_", "type", "type_as",
    "expand_as", "checkpoint_sequential", "stop_gradient", "identity", "cast", "convert_to_tensor",
})  # fmt: skip
"""What gives a tensor as it is, as far as sizes go."""
CONCAT = frozenset({"cat", "concat", "concatenate"})
ARITHMETIC = {"add": "ADD", "sub": "SUB", "subtract": "SUB", "mul": "MUL", "multiply": "MUL", "maximum": "MAX"}
ACTIVATIONS = frozenset({
    "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "sigmoid", "hard_sigmoid", "tanh", "softplus",
    "softmax", "log_softmax", "mish", "hard_swish", "exponential", "softsign",
})  # fmt: skip
"""Functions of TensorFlow and Keras that `Activation` has by name."""
_ELEMENTWISE = frozenset({"exp", "log", "sqrt", "abs", "square", "pow", "neg", "clamp", "clip", "sin", "cos", "rsqrt"})
_SIGNS: Mapping[type[ast.operator], str] = {ast.Add: "ADD", ast.Sub: "SUB", ast.Mult: "MUL"}
_CHANNELS = 1
"""The axis of the channels in PyTorch."""
_SPATIAL = ({2, 3}, {-1, -2})
_MOST_PLAIN = 4
"""Arguments without names that functions take in the order of their layers."""


def operator_of(program: NetworkProgram, sign: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
    """`x + y`, `x * y`, `x / 255`."""
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        join = _SIGNS.get(type(sign))
        return program.joined(join, (left, right), node) if join else program.unknown(node)
    tensor, other = (left, right) if isinstance(left, Tensor) else (right, left)
    if isinstance(tensor, Tensor) and isinstance(other, int | float):
        return _elementwise(program, tensor, node)
    return program.unknown(node)


def _elementwise(program: NetworkProgram, tensor: Tensor, node: ast.AST) -> Tensor:
    """What changes each value by itself and has no layer of its own."""
    program.stand_in(node, "IDENTITY")
    return program.ours("IDENTITY", tensor, node, tensor.rank)


def keras_join(
    program: NetworkProgram, layer: LayerCall, join: str, given: Iterable[Value], node: ast.AST
) -> Tensor | Unknown:
    """`Add()([x, y])`."""
    tensors = _tensors(program, given, node)
    if isinstance(tensors, Unknown):
        return tensors
    if join == "SUB" and len(tensors) != 2:
        return program.unknown(node, f"{layer.name.base} takes 2 tensors, and here are {len(tensors)}")
    axis = layer.arguments.get("axis", layer.arguments.get("0", -1))
    if join == "CONCAT" and not _is_last(axis, tensors):
        return program.unknown(node, f"axis={axis} of {layer.name.base} is not that of the channels, which is -1")
    return program.joined(join, tensors, node)


def _tensors(program: NetworkProgram, given: Iterable[Value], node: ast.AST) -> list[Tensor] | Unknown:
    found = list[Tensor]()
    for one in given:
        if not isinstance(one, Tensor):
            return one if isinstance(one, Unknown) else program.unknown(node)
        found.append(one)
    return found


def _is_last(axis: Value, tensors: Iterable[Tensor]) -> bool:
    """Whether an axis is the last of tensors, which in Keras is that of the channels."""
    ranks = {one.rank for one in tensors if one.rank is not None}
    return axis == -1 or (isinstance(axis, int) and {axis + 1} == ranks)


def function(
    program: NetworkProgram, name: External, arguments: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """What a function that is imported gives; unknown for one that is given no tensor."""
    base = name.base.rstrip("_")
    tensors_named = {"tensors", "input", "x", "inputs"} & named.keys()
    first = arguments[0] if arguments else named[tensors_named.pop()] if tensors_named else None
    if isinstance(first, Unknown):
        return first
    rest, named = arguments[1:], {k: v for k, v in named.items() if k not in ("tensors", "input", "x", "inputs")}
    if isinstance(first, list | tuple) and any(isinstance(one, Tensor) for one in first):
        return _of_several(program, base, [*first], rest, named, node)
    if base in ARITHMETIC and len(arguments) == 2 and any(isinstance(one, Tensor) for one in arguments):
        sign = {"ADD": ast.Add(), "SUB": ast.Sub(), "MUL": ast.Mult()}.get(ARITHMETIC[base])
        return operator_of(program, sign, first, rest[0], node) if sign else program.unknown(node)
    if isinstance(first, Tensor):
        return _of_one(program, name, first, rest, named, node)
    if any(isinstance(one, Tensor) for one in (*arguments, *named.values())):
        return program.unknown(node)
    return program.unknown(node, f"{name.written} is not read: it is in another file" if "." in name.name else "")


def _of_several(
    program: NetworkProgram, base: str, given: list[Value], rest: list[Value], named: Mapping[str, Value], node: ast.AST
) -> Value:
    """`torch.cat([x, y], 1)`, `layers.add([x, y])`."""
    tensors = _tensors(program, given, node)
    if isinstance(tensors, Unknown):
        return tensors
    if base in ARITHMETIC:
        return program.joined(ARITHMETIC[base], tensors, node)
    if base not in CONCAT:
        return program.unknown(node)
    axis = named.get("dim", named.get("axis", rest[0] if rest else None))
    if program.is_keras:
        right = _is_last(-1 if axis is None else axis, tensors)
    else:
        right = axis == _CHANNELS or (axis == -1 and {one.rank for one in tensors} == {2})
        right = right or (axis == -3 and {one.rank for one in tensors} == {4})
    if not right:
        said = 0 if axis is None else axis
        return program.unknown(
            node, f"axis {said} is not known to be that of the channels in {program.places.shown(node)}"
        )
    return program.joined("CONCAT", tensors, node)


def _of_one(
    program: NetworkProgram,
    name: External,
    tensor: Tensor,
    rest: list[Value],
    named: Mapping[str, Value],
    node: ast.Call,
) -> Value:
    """A function of one tensor and of plain values."""
    base = name.base.rstrip("_")
    keras = "keras" in name.name or name.name.startswith("tensorflow")
    if keras and base in ACTIVATIONS:
        layer = External("keras.layers.Activation", "layers.Activation")
        return _applied(program, layer, tensor, [base], {}, node)
    if keras and base == "reduce_mean":
        return _mean(program, tensor, named.get("axis", rest[0] if rest else None), named, node, ({1, 2},))
    if not keras and base in forms("PyTorch") | _METHODS.keys():
        return tensor_method(program, tensor, base, rest, named, node)
    if not keras:
        return _of_torch(program, base, tensor, rest, named, node)
    return program.unknown(node)


def _of_torch(
    program: NetworkProgram, base: str, tensor: Tensor, rest: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """A function of PyTorch that is a layer without weights, with the arguments of that."""
    if base in ("interpolate", "upsample"):
        resized = _resized(program, tensor, rest, named, node)
        if resized is not None:
            return resized
    if base == "pad":
        return _padded(program, tensor, rest, named, node)
    form = by_spelling("PyTorch").get(squashed(base))
    if form is None or form.ours not in NO_WEIGHTS or len(rest) > _MOST_PLAIN:
        return program.unknown(node)
    without = {k: v for k, v in named.items() if k not in ("training", "inplace", "antialias")}
    if base.endswith("dropout") or "dropout" in base:
        rest = rest[:1]
    if base in ("softmax", "log_softmax") and tensor.rank == 2:
        rest, without = [], {}
    return _applied(program, External(f"torch.nn.{form.name}", f"nn.{form.name}"), tensor, rest, without, node)


def _applied(
    program: NetworkProgram,
    name: External,
    tensor: Tensor,
    rest: list[Value],
    named: Mapping[str, Value],
    node: ast.Call,
) -> Value:
    """A layer for a function: its arguments are those after the tensor."""
    call = ast.copy_location(ast.Call(node.func, node.args[1:], node.keywords), node)
    layer = layer_call(name, call, rest, named, program.places)
    if isinstance(layer, Unknown):
        return layer
    made = Node(layer.pieces, (tensor,), "", program.span(node), layer)
    return program.add(made, rank_after(layer, tensor.rank))


def _resized(
    program: NetworkProgram, tensor: Tensor, rest: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Tensor | None:
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
    return program.add(Node(pieces, (tensor,), "", span, reads_size_of=other), tensor.rank)


def _padded(
    program: NetworkProgram, tensor: Tensor, rest: list[Value], named: Mapping[str, Value], node: ast.Call
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
    if not isinstance(sides, list | tuple) or len(sides) not in (2, 4) or mode not in layers:
        return program.unknown(node)
    name = f"{layers[str(mode)]}{len(sides) // 2}d"
    return _applied(program, External(f"torch.nn.{name}", f"nn.{name}"), tensor, [tuple(sides)], {}, node)


# --- methods --------------------------------------------------------------------------------------


def tensor_method(
    program: NetworkProgram, tensor: Tensor, name: str, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`x.view(…)`, `x.relu()`, `x.size(0)`: what a method of a tensor gives."""
    base = name.rstrip("_")
    if base in SAME:
        return tensor
    if base in ARITHMETIC and len(given) == 1:
        sign = {"ADD": ast.Add(), "SUB": ast.Sub(), "MUL": ast.Mult()}.get(ARITHMETIC[base])
        return operator_of(program, sign, tensor, given[0], node) if sign else program.unknown(node)
    if base in _METHODS:
        return _METHODS[base](program, tensor, given, named, node)
    if base in _ELEMENTWISE:
        return _elementwise(program, tensor, node)
    form = by_spelling("PyTorch").get(squashed(base))
    if form is None or form.ours not in NO_WEIGHTS or given or base == "pad":
        return program.unknown(node)
    return program.ours(f"nn.{form.name}()", tensor, node, tensor.rank)


def _size(
    program: NetworkProgram, tensor: Tensor, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    axis = given[0] if given else named.get("dim")
    if axis is None:
        return ShapeOf(tensor)
    rank = tensor.rank or 0
    if not isinstance(axis, int) or (axis < 0 and not rank):
        return program.unknown(node)
    return Extent(tensor, axis if axis >= 0 else axis + rank)


def _is_batch(value: Value) -> bool:
    return isinstance(value, Extent) and value.axis == 0


def _view(
    program: NetworkProgram, tensor: Tensor, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`x.view(x.size(0), -1)`, `x.reshape(-1, 128, 7, 7)`."""
    shape = [*given[0]] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    unknown = next((one for one in shape if isinstance(one, Unknown)), None)
    if unknown:
        return unknown
    first, *rest = shape or [None]
    numbers = [one for one in rest if isinstance(one, int) and one > 0]
    if not _is_batch(first) and not (first == -1 and len(numbers) == len(rest)):
        if not isinstance(first, int) or first < 1 or -1 not in rest:  # a batch in numbers, and the rest
            return program.unknown(node)
    if len(rest) == 1:
        claim = f": 1x1x{numbers[0]}" if numbers else ""
        return program.ours(f"FLATTEN{claim}", tensor, node, 2)
    if len(rest) == 3 and rest[1:] == [1, 1] and tensor.rank == 2:
        return replace(tensor, rank=4)
    if len(numbers) == len(rest) > 1:
        sizes = [*numbers[:0:-1], numbers[0]]
        return program.ours(f"RESHAPE({'x'.join(map(str, sizes))})", tensor, node, len(rest) + 1)
    return program.unknown(node)


def _flatten(
    program: NetworkProgram, tensor: Tensor, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    start = named.get("start_dim", given[0] if given else 0)
    end = named.get("end_dim", given[1] if len(given) > 1 else -1)
    if start != _CHANNELS or end not in (-1, (tensor.rank or 0) - 1):
        reason = f"{program.places.shown(node)} does not flatten the axes from 1 on, and those alone"
        return program.unknown(node, reason)
    return program.ours("FLATTEN", tensor, node, 2)


def _mean_of_torch(
    program: NetworkProgram, tensor: Tensor, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    return _mean(
        program, tensor, named.get("dim", named.get("axis", given[0] if given else None)), named, node, _SPATIAL
    )


def _mean(
    program: NetworkProgram,
    tensor: Tensor,
    axes: Value,
    named: Mapping[str, Value],
    node: ast.AST,
    spatial: Iterable[set[int]],
) -> Value:
    """The mean over width and height."""
    if not isinstance(axes, list | tuple) or set(axes) not in list(spatial) or tensor.rank not in (4, None):
        return program.unknown(node)
    keeps = named.get("keepdim", named.get("keepdims", False))
    return program.ours("GAP", tensor, node, 4 if keeps else 2)


def _squeeze(
    program: NetworkProgram, tensor: Tensor, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """What takes axes of one position away: the values stay as they are where these are the last two."""
    axis = given[0] if given else named.get("dim")
    if axis not in (None, -1, -2, 2, 3):
        return program.unknown(node)
    return replace(tensor, rank=None)


def _unsqueeze(
    program: NetworkProgram, tensor: Tensor, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    axis = given[0] if given else named.get("dim")
    if tensor.rank not in (2, 3) or axis not in (-1, 2, 3):
        return program.unknown(node)
    return replace(tensor, rank=tensor.rank + 1)


_METHODS: Mapping[str, Callable[[NetworkProgram, Tensor, list[Value], Mapping[str, Value], ast.Call], Value]] = {
    "size": _size, "view": _view, "reshape": _view, "flatten": _flatten, "mean": _mean_of_torch, "squeeze": _squeeze,
    "unsqueeze": _unsqueeze,
}  # fmt: skip

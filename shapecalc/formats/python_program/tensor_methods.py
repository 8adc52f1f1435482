"""Methods of tensors, `x.view(x.size(0), -1)`, `x.chunk(2, 1)`, and parts of them, `x[:, :16]`, as layers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate, pairwise

from shapecalc.core.record import replace
from shapecalc.dialects.forms import by_spelling, squashed
from shapecalc.formats.python_program import keras_joins, own_weights
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.framework_layers import NO_WEIGHTS
from shapecalc.formats.python_program.program_values import (
    COMPUTED,
    ExampleArray,
    Extent,
    OwnWeight,
    ShapeOf,
    TensorValue,
    Unknown,
    Value,
)

SAME = frozenset({
    "contiguous", "clone", "detach", "to", "cuda", "cpu", "float", "half", "double", "requires_grad_", "type",
    "type_as",
    "checkpoint_sequential", "stop_gradient", "identity", "cast", "convert_to_tensor",
})  # fmt: skip
"""What gives a tensor as it is, as far as sizes go."""
ARITHMETIC = {"add": "ADD", "sub": "SUB", "subtract": "SUB", "mul": "MUL", "multiply": "MUL", "maximum": "MAX"}
_ELEMENTWISE = frozenset({"exp", "log", "sqrt", "abs", "square", "pow", "neg", "clamp", "clip", "sin", "cos", "rsqrt"})
_SIGNS: Mapping[type[ast.operator], str] = {ast.Add: "ADD", ast.Sub: "SUB", ast.Mult: "MUL"}
_LAYERS: Mapping[type[ast.operator], str] = {
    ast.Add: "Add", ast.Sub: "Subtract", ast.Mult: "Multiply", ast.Div: "Divide",
}  # fmt: skip
"""Keras' layers that do the same."""
CHANNELS = 1
"""The axis of the channels in PyTorch."""
_SPATIAL = ({2, 3}, {-1, -2})


def operator_of(program: AppliedLayers, sign: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
    """`x + y`, `x * y`, `x / 255`."""
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
    if isinstance(left, TensorValue) and isinstance(right, TensorValue):
        if program.is_keras and type(sign) in _LAYERS:
            return keras_joins.joined(program, _LAYERS[type(sign)], (left, right), -1, node)
        join = _SIGNS.get(type(sign))
        return program.joined(join, (left, right), node) if join else program.lose(node)
    if isinstance(left, OwnWeight) or isinstance(right, OwnWeight):
        return own_weights.operated(program, sign, left, right, node)
    tensor, other = (left, right) if isinstance(left, TensorValue) else (right, left)
    noise = isinstance(other, ExampleArray) and program.is_keras and isinstance(tensor, TensorValue)
    if isinstance(tensor, TensorValue) and (isinstance(other, int | float) or (noise and fits(program, tensor, other))):
        return elementwise(program, tensor, node)
    return program.lose(node)


def fits(program: AppliedLayers, tensor: TensorValue, array: Value) -> bool:
    """Whether an array with a value for each of a tensor's, such as noise, leaves its sizes as they are."""
    shape = program.shape_of(tensor)
    return isinstance(array, ExampleArray) and shape is not None and array.shape[1:] in (shape, (1,) * len(shape))


def elementwise(program: AppliedLayers, tensor: TensorValue, node: ast.AST) -> TensorValue:
    """What changes each value by itself and has no layer of its own."""
    program.stand_in(node, "IDENTITY")
    return program.ours("IDENTITY", tensor, node, tensor.rank, tensor.depth)


def tensor_method(
    program: AppliedLayers,
    tensor: TensorValue,
    name: str,
    given: list[Value],
    named: Mapping[str, Value],
    node: ast.Call,
) -> Value:
    """`x.view(…)`, `x.relu()`, `x.size(0)`: what a method of a tensor gives."""
    base = name.rstrip("_")
    if program.is_keras and name == "get_shape":
        return program.shape(tensor)
    if base in SAME:
        return tensor
    if base in ARITHMETIC and len(given) == 1:
        sign = {"ADD": ast.Add(), "SUB": ast.Sub(), "MUL": ast.Mult()}.get(ARITHMETIC[base])
        return operator_of(program, sign, tensor, given[0], node) if sign else program.lose(node)
    if base in METHODS:
        return METHODS[base](program, tensor, given, named, node)
    if base in _ELEMENTWISE:
        return elementwise(program, tensor, node)
    form = by_spelling("PyTorch").get(squashed(base))
    if form is None or form.ours not in NO_WEIGHTS or given or base == "pad":
        return program.lose(node)
    return program.ours(f"nn.{form.name}()", tensor, node, tensor.rank, tensor.depth)


def _size(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    axis = given[0] if given else named.get("dim")
    if axis is None:
        return ShapeOf(tensor)
    if not isinstance(axis, int) or (axis < 0 and tensor.rank is None):
        return program.lose(node)
    return program.extent(tensor, axis)


def _is_batch(value: Value) -> bool:
    return isinstance(value, Extent) and value.axis == 0


def _is_whole(size: Extent, tensor: TensorValue) -> bool:
    """Whether a size is the product of all axes but that of the batch."""
    axes = size.axes if size.axis == COMPUTED else (size.axis,)
    of_depth = (1,) if tensor.depth not in (None, 1) and size.times == tensor.depth else ()
    right = size.times == 1 or bool(of_depth) or size.times == tensor.depth
    known = (1,) if tensor.depth == 1 == size.times and 1 not in axes else of_depth
    return right and sorted((*axes, *known)) == [*range(1, tensor.rank or len(axes) + len(known) + 1)]


def _view(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`x.view(x.size(0), -1)`, `x.reshape(-1, 128, 7, 7)`."""
    shape = [*given[0]] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    unknown = next((one for one in shape if isinstance(one, Unknown)), None)
    if unknown:
        return unknown
    if shape == [-1]:  # one value for each image
        return program.ours("FLATTEN: 1x1x1", tensor, node, CHANNELS + 1)
    first, *rest = shape or [None]
    numbers = [one for one in rest if isinstance(one, int) and one > 0]
    sizes = [one for one in rest if isinstance(one, Extent)]
    in_numbers = isinstance(first, int) and first > 0 and -1 in rest  # a batch of an example
    if not _is_batch(first) and not in_numbers and not (first == -1 and len(numbers) + len(sizes) == len(rest)):
        return program.lose(node)
    if len(rest) == 4 and isinstance(rest[0], int) and rest[0] > 1 and tensor.rank == 4:
        return replace(tensor, groups=rest[0], rank=5)
    if tensor.groups:
        turned = len(rest) == 3 and tensor.is_turned
        plain = replace(tensor, groups=0, is_turned=False, rank=4)
        return program.ours(f"SHUFFLE({tensor.groups})", plain, node, 4, tensor.depth) if turned else program.lose(node)
    if len(rest) == 1 and first == -1 and sizes and not _is_whole(sizes[0], tensor):
        return program.lose(node, f"whether {program.places.shown(node)} keeps the batch apart is not known")
    if len(rest) == 1:
        claim = f": 1x1x{numbers[0]}" if numbers else ""
        return program.ours(f"FLATTEN{claim}", tensor, node, 2, tensor.depth if tensor.rank == 2 else None)
    if len(rest) == 3 and rest[1:] == [1, 1] and tensor.rank == 2:
        return replace(tensor, rank=4)
    if len(numbers) == len(rest) > 1:
        text = "x".join(map(str, [*numbers[:0:-1], numbers[0]]))
        return program.ours(f"RESHAPE({text})", tensor, node, len(rest) + 1, numbers[0])
    return program.lose(node)


def _permute(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """What exchanges the groups of channels with the channels in each: the first half of a channel shuffle."""
    order = [*given[0]] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    if tensor.groups and not tensor.is_turned and order in ([0, 2, 1, 3, 4], [1, 2], [2, 1]):
        return replace(tensor, is_turned=True)
    return program.lose(node)


def part_of(program: AppliedLayers, tensor: TensorValue, index: Value, node: ast.AST) -> Value:
    """`x[:, :16]`, some of the channels, and `x[:, :, ::2, ::2]`, every second position."""
    parts = index if isinstance(index, tuple) else (index,)
    if program.is_keras or len(parts) not in (2, 3, 4) or not all(isinstance(one, slice) for one in parts):
        return program.lose(node)
    batch, channels, *others = (one for one in parts if isinstance(one, slice))
    whole = slice(None)
    if batch == whole and channels.step is None and all(one == whole for one in others):
        return _channels(program, tensor, channels, node)
    steps = {one.step for one in others if one.start in (None, 0) and one.stop is None}
    if batch == channels == whole and len(others) == 2 and len(steps) == 1 and isinstance(step := steps.pop(), int):
        return program.ours(f"POOL(1, S={step})", tensor, node, tensor.rank, tensor.depth)
    return program.lose(node)


def _channels(program: AppliedLayers, tensor: TensorValue, part: slice, node: ast.AST) -> Value:
    start, stop = part.start or 0, part.stop
    if tensor.depth is not None:
        start, stop, _ = part.indices(tensor.depth)
    if stop is None or not 0 <= start < stop:
        return program.lose(node, f"how many channels {program.places.shown(node)} has is not known")
    return program.ours(f"SLICE({start}, {stop})", tensor, node, tensor.rank, stop - start)


def _chunk(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`x.chunk(2, dim=1)`: the channels in so many parts."""
    count = named.get("chunks", given[0] if given else None)
    if not isinstance(count, int) or count < 1 or tensor.depth is None:
        return program.lose(node)
    each = -(-tensor.depth // count)
    return _split_by(program, tensor, [each], [*given[1:2]], named, node)


def _split(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`torch.split(x, [16, 48], dim=1)`, or in parts of one size."""
    sizes = named.get("split_size_or_sections", named.get("split_size", given[0] if given else None))
    return _split_by(program, tensor, [*sizes] if isinstance(sizes, list | tuple) else [sizes], given[1:2], named, node)


def _split_by(
    program: AppliedLayers,
    tensor: TensorValue,
    sizes: list[Value],
    axis: list[Value],
    named: Mapping[str, Value],
    node: ast.Call,
) -> Value:
    known = [one for one in sizes if isinstance(one, int) and one > 0]
    if named.get("dim", axis[0] if axis else 0) != CHANNELS or tensor.depth is None or len(known) < len(sizes):
        return program.lose(node)
    if len(known) == 1:
        known = known * -(-tensor.depth // known[0])
    ends = [0, *accumulate(known)]
    return tuple(
        _channels(program, tensor, slice(start, min(stop, tensor.depth)), node) for start, stop in pairwise(ends)
    )


def _flatten(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    start = named.get("start_dim", given[0] if given else 0)
    end = named.get("end_dim", given[1] if len(given) > 1 else -1)
    if start != CHANNELS or end not in (-1, (tensor.rank or 0) - 1):
        reason = f"{program.places.shown(node)} does not flatten the axes from 1 on, and those alone"
        return program.lose(node, reason)
    return program.ours("FLATTEN", tensor, node, 2)


def _mean_of_torch(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    return mean_of(
        program, tensor, named.get("dim", named.get("axis", given[0] if given else None)), named, node, _SPATIAL
    )


def mean_of(
    program: AppliedLayers,
    tensor: TensorValue,
    axes: Value,
    named: Mapping[str, Value],
    node: ast.AST,
    spatial: Iterable[set[int]],
) -> Value:
    """The mean over width and height."""
    if not isinstance(axes, list | tuple) or set(axes) not in list(spatial) or tensor.rank not in (4, None):
        return program.lose(node)
    keeps = named.get("keepdim", named.get("keepdims", False))
    return program.ours("GAP", tensor, node, 4 if keeps else 2, tensor.depth)


def _squeeze(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """What takes axes of one position away: the values stay as they are where these are the last two."""
    axis = given[0] if given else named.get("dim")
    if tensor.rank == CHANNELS + 1 and axis == CHANNELS:  # one value for each image
        return tensor
    if axis not in (None, -1, -2, 2, 3):
        return program.lose(node)
    return replace(tensor, rank=None)


def _unsqueeze(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    axis = given[0] if given else named.get("dim")
    if tensor.rank not in (2, 3) or axis not in (-1, 2, 3):
        return program.lose(node)
    return replace(tensor, rank=tensor.rank + 1)


def _expand_as(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    return replace(tensor, is_expanded=True) if len(given) == 1 else program.lose(node)


METHODS: Mapping[str, Callable[[AppliedLayers, TensorValue, list[Value], Mapping[str, Value], ast.Call], Value]] = {
    "size": _size, "view": _view, "reshape": _view, "flatten": _flatten, "mean": _mean_of_torch, "squeeze": _squeeze,
    "unsqueeze": _unsqueeze, "expand_as": _expand_as, "permute": _permute,
    "transpose": _permute, "chunk": _chunk, "split": _split,
}  # fmt: skip

"""Methods of tensors, `x.view(x.size(0), -1)`, `x.chunk(2, 1)`, and parts of them, `x[:, :16]`, as layers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from itertools import accumulate, pairwise
from math import prod

from shapecalc.core.record import replace
from shapecalc.dialects.forms import by_spelling, squashed
from shapecalc.formats.python_program import torch_axes, torch_views
from shapecalc.formats.python_program.applied_layers import IMAGE, AppliedLayers
from shapecalc.formats.python_program.framework_layers import NO_WEIGHTS
from shapecalc.formats.python_program.program_values import (
    COMPUTED,
    Extent,
    ShapeOf,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.program_weights import Carried, OwnWeight
from shapecalc.formats.python_program.tensor_operators import ARITHMETIC, elementwise, operator_of
from shapecalc.formats.python_program.torch_axes import CHANNELS

SAME = frozenset({
    "contiguous", "clone", "detach", "to", "cuda", "cpu", "float", "half", "double", "requires_grad_", "type",
    "type_as", "long", "int", "normal", "uniform",
    "checkpoint_sequential", "stop_gradient", "identity", "cast", "convert_to_tensor",
})  # fmt: skip
"""What gives a tensor as it is, as far as sizes go."""
ELEMENTWISE = frozenset({
    "exp", "log", "sqrt", "abs", "square", "pow", "neg", "clamp", "clip", "sin", "cos", "rsqrt", "erf", "reciprocal",
    "sign", "round", "floor", "ceil", "log1p", "expm1", "nan_to_num", "masked_fill", "tril", "triu", "cumsum", "roll",
    "flip", "normalize",
})  # fmt: skip
"""What gives as many values as it reads."""
PRODUCTS = frozenset({"matmul", "bmm", "mm"})
"""Products of matrices."""
_SPATIAL = ({2, 3}, {-1, -2})
"""The axes of height and width in PyTorch."""


def _with_others(program: AppliedLayers, tensor: TensorValue, others: list[Value], node: ast.AST) -> Value:
    """What changes each value of a tensor, by others that are computed too."""
    lost = next((one for one in others if isinstance(one, Unknown) and one in program.lost), None)
    read = [one for one in others if isinstance(one, TensorValue)]
    shape = program.shape_of(tensor)
    if lost or any(isinstance(one, OwnWeight) for one in others) or (read and shape is None):
        return lost or program.lose(node)
    if not read or shape is None:
        return elementwise(program, tensor, node)
    return program.joined(f"OPAQUE({torch_axes.shown(shape)})", [tensor, *read], node, tensor.rank, tensor.depth)


def _unbound(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`x.unbind(1)`: all parts along an axis, which is gone."""
    axis = named.get("dim", given[0] if given else 0)
    size = torch_axes.size_along(program, tensor, axis)
    if size is None or not isinstance(axis, int):
        return program.lose(node)
    before = (slice(None),) * (axis % (tensor.rank or 1))
    return tuple(torch_axes.part_of(program, tensor, (*before, place), node) for place in range(size))


def _gated(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`F.glu(x)`: one half of an axis times the sigmoid of the other."""
    axis = named.get("dim", given[0] if given else -1)
    size = torch_axes.size_along(program, tensor, axis)
    if size is None or size % 2:
        return program.lose(node)
    halves = _split_by(program, tensor, [size // 2], axis, node)
    if not isinstance(halves, tuple) or not isinstance(gate := halves[1], TensorValue):
        return program.lose(node)
    gate = program.ours("SIGMOID", gate, node, gate.rank, gate.depth)
    return operator_of(program, ast.Mult(), halves[0], gate, node)


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
    if base == "new" and [*given] == [ShapeOf(tensor)]:  # noise of its size
        return program.ours("IDENTITY", tensor, node, tensor.rank, tensor.depth)
    if base in ARITHMETIC and len(given) == 1:
        sign = {"ADD": ast.Add(), "SUB": ast.Sub(), "MUL": ast.Mult()}.get(ARITHMETIC[base])
        return operator_of(program, sign, tensor, given[0], node) if sign else program.lose(node)
    if base in METHODS:
        return METHODS[base](program, tensor, given, named, node)
    if base in torch_axes.TORCH_REDUCING and not program.is_keras:
        return torch_axes.reduction(program, tensor, base, given, named, node)
    if base in PRODUCTS and len(given) == 1 and isinstance(other := given[0], TensorValue) and not named:
        return torch_axes.product(program, tensor, other, node)
    if base in ELEMENTWISE:
        return _with_others(program, tensor, [*given, *named.values()], node)
    if base in ("softmax", "log_softmax"):
        axis = named.get("dim", given[0] if given else 1)
        torch_axes.check_softmax(program, tensor, axis, node)
        return program.ours("nn.Softmax()", tensor, node, tensor.rank, tensor.depth)
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
    if len(given) == 1 and isinstance(given[0], ShapeOf) and given[0].tensor.rank is not None:
        given = program.iterated(given[0], node)
    shape = [*given[0]] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    unknown = next((one for one in shape if isinstance(one, Unknown)), None)
    if unknown:
        return unknown
    if shape == [-1]:  # one value for each image
        return program.ours("FLATTEN: 1x1x1", tensor, node, CHANNELS + 1)
    first, *rest = shape or [None]
    numbers = [one for one in rest if isinstance(one, int) and one > 0]
    sizes = [one for one in rest if isinstance(one, Extent)]
    rows = torch_views.rows(program, tensor, first, rest)
    if rows is not None:
        return rows
    in_numbers = isinstance(first, int) and first > 0 and (first in program.batches or not program.batches)
    is_batch = torch_views.is_batch(first) or (in_numbers and (-1 in rest or first in program.batches))
    if not is_batch and not (first == -1 and len(numbers) + len(sizes) == len(rest)):
        return program.lose(node)
    plain = replace(tensor, groups=0, is_turned=False, rank=4) if tensor.groups else tensor
    known = program.shape_of(plain)
    made = torch_views.completed(known, rest) if known else None
    in_groups = made is None or known is None or made[2:] == known[1:]
    if len(rest) == 4 and isinstance(rest[0], int) and rest[0] > 1 and tensor.rank == 4 and in_groups:
        return replace(tensor, groups=rest[0], rank=5)
    if tensor.groups:
        turned = len(rest) == 3 and tensor.is_turned and (known is None or made == known)
        return program.ours(f"SHUFFLE({tensor.groups})", plain, node, 4, tensor.depth) if turned else program.lose(node)
    if known and len(rest) > IMAGE:
        return torch_views.split(program, tensor, known, rest, node) or program.lose(node)
    if len(rest) == 1 and first == -1 and sizes and not _is_whole(sizes[0], tensor):
        return program.lose(node, f"whether {program.places.shown(node)} keeps the batch apart is not known")
    if len(rest) == 1:
        claim = f": 1x1x{numbers[0]}" if numbers and made is None else ""
        return program.ours(f"FLATTEN{claim}", tensor, node, 2, tensor.depth if tensor.rank == 2 else None)
    if len(rest) == 3 and rest[1:] == [1, 1] and tensor.rank == 2:
        return replace(tensor, rank=4)
    if 0 < len(rest) != 3 and (found := torch_axes.resized(program, tensor, [*rest], node)) is not None:
        return found
    if len(numbers) == len(rest) > 1:
        text = "x".join(map(str, [*numbers[:0:-1], numbers[0]]))
        return program.ours(f"RESHAPE({text})", tensor, node, len(rest) + 1, numbers[0])
    found = torch_axes.resized(program, tensor, [*rest], node)
    return program.lose(node) if found is None else found


def _permute(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """What exchanges the groups of channels with the channels in each: the first half of a channel shuffle."""
    order = [*given[0]] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    if tensor.groups and not tensor.is_turned and order in ([0, 2, 1, 3, 4], [1, 2], [2, 1]):
        return replace(tensor, is_turned=True)
    is_exchange = isinstance(node.func, ast.Attribute) and node.func.attr in ("transpose", "swapaxes", "transpose_")
    return (torch_views.exchanged if is_exchange else torch_views.moved)(program, tensor, order, node)


def part_of(program: AppliedLayers, tensor: TensorValue, index: Value, node: ast.AST) -> Value:
    """`x[:, :16]`, some of the channels, and `x[:, :, ::2, ::2]`, every second position."""
    parts = index if isinstance(index, tuple) else (index,)
    known = program.shape_of(tensor) is not None
    if program.is_keras or len(parts) not in (2, 3, 4) or not all(isinstance(one, slice) for one in parts):
        return torch_axes.part_of(program, tensor, index, node) if known else program.lose(node)
    batch, channels, *others = (one for one in parts if isinstance(one, slice))
    whole = slice(None)
    if batch == whole and channels.step is None and all(one == whole for one in others):
        return _channels(program, tensor, channels, node)
    steps = {one.step for one in others if one.start in (None, 0) and one.stop is None}
    if batch == channels == whole and len(others) == 2 and len(steps) == 1 and isinstance(step := steps.pop(), int):
        return program.ours(f"POOL(1, S={step})", tensor, node, tensor.rank, tensor.depth)
    return torch_axes.part_of(program, tensor, index, node) if known else program.lose(node)


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
    """`x.chunk(2, dim=1)`: an axis in so many parts."""
    count = named.get("chunks", given[0] if given else None)
    axis = named.get("dim", given[1] if len(given) > 1 else 0)
    size = torch_axes.size_along(program, tensor, axis)
    if not isinstance(count, int) or count < 1 or size is None:
        return program.lose(node)
    return _split_by(program, tensor, [-(-size // count)], axis, node)


def _split(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`torch.split(x, [16, 48], dim=1)`, or in parts of one size."""
    sizes = named.get("split_size_or_sections", named.get("split_size", given[0] if given else None))
    axis = named.get("dim", given[1] if len(given) > 1 else 0)
    return _split_by(program, tensor, [*sizes] if isinstance(sizes, list | tuple) else [sizes], axis, node)


def _split_by(program: AppliedLayers, tensor: TensorValue, sizes: list[Value], axis: Value, node: ast.Call) -> Value:
    known = [one for one in sizes if isinstance(one, int) and one > 0]
    size = torch_axes.size_along(program, tensor, axis)
    if size is None or not isinstance(axis, int) or len(known) < len(sizes):
        return program.lose(node)
    if len(known) == 1:
        known = known * -(-size // known[0])
    elif sum(known) != size:
        return program.lose(node, f"{program.places.shown(node)} is of {sum(known)}, and this axis has {size}")
    parts = [slice(start, min(stop, size)) for start, stop in pairwise([0, *accumulate(known)])]
    if axis == CHANNELS or (tensor.rank and axis % tensor.rank == CHANNELS):
        return tuple(_channels(program, tensor, part, node) for part in parts)
    before = (slice(None),) * (axis % (tensor.rank or 1))
    return tuple(torch_axes.part_of(program, tensor, (*before, part), node) for part in parts)


def _flatten(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    start = named.get("start_dim", given[0] if given else 0)
    end = named.get("end_dim", given[1] if len(given) > 1 else -1)
    shape = program.shape_of(tensor)
    if shape is not None and isinstance(start, int) and isinstance(end, int) and start % (len(shape) + 1):
        first, last = start % (len(shape) + 1), end % (len(shape) + 1)
        if (first, last) == (CHANNELS, len(shape)):
            return program.ours("FLATTEN", tensor, node, 2)
        if first <= last:
            sizes = (*shape[: first - 1], prod(shape[first - 1 : last]), *shape[last:])
            return torch_axes.resized(program, tensor, [*sizes], node)
    if start != CHANNELS or end not in (-1, (tensor.rank or 0) - 1):
        reason = f"{program.places.shown(node)} does not flatten the axes from 1 on, and those alone"
        return program.lose(node, reason)
    return program.ours("FLATTEN", tensor, node, 2)


def _mean(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    axes = named.get("dim", named.get("axis", given[0] if given else None))
    if not isinstance(axes, list | tuple) or set(axes) not in _SPATIAL or tensor.rank not in (4, None):
        return torch_axes.reduction(program, tensor, "mean", given, named, node)
    keeps = named.get("keepdim", named.get("keepdims", given[1] if len(given) > 1 else False))
    return program.ours("GAP", tensor, node, 4 if keeps else 2, tensor.depth)


def _squeeze(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """What takes axes of one position away: the values stay as they are where these are the last two."""
    axis = given[0] if given else named.get("dim")
    if tensor.rank == CHANNELS + 1 and axis == CHANNELS:  # one value for each image
        return tensor
    shape = program.shape_of(tensor)
    if shape is None:
        return replace(tensor, rank=None) if axis in (None, -1, -2, 2, 3) else program.lose(node)
    if axis is None:
        sizes = [one for one in shape if one != 1] or [1]
    elif not isinstance(axis, int) or not axis % (len(shape) + 1):
        return program.lose(node)
    else:
        place = axis % (len(shape) + 1) - 1
        if shape[place] != 1:
            return tensor
        sizes = [*shape[:place], *shape[place + 1 :]] or [1]
    if prod(shape) == shape[0] == sizes[0]:  # the volume is the same
        return replace(tensor, rank=len(sizes) + 1, depth=sizes[0])
    if len(sizes) == 1:
        return program.ours("FLATTEN", tensor, node, 2)
    return torch_axes.resized(program, tensor, [*sizes], node)


def _unsqueeze(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    axis = given[0] if given else named.get("dim")
    shape = program.shape_of(tensor)
    if shape is not None and isinstance(axis, int) and tensor.rank:
        place = axis % (len(shape) + 2)
        if not place and tensor.rank == CHANNELS + 1 and tensor.depth:
            return Carried(tensor, tensor.depth, 1, is_row=True)
        if place > CHANNELS and prod(shape) == shape[0]:
            return replace(tensor, rank=len(shape) + 2)
        if place:
            return torch_axes.resized(program, tensor, [*shape[: place - 1], 1, *shape[place - 1 :]], node)
    if tensor.rank not in (2, 3) or axis not in (-1, 2, 3):
        return program.lose(node)
    return replace(tensor, rank=tensor.rank + 1)


def _scaled(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    plain = len(given) == 1 and isinstance(given[0], int | float) and not named
    return elementwise(program, tensor, node) if plain else program.lose(node)


def _expand(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """`x.expand(-1, 8, -1, -1)`, `x.repeat(1, 8, 1, 1)`: along axes of 1, or so often; the batch stays as it is."""
    sizes = [*given[0]] if len(given) == 1 and isinstance(given[0], list | tuple) else [*given]
    shape = program.shape_of(tensor)
    repeats = isinstance(node.func, ast.Attribute) and node.func.attr in ("repeat", "tile")
    numbers = [one for one in sizes[1:] if type(one) is int]
    batch = sizes[0] if sizes else None
    if shape is None or not len(numbers) == len(sizes) - 1 == len(shape) or not (
        batch == (1 if repeats else -1) or (torch_views.is_batch(batch) and not repeats)
    ):  # fmt: skip
        return program.lose(node)
    if repeats:
        made = tuple(size * times for size, times in zip(shape, numbers, strict=True))
    else:
        made = tuple(size if one == -1 else one for size, one in zip(shape, numbers, strict=True))
        if any(size not in (1, one) for size, one in zip(shape, made, strict=True)):
            return program.lose(node)
    if made == shape:
        return tensor
    if not all(one > 0 for one in made):
        return program.lose(node)
    return program.ours(f"OPAQUE({torch_axes.shown(made)})", tensor, node, len(made) + 1, made[0])


def _expand_as(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    return replace(tensor, is_expanded=True) if len(given) == 1 else program.lose(node)


def _dim(
    program: AppliedLayers, tensor: TensorValue, given: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    return program.lose(node) if tensor.rank is None else tensor.rank


METHODS: Mapping[str, Callable[[AppliedLayers, TensorValue, list[Value], Mapping[str, Value], ast.Call], Value]] = {
    "size": _size, "view": _view, "reshape": _view, "flatten": _flatten, "mean": _mean, "squeeze": _squeeze,
    "unsqueeze": _unsqueeze, "expand_as": _expand_as, "expand": _expand, "repeat": _expand, "permute": _permute,
    "swapaxes": _permute, "transpose": _permute, "glu": _gated, "unbind": _unbound, "chunk": _chunk, "split": _split,
    "dim": _dim, "div": _scaled, "true_divide": _scaled,
}  # fmt: skip

"""What PyTorch does along axes of a tensor whose sizes are known: layers of the last axis, orders, sums and parts."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import prod
from types import EllipsisType
from typing import TypeAlias

from shapecalc.core.phrases import size_text
from shapecalc.formats.python_program.applied_layers import IMAGE, SEQUENCE, AppliedLayers
from shapecalc.formats.python_program.program_values import (
    TensorValue,
    Value,
)

Shape: TypeAlias = tuple[int, ...]
"""Sizes of a tensor without its batch, in the order of the program."""
CHANNELS = 1
"""The axis of the channels in PyTorch."""
AXES: Mapping[int, tuple[str, ...]] = {3: ("length",), 4: ("height", "width"), 5: ("slices", "height", "width")}
"""What a diagram calls the axes after that of the channels, by the number of all axes."""
TORCH_REDUCING = {
    "mean": "mean", "sum": "sum", "max": "max", "min": "min", "amax": "max", "amin": "min", "prod": "prod",
    "std": "std", "var": "var", "norm": "norm", "logsumexp": "logsumexp", "argmax": "argmax", "argmin": "argmin",
}  # fmt: skip
"""Functions that leave one value of those along some axes."""
_GLOBAL = {"mean": "GAP", "max": "GLOBALMAXPOOL"}
"""Our layers that do the same with all positions."""
_PLACES = {"norm": (1, 2), "std": (0, 2), "var": (0, 2)}
"""Where functions have the axis, and whether it stays, if not first: after the power, and around a correction."""
_WITH_PLACES = frozenset({"max", "min"})
"""Those that also give where the values were."""


def depth_of(shape: Shape) -> int | None:
    """How many channels a tensor of a shape has; None for one value."""
    return shape[0] if shape else None


def shown(shape: Shape) -> str:
    """A shape as a diagram writes it."""
    return size_text((*shape[:0:-1], shape[0]) if len(shape) > 1 else (1, 1, *(shape or (1,))))


def of_shape(program: AppliedLayers, tensor: TensorValue, shape: Shape, node: ast.AST) -> TensorValue:
    """The values of a tensor in another shape."""
    return program.ours(f"RESHAPE({shown(shape)})", tensor, node, len(shape) + 1, depth_of(shape))


def opaque(
    program: AppliedLayers, tensors: Sequence[TensorValue], shape: Shape, node: ast.AST, macs: int = 0
) -> TensorValue:
    """What no layer of ours makes of tensors, of a size that is known."""
    text = f"OPAQUE({shown(shape)}{f', macs={macs}' if macs else ''})"
    if len(tensors) > 1:
        return program.joined(text, tensors, node, rank=len(shape) + 1, depth=depth_of(shape))
    return program.ours(text, tensors[0], node, len(shape) + 1, depth_of(shape))


def reduced(program: AppliedLayers, tensor: TensorValue, base: str, axes: Value, keeps: bool, node: ast.AST) -> Value:
    """One value of those along some axes: of all positions a GAP, of others what no layer of ours is."""
    shape = program.shape_of(tensor) or ()
    given = axes if isinstance(axes, list | tuple) else (axes,)
    places = [one % (len(shape) + 1) for one in given if type(one) is int]
    if not places or 0 in places or len(places) != len(given):
        return program.lose(node, f"which axes {program.places.shown(node)} leaves is not known")
    gone = {place - 1 for place in places}
    left = tuple(1 if place in gone else size for place, size in enumerate(shape) if keeps or place not in gone)
    if gone == {*range(1, len(shape))} and len(shape) > 1 and base in _GLOBAL:
        return program.ours(_GLOBAL[base], tensor, node, len(left) + 1, shape[0])
    return opaque(program, [tensor], left, node)


def product(program: AppliedLayers, left: TensorValue, right: TensorValue, node: ast.AST) -> Value:
    """A product of matrices: the last axis of one and the one before the last of the other are gone."""
    one, two = program.shape_of(left), program.shape_of(right)
    if one is None or two is None or len(one) != len(two) or len(one) < 2:
        return program.lose(node)
    if one[-1] != two[-2] or one[:-2] != two[:-2]:
        return program.lose(node, f"{program.places.shown(node)} is of {one} and {two}, which do not fit")
    return opaque(program, [left, right], (*one[:-1], two[-1]), node, prod(one) * two[-1])


def part_of(program: AppliedLayers, tensor: TensorValue, index: Value, node: ast.AST) -> Value:
    """`x[:, -1]`, `x[..., :2]`, `x[:, :, None]`: some values of a tensor, or all of them with axes of 1."""
    shape = program.shape_of(tensor)
    parts = list(index) if isinstance(index, tuple) else [index]
    if shape is None:
        return program.unsized(node)
    wide = len([one for one in parts if one is not None and not isinstance(one, EllipsisType)])
    if any(isinstance(one, EllipsisType) for one in parts):
        place = next(n for n, one in enumerate(parts) if isinstance(one, EllipsisType))
        parts[place : place + 1] = [slice(None)] * (len(shape) + 1 - wide)
    if not parts or parts[0] != slice(None) or wide > len(shape) + 1:
        return program.lose(node, f"{program.places.shown(node)} takes some of the images of a batch")
    left, sizes = list[int](), [*shape]
    for part in parts[1:]:
        if part is None:
            left.append(1)
        elif not sizes or (isinstance(part, slice) and part.step == 0):
            return program.lose(node)
        elif isinstance(part, slice):
            left.append(len(range(*part.indices(sizes.pop(0)))))
        elif type(part) is not int or not -sizes[0] <= part < sizes.pop(0):
            return program.lose(node)
    left += sizes
    if not all(left) or len(left) > IMAGE:
        return program.lose(node)
    if prod(left) == prod(shape):
        return tensor if (*left,) == shape else of_shape(program, tensor, tuple(left), node)
    return opaque(program, [tensor], tuple(left), node)


def permuted(program: AppliedLayers, tensor: TensorValue, given: list[Value], node: ast.AST) -> Value:
    """The axes in another order: `order` counts that of the batch, which stays the first."""
    shape = program.shape_of(tensor)
    order = [one % (len(shape) + 1) for one in given if type(one) is int] if shape else []
    if shape is None or sorted(order) != [*range(len(shape) + 1)] or len(order) != len(given) or order[0]:
        return program.lose(node)
    last = len(shape)
    ours = [last if axis == 1 else last + 1 - axis for axis in (*order[:1:-1], order[1])]
    if ours == [*range(1, last + 1)]:
        return tensor
    tensor = program.as_image(tensor, node)
    before = program.nodes[tensor.node] if tensor.node >= 0 else None
    back = [ours.index(axis) + 1 for axis in range(1, last + 1)]
    if before and before.pieces and before.pieces[0][0] == _order(back):  # there and back
        return program.tensors[before.sources[0].node] if before.sources[0].node >= 0 else before.sources[0]
    return program.ours(_order(ours), tensor, node, len(order), shape[order[1] - 1])


def _order(axes: list[int]) -> str:
    return f"PERMUTE(({', '.join(map(str, axes))}))"


def size_along(program: AppliedLayers, tensor: TensorValue, axis: Value) -> int | None:
    """How large an axis of a tensor is; None for that of the batch, and where it is not known."""
    if axis == CHANNELS and tensor.depth is not None:
        return tensor.depth
    shape = program.shape_of(tensor)
    if shape is None or type(axis) is not int or not axis % (len(shape) + 1):
        return None
    return shape[axis % (len(shape) + 1) - 1]


def check_softmax(
    program: AppliedLayers, tensor: TensorValue, axis: Value, node: ast.AST, of: ast.AST | None = None
) -> None:
    """Notes a softmax along another axis than that of the channels."""
    if isinstance(axis, int) and tensor.rank and axis % tensor.rank != CHANNELS:
        program.stand_in(node, "SOFTMAX of the channels", of)


def concatenated(program: AppliedLayers, tensors: list[TensorValue], axis: Value, node: ast.AST) -> TensorValue | None:
    """Tensors one after the other along an axis after that of the channels; None for others."""
    rank = tensors[0].rank or 0
    names = AXES.get(rank, ())
    place = axis % rank - CHANNELS - 1 if isinstance(axis, int) and rank else -1
    if not 0 <= place < len(names) or {one.rank for one in tensors} != {rank}:
        return None
    read = [program.as_image(one, node, flat=False) for one in tensors]
    return program.joined(f"CONCAT(along={names[place]})", read, node, rank, read[0].depth)


def stacked(program: AppliedLayers, tensors: list[TensorValue], axis: Value, node: ast.AST) -> Value:
    """`torch.stack([a, b], 2)`: each with one axis more, and then one after the other."""
    made = list[TensorValue]()
    for tensor in tensors:
        shape = program.shape_of(tensor)
        rank = (tensor.rank or 0) + 1
        if shape is None or type(axis) is not int or not axis % rank or rank > IMAGE + 1:
            return program.lose(node)
        place = axis % rank - 1
        one = of_shape(program, tensor, (*shape[:place], 1, *shape[place:]), node)
        if not isinstance(one, TensorValue):
            return one
        made.append(one)
    if type(axis) is int and axis % ((tensors[0].rank or 0) + 1) == CHANNELS:
        return program.joined("CONCAT", made, node)
    found = concatenated(program, made, axis, node)
    return program.lose(node) if found is None else found


def einsum(program: AppliedLayers, rule: str, tensors: list[TensorValue], node: ast.AST) -> Value:
    """`torch.einsum("bij,bjd->bid", a, b)`, where all have the batch first."""
    reads, arrow, gives = rule.replace(" ", "").partition("->")
    terms = reads.split(",")
    sizes: dict[str, int] = {}
    for term, tensor in zip(terms, tensors, strict=False):
        shape = program.shape_of(tensor)
        if shape is None or len(term) != len(shape) + 1 or term[0] != gives[:1]:
            return program.lose(node)
        for letter, size in zip(term[1:], shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                return program.lose(node)
    left = tuple(sizes.get(letter, 0) for letter in gives[1:])
    if not arrow or len(terms) != len(tensors) or not all(left) or not 0 < len(left) < IMAGE:
        return program.lose(node)
    text = f"OPAQUE({shown(left)}, macs={prod(sizes.values())})"
    return program.joined(text, tensors, node, rank=len(left) + 1, depth=left[0])


def resized(program: AppliedLayers, tensor: TensorValue, sizes: list[Value], node: ast.AST) -> Value:
    """The values in other sizes, of which one may be -1; None where the sizes are not known."""
    shape = program.shape_of(tensor)
    numbers = [one for one in sizes if type(one) is int]
    if shape is None or len(numbers) != len(sizes) or numbers.count(-1) > 1 or len(numbers) > IMAGE:
        return None
    others = prod(one for one in numbers if one != -1)
    if others < 1 or prod(shape) % others or (-1 not in numbers and others != prod(shape)):
        return None
    return of_shape(program, tensor, tuple(prod(shape) // others if one == -1 else one for one in numbers), node)


def reduction(
    program: AppliedLayers,
    tensor: TensorValue,
    base: str,
    given: list[Value],
    named: Mapping[str, Value],
    node: ast.AST,
) -> Value:
    """`x.mean(3)`, `torch.max(x, 1, keepdim=True)`: with the places of the largest values, where PyTorch gives them."""
    places = _PLACES.get(base, (0, 1))
    axes, keeping = (given[place] if len(given) > place else None for place in places)
    axes = named.get("dim", named.get("axis", axes))
    keeps = named.get("keepdim", named.get("keepdims", keeping)) is True
    shape = program.shape_of(tensor)
    if shape is None:
        return program.lose(node, f"how large {program.places.shown(node)} is is not known")
    found = _mean_of_mean(program, tensor, base, axes, keeps, shape, node)
    found = found or reduced(program, tensor, TORCH_REDUCING[base], axes, keeps, node)
    if base == "mean" and isinstance(found, TensorValue) and not isinstance(axes, list | tuple):
        program.means[found.node] = (tensor, axes)
    return (found, program.unknown(node)) if base in _WITH_PLACES and isinstance(axes, int) else found


def _mean_of_mean(
    program: AppliedLayers, tensor: TensorValue, base: str, axes: Value, keeps: bool, shape: Shape, node: ast.AST
) -> Value:
    """`x.mean(3).mean(2)` is the mean of all positions; None for others."""
    whole, last = program.means.get(tensor.node, (None, None))
    is_last = last in (3, -1) and axes in (2, -1, -2) and (axes == 2 or (axes == -2) is keeps)
    if base != "mean" or whole is None or whole.rank != IMAGE or not is_last:
        return None
    if keeps is not (len(shape) == SEQUENCE):
        return None
    return program.ours("GAP", whole, node, IMAGE if keeps else 2, whole.depth)

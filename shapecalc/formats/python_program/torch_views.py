"""Tensors of PyTorch with axes as no diagram has them: more than five, the batch not in front, or in rows."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from math import prod

from shapecalc.formats.python_program.applied_layers import IMAGE, AppliedLayers
from shapecalc.formats.python_program.program_values import COMPUTED, Extent, Fixed, TensorValue, Value
from shapecalc.formats.python_program.torch_axes import of_shape, opaque, permuted

BATCH = 0
"""Stands for the size of the batch, and for its axis in front."""


class SplitAxes(Fixed):
    """A tensor whose axes are split, and in another order: each has its place among those that it is split into."""

    tensor: TensorValue
    sizes: tuple[int, ...]
    """Those that it is split into, the batch first."""
    order: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes in their order."""
        return tuple(self.sizes[place] for place in self.order)


class ImageRows(Fixed):
    """`x.view(-1, x.size(2))`: the rows of all images of a batch, one after the other."""

    tensor: TensorValue


def is_batch(value: Value) -> bool:
    """Whether a number is the size of the batch."""
    return isinstance(value, Extent) and value.axis == BATCH


def settled(program: AppliedLayers, axes: SplitAxes, node: ast.AST) -> TensorValue | SplitAxes:
    """The tensor where a diagram has such axes."""
    if axes.order[:1] != (BATCH,) or not 1 < len(axes.order) <= IMAGE + 1:
        return axes
    shape = axes.shape[1:]
    own = program.shape_of(axes.tensor)
    is_whole = len(axes.order) == len(axes.sizes)
    if is_whole and axes.sizes[1:] == own:
        found = permuted(program, axes.tensor, [*axes.order], node)
        return found if isinstance(found, TensorValue) else axes
    if is_whole and axes.order == tuple(sorted(axes.order)):
        return of_shape(program, axes.tensor, shape, node)
    return opaque(program, [axes.tensor], shape, node)


def split(
    program: AppliedLayers, tensor: TensorValue, shape: tuple[int, ...], rest: Sequence[Value], node: ast.AST
) -> Value:
    """`x.view(n, 4, 2, 4, 2, 3)`; None where the sizes are not known, or do not fit."""
    sizes = completed(shape, rest)
    if sizes is None:
        return None
    return settled(program, SplitAxes(tensor, (BATCH, *sizes), tuple(range(len(sizes) + 1))), node)


def completed(shape: tuple[int, ...], rest: Sequence[Value]) -> tuple[int, ...] | None:
    """Sizes of as many values as a shape has, of which one may be -1; None for others."""
    sizes = [one for one in rest if type(one) is int]
    others = prod(one for one in sizes if one != -1)
    if len(sizes) != len(rest) or sizes.count(-1) > 1 or others < 1 or prod(shape) % others:
        return None
    found = tuple(prod(shape) // others if one == -1 else one for one in sizes)
    return found if prod(found) == prod(shape) else None


def moved(program: AppliedLayers, tensor: TensorValue | SplitAxes, given: Sequence[Value], node: ast.AST) -> Value:
    """The axes in another order, that of the batch too."""
    if isinstance(tensor, TensorValue):
        shape = program.shape_of(tensor)
        if shape is None:
            return program.lose(node)
        tensor = SplitAxes(tensor, (BATCH, *shape), tuple(range(len(shape) + 1)))
    count = len(tensor.order)
    places = [one % count for one in given if type(one) is int]
    if sorted(places) != [*range(count)] or len(places) != len(given):
        return program.lose(node)
    return settled(
        program, SplitAxes(tensor.tensor, tensor.sizes, tuple(tensor.order[place] for place in places)), node
    )


def exchanged(program: AppliedLayers, tensor: TensorValue | SplitAxes, given: Sequence[Value], node: ast.AST) -> Value:
    """Two axes exchanged."""
    shape = program.shape_of(tensor) if isinstance(tensor, TensorValue) else tensor.shape[1:]
    if shape is None or len(given) != 2:
        return program.lose(node)
    order = [*range(len(shape) + 1)]
    first, second = (one % len(order) if type(one) is int else -1 for one in given)
    if min(first, second) < 0:
        return program.lose(node)
    order[first], order[second] = second, first
    return moved(program, tensor, order, node)


def method(program: AppliedLayers, axes: SplitAxes, name: str, given: Sequence[Value], node: ast.AST) -> Value:
    """What a method of such a tensor gives."""
    first = given[0] if given else None
    sizes = [*first] if isinstance(first, list | tuple) else [*given]
    match name.rstrip("_"):
        case "permute":
            return moved(program, axes, sizes, node)
        case "transpose" | "swapaxes":
            return exchanged(program, axes, sizes, node)
        case "contiguous" | "clone" | "detach" | "float" | "to" | "type_as":
            return axes
        case "view" | "reshape" if axes.order[0] == BATCH and (is_batch(sizes[0]) or sizes[0] == -1):
            return _joined(program, axes, sizes[1:], node)
        case "flatten" if axes.order[0] == BATCH and type(first) is int and first > 0 and len(given) == 1:
            return _joined(program, axes, [*axes.shape[1:first], -1], node)
        case "unbind" if first in (None, 0):
            return tuple(parts(program, axes, node)) or program.lose(node)
        case "size":
            return size_at(axes, first) if type(first) is int else shape_of(axes)
        case "dim":
            return len(axes.order)
    return program.lose(node)


def _joined(program: AppliedLayers, axes: SplitAxes, rest: Sequence[Value], node: ast.AST) -> Value:
    """Axes that are made one; in another order than that of the tensor their values are others than a reshape has."""
    shape = completed(axes.shape[1:], rest)
    if shape is None:
        return program.lose(node)
    if len(axes.order) == len(axes.sizes) and axes.order == tuple(sorted(axes.order)):
        return settled(program, SplitAxes(axes.tensor, (BATCH, *shape), tuple(range(len(shape) + 1))), node)
    return opaque(program, [axes.tensor], shape, node) if 0 < len(shape) <= IMAGE else program.lose(node)


def size_at(axes: SplitAxes, place: int) -> Value:
    """One number of its shape."""
    return axes.shape[place] or Extent(axes.tensor, BATCH) if -len(axes.order) <= place < len(axes.order) else None


def shape_of(axes: SplitAxes) -> tuple[Value, ...]:
    """The numbers of its shape."""
    return tuple(size_at(axes, place) for place in range(len(axes.order)))


def parts(program: AppliedLayers, axes: SplitAxes, node: ast.AST) -> list[Value]:
    """What is along the first axis; nothing where that is the batch."""
    count = axes.shape[0]
    return [settled(program, SplitAxes(axes.tensor, axes.sizes, axes.order[1:]), node) for _ in range(count)]


def part_of(program: AppliedLayers, axes: SplitAxes, index: Value, node: ast.AST) -> Value:
    """`qkv[0]`."""
    count = axes.shape[0]
    if type(index) is not int or not -count <= index < count:
        return program.lose(node)
    return settled(program, SplitAxes(axes.tensor, axes.sizes, axes.order[1:]), node)


def in_front(program: AppliedLayers, axes: SplitAxes, node: ast.AST) -> TensorValue | None:
    """The tensor with its batch in front; None where a diagram has no such tensor."""
    if BATCH not in axes.order:
        return None
    rest = tuple(place for place in axes.order if place != BATCH)
    found = settled(program, SplitAxes(axes.tensor, axes.sizes, (BATCH, *rest)), node)
    return found if isinstance(found, TensorValue) else None


def back_again(program: AppliedLayers, axes: SplitAxes, found: Value) -> Value:
    """What a layer made of it with the batch in front, with the batch at its place."""
    if isinstance(found, tuple):
        return (back_again(program, axes, found[0]), *found[1:])
    shape = program.shape_of(found) if isinstance(found, TensorValue) else None
    if shape is None or not isinstance(found, TensorValue) or len(shape) + 1 != len(axes.order):
        return found if not isinstance(found, TensorValue) else None
    order = [*range(1, len(axes.order))]
    order.insert(axes.order.index(BATCH), BATCH)
    return SplitAxes(found, (BATCH, *shape), tuple(order))


def rows(program: AppliedLayers, tensor: TensorValue, first: Value, rest: Sequence[Value]) -> ImageRows | None:
    """`x.view(-1, c)` of a tensor that has `c` values in its last axis, and more axes; None for others."""
    shape = program.shape_of(tensor)
    if shape is None or len(shape) < 2 or len(rest) != 1 or rest[0] not in (shape[-1], -1):
        return None
    others = prod(shape[:-1])
    product = isinstance(first, Extent) and first.axis == COMPUTED and (first.axes, first.times) == ((BATCH,), others)
    return ImageRows(tensor) if product or (first == -1 and rest[0] == shape[-1] and others > 1) else None

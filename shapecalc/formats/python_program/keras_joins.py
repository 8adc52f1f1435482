"""What Keras' layers and functions make of several tensors: sums, products, and tensors one after the other."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import prod

from shapecalc.core.phrases import size_text
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.framework_layers import JOINS
from shapecalc.formats.python_program.program_values import LayerObject, TensorValue, Unknown, Value

LIKE = {"Average": "ADD", "Minimum": "MAX", "Divide": "MUL"}
"""Joins that have the sizes and counts of ours, and other values."""
AXES: Mapping[int, tuple[str, ...]] = {3: ("length",), 4: ("height", "width"), 5: ("slices", "height", "width")}
"""What a diagram calls the axes between the batch and the channels, by the number of all axes."""


def join(program: AppliedLayers, layer: LayerObject, given: Sequence[Value], node: ast.AST) -> TensorValue | Unknown:
    """`Add()([x, y])`."""
    base = layer.name.base
    axis = layer.arguments.get("axes" if base == "Dot" else "axis", layer.arguments.get("0", -1))
    made = joined(program, base, given, axis, node)
    if isinstance(made, TensorValue):
        program.part_of[made.node] = layer
    return made


def joined(
    program: AppliedLayers, base: str, given: Sequence[Value], axis: Value, node: ast.AST
) -> TensorValue | Unknown:
    """The tensors joined as a layer of this name does it."""
    tensors = list[TensorValue]()
    for one in given:
        if not isinstance(one, TensorValue):
            return one if isinstance(one, Unknown) else program.lose(node)
        tensors.append(one)
    if base == "Dot":
        return _dot(program, tensors, axis, node)
    ours = JOINS.get(base, LIKE.get(base, ""))
    if not ours:
        return program.lose(node, f"what {base} does with {program.places.shown(node)} is not known")
    if ours == "SUB" and len(tensors) != 2:
        return program.lose(node, f"{base} takes 2 tensors, and here are {len(tensors)}")
    if base in LIKE:
        program.stand_in(node, ours)
    if ours == "CONCAT" and (along := _along(program, axis, tensors)) != "depth":
        if not along:
            return program.lose(node, f"along which axis {program.places.shown(node)} joins is not known")
        ours = f"CONCAT(along={along})"
    tensors = _of_one_rank(program, tensors, node)
    if not ours.startswith("CONCAT") and (size := _broadcast(program, ours, tensors)):
        return program.joined(f"OPAQUE({size_text(size)})", tensors, node)
    return program.joined(ours, tensors, node)


def _broadcast(program: AppliedLayers, ours: str, tensors: Sequence[TensorValue]) -> tuple[int, ...]:
    """The sizes of values that Keras repeats along axes of 1, and our layer does not; empty where it needs no more."""
    sizes = [volume.sizes for one in tensors if (volume := program.volume_of(one))]
    if len(sizes) < len(tensors) or len(set(sizes)) < 2 or len({len(one) for one in sizes}) > 1:
        return ()
    whole = tuple(max(axis) for axis in zip(*sizes, strict=True))
    fits = all(size in (1, of) for one in sizes for size, of in zip(one, whole, strict=True))
    depths = {one[-1] for one in sizes}
    is_ours = (len(depths) == 1 or ours == "MUL") and {one[:-1] for one in sizes} <= {
        whole[:-1], (1,) * (len(whole) - 1)
    } and whole in sizes  # fmt: skip
    return whole if fits and not is_ours else ()


def _along(program: AppliedLayers, axis: Value, tensors: Sequence[TensorValue]) -> str:
    """What a diagram calls an axis; empty where that is not known."""
    ranks = {one.rank for one in tensors}
    rank = next(iter(ranks)) if len(ranks) == 1 else None
    if not isinstance(axis, int) or (rank is None and (axis != -1 or program.channels_first)):
        return ""
    if rank is None:
        return "depth"
    axis %= rank
    if axis == (1 if program.channels_first else rank - 1):
        return "depth"
    names = AXES.get(rank, ())
    place = axis - 2 if program.channels_first else axis - 1
    return names[place] if 0 <= place < len(names) else ""


def _of_one_rank(program: AppliedLayers, tensors: list[TensorValue], node: ast.AST) -> list[TensorValue]:
    """The tensors; rows of values that have another number of axes in a diagram are rows of two of 1."""
    if len({one.rank for one in tensors}) != 1 or tensors[0].rank != 2:
        return tensors
    volumes = [program.volume_of(one) for one in tensors]
    if len({len(volume.spatial) for volume in volumes if volume}) < 2:
        return tensors
    return [
        program.ours(f"RESHAPE(1x1x{volume.depth})", one, node, 2, one.depth)
        if volume and len(volume.spatial) == 1
        else one
        for one, volume in zip(tensors, volumes, strict=True)
    ]


def _dot(program: AppliedLayers, tensors: Sequence[TensorValue], axes: Value, node: ast.AST) -> TensorValue | Unknown:
    """Sums of products along one axis of each of two tensors; the others stay."""
    shapes = [program.shape_of(one) for one in tensors]
    both = [*axes] if isinstance(axes, list | tuple) else [axes, axes]
    kept: list[int] = []
    lengths = set[int]()
    for shape, axis in zip(shapes, both, strict=False):
        if shape is None or len(shapes) != 2 or not isinstance(axis, int) or not -len(shape) <= axis <= len(shape):
            return program.lose(node)
        along = axis % (len(shape) + 1)
        lengths.add(shape[along - 1])
        kept += [size for place, size in enumerate(shape, 1) if place != along]
        if not along:
            return program.lose(node, f"{program.places.shown(node)} is along the images of a batch")
    if len(lengths) > 1:
        return program.lose(
            node, f"{program.places.shown(node)} is of {' and '.join(map(str, sorted(lengths)))} values"
        )
    macs = prod(kept) * lengths.pop()
    kept = kept or [1]
    size = size_text((*kept[-2::-1], kept[-1]) if len(kept) > 1 else (1, 1, *kept))
    return program.joined(f"OPAQUE({size}, macs={macs})", tensors, node, rank=len(kept) + 1, depth=kept[-1])

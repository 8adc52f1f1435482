"""Layers that move values, and those that join several."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from shapecalc.core.parameters import Sizes, is_writable
from shapecalc.lowering.flow import volume_of
from shapecalc.lowering.keras.elementwise import axis_of, is_channel
from shapecalc.lowering.keras.settings import KerasTensor
from shapecalc.lowering.keras.use import Read, Use
from shapecalc.lowering.short_numbers import short_number


def flatten(use: Use) -> KerasTensor:
    """All values in a row."""
    said = use.settings.channels_first is True  # it puts the channels last before it flattens
    return use.counted(use.add("FLATTEN", rank=1), channels_first=use.tensor.first and not said)


def reshape(use: Use, steps: Sequence[int] = ()) -> KerasTensor:
    """`target_shape` without the batch, after axes of steps; -1 is what is left."""
    target = use.settings.values.get("target_shape")
    whole = isinstance(target, list) and all(type(n) is int for n in target)
    return reshaped(use, [*steps, *target]) if target and whole else use.stated_as()


def reshaped(use: Use, target: Sequence[int]) -> KerasTensor:
    """The values in their order under another shape, without the batch; -1 is what is left."""
    shape, sizes = use.shape, list(target)
    if shape is not None and sizes.count(-1) == 1:
        known = prod(n for n in sizes if n != -1)
        sizes[sizes.index(-1)] = prod(shape) // known if known else 0
    if len(sizes) == 1:
        return use.counted(use.add("FLATTEN", rank=1), channels_first=use.tensor.first)
    first = use.channels_first and len(sizes) > 2
    volume = volume_of(sizes, last=not first)
    if volume is None:
        return use.shaped(sizes)
    made = use.add("RESHAPE", rank=len(sizes), size=Sizes(volume.sizes))._replace(first=first)
    turned = use.tensor.rank > 1 and use.tensor.first != first
    use.differing(made, "channels come first before or after it, and not both" if turned else "")
    return use.counted(made, channels_first=first)


def permute(use: Use) -> KerasTensor:
    """Axes in another order, which counts from 1."""
    dims = use.settings.values.get("dims")
    order = [n - 1 for n in dims] if isinstance(dims, list) and all(type(n) is int for n in dims) else []
    if sorted(order) != list(range(use.tensor.rank)):
        raise use.settings.refused("dims does not name every axis once")
    return permuted(use, order)


def permuted(use: Use, order: Sequence[int]) -> KerasTensor:
    """Channels to the front or to the back leave the volume; any other order moves its axes."""
    shape, rank = use.shape, use.tensor.rank
    to_back, to_front = [*range(1, rank), 0], [rank - 1, *range(rank - 1)]
    if use.may_turn and order == (to_back if use.tensor.first else to_front) and rank > 2:
        return use.add("IDENTITY")._replace(first=not use.tensor.first)
    if rank == 1 or use.tensor.axes or use.volume is None or len(use.volume.sizes) != rank:
        return use.shaped([shape[n] for n in order] if shape and len(shape) == rank else None)
    places = [_our_axis(axis, rank, first=use.tensor.first) for axis in range(rank)]
    return use.add("PERMUTE", order=tuple(places[order[places.index(n)]] for n in range(1, rank + 1)))


def axis_word(place: int, tensor: KerasTensor) -> str:
    """What we call an axis of positions, given by its place without the batch."""
    names = ("length",) if tensor.rank == len(("length", "depth")) else ("width", "height", "slices")
    return names[_our_axis(place, tensor.rank, first=tensor.first) - 1]


def _our_axis(axis: int, rank: int, *, first: bool) -> int:
    """The number of an axis in our order, width first and channels last.

    >>> [_our_axis(axis, 3, first=False) for axis in range(3)], [_our_axis(axis, 3, first=True) for axis in range(3)]
    ([2, 1, 3], [3, 2, 1])
    """
    if first:
        return rank - axis
    return rank if axis == rank - 1 else rank - 1 - axis


def repeat_vector(use: Use) -> KerasTensor:
    """A row of values several times: a sequence."""
    if use.shape is None:
        return use.shaped(None)
    row = use.add("RESHAPE", rank=2, size=Sizes((1, *use.shape)))._replace(first=False)
    return use.named_last(
        use.add("UPSAMPLE", (use.counted(row, channels_first=False),), factor=use.settings.whole("n"))
    )


JOINING = ("ADD", "MUL", "SUB", "MAX")
"""Layers of ours that join several volumes value by value."""


def merge(kind: str) -> Read:
    """ADD and MUL where our broadcasting is theirs; another sum of several is opaque."""

    def read(use: Use) -> KerasTensor:
        if len(use.inputs) == 1:
            return _with_number(use, kind or use.settings.kind.upper())
        use = use._replace(inputs=_same_rank(use))
        volumes = [use.assembler.volumes[t.node] for t in use.inputs]
        ranks = {t.rank for t in use.inputs}
        rows = set() if use.settings.is_operation else {1}  # layers put axes of 1 between the batch and the channels
        widest = max((v for v in volumes if v), key=lambda v: v.positions, default=None)
        ours = all(
            v is None
            or widest is None
            or ((v.depth == widest.depth or (kind == "MUL" and v.depth == 1)) and v.spatial == widest.spatial)
            or (v.positions == 1 and v.depth == widest.depth)
            for v in volumes
        )
        shape = broadcast_shape(use)
        told = None in volumes and shape is not None  # some volumes say what the others cannot change
        lie = {t.axes for t in use.inputs}
        if kind in JOINING and ours and not told and len(lie) == 1 and (len(ranks) == 1 or len(ranks - rows) == 1):
            made = use.add(kind, use.inputs)._replace(rank=max(ranks))
        else:
            made = use.add(kind, use.inputs) if shape is None and kind in JOINING else use.shaped(shape)
        return made._replace(steps=max(t.steps for t in use.inputs), alone=all(t.alone for t in use.inputs))

    return read


def average(use: Use) -> KerasTensor:
    """The sum, divided by how many there are."""
    added = merge("ADD")(use)
    if use.assembler.nodes[added.node].kind != "ADD":
        return added
    return use.add("RESCALE", (added,), scale=short_number(1 / len(use.inputs)))


def _with_number(use: Use, kind: str) -> KerasTensor:
    """A sum, a product, a difference or a quotient with one number is a RESCALE."""
    number, before = use.call.operand or (0.0, False)
    quotient = 1 / number if number and not before else 0.0
    scale, offset = {
        "ADD": (1.0, number), "MUL": (number, 0.0), "SUB": (-1.0, number) if before else (1.0, -number),
        "DIVIDE": (quotient, 0.0),
    }.get(kind, (0.0, 0.0))  # fmt: skip
    if use.call.operand is None or not scale or not (is_writable(scale) and is_writable(offset)):
        return use.add("ACT", name=use.settings.kind.lower())
    return use.add("RESCALE", scale=short_number(scale), offset=short_number(offset))


def broadcast_shape(use: Use) -> tuple[int, ...] | None:
    """The shape that NumPy's rules give; None where there is none.

    What is joined with an unknown tensor gives its axes, unless they are 1.
    """
    shapes = [shape or () for shape in use.shapes]
    rank = max(map(len, shapes))
    columns = zip(*((1,) * (rank - len(s)) + s for s in shapes), strict=True)
    sizes = [set(column) - {1} for column in columns]
    found = tuple(max(s, default=1) for s in sizes)
    stands = () not in shapes or (found and min(found) > 1)
    return found if stands and all(len(s) <= 1 for s in sizes) else None


def dot(use: Use) -> KerasTensor:
    """Sums of products along one axis of each of two tensors; the others stay."""
    axes, shapes = use.settings.values.get("axes"), use.shapes
    both = axes if isinstance(axes, list) else [axes, axes]
    kept, lengths = list[int](), list[int]()
    for shape, axis in zip(shapes, both, strict=False):
        gone = axis_of(axis, len(shape or ()))
        if shape is None or len(shapes) != 2 or gone >= len(shape):
            return use.stated_as()
        lengths.append(shape[gone])
        kept += [n for place, n in enumerate(shape) if place != gone]
    if len(lengths) != 2 or lengths[0] != lengths[1]:
        return use.stated_as()
    return use.shaped(kept or [1], macs=prod(kept) * lengths[0])


def concatenate(use: Use) -> KerasTensor:
    """Along the channels, or along another axis."""
    axis = use.said("axis", "concat_axis")
    axis = -1 if axis is None else axis
    if len(use.inputs) == 1 and not use.settings.is_operation:
        return use.add("IDENTITY")
    inputs = _same_rank(use)
    if inputs[0].axes:
        shapes, place = [use.shape_at(t) or () for t in inputs], axis_of(axis, inputs[0].rank)
        long = sum(shape[place] for shape in shapes if place < len(shape))
        return use.shaped((*shapes[0][:place], long, *shapes[0][place + 1 :]) if place < len(shapes[0]) else None)
    if is_channel(inputs[0], axis):
        return use.add("CONCAT", inputs)
    place, rank = axis_of(axis, inputs[0].rank), inputs[0].rank
    if any(t.rank != rank for t in inputs) or not 0 <= place < rank:
        return use.shaped(None)
    return use.add("CONCAT", inputs, axis=axis_word(place, inputs[0]))


def _same_rank(use: Use) -> tuple[KerasTensor, ...]:
    """Rows of values that came from volumes of several ranks, as rows of one rank."""
    volumes = [use.assembler.volumes[t.node] for t in use.inputs]
    spatial = volumes[0].spatial if volumes[0] else ()
    if any(t.rank != 1 for t in use.inputs) or all(v is None or v.spatial == spatial for v in volumes):
        return use.inputs
    made = []
    for tensor, volume in zip(use.inputs, volumes, strict=True):
        if volume is None or volume.spatial == (1, 1):
            made.append(tensor)
            continue
        node = use.assembler.add("RESHAPE", (tensor.node,), use.settings.place, size=Sizes((1, 1, volume.size)))
        made.append(use.counted(KerasTensor(node, 1), channels_first=False))
    return tuple(made)


def keras1_merge(use: Use) -> KerasTensor:
    """Keras 1 has one layer for all ways to join."""
    ways = {"concat": concatenate, "ave": average, "sum": merge("ADD"), "mul": merge("MUL"), "max": merge("MAX")}
    return ways.get(use.settings.text("mode", "sum"), merge(""))(use)

"""What operators are in our words that ONNX and aten have alike, once their arguments have been read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, is_writable
from shapecalc.layers.activations import UNBOUNDED
from shapecalc.lowering.flow import Flowing, Weights, stated_volume, volume_of_shape
from shapecalc.lowering.operator_call import OperatorCall, Unread
from shapecalc.lowering.rearrangements import axis_word
from shapecalc.lowering.short_numbers import short_number

SEQUENCE_AXES = 3
"""Images, positions and channels."""
POWERS = {2: "square", 0.5: "sqrt", -0.5: "rsqrt", -1: "reciprocal"}
"""What powers are called."""


def width_first(sizes: Sequence[int]) -> Sizes:
    """Sizes by axis as programs have them, height first."""
    return Sizes(reversed(sizes))


def or_opaque(apply: Callable[[Any], list[Flowing]]) -> Callable[[Any], list[Flowing]]:
    """The same reader of an operator, which is opaque where it is none of our layers."""

    def applied(use: OperatorCall) -> list[Flowing]:
        try:
            return apply(use)
        except Unread as unread:
            return opaque(unread.read)

    return applied


def along_channels(apply: Callable[[Any], list[Flowing]]) -> Callable[[Any], list[Flowing]]:
    """For what takes the axis after the batch for the channels, whatever that holds."""

    def applied(use: OperatorCall) -> list[Flowing]:
        turned = use.relaid(last=False)
        use.needs(turned.channel_axis == 1)
        return apply(turned)

    return applied


def opaque(use: OperatorCall) -> list[Flowing]:
    """Anything else: the volume that is inferred or stated, and the weights that it is the first to read."""
    params, buffers = use.new_weights()
    made: list[Flowing] = []
    for place, shape in enumerate(use.shapes or ((),)):
        if made and not use.is_read(place):
            made.append(Flowing(made[0].node, shape, use.first.last))
            continue
        node = use.assembler.opaque(
            use.kind, [v.node for v in use.reads], *use.outputs[place],
            volume=stated_volume(shape, last=use.first.last) if use.stated else None,
            params=0 if place else params, buffers=0 if place else buffers, macs=0 if place else use.macs,
        )  # fmt: skip
        use.own(node)
        made.append(Flowing(node, shape, use.first.last))
    return made


def averaged(use: OperatorCall, axes: Sequence[int], mode: str | None = None) -> list[Flowing]:
    """A mean or a maximum over all spatial axes is a global pool, one over the channels a DEPTHPOOL of all of them."""
    over = {n % use.axes for n in axes}
    if over == {use.channel_axis} and use.axes == SEQUENCE_AXES > len(use.shapes[0] if use.shapes else ()):
        use = use.relaid(last=not use.first.last)  # a mean that leaves a row of values
    spatial = set(range(1, use.axes)) - {use.channel_axis}
    if spatial and over == spatial and mode != "l2":
        return use.giving(use.add("GAP", mode=mode or None))
    if spatial and over == spatial and use.volume is not None:  # the root of the sum of squares
        node, count = use.first.node, use.volume.positions
        for kind, given in (("ACT", {"name": "square"}), ("GAP", {}), ("RESCALE", {"scale": count})):
            node = use.aside(kind, node, **given)
        return use.giving(use.add("ACT", [node], name="sqrt"))
    depth = use.known(use.volume).depth
    use.needs(over == {use.channel_axis} and use.shapes and len(use.shapes[0]) >= use.axes)
    return use.giving(use.add("DEPTHPOOL", extent=depth, stride=depth, mode=mode or "avg"))


def summed(use: OperatorCall, axes: Sequence[int]) -> list[Flowing]:
    """As many times the mean."""
    (made, *_) = averaged(use, axes)
    count = prod(use.first.shape[axis % use.axes] for axis in axes)
    node = use.assembler.add("RESCALE", (made.node,), *use.outputs[0], scale=count)
    return use.giving(node, last=made.last)


def norm(use: OperatorCall, kind: str, *, scale: bool, shift: bool, **arguments: Any) -> list[Flowing]:
    """An LN or a GN; with a factor of each channel and no summand it is the norm and a SCALE."""
    if scale == shift:
        return use.giving(use.add(kind, affine=None if scale else False, **arguments))
    use.needs(scale)
    node = use.aside(kind, use.first.node, affine=False, **arguments)
    return use.giving(use.add("SCALE", [node], bias=False))


def normalised_whole(use: OperatorCall, names: Sequence[str], eps: float) -> list[Flowing]:
    """A norm over all values of an image, and a factor and a summand for each of them, where they are named."""
    use.needs(not use.first.last)
    node = use.aside("GN", use.first.node, groups=1, affine=False, eps=eps)
    values = [learned(use, name, (1, *use.values[name].shape)) for name in names]
    for kind, value in zip(("MUL", "ADD"), values, strict=False):
        node = use.aside(kind, node, value)
    return use.giving(node)


def product(use: OperatorCall, units: int, bias: bool) -> list[Flowing]:
    """An FC on a row of values, and a convolution of 1x1 on the last axis of a volume, where the channels are.

    A sequence of one position, such as what a class token has gathered, may have come of a row.
    """
    given = None if bias else False
    use = use.relaid(last=True)
    if len(use.first.shape) == 2 or (use.volume is not None and use.volume.flat and use.first.last):
        return use.giving(use.add("FC", units=units, bias=given))
    use.needs(use.first.last)
    return use.giving(use.add("CONV", filters=units, extent=1, stride=1, padding=0, bias=given))


def elementwise(use: OperatorCall, name: str) -> list[Flowing]:
    """A function of single values that the language has no layer for."""
    return use.giving(use.add("ACT", name=name))


def power(use: OperatorCall, exponent: float) -> list[Flowing]:
    """By the name that the power has alone."""
    return elementwise(use, POWERS.get(exponent, "pow"))


def rescaled(use: OperatorCall, name: str, scale: float, offset: float) -> list[Flowing]:
    """Scale · x + offset; only a function of single values where no diagram has such numbers."""
    if not is_writable(scale) or not is_writable(offset):
        return elementwise(use, name)
    return use.giving(use.add("RESCALE", scale=short_number(scale), offset=short_number(offset)))


def clipped(use: OperatorCall, low: Any, high: Any, name: str) -> list[Flowing]:
    """Between 0 and 6 it is RELU6; a bound of None, and one that no value reaches, is left out."""
    if (low, high) == (0, 6):
        return use.giving(use.add("RELU6"))
    if any(bound is not None and not isinstance(bound, int | float) for bound in (low, high)):
        return elementwise(use, name)
    kept = [bound if bound is not None and abs(bound) < UNBOUNDED else None for bound in (low, high)]
    if any(bound is not None and not is_writable(bound) for bound in kept):
        return elementwise(use, name)
    if kept == [None, None]:
        return elementwise(use, "identity")
    one, other = (None if bound is None else short_number(bound) for bound in kept)
    return use.giving(use.add("CLIP", low=one, high=other))


def joined(use: OperatorCall, kind: str) -> list[Flowing]:
    """ADD, SUB, MUL and MAX of volumes that fit; a factor of each channel is a SCALE."""
    if len(use.reads) > 1:
        use = use.relaid(last=use.first.last)
        layouts = {(len(v.shape), v.last) for v in use.reads}
        use.needs(kind and len(layouts) == 1 and _fit(kind, [use.assembler.volumes[v.node] for v in use.reads]))
        return use.giving(use.add(kind, [v.node for v in use.reads]))
    if len(use.constants) == 1 and _is_of_last_axis(use, use.constants[0].shape):
        use = use.relaid(last=True)
    if kind == "MUL" and (has_one_for_each_channel(use) or has_one_number(use)):
        return use.giving(use.add("SCALE", bias=False, shared=True if has_one_number(use) else None))
    use.needs(kind and use.constants)
    return _joined_with_values(use, kind)


def divided(use: OperatorCall) -> list[Flowing]:
    """A volume by another one: times the reciprocal of that."""
    use.needs(len(use.reads) == 2 and len({(len(v.shape), v.last) for v in use.reads}) == 1)
    use.needs(_fit("MUL", [use.assembler.volumes[v.node] for v in use.reads]))
    one, other = use.reads
    node = use.aside("ACT", other.node, name="reciprocal")
    return use.giving(use.add("MUL", [one.node, node]))


def _fit(kind: str, volumes: Sequence[Volume | None]) -> bool:
    """Whether volumes are of one size, but for those that are broadcast over positions or, by MUL, over the depth."""
    known = [v for v in volumes if v is not None]
    depths = {v.depth for v in known} - ({1} if kind == "MUL" else set())
    spatial = {v.spatial for v in known if v.positions > 1}
    ranks = {len(v.spatial) for v in known}
    return len(known) == len(volumes) and len(ranks) == 1 and len(depths) < 2 and len(spatial) < 2


def has_one_for_each_channel(use: OperatorCall) -> bool:
    """Whether an operator on one volume reads one trained array that has a value for each of its channels."""
    depth = use.volume.depth if use.volume else 0
    wanted = (depth, *(1,) * use.ones_after)
    alone = len(use.reads) == len(use.weights) == 1 and use.weights[0][2]
    return alone and use.constants[0].shape in (wanted, (1, *wanted))


def _is_of_last_axis(use: OperatorCall, shape: Sequence[int]) -> bool:
    """Whether values are one for each place of the last axis, where the channels are not."""
    return use.axes > 2 and prod(shape) == use.first.shape[-1] == shape[-1] > 1 and not use.first.last


def has_one_number(use: OperatorCall) -> bool:
    """Whether an operator on one volume of several channels reads one trained number."""
    depth = use.volume.depth if use.volume else 0
    alone = len(use.reads) == len(use.weights) == 1 and use.weights[0][2]
    return alone and prod(use.constants[0].shape) == 1 < depth


def _joined_with_values(use: OperatorCall, kind: str) -> list[Flowing]:
    """A sum or a product with trained values that fit the volume, or have one for each channel."""
    name = next(n for n in use.tensors if isinstance(use.values.get(n), Weights))
    shape = use.constants[0].shape
    if shape in ((use.volume.depth if use.volume else 0, *(1,) * use.ones_after), use.first.shape[1:]):
        shape = (1,) * (use.axes - len(shape)) + shape
    fits = len(use.constants) == 1 and shape[:1] == (1,) and (kind != "SUB" or use.tensors[-1] == name)
    use.needs(fits and len(shape) == use.axes and _fit(kind, [use.volume, volume_of_shape(shape, last=use.first.last)]))
    return use.giving(use.joined(kind, [use.first.node, learned(use, name, shape)]))


def learned(use: OperatorCall, name: str, shape: Sequence[int]) -> int:
    """Values of the file as a volume. Raises Unread where a tensor has none, or one for each of several images."""
    value, volume = use.values.get(name), use.known(use.volume)
    sizes = use.known(volume_of_shape(shape, last=use.first.last))
    use.needs(isinstance(value, Weights) and len(value.arrays) == 1 and len(sizes.spatial) == len(volume.spatial))
    array, count, trained = use.known(value).arrays[0]
    owner = use.owners.get(array)
    use.needs(count == sizes.size and (owner is None or use.assembler.volumes[owner] == sizes))  # no other has them
    size = None if sizes.sizes == volume.sizes else Sizes(sizes.sizes)
    node = use.aside("LEARNED", use.first.node, shares=owner, size=size, trained=None if trained else False)
    use.owners.setdefault(array, node)
    use.hold_values(node, name)
    return node


def concatenated(use: OperatorCall, axis: int) -> list[Flowing]:
    """Volumes over their channels, or along an axis of positions; trained values may be among them."""
    axis, rank = axis % use.axes, len(use.volume.spatial) if use.volume else 0
    place = rank - axis if use.first.last else rank + 1 - axis
    moved = axis != use.channel_axis
    use.needs(not moved or (0 <= place < rank and use.axes == rank + 2))
    use.needs(len({v.last for v in use.reads}) == 1)
    nodes = [_concatenated_part(use, name) for name in use.tensors if name]
    volumes = [volume for node in nodes if (volume := use.assembler.volumes[node]) is not None]
    use.needs(len({len(volume.sizes) for volume in volumes}) < 2)
    along_axis = axis_word(place, rank) if moved else None
    return use.giving(use.joined("CONCAT", nodes, axis=along_axis) if len(nodes) > 1 else use.add("IDENTITY"))


def _concatenated_part(use: OperatorCall, name: str) -> int:
    value = use.known(use.values.get(name))
    if isinstance(value, Flowing):
        return value.node
    use.needs(len(value.shape) == use.axes)
    return learned(use, name, value.shape)


def permuted(use: OperatorCall, order: Sequence[int]) -> list[Flowing]:
    """Channels to the back or to the front leave the volume."""
    rank = len(use.first.shape)
    back, front = [0, *range(2, rank), 1], [0, rank - 1, *range(1, rank - 1)]
    use.needs(rank > 2 and list(order) == (front if use.first.last else back))
    return use.giving(use.add("IDENTITY"), last=not use.first.last)


def growth(use: OperatorCall) -> list[Fraction]:
    """By how much every axis grows, width first. Raises Unread where a size is unknown."""
    after = use.known(volume_of_shape(use.shapes[0], last=False) if use.shapes[0] else None)
    before = use.known(use.volume)
    use.needs(not use.first.last and len(after.spatial) == len(before.spatial))
    return [Fraction(b, a) for a, b in zip(before.spatial, after.spatial, strict=True)]


def enlarged(use: OperatorCall, factors: Sequence[Fraction], mode: str | None) -> list[Flowing]:
    """By whole factors, or all axes by one; else to a size."""
    whole = all(f.denominator == 1 for f in factors)
    if not whole and len(set(factors)) > 1:
        size = width_first(use.shapes[0][2:])
        return use.giving(use.add("RESIZE", size=size, mode=mode or None))
    factor: Any = Sizes(int(f) for f in factors) if whole else factors[0]
    return use.giving(use.add("UPSAMPLE", factor=factor, mode=mode or None))


def parts(use: OperatorCall, axis: int) -> list[Flowing]:
    """Parts of the channels, one after the other; of another axis they are opaque."""
    use.needs(not use.first.last and axis % use.axes == 1 and all(len(shape) > 1 for shape in use.shapes))
    made, start = [], 0
    for (_, name), shape in zip(use.outputs, use.shapes, strict=True):
        stop = start + shape[1]
        node = use.assembler.add("SLICE", (use.first.node,), use.outputs[0][0], name, start=start, stop=stop)
        made.append(Flowing(node, shape))
        start = stop
    return made


def sliced(use: OperatorCall, cuts: Mapping[int, tuple[int, int, int]]) -> list[Flowing]:
    """Of each axis every so many from one place to before another: a SLICE of the channels, a CROP of positions.

    Of several positions one is taken by a POOL with a window of 1. Negative places count from the end.
    """
    sides, steps = {}, {}
    use.needs(use.first.shape)
    for axis, (*ends, step) in cuts.items():
        size = use.first.shape[axis % use.axes]
        start, stop = (min(max(n + size if n < 0 else n, 0), size) for n in ends)
        use.needs(step > 0 and start < stop)
        last = start + (stop - start - 1) // step * step
        if (start, last) != (0, size - 1):
            sides[axis % use.axes] = (start, size - 1 - last)
        if step > 1:
            steps[axis % use.axes] = step
    left = {axis: (-before, -after) for axis, (before, after) in sides.items()}
    return thinned(use, left, steps) if steps else bordered(use, left)


def thinned(use: OperatorCall, sides: Mapping[int, tuple[int, int]], steps: Mapping[int, int]) -> list[Flowing]:
    """One of several positions, after what is left out before and after them."""
    spatial = [axis for axis in range(use.axes - 1, 0, -1) if axis != use.channel_axis]
    node = use.first.node
    use.needs(len(spatial) == len(use.known(use.volume).spatial) and {*sides, *steps} <= {*spatial})
    if sides:
        around = tuple((-a, -b) for a, b in (sides.get(axis, (0, 0)) for axis in spatial))
        node = use.aside("CROP", node, padding=Padding("", around))
    stride = Sizes(steps.get(axis, 1) for axis in spatial)
    return use.giving(use.add("POOL", [node], mode="max", extent=1, stride=stride, padding=0))


def bordered(use: OperatorCall, sides: Mapping[int, tuple[int, int]]) -> list[Flowing]:
    """Values more before and after each axis, or less where the numbers are negative."""
    spatial = [sides.get(axis, (0, 0)) for axis in range(use.axes - 1, 0, -1) if axis != use.channel_axis]
    depth = sides.get(use.channel_axis, (0, 0))
    numbers = [n for pair in (*spatial, depth) for n in pair]
    volume = use.known(use.volume)
    use.needs(not any(sides.get(0, ())) and not min(numbers) < 0 < max(numbers))
    if not any(numbers):
        return use.giving(use.add("IDENTITY"))
    moved = any(n for pair in spatial for n in pair)
    if min(numbers) >= 0:
        padding = Padding("", tuple(spatial)) if moved else None
        return use.giving(use.add("PAD", padding=padding, depth=depth if any(depth) else None))
    node = use.first.node
    if any(depth):
        start, stop = -depth[0], volume.depth + depth[1]
        if not moved:
            return use.giving(use.add("SLICE", start=start, stop=stop))
        node = use.aside("SLICE", node, start=start, stop=stop)
    return use.giving(use.add("CROP", [node], padding=Padding("", tuple((-a, -b) for a, b in spatial))))


def softmax(use: OperatorCall, axis: int) -> list[Flowing]:
    """Over the channels, or along the axis that could be theirs."""
    use = _along(use, axis)
    return use.giving(use.add("SOFTMAX"))


def _along(use: OperatorCall, axis: int) -> OperatorCall:
    """With its channels on an axis, where that is the one after the batch, or the last."""
    axis %= use.axes
    turned = use.relaid(last=axis > 1) if axis != use.channel_axis and axis in (1, use.axes - 1) else use
    turned.needs(axis == turned.channel_axis)
    return turned


def log_softmax(use: OperatorCall, axis: int) -> list[Flowing]:
    """A SOFTMAX over the channels, and the logarithm of what it gives."""
    use = _along(use, axis)
    node = use.aside("SOFTMAX", use.first.node)
    return use.giving(use.add("ACT", [node], name="log"))

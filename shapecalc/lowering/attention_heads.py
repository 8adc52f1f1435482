"""How tensors of attention lie: their heads, and the windows that look at each other."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt, prod

from shapecalc.core.layer import Volume
from shapecalc.core.record import NamedTuple
from shapecalc.lowering.flow import AxisPart, Cut, Group, TensorView, Weights, joined, whole
from shapecalc.lowering.operator_call import OperatorCall
from shapecalc.lowering.pending import Held


class Heads(NamedTuple):
    """How a tensor of heads, positions and channels of a head lies."""

    number: int
    window: tuple[int, ...] | None
    """Of what looks at each other, width first; None for all positions."""
    grid: bool
    """Positions of a window lie apart."""
    apart: Group
    """The windows."""


def heads_of(held: Held) -> Heads | None:
    """None for a tensor that is laid out otherwise."""
    view = held.view
    sizes, depth = view.sizes, len(view.cuts) - 1
    if len(view.groups) < 3:
        return None
    *front, positions, channels = view.groups
    leading: list[AxisPart] = [part for group in front for part in group if part.axis >= 0]
    count = prod(part.size for part in leading if part.axis == depth)
    inner = sizes[-1] // count if count else 0
    apart = joined([part for part in leading if part.axis != depth])
    within = {part.axis: part for part in positions}
    window = tuple(within[axis].size if axis in within else 1 for axis in range(depth))
    left = {axis: sizes[axis] // n for axis, n in enumerate(window)}
    grid = any(part.step > 1 for part in positions)
    axes = range(depth - 1, -1, -1)
    there = joined([AxisPart(axis, left[axis] if grid else 1, window[axis]) for axis in axes])
    others = {AxisPart(axis, 1 if grid else window[axis], left[axis]) for axis in axes if left[axis] > 1}
    of_heads = joined([part for part in leading if part.axis == depth])
    fits = of_heads == joined([AxisPart(depth, inner, count)]) and channels == joined([AxisPart(depth, 1, inner)])
    if not fits or positions != there or len(apart) != len(others) or set(apart) != others:
        return None
    return Heads(count, window if apart else None, grid and bool(apart), apart)


def is_bias(value: Weights, use: OperatorCall, heads: int, looked_at: int) -> bool:
    """Whether what is added to products is trained, and no mask that the file stores as it does weights."""
    shared = heads > 1 and prod(value.shape[-3:-2]) == 1 and prod(value.shape[-2:]) == looked_at**2
    return any(trained and not use.holds_mask(name, likely=shared) for name, _, trained in value.arrays)


def window_of_biases(
    use: OperatorCall, heads: Heads, positions: tuple[int, ...], looked_at: int
) -> tuple[int, ...] | None:
    """The window in which its weights are a bias for each distance; None where they are none.

    A row of positions may be a square that was laid out in one: the last windows of Swin are the whole map.
    """
    side = isqrt(looked_at)
    squares = [(side, side)] if heads.window is None and len(positions) == 1 and side**2 == looked_at else []
    (name, size, _), *more = use.weights or (("", 0, True),)
    for window in (heads.window or positions, *squares):
        if size == heads.number * looked_at**2 and not more and use.holds_table(name, window):
            return window
        if sum(size for _, size, _ in use.weights) == heads.number * prod(2 * n - 1 for n in window):
            return window
    return None


def thirds(use: OperatorCall, *parts: Held) -> list[int] | None:
    """The one node of which query, key and value are the thirds, in this order."""
    (node, _, _), volume = (held.node for held in parts), use.assembler.volumes[parts[0].node]
    if len({held.node for held in parts}) > 1 or volume is None or volume.depth % 3:
        return None
    third = volume.depth // 3
    for place, held in enumerate(parts):
        if held.view.cuts != (*whole(volume.sizes[:-1]), Cut(place * third, place * third + third)):
            return None
    return [node]


def in_the_place_of(view: TensorView, sizes: Sequence[int], heads: int) -> tuple[Group, ...]:
    """The axes of a query for a volume of another depth."""
    depth, inner = len(sizes) - 1, sizes[-1] // heads
    of_heads = AxisPart(depth, inner, heads)
    front = (joined([of_heads if part.axis == depth else part for part in group]) for group in view.groups[:-1])
    return (*front, joined([AxisPart(depth, 1, inner)]))


def opaque_attention(use: OperatorCall, nodes: Sequence[int], volume: Volume, macs: int) -> int:
    """One that has other weights than the layer ATTENTION, as the file states it."""
    params, buffers = use.new_weights()
    node = use.assembler.opaque(
        "Attention", nodes, *use.outputs[0], volume=volume, params=params, buffers=buffers, macs=macs
    )
    use.own(node)
    return node

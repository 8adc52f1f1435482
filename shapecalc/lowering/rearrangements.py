"""What the operations between two layers come to in our words: a view of a volume as layers that rearrange it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

from shapecalc.core.parameters import Sizes
from shapecalc.core.record import NamedTuple
from shapecalc.core.volumes import axis_name
from shapecalc.lowering.flow import BATCH, AxisPart, Flowing, TensorView, joined, volume_of_shape, whole_parts

if TYPE_CHECKING:
    from shapecalc.lowering.operator_call import OperatorCall


Layer: TypeAlias = "tuple[str, dict[str, Any]]"
"""A kind and its arguments."""


MOST_TURNED = 4
"""Axes of a volume that can be turned."""


class Rearranged(NamedTuple):
    """Layers that follow each other, and how the tensor of the last lies."""

    layers: tuple[Layer, ...]
    last: bool
    channels_first: bool | None = None
    """For what puts values in a row or takes them out of one: the order that the file counts in."""


def laid_out(use: OperatorCall, place: int, node: int, view: TensorView, shape: tuple[int, ...]) -> Flowing | None:
    """The layers that give a view; None where the language has none."""
    found = _as_it_lies(view, shape) or _rearranged(view, shape)
    if found is None and view.layout() is not None:  # whatever reads it has no batch in front, and is opaque
        found = Rearranged((), view.layout() is True)
    if found is None or use.assembler.volumes[node] is None:
        return None
    steps = [*slices(use, node, view), *found.layers]
    for number, (kind, arguments) in enumerate(steps):
        path, name = use.outputs[min(place, len(use.outputs) - 1)]
        node = use.assembler.add(kind, (node,), path, name if number == len(steps) - 1 else "", **arguments)
    if found.channels_first is not None:
        use.assembler.stored.channels_first[node] = found.channels_first
    return Flowing(node, shape, found.last)


def _as_it_lies(view: TensorView, shape: Sequence[int]) -> Rearranged | None:
    layout = view.layout()
    volume = None if layout is None else volume_of_shape(shape, last=layout)
    fits = volume is not None and volume.sizes == view.sizes and shape[0] == view.batch
    return Rearranged((), layout is True) if fits else None


def slices(use: OperatorCall, node: int, view: TensorView) -> Iterator[Layer]:
    """A SLICE for every axis of which some is left out; none of what is unknown."""
    volume = use.assembler.volumes[node]
    rank = len(view.cuts) - 1
    cuts = () if volume is None else zip(view.cuts, volume.sizes, strict=True)
    for axis, ((start, stop), size) in enumerate(cuts):
        if (start, stop) != (0, size):
            along = axis_word(axis, rank) if axis < rank else None
            yield "SLICE", {"start": start, "stop": stop, "axis": along}


def axis_word(axis: int, rank: int) -> str:
    """How the language calls an axis of positions.

    >>> [axis_word(axis, 3) for axis in range(3)]
    ['width', 'height', 'slices']
    """
    noun = axis_name(axis, rank)[0].partition(" ")[0]
    return "slices" if noun == "slice" else noun


def cut_out(use: OperatorCall, node: int, view: TensorView) -> int:
    """A node with all values that a view holds, and no others."""
    for kind, arguments in slices(use, node, view):
        node = use.aside(kind, node, **arguments)
    return node


def _rearranged(view: TensorView, shape: Sequence[int]) -> Rearranged | None:
    """What moves values, or gives them other axes."""
    front = view.groups[0] if view.groups else ()
    if any(part.axis != BATCH for part in front) or prod(part.size for part in front) != view.batch:
        return None
    for read in (_reshaped, _shuffled, _to_space, _to_depth, _moved):
        found = read(view, shape)
        if found is not None:
            return found
    return None


def _orders(view: TensorView) -> Iterator[tuple[bool, tuple[int, ...]]]:
    """Channels first, and channels last."""
    depth = len(view.cuts) - 1
    spatial = tuple(range(depth - 1, -1, -1))
    yield False, (depth, *spatial)
    yield True, (*spatial, depth)


def _reshaped(view: TensorView, shape: Sequence[int]) -> Rearranged | None:
    """The values in their order under another shape: a row, or another volume.

    A volume of one channel lies in both orders: the channel is where the shape has an axis of 1.
    """
    back = len(shape) > 2 and shape[-1] == view.sizes[-1] == 1 != shape[1]
    for last, order in sorted(_orders(view), reverse=back):
        if list(view.parts) == list(joined(whole_parts(view.sizes, order))):
            volume = volume_of_shape(shape, last=last)
            if volume is None or len(shape) < 2:
                return None
            layer: Layer = ("FLATTEN", {}) if len(shape) == 2 else ("RESHAPE", {"size": Sizes(volume.sizes)})
            return Rearranged((layer,), last and len(shape) > 2, not last)
    return None


def _moved(view: TensorView, shape: Sequence[int]) -> Rearranged | None:
    """Parts of axes in another order: under the sizes of these parts whole axes are turned, where there are few."""
    depth, row = len(view.cuts) - 1, len(shape) == 2
    last = not row and any(part.axis == depth for part in view.groups[-1])
    volume = volume_of_shape(shape, last=last)
    targets = view.groups[1:] if row else (*view.groups[-2:0:-1], view.groups[-1])
    targets = targets if row or last else (*view.groups[:1:-1], view.groups[1])
    parts = [part for group in targets for part in group]
    sources = sorted(parts, key=lambda part: (part.axis, -part.step))
    if volume is None or joined(sources) != joined(whole_parts(view.sizes, range(depth + 1))):
        return None
    runs: list[list[AxisPart]] = []  # parts that follow each other before and after
    for part in parts:
        at = sources.index(part)
        if runs and at and runs[-1][-1] == sources[at - 1]:
            runs[-1].append(part)
        else:
            runs.append([part])
    before = sorted(runs, key=lambda run: sources.index(run[0]))
    if len(runs) > MOST_TURNED:
        return None
    sizes = Sizes(prod(part.size for part in run) for run in before)
    layers: list[Layer] = [("RESHAPE", {"size": sizes})] if len(sizes) > 1 and tuple(sizes) != view.sizes else []
    if len(runs) > 1:
        layers.append(("PERMUTE", {"order": tuple(before.index(run) + 1 for run in runs)}))
    turned = tuple(prod(part.size for part in run) for run in runs)
    if row or turned != volume.sizes:
        layers.append(("FLATTEN", {}) if row else ("RESHAPE", {"size": Sizes(volume.sizes)}))
    return Rearranged(tuple(layers), last)


def _shuffled(view: TensorView, shape: Sequence[int]) -> Rearranged | None:
    """Channels dealt out to groups."""
    depth, sizes = len(view.cuts) - 1, view.sizes
    for last, order in _orders(view):
        if len(view.groups) != len(order) + 1:
            continue
        place = len(order) if last else 1
        others = [part for at, group in enumerate(view.groups[1:], 1) if at != place for part in group]
        dealt = view.groups[place]
        if others == whole_parts(sizes, [axis for axis in order if axis != depth]) and len(dealt) == 2:
            share = dealt[0].size
            if dealt == (AxisPart(depth, 1, share), AxisPart(depth, share, sizes[depth] // share)):
                return Rearranged((("SHUFFLE", {"groups": sizes[depth] // share}),), last)
    return None


def _to_space(view: TensorView, shape: Sequence[int]) -> Rearranged | None:
    """Channels that become blocks of pixels, in PyTorch's order or, dealt out first, in TensorFlow's."""
    sizes, rank = view.sizes, len(view.cuts) - 1
    if len(view.groups) != rank + 2 or not all(len(group) in (1, 2) for group in view.groups[2:]):
        return None
    factor = view.groups[-1][-1].size
    left = sizes[rank] // factor**rank
    for torch in (True, False):
        outer, inner = (factor**rank, 1) if torch else (1, left)
        wanted = [joined([AxisPart(rank, outer, left)])]
        wanted += [
            joined([AxisPart(axis, 1, sizes[axis]), AxisPart(rank, inner * factor**axis, factor)])
            for axis in range(rank - 1, -1, -1)
        ]
        if list(view.groups[1:]) == wanted:
            dealt: tuple[Layer, ...] = () if torch else (("SHUFFLE", {"groups": factor**rank}),)
            return Rearranged((*dealt, ("PIXELSHUFFLE", {"factor": factor})), False)
    return None


def _to_depth(view: TensorView, shape: Sequence[int]) -> Rearranged | None:
    """Blocks of pixels that become channels, in PyTorch's order or, dealt out after it, in TensorFlow's."""
    sizes, rank = view.sizes, len(view.cuts) - 1
    if len(view.groups) != rank + 2 or not all(len(group) == 1 for group in view.groups[2:]):
        return None
    factor = view.groups[-1][0].step
    axes = range(rank - 1, -1, -1)
    outer = [(AxisPart(axis, factor, sizes[axis] // factor),) for axis in axes]
    block, channels = [AxisPart(axis, 1, factor) for axis in axes], joined([AxisPart(rank, 1, sizes[rank])])
    if factor < 2 or list(view.groups[2:]) != outer:
        return None
    if view.groups[1] == (*channels, *block):
        return Rearranged((("PIXELUNSHUFFLE", {"factor": factor}),), False)
    if view.groups[1] == (*block, *channels):
        dealt = ("SHUFFLE", {"groups": sizes[rank]})
        return Rearranged((("PIXELUNSHUFFLE", {"factor": factor}), dealt), False)
    return None

"""What operators of sequences give beside every step: last states, the memory of an LSTM, and rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from shapecalc.core.layer import Volume
from shapecalc.core.parameters import Sizes
from shapecalc.lowering.flow import BATCH, AxisPart, Cut, Group, TensorView, joined, whole
from shapecalc.lowering.pending import Held
from shapecalc.lowering.rearrangements import cut_out

if TYPE_CHECKING:
    from shapecalc.lowering.operator_call import OperatorCall


def axes_of_steps(batch: int, steps: int, depth: int) -> tuple[Group, Group, Group]:
    """What the axes of steps, images and values of a sequence hold."""
    return joined([AxisPart(0, 1, steps)]), joined([AxisPart(BATCH, 1, batch)]), joined([AxisPart(1, 1, depth)])


def as_sequence(use: OperatorCall, node: int, view: TensorView) -> Held:
    """Whole axes of a volume as the steps and the values of a sequence: turned where they are in another order."""
    images, steps, values = view.groups
    parts, sizes = (*steps, *values), view.sizes
    order = [axis for axis, size in enumerate(sizes) if size == 1] + [part.axis for part in parts]
    whole_axes = all(part.step == 1 and part.size == sizes[part.axis] for part in parts)
    use.needs(BATCH not in order and whole_axes and sorted(order) == list(range(len(sizes))))
    node = cut_out(use, node, view)
    if [part.axis for part in parts] != sorted(part.axis for part in parts):
        node = use.aside("PERMUTE", node, order=tuple(axis + 1 for axis in order))
    length, depth = (prod(part.size for part in group) for group in (steps, values))
    node = use.aside("RESHAPE", node, size=Sizes((length, depth)))
    groups = (images, joined([AxisPart(0, 1, length)]), joined([AxisPart(1, 1, depth)]))
    return Held(node, TensorView(whole((length, depth)), groups))


def last_states(
    use: OperatorCall, nodes: Sequence[int], units: int, ways: int, batch: int, *, last: bool, first: bool = False
) -> Held:
    """What the last step of each direction gives, of layers that follow each other: directions, images, values.

    `last` says that the one layer gives nothing else, `first` that it runs from the end.
    """
    sides = joined([AxisPart(1, units, ways * len(nodes))])
    groups = (sides, joined([AxisPart(BATCH, 1, batch)]), joined([AxisPart(1, 1, units)]))
    volume = use.assembler.volumes[nodes[0]]
    length = volume.positions if volume is not None else 1
    if last or len(nodes) * ways == 1:
        step = 0 if first else length - 1
        return Held(nodes[0], TensorView((Cut(step, step + 1), Cut(0, units * ways)), groups))
    ends = []
    for node in nodes:
        for way, step in zip(range(ways), (length - 1, 0), strict=False):
            side = node
            if ways > 1:
                side = use.aside("SLICE", node, start=way * units, stop=way * units + units)
            ends.append(use.aside("SLICE", side, start=step, stop=step + 1, axis="length"))
    both = use.aside("CONCAT", *ends)
    return Held(both, TensorView(whole((1, units * ways * len(nodes))), groups))


def memory(use: OperatorCall, node: int, units: int, sides: int, batch: int) -> Held:
    """The memory of an LSTM after the last step, which no layer of ours gives: directions, images, values."""
    depth = units * sides
    made = use.assembler.opaque(use.kind, (node,), use.outputs[-1][0], "", volume=Volume((1,), depth))
    groups = (joined([AxisPart(1, units, sides)]), joined([AxisPart(BATCH, 1, batch)]), joined([AxisPart(1, 1, units)]))
    return Held(made, TensorView(whole((1, depth)), groups))


def rows_of_table(use: OperatorCall, held: Held, rows: int, units: int) -> Held:
    """What an EMBEDDING gives; indices in a row are a sequence of one value a position."""
    node, view = held.node, held.view
    groups = view.groups
    use.needs(held.scale == 1 and len(use.weights) == 1 and use.weights[0][2])
    if view.sizes[:-1] == (1, 1) and len(groups) == 2:
        length = view.sizes[-1]
        node = use.aside("RESHAPE", node, size=Sizes((length, 1)))
        use.assembler.stored.channels_first[node] = False
        groups = (groups[0], joined([AxisPart(0, 1, length)]))
    else:
        use.needs(view.sizes[-1] == 1)
    made = use.add("EMBEDDING", [node], rows=rows, units=units)
    volume = use.known(use.assembler.volumes[made])
    groups = (*groups, joined([AxisPart(len(volume.sizes) - 1, 1, volume.depth)]))
    return Held(made, TensorView(whole(volume.sizes), groups))

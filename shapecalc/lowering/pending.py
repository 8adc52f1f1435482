"""Tensors of which no layer has been made yet, as what reads them decides what they come to, states among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from shapecalc.core.layer import Volume
from shapecalc.core.parameters import Sizes
from shapecalc.core.record import NamedTuple
from shapecalc.lowering.flow import (
    BATCH,
    AxisPart,
    Cut,
    Flowing,
    Group,
    TensorView,
    Weights,
    joined,
    shape_of,
    stated_volume,
    view_of,
    whole,
)
from shapecalc.lowering.rearrangements import cut_out, laid_out

if TYPE_CHECKING:
    from shapecalc.lowering.operator_call import OperatorCall


Apply: TypeAlias = "Callable[[OperatorCall], list[Flowing]]"


class Held(NamedTuple):
    """A node, and how a tensor holds its values."""

    node: int
    view: TensorView
    scale: float = 1.0
    """A number that they are multiplied with, in a tensor that only attention reads."""

    @property
    def is_loose(self) -> bool:
        """Whether channels come last and all else is in its order, the batch and axes of 1 aside."""
        return self.scale == 1 and self.view.layout() is True


class Scores(NamedTuple):
    """Products of a query with a key, head by head."""

    query: Held
    key: Held
    scale: float = 1.0
    spread: bool = False
    """A softmax was taken over what is looked at."""
    name: str = ""
    """Of the tensor that has the products themselves."""
    added: tuple[Weights, ...] = ()
    """Masks, and biases of positions, that are added to the products."""
    causal: bool = False
    """What comes later is hidden."""
    turned: bool = False
    """What is looked at comes before what looks."""


class Joined(NamedTuple):
    """Tensors that follow each other along the first axis."""

    parts: tuple[Held, ...]


class Pending(NamedTuple):
    """A tensor that an operation gives, and what it holds."""

    held: Held | Scores | Joined
    shape: tuple[int, ...]
    use: OperatorCall | None
    """The operation that gives it; None for an input."""
    apply: Apply | None
    """Reads the operation as a layer of its own."""
    names: tuple[str, ...]
    """Of all tensors that the operation gives."""
    place: int = 0
    made: bool = False
    """A layer has been made already, whose values lie otherwise than layers read them."""


Value: TypeAlias = "Flowing | Weights | Pending"


class Values(dict[str, "Flowing | Weights | Pending"]):
    """The tensors of a program by name."""

    def __init__(self) -> None:
        self.counted: set[str] = set()
        """Tensors of products that an ATTENTION has done: its weights are given too, or read by another."""

    def resolve(self, names: Sequence[str]) -> None:
        """Makes layers of what some names stand for, and before them of what that is made of."""
        waiting = list(names)
        while waiting:
            name = waiting[-1]
            value = self.get(name)
            if isinstance(value, Pending):
                found = _laid_out(value)
                before = [n for n in value.use.tensors if isinstance(self.get(n), Pending)] if value.use else []
                if found is None and value.made:
                    found = _moved(value)
                if found is not None:
                    self[name] = found
                elif before:
                    waiting += before
                    continue
                elif value.use is not None and value.apply is not None:
                    use = replace(value.use, counted=True) if name in self.counted else value.use
                    self.update(zip(value.names, value.apply(use), strict=False))
                    self[name] = self[value.names[value.place]]  # a name for the same tensor
            waiting.pop()

    def give(self, name: str) -> None:
        """The same for what the program gives; where values of several images only lie otherwise, no layer is made."""
        value = self.get(name)
        if isinstance(value, Pending) and isinstance(value.held, Held) and value.held.view.batch > 1:
            found = _laid_out(value)
            self[name] = value if found is None else found
            if value.held.scale == 1:
                return
        self.resolve([name])

    def given(self, name: str, held: Held, shape: tuple[int, ...]) -> None:
        """An input that lies otherwise than layers read it."""
        self[name] = Pending(held, shape, None, None, (name,))

    def held(self, use: OperatorCall, name: str) -> Held | None:
        """What a tensor holds; None for products, weights and shapes that are unknown."""
        value = self.get(name)
        if isinstance(value, Pending):
            return value.held if isinstance(value.held, Held) else None
        volume = use.assembler.volumes[value.node] if isinstance(value, Flowing) else None
        if volume is None or not isinstance(value, Flowing) or not value.shape or 0 in value.shape:
            return None
        if value.shape[0] != use.batch:  # images and something else in one axis, of which nothing is known
            return None
        view = view_of(volume, value.shape, last=value.last)
        return view and Held(value.node, view)

    def scores(self, name: str) -> Scores | None:
        """Products that a tensor holds."""
        value = self.get(name)
        return value.held if isinstance(value, Pending) and isinstance(value.held, Scores) else None


def _laid_out(value: Pending) -> Flowing | None:
    held = value.held
    if not isinstance(held, Held) or held.scale != 1:
        return None
    if value.use is None:
        return Flowing(held.node, value.shape, True)
    return laid_out(value.use, value.place, held.node, held.view, value.shape)


def _moved(value: Pending) -> Flowing | None:
    """A step that moves the values of a layer in a way that the language has no word for."""
    held, use = value.held, value.use
    if not isinstance(held, Held) or use is None:
        return None
    volume = stated_volume(value.shape, last=True)
    node = use.assembler.opaque(
        "Rearrange", [held.node], *use.outputs[min(value.place, len(use.outputs) - 1)], volume=volume
    )
    return Flowing(node, value.shape, True)


def as_it_lies(use: OperatorCall, held: Held, shape: tuple[int, ...]) -> Flowing | None:
    """The tensor where it holds a whole volume as layers read it; None where something has to be done first."""
    node, view = held.node, held.view
    volume = use.assembler.volumes[node]
    last = view.layout()
    if volume is None or last is None or held.scale != 1 or view.sizes != volume.sizes:
        return None
    if len(shape) == 2 and volume.positions == 1 and shape[0] == view.batch:
        return Flowing(node, shape, False)
    found = next((n for n in (last, False) if shape == shape_of(volume.sizes, view.batch, last=n)), None)
    return None if found is None or (found != last and volume.positions > 1) else Flowing(node, shape, found)


# --- sequences ------------------------------------------------------------------------------------


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

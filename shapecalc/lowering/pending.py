"""Tensors of which no layer has been made yet, as what reads them decides what they come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from shapecalc.core.record import NamedTuple
from shapecalc.lowering.flow import Flowing, TensorView, Weights, shape_of, stated_volume, view_of
from shapecalc.lowering.rearrangements import laid_out

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

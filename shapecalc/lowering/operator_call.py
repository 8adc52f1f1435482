"""An operator of an exported program on its tensors, whichever format it is in, and what a reader needs of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from shapecalc.core.layer import Volume
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.flow import Flowing, Weights, stated_volume, volume_of_shape
from shapecalc.lowering.operator_products import products
from shapecalc.registry import by_name

Known = TypeVar("Known")


class Unread(Exception):
    """No layer of ours stands for what is read; `read` is that."""

    def __init__(self, read: Any) -> None:
        self.read = read


class Needing:
    """What is read says what it needs."""

    __slots__ = ()

    def needs(self, fits: object) -> None:
        """Raises Unread unless this is so."""
        if not fits:
            raise Unread(self)

    def known(self, value: Known | None) -> Known:
        """The value; raises Unread where there is none."""
        if value is None:
            raise Unread(self)
        return value


@dataclass(frozen=True)
class OperatorCall(Needing):
    """What readers of exported programs need of an operator; formats add how its arguments are read."""

    assembler: Assembler
    owners: dict[str, int]
    """The node that first read each weight, and the first that did so in the same way."""
    values: Mapping[str, Any]
    kind: str
    """The operator, as the file calls it."""
    tensors: Sequence[str]
    """Names of the tensors that it reads; empty for one that is left out."""
    outputs: tuple[tuple[str, str], ...]
    """For each tensor that it gives the path and the name of its layer; at least one."""
    shapes: tuple[tuple[int, ...], ...]
    """Of these tensors; empty where unknown."""
    batch: int
    weights: tuple[tuple[str, int, bool], ...]
    """The weights that it reads: name, number of values, whether they are trained."""
    stated: bool = True
    """The shapes are those of the input that is given."""
    counted: bool = False
    """A layer that has been made does what it multiplies."""

    @property
    def reads(self) -> list[Flowing]:
        """What it reads that depends on the input."""
        found = (self.values.get(name) for name in self.tensors)
        return [value for value in found if isinstance(value, Flowing)]

    @property
    def constants(self) -> list[Weights]:
        """What it reads that does not."""
        found = (self.values.get(name) for name in self.tensors)
        return [value for value in found if isinstance(value, Weights)]

    @property
    def first(self) -> Flowing:
        """The first tensor that depends on the input."""
        return self.reads[0]

    @property
    def volume(self) -> Volume | None:
        """The volume of the first."""
        return self.assembler.volumes[self.first.node]

    @property
    def axes(self) -> int:
        """Axes of the first, with the batch and the channels; at least 1."""
        return max(len(self.first.shape), 1)

    @property
    def rank(self) -> int:
        """Spatial axes of the first."""
        return max(len(self.first.shape) - 2, 1)

    @property
    def channel_axis(self) -> int:
        """Where the channels of the first are."""
        return self.axes - 1 if self.first.last else 1

    @property
    def ones_after(self) -> int:
        """Axes of 1 that an array with a value for each channel has after them."""
        return self.axes - 1 - self.channel_axis

    @property
    def batch_first(self) -> bool:
        """Whether the first axis of everything known is the batch."""
        shapes = [*(value.shape for value in self.reads), *self.shapes]
        return all(not shape or shape[0] == self.batch for shape in shapes)

    @property
    def equation(self) -> str:
        """What an Einsum sums over; formats say so."""
        return ""

    @property
    def macs(self) -> int:
        """Of an image, for an operator that becomes no layer of ours."""
        if self.counted:
            return 0
        reads = [value.shape for name in self.tensors if (value := self.values.get(name)) is not None]
        return products(self.kind, reads, self.shapes[0] if self.shapes else (), self.equation) // max(self.batch, 1)

    def add(self, kind: str, inputs: Sequence[int] | None = None, /, **arguments: Any) -> int:
        """A layer of ours under the name of the operator."""
        reads = (self.first.node,) if inputs is None else inputs
        named = by_name(kind)  # exporters keep one tensor for all that are equal, such as the ones of untrained norms
        owner = self.owners.get(self._use_as(named.type.kind)) if self.weights and named else None
        node = self.assembler.add(kind, reads, *self.outputs[0], owner, **arguments)
        self.own(node)
        return node

    def aside(self, kind: str, *inputs: int, shares: int | None = None, **arguments: Any) -> int:
        """A layer without a name, which those of the operator read; `shares` is the node whose weights it uses."""
        return self.assembler.add(kind, inputs, self.outputs[0][0], "", shares, **arguments)

    def relaid(self, *, last: bool) -> Self:
        """With all that flows into it laid out with its channels last, or after the batch: PERMUTE turns the others."""
        turned = {name: found for name in self.tensors if (found := self._turned(name, last=last)) is not None}
        return replace(self, values={**self.values, **turned}) if turned else self

    def _turned(self, name: str, *, last: bool) -> Flowing | None:
        """None for a tensor that needs no turn, and for one whose volume is not what its shape says."""
        value = self.values.get(name)
        if not isinstance(value, Flowing):
            return None
        volume = self.assembler.volumes[value.node]
        if volume is None or value.last == last or len(value.shape) < 3 or value.shape[0] != self.batch:
            return None
        rank = len(value.shape) - 1
        known = volume_of_shape(value.shape, last=value.last)
        if known is None or known.sizes != volume.sizes:
            return None
        order = (*range(2, rank + 1), 1) if last else (rank, *range(1, rank))
        node = self.aside("PERMUTE", value.node, order=order)
        return Flowing(node, value.shape, last)

    def is_of_another(self, kind: str) -> bool:
        """Whether it uses the weights of a layer of another kind or depth, as words and the product that finds them do.

        A decoder may have the kernels of its encoder, turned.
        """
        owner, named = self.owners.get(self.weights[0][0]) if self.weights else None, by_name(kind)
        if owner is None or named is None:
            return False
        node, volumes = self.assembler.nodes[owner], self.assembler.volumes
        before = volumes[node.inputs[0]] if node.inputs else None
        deeper = before is not None and self.volume is not None and before.depth != self.volume.depth
        return node.kind != named.type.kind or deeper

    @property
    def has_computed_weights(self) -> bool:
        """Whether it multiplies with what others make, as a norm of weights is: the file has more of these."""
        return any(value.arrays and not value.is_whole for value in self.constants)

    def as_stated(self, inputs: Sequence[int] | None = None) -> int:
        """An opaque node with what is stated of it."""
        params, buffers = self.new_weights()
        node = self.assembler.opaque(
            self.kind, (self.first.node,) if inputs is None else inputs, *self.outputs[0],
            volume=stated_volume(self.shapes[0], last=self.first.last), params=params, buffers=buffers, macs=self.macs,
        )  # fmt: skip
        self.own(node)
        return node

    def joined(self, kind: str, inputs: Sequence[int], /, **arguments: Any) -> int:
        """A layer that joins others, some of which have the weights that the operator reads."""
        return self.assembler.add(kind, inputs, *self.outputs[0], None, **arguments)

    def compare_weights(self, node: int, name: str, there: int, needed: int) -> None:
        """Reports SHP302 where the file has more or fewer values than the layer needs."""
        if there != needed:
            made = self.assembler.nodes[node]
            on = ", ".join(str(self.assembler.volumes[i]) for i in made.inputs)
            message = f"the file has {there:,} values of {name}, and {made.text} on {on} needs {needed:,}"
            self.assembler.report("SHP302", message, node, label=f"expected {needed:,}, found {there:,}")

    def is_read(self, place: int) -> bool:
        """Whether anything reads a tensor that it gives; formats that know say so."""
        return True

    def hold_values(self, node: int, name: str) -> None:
        """Takes down where the file has the values of a tensor that is a volume; formats that hold weights do."""

    def holds_mask(self, name: str, *, likely: bool) -> bool:
        """Whether a tensor that counts as trained only hides positions; files that say what is trained have none."""
        return False

    def holds_table(self, name: str, window: Sequence[int]) -> bool:
        """Whether a bias for each head and two positions of a window is the same for the same distances."""
        return False

    def hold_table(self, node: int, name: str, window: Sequence[int], *, width_first: bool) -> None:
        """Takes down where such biases are, and how their positions are counted; formats that hold weights do."""

    def arrays_of(self, node: int) -> dict[str, int] | None:
        """How many values each array of a node has by its name; None where the layer or a volume is unknown."""
        made = self.assembler.nodes[node]
        known = [volume for i in made.inputs if (volume := self.assembler.volumes[i]) is not None]
        if not made.layer.understood or made.shares is not None or self.assembler.volumes[node] is None:
            return None
        return {weight.name: weight.size for weight in made.layer.weights(*known)}

    def own(self, node: int) -> None:
        """Takes the weights that no node has read before."""
        for name, _, _ in self.weights:
            self.owners.setdefault(name, node)
        if self.weights:
            self.owners.setdefault(self._use_as(self.assembler.nodes[node].kind), node)

    def _use_as(self, kind: str) -> str:
        """A key for the first weight in layers of a kind that have as many arrays."""
        return f"{self.weights[0][0]} of {kind} with {len(self.weights)}"

    def new_weights(self) -> tuple[int, int]:
        """How many trained values and buffers it is the first to read."""
        new = [(size, trained) for name, size, trained in self.weights if name not in self.owners]
        return sum(size for size, trained in new if trained), sum(size for size, trained in new if not trained)

    def giving(self, node: int, *, last: bool | None = None) -> list[Flowing]:
        """The output, laid out as the input unless it says otherwise."""
        shape = self.shapes[0] if self.shapes else ()
        last = self.first.last if last is None else last
        volume = self.assembler.volumes[node]
        if not shape and volume is not None:
            spatial = tuple(reversed(volume.spatial))
            shape = (self.batch, *spatial, volume.depth) if last else (self.batch, volume.depth, *spatial)
        return [Flowing(node, shape, last)]

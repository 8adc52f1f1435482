"""One call of a layer: what it reads, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from shapecalc.core.layer import Volume
from shapecalc.core.parameters import Word
from shapecalc.formats.keras.settings import LayerSettings
from shapecalc.formats.keras.tensors import KerasTensor, shape_of, volume_of
from shapecalc.lowering.assembler import Assembler
from shapecalc.registry import by_name


class Use(NamedTuple):
    """One call of a layer."""

    assembler: Assembler
    channels_first: bool
    """How the model lays its values out where a layer does not say."""
    settings: LayerSettings
    path: str
    inputs: tuple[KerasTensor, ...]
    stated: Sequence[Any] | None
    """The shape of its output without the batch, where the file states it."""
    made: list[int]
    """The nodes of this call so far."""
    first_call: Sequence[int]
    """The nodes of an earlier call, which own the weights; empty in the first."""

    @property
    def tensor(self) -> KerasTensor:
        """What it reads."""
        return self.inputs[0]

    @property
    def volume(self) -> Volume | None:
        """The volume of what it reads."""
        return self.assembler.volumes[self.tensor.node]

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of what it reads, without the batch."""
        return shape_of(self.volume, self.tensor) if self.volume else None

    @property
    def rank(self) -> int:
        """Spatial axes of what it reads."""
        return max(self.tensor.rank - 1, 1)

    def add(
        self, kind: str, inputs: Sequence[KerasTensor] | None = None, /, rank: int | None = None, **more: Any
    ) -> KerasTensor:
        """A layer of ours; the first of a call has the name of Keras."""
        reads = inputs or (self.tensor,)
        nodes = [t.node for t in reads]
        node = self.assembler.add(kind, nodes, self.settings.place, self._name(), self._owner(), **more)
        self.made.append(node)
        return KerasTensor(node, reads[0].rank if rank is None else rank, reads[0].first)

    def opaque(
        self, volume: Volume | None, rank: int, params: int = 0, buffers: int = 0, *, first: bool | None = None
    ) -> KerasTensor:
        """A layer that the language has no word for."""
        node = self.assembler.opaque(
            self.settings.kind,
            [t.node for t in self.inputs],
            self.settings.place,
            self._name(),
            volume=volume,
            params=params,
            buffers=buffers,
            shares=self._owner(),
        )
        self.made.append(node)
        return KerasTensor(node, rank, self.tensor.first if first is None else first)

    def stated_as(self, params: int = 0, buffers: int = 0) -> KerasTensor:
        """An opaque layer whose output the file states at its readers."""
        shape = tuple(self.stated or ())
        rank = len(shape) or self.tensor.rank
        return self.opaque(volume_of(shape, self.tensor.first and rank > 1), rank, params, buffers)

    def shaped(self, shape: Sequence[int] | None, params: int = 0, buffers: int = 0) -> KerasTensor:
        """An opaque layer that gives a shape."""
        if shape is None:
            return self.opaque(None, self.tensor.rank, params, buffers)
        first = self.tensor.first and len(shape) > 1
        return self.opaque(volume_of(shape, first), len(shape), params, buffers, first=first)

    def laid(self) -> Use:
        """The same with its input in the layout that the layer asks for."""
        wanted, shape = self.settings.channels_first, self.shape
        if wanted is None or wanted == self.tensor.first or self.tensor.rank < 2 or shape is None:
            return self
        volume = volume_of(shape, wanted)
        node = self.assembler.opaque("axes turned", (self.tensor.node,), self.settings.place, volume=volume)
        return self._replace(inputs=(KerasTensor(node, self.tensor.rank, wanted), *self.inputs[1:]))

    def activated(self, tensor: KerasTensor) -> KerasTensor:
        """The activation that is inside of a layer."""
        return activate(self, tensor, self.settings.values.get("activation"))

    def _name(self) -> str:
        """The first node of a call has the name of the layer."""
        return "" if self.made else self.path

    def _owner(self) -> int | None:
        """The node of the first call that is in the same place, if it owns weights."""
        if len(self.made) >= len(self.first_call):
            return None
        owner = self.first_call[len(self.made)]
        assembler = self.assembler
        node = assembler.nodes[owner]
        known = [volume for i in node.inputs if (volume := assembler.volumes[i]) is not None]
        owns = node.layer is not None and len(known) == len(node.inputs) and bool(node.layer.weights(*known))
        return owner if owns else None


Read = Callable[[Use], KerasTensor]


def activate(use: Use, tensor: KerasTensor, value: Any) -> KerasTensor:
    """An activation by its name, or as Keras serialises a layer or a function."""
    if isinstance(value, dict):
        config = value.get("config")
        value = config if isinstance(config, str) else value.get("class_name")
    name = value.lower() if isinstance(value, str) else "linear"
    if name in ("linear", "identity", ""):
        return tensor
    known = by_name(name)
    if known is not None and known.type.op_category == "activation" and name != "activation":
        return use.add(name, (tensor,))
    return use.add("ACT", (tensor,), name=Word(name))

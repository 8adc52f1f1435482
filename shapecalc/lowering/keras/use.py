"""One call of a layer: what it reads, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import Any, Protocol

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import size_text
from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.flow import volume_of
from shapecalc.lowering.keras.calls import LayerCall
from shapecalc.lowering.keras.settings import KerasTensor, LayerSettings, shape_of
from shapecalc.lowering.operator_call import Unread
from shapecalc.passes.graph import Arrange, StoredArray, as_it_is
from shapecalc.registry import by_name

NOTHING = (0, 0, 0)
"""Weights, biases and buffers of what has none."""
ROLES = ((1, ("bias", "beta")), (2, ("moving_",)))
"""How names of arrays begin that are biases, and those that are not trained."""
MOST_AXES = 4
"""Axes of the shape of a volume, without its batch."""


class SavedSizes(Protocol):
    """What the file of a model says of its arrays, which is opened when it is asked."""

    @property
    def are_numbered(self) -> bool:
        """Whether they have numbers in the place of names."""

    def sizes(self, saved: str, path: str) -> Iterable[tuple[str, int]]:
        """The name and the number of values of each array of a layer. Raises Diagnosed."""


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
    saved: str = ""
    """Where a .keras file has the arrays of the layer."""
    call: LayerCall = LayerCall("", 0, ())
    """What it is given beside tensors."""
    file: SavedSizes | None = None
    may_turn: bool = True
    """Whether tensors may have their channels at another end than the model."""

    def needs(self, fits: object) -> None:
        """Raises Unread unless this is so."""
        if not fits:
            raise Unread(self)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape of what it reads, without the batch. Raises Unread where it is unknown."""
        if self.shape is None:
            raise Unread(self)
        return self.shape

    @property
    def given(self) -> tuple[KerasTensor, ...]:
        """What it reads, without masks."""
        return self.inputs[: len(self.inputs) - self.call.masks]

    def said(self, *names: str) -> Any:
        """An argument of a function by its names: Keras 3 has it in the settings, Keras 2 in the call."""
        found = (values.get(name) for name in names for values in (self.call.named, self.settings.values))
        return next((value for value in found if value is not None), None)

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
        return self.shape_at(self.tensor)

    @property
    def shapes(self) -> list[tuple[int, ...] | None]:
        """Those of all that it reads."""
        return [self.shape_at(tensor) for tensor in self.inputs]

    def shape_at(self, tensor: KerasTensor) -> tuple[int, ...] | None:
        """The shape of a tensor, without the batch."""
        volume = self.assembler.volumes[tensor.node]
        return shape_of(volume, tensor) if volume else None

    def depth_at(self, tensor: KerasTensor) -> int | None:
        """The channels of a tensor, which may be known where its volume is not."""
        volume = self.assembler.volumes[tensor.node]
        supposed = (volume, volume) if volume else self.assembler.supposed.get(tensor.node)
        depths = {one.depth for one in supposed or ()}
        return depths.pop() if len(depths) == 1 and not tensor.first else None

    @property
    def rank(self) -> int:
        """Spatial axes of what it reads; the class of a layer may say so, as Conv2D does."""
        said = next((int(c) for c in self.settings.kind if c in "123"), self.tensor.rank - 1)
        return max(said, 1)

    def add(
        self,
        kind: str,
        inputs: Sequence[KerasTensor] | None = None,
        /,
        rank: int | None = None,
        called: str | None = None,
        **more: Any,
    ) -> KerasTensor:
        """A layer of ours; the first of a call has the name of Keras, unless another one is `called` so."""
        reads = inputs or (self.tensor,)
        nodes = [t.node for t in reads]
        called = self._name() if called is None else called
        node = self.assembler.add(kind, nodes, self.settings.place, called, self._owner(), **more)
        self.made.append(node)
        like = reads[0]._replace(node=node, numbers=None)
        return like if rank is None else like._replace(rank=rank, axes=())

    def holding(
        self, tensor: KerasTensor, *roles: str | tuple[str, Arrange], part: str = "", before: int = 0
    ) -> KerasTensor:
        """The tensor of a layer whose arrays Keras keeps in this order after others, in a `part` only in an .h5."""
        node = self.assembler.nodes[tensor.node]
        if self.assembler.binary and node.shares is None and node.layer.understood and not node.layer.opaque:
            named = [(role, as_it_is) if isinstance(role, str) else role for role in roles]
            owned = [(role, arrange) for role, arrange in named if role in self._owned(tensor.node)]
            found = {
                role: StoredArray(
                    (self.saved, self.path, part, place if part else before + place, before + place), arrange
                )
                for place, (role, arrange) in enumerate(owned)
            }
            self.assembler.stored.hold(tensor.node, found)
        return tensor

    def _owned(self, index: int) -> set[str]:
        """The names of the arrays of a node."""
        node = self.assembler.nodes[index]
        known = [volume for i in node.inputs if (volume := self.assembler.volumes[i]) is not None]
        if not node.layer.understood or self.assembler.volumes[index] is None:
            return set()
        return {weight.name for weight in node.layer.weights(*known)}

    def differing(self, tensor: KerasTensor, why: str) -> KerasTensor:
        """The tensor; where there is a reason, Keras computes other values than the layer."""
        if why:
            self.assembler.differs(tensor.node, why)
        return tensor

    def counted(self, tensor: KerasTensor, *, channels_first: bool) -> KerasTensor:
        """The tensor, whose values were put in a row or taken out of one in this order."""
        self.assembler.stored.channels_first[tensor.node] = channels_first
        return tensor

    def opaque(
        self,
        volume: Volume | None,
        rank: int,
        params: int = 0,
        buffers: int = 0,
        *,
        macs: int = 0,
        first: bool | None = None,
        why: str = "",
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
            macs=macs,
            shares=self._owner(),
            why=why,
        )
        self.made.append(node)
        if volume is None:
            depth = (self.stated or (None,))[-1]
            self.assembler.supposed.begin(node, rank - 1, depth if type(depth) is int and not first else None)
            known = params or buffers or self.settings.is_function
            self.assembler.nodes[node].owns = (params, 0, buffers) if known else None
        return KerasTensor(
            node, rank, self.tensor.first if first is None else first, steps=self.tensor.steps, alone=self.tensor.alone
        )

    def stated_as(self, params: int = 0, buffers: int = 0) -> KerasTensor:
        """An opaque layer whose output the file states at its readers."""
        return self.shaped(self.stated or None, params, buffers)

    def uncounted(self, what: str) -> KerasTensor:
        """The same with the values that the file has of it, or a warning that they are not known.

        Functions have none, and after an unknown volume nothing is said.
        """
        params, known = 0, self.settings.is_function or self.stated is None or self.shape is None
        why: tuple[str, ...] = ()
        if self.file is not None:
            try:
                params, known = sum(self.values_in(self.file)), True
            except Diagnosed as problem:
                known = known and self.shape is None
                why = (problem.diagnostics[0].message,)
        made = self.stated_as(params)
        if not known:
            told = f"{what}: if it has parameters, they are not counted"
            self.assembler.report("SHP101", told, made.node, severity="warning", notes=why)
        return made

    def values_in(self, file: SavedSizes) -> tuple[int, int, int]:
        """The values of all its arrays: weights, biases and buffers, as far as their names say so. Raises Diagnosed."""
        found = [0, 0, 0]
        for name, size in file.sizes(self.saved, self.path.split(":")[0]):
            found[next((place for place, words in ROLES if name.startswith(words)), 0)] += size
        return found[0], found[1], found[2]

    def take_from_file(self) -> None:
        """What an .h5 has of a layer whose volume is unknown, and how deep it makes what the layer reads."""
        made, names = self.made, self.assembler.names
        if self.file is None or not made or self.assembler.volumes[made[0]] is not None:
            return
        first, *others = (self.assembler.nodes[node] for node in made)
        if self.file.are_numbered and first.layer.understood:
            return
        try:
            counts = NOTHING if self.first_call else self.values_in(self.file)
        except Diagnosed:
            return  # the first layer that is unknown has said so
        plain = all(node.owns == NOTHING for node in others)
        first.owns = counts
        for node in others:
            node.owns = NOTHING
        depth = self.assembler.supposed.deepen(first.index) if plain else None
        if depth is not None:
            (source,), there = first.inputs, sum(counts)
            self.assembler.note(source, f"it gives {depth:,} channels: {names[first.index]} has {there:,} values")

    def shaped(self, shape: Sequence[Any] | None, params: int = 0, buffers: int = 0, *, macs: int = 0) -> KerasTensor:
        """An opaque layer that gives a shape; a row of all values stands for one with more axes than a volume."""
        if shape is None:
            return self.opaque(None, self.tensor.rank, params, buffers)
        axes = tuple(shape) if len(shape) > MOST_AXES and all(type(n) is int and n > 0 for n in shape) else ()
        first = self.tensor.first and len(shape) > 1 and not axes
        volume = volume_of((prod(axes),) if axes else shape, last=not first)
        return self.opaque(volume, len(shape), params, buffers, macs=macs, first=first)._replace(axes=axes)

    def of_other_images(self, shape: Sequence[int]) -> KerasTensor:
        """What moves positions into the batch, or takes them out of it; a network is followed for one image."""
        given, sizes = prod(self.shape or ()), size_text(shape)
        why = f"{self.path} makes {sizes}, {prod(shape):,} values, of {given:,}: the other values are in the batch"
        return self.opaque(None, len(shape), why=f"{why}, and shapecalc follows one image")

    def named_last(self, tensor: KerasTensor) -> KerasTensor:
        """The tensor, whose node takes the name that the first node of the call has."""
        names = self.assembler.names
        if self.made[0] in names and tensor.node != self.made[0]:
            names[tensor.node] = names.pop(self.made[0])
        return tensor

    def laid(self) -> Use:
        """The same with its input in the layout that the layer asks for."""
        wanted, shape = self.settings.channels_first, self.shape
        if wanted is None or wanted == self.tensor.first or self.tensor.rank < 2 or shape is None:
            return self
        volume = volume_of(shape, last=not wanted)
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
        return owner if self._owned(owner) else None


LEAKY, LEAKY_LAYER = 0.2, 0.3
"""The slopes of the function leaky_relu and of the layer LeakyReLU. Source: keras.activations, keras.layers."""
Read = Callable[[Use], KerasTensor]


def activate(use: Use, tensor: KerasTensor, value: Any) -> KerasTensor:
    """An activation by its name, or as Keras serialises a layer or a function."""
    config = value.get("config") if isinstance(value, dict) else None
    if isinstance(value, dict):
        value = config if isinstance(config, str) else value.get("class_name")
    given = config if isinstance(config, dict) else {}
    name = value.lower() if isinstance(value, str) else "linear"
    if name in ("linear", "identity", ""):
        return tensor
    known = by_name(name)
    if known is None or known.type.op_category != "activation" or name == "activation":
        made = use.add("ACT", (tensor,), name=name)
        return use.differing(made, "" if given.get("axis", -1) == -1 else f"it sums along axis {given['axis']}")
    made = use.add(name, (tensor,), **_slope(known.type.kind, given))
    if known.type.kind == "HSIGMOID" and not use.settings.module:
        return use.differing(made, "hard_sigmoid of Keras 2 has a slope of 0.2, not 1/6")
    bent = known.type.kind == "RELU" and any(given.get(key) for key in ("max_value", "negative_slope", "threshold"))
    return use.differing(made, "its activation has settings" if bent else "")


def _slope(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The slope below zero of a layer that is given as an activation, or of a function by its name."""
    said = given.get("negative_slope", given.get("alpha"))
    slope = float(said) if isinstance(said, int | float) else LEAKY_LAYER if given else LEAKY
    if kind == "ELU" and isinstance(said, int | float):
        return {"alpha": slope}
    return {"slope": slope} if kind == "LRELU" else {}

"""One layer of Caffe: the blobs that it reads, and the nodes that are made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.diagnostics.diagnostic import Span
from shapecalc.formats.caffe.text_format import Message
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.operator_call import Needing

MOST_SIZES = 4
"""Sizes of one image that a volume has at most: channels and three axes."""


@dataclass(slots=True)
class Blobs:
    """The network so far: which node gives each blob."""

    assembler: Assembler
    nodes: dict[str, int] = field(default_factory=dict)
    sides: dict[str, tuple[Message, str]] = field(default_factory=dict)
    """What layers of data give besides images, such as labels: the layer and its type."""
    owners: dict[str, int] = field(default_factory=dict)
    """The node that owns weights of a name."""
    timed: set[str] = field(default_factory=set)
    """The blobs of steps."""
    steps: set[int] = field(default_factory=set)
    """Nodes whose first axis is time and whose second is the batch, as recurrent layers have it."""
    slid_over: set[str] = field(default_factory=set)
    """The blobs over which windows of more than one position slide."""
    rows: set[int] = field(default_factory=set)
    """Nodes with no axes after the channels, where their volume does not say so."""
    is_regrouped: bool = False
    """A layer before makes another number of images, and it was said what that means."""

    def input(self, blob: str, shape: Sequence[int], place: Span, name: str) -> None:
        """An INPUT of a shape with the batch first; what is not above 0 is open, and without a shape all of an image.

        So are one row and one column that windows slide over, which programs such as OpenPose set when they run. Steps
        are time x batch x values, of which each may be one.
        """
        sizes = [n if n > 0 else None for n in shape]
        if sizes[2:] == [1, 1] and blob in self.slid_over:
            sizes[2:] = [None, None]
        if blob in self.timed:
            known = [sizes[0], *(sizes[2:] or [1])] if sizes else [None, None]
        elif len(sizes) > 1:
            known = [*([1, 1] if len(sizes) == 2 else reversed(sizes[2:])), sizes[1]]
        else:
            known = [None] * 3
        self.nodes[blob] = self.assembler.input(known, place, name)
        if blob in self.timed:
            self.steps.add(self.nodes[blob])
        elif len(sizes) == 2:
            self.rows.add(self.nodes[blob])

    def volume(self, node: int) -> Volume | None:
        """The volume after a node."""
        return self.assembler.volumes[node]


@dataclass(slots=True)
class CaffeLayer(Needing):
    """One layer that is read."""

    blobs: Blobs
    message: Message
    kind: str
    name: str
    inputs: tuple[int, ...]
    made: int = -1

    def add(self, kind: str, inputs: Sequence[int] | None = None, /, **arguments: Any) -> int:
        """A layer of ours under the name of Caffe's."""
        reads = self.inputs[:1] if inputs is None else inputs
        shared = self.parameter_name()
        owner = self.blobs.owners.get(shared) if shared else None
        self.made = self.blobs.assembler.add(kind, reads, self.message.span, self.name, owner, **arguments)
        if shared:
            self.blobs.owners.setdefault(shared, self.made)
        return self.keeps_axes()

    def keeps_axes(self) -> int:
        """What is made of steps has steps too, and of a row it is one."""
        volume = self.blobs.volume(self.made)
        if self.steps and (volume is None or len(volume.spatial) == 1):
            self.blobs.steps.add(self.made)
        if self.is_row and volume and volume.positions == 1 and self.kind != "Reshape":
            self.blobs.rows.add(self.made)
        return self.made

    def aside(self, kind: str, inputs: Sequence[int], /, **arguments: Any) -> int:
        """A layer without a name, which one of the layer's own reads."""
        return self.blobs.assembler.add(kind, inputs, self.message.span, **arguments)

    def opaque(self, volume: Volume | None, params: int = 0, macs: int = 0) -> int:
        """A layer that the language has no word for."""
        self.made = self.blobs.assembler.opaque(
            self.kind, self.inputs, self.message.span, self.name, volume=volume, params=params, macs=macs
        )
        return self.keeps_axes()

    def param(self, name: str) -> Message:
        """Its message of a name, or the one that C3D calls after its layers, as convolution3d_param."""
        return self.message.message(name if name in self.message.fields else name.replace("_", "3d_", 1))

    def regroups(self, what: str) -> None:
        """Says once that what follows is counted for one of the images that the layer makes."""
        if not self.blobs.is_regrouped:
            self.blobs.assembler.report("SHP101", f"{self.kind} {what}", self.made, severity="note")
        self.blobs.is_regrouped = True

    def parameter_name(self) -> str:
        """The name of its weights, where they are shared: of the second version in a message, of the first bare."""
        named = [message.text("name") for message in self.message.messages("param")]
        return (named or self.message.texts("param") or [""])[0]

    @property
    def volume(self) -> Volume | None:
        """The volume of what it reads first."""
        return self.blobs.volume(self.inputs[0]) if self.inputs else None

    @property
    def steps(self) -> bool:
        """Whether what it reads first is steps of sequences."""
        return bool(self.blobs.steps.intersection(self.inputs[:1]))

    @property
    def is_row(self) -> bool:
        """Whether what it reads first has channels alone."""
        return bool(self.blobs.rows.intersection(self.inputs[:1]))

    @property
    def dims(self) -> list[int]:
        """The sizes of what it reads first, in Caffe's order, without the batch."""
        return [self.volume.sizes[place] for place in self.axes if place is not None] if self.volume else []

    @property
    def axes(self) -> tuple[int | None, ...]:
        """For each axis of Caffe's the place of its size in ours, where the depth is last; None is the batch.

        Axes are batch, channels, height, width; of steps they are time, batch, values.
        """
        volume = self.volume
        rank = len(volume.spatial) if volume else 0
        if self.steps:
            return (0, None, -1)[: 3 if rank == 1 else 0]
        return (None, -1, *(() if self.is_row or volume is None or volume.flat else reversed(range(rank))))

    def axis(self, given: int) -> int | None:
        """The place in our sizes of an axis; None for the batch and for one that is not there."""
        axes = self.axes
        return axes[given] if -len(axes) <= given < len(axes) else None

    def resized(self, sizes: Mapping[int, int]) -> Volume | None:
        """The volume of what it reads, with other sizes at some places."""
        if self.volume is None:
            return None
        found = [*self.volume.sizes]
        for place, size in sizes.items():
            found[place] = size
        return self.volume._replace(spatial=tuple(found[:-1]), depth=found[-1]) if min(found) > 0 else None

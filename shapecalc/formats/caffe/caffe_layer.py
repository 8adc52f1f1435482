"""One layer of Caffe: the blobs that it reads, and the nodes that are made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.formats.caffe.text_format import Message
from shapecalc.lowering.assembler import Assembler


@dataclass(slots=True)
class Blobs:
    """The network so far: which node gives each blob."""

    assembler: Assembler
    nodes: dict[str, int] = field(default_factory=dict)
    sides: dict[str, tuple[Message, str]] = field(default_factory=dict)
    """What layers of data give besides images, such as labels: the layer and its type."""
    owners: dict[str, int] = field(default_factory=dict)
    """The node that owns weights of a name."""
    has_boxes: bool = False
    """A layer before has given a volume for every box, and it was said what that means."""

    def volume(self, node: int) -> Volume | None:
        """The volume after a node."""
        return self.assembler.volumes[node]


@dataclass(slots=True)
class CaffeLayer:
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
        return self.made

    def aside(self, kind: str, inputs: Sequence[int]) -> int:
        """A layer without a name, which one of the layer's own reads."""
        return self.blobs.assembler.add(kind, inputs, self.message.span)

    def opaque(self, volume: Volume | None, params: int = 0) -> int:
        """A layer that the language has no word for."""
        self.made = self.blobs.assembler.opaque(
            self.kind, self.inputs, self.message.span, self.name, volume=volume, params=params
        )
        return self.made

    def parameter_name(self) -> str:
        """The name of its weights, where they are shared: of the second version in a message, of the first bare."""
        named = [message.text("name") for message in self.message.messages("param")]
        return (named or self.message.texts("param") or [""])[0]

    @property
    def volume(self) -> Volume | None:
        """The volume of what it reads first."""
        return self.blobs.volume(self.inputs[0]) if self.inputs else None

"""The graph of a network: layers with named inputs, each with its place in the text, and where a file has arrays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeAlias

from shapecalc.core.layer import Array, Arrays, Layer, Run, Volume
from shapecalc.core.record import NamedTuple, Record, replace
from shapecalc.core.window import ShapeError
from shapecalc.diagnostics.diagnostic import Diagnostic, Source, Span
from shapecalc.language import syntax
from shapecalc.language.syntax import Claim, Settings

ArrayKey: TypeAlias = tuple[str | int, ...]
"""By what a format finds an array in a file."""
Arrange: TypeAlias = Callable[[Any], Any]
"""From an array of NumPy as the file has it to one whose values are in our order."""


class StoredArray(NamedTuple):
    """An array of a layer in a file."""

    key: ArrayKey
    arrange: Arrange


class StoredTensor(NamedTuple):
    """An input or an output of the program in a file."""

    name: str
    last: bool
    """Channels are the last axis; else they follow the batch."""
    steps: bool = False
    """The positions of a sequence are the first axis, and the batch the second."""


def as_it_is(array: Any) -> Any:
    """The same array."""
    return array


class Stored:
    """All that a file states of values. A reader fills it while it reads; nothing of it is needed to count."""

    def __init__(self) -> None:
        self.arrays: dict[int, dict[str, StoredArray]] = {}
        """By node, then by the name that the layer has for it."""
        self.channels_first: dict[int, bool] = {}
        """For nodes that put values in a row, or a row into a volume: whether the file counts channels first."""
        self.differing: dict[int, str] = {}
        """Nodes that compute other values in the file than the layer that they are read as, and why."""
        self.inputs: dict[int, StoredTensor] = {}
        self.outputs: dict[str, tuple[int, StoredTensor]] = {}
        """By name: the node that gives it."""

    def hold(self, node: int, arrays: Mapping[str, StoredArray]) -> None:
        """Takes down where the arrays of a node are."""
        self.arrays.setdefault(node, {}).update(arrays)


class Loop(NamedTuple):
    """One iteration of a repeat: where the repeat is in the text, which iteration, and of how many."""

    start: int
    iteration: int
    count: int  # type: ignore[assignment]  # hides tuple.count, which is never called


class ErrorLayer(Layer):
    """Stands for a layer that could not be understood, as an error node of a parser stands for a piece of text.

    It has no arguments, and nothing is known of its volume.
    """

    kind = ""
    understood = False

    def output(self, *volumes: Volume) -> Volume:
        raise ShapeError("", NO_LAYER)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        raise ValueError(NO_LAYER)


NO_LAYER = "the layer could not be understood"
NOT_UNDERSTOOD = ErrorLayer()
"""The only one that is needed."""


class Node(Record, frozen=False):
    """One layer of the network; `inputs` are indices of earlier nodes. Not changed once the graph is built."""

    index: int
    kind: str
    layer: Layer
    """NOT_UNDERSTOOD where that is so: its volume is unknown, and nothing after it is reported."""
    inputs: tuple[int, ...]
    text: str
    span: Span
    block: tuple[str, ...] = ()
    loops: tuple[Loop, ...] = ()
    assumed: tuple[str, ...] = ()
    name: str = ""
    call: syntax.Call | None = None
    """The call that it was made from, for edits; None where it was not written as a call."""
    literal: bool = False
    """Its place in the text holds this layer alone, with all its values written out: an edit there means just it."""
    branch: syntax.Branch | None = None
    """The branches that it joins, for edits at their ends."""
    frozen: bool = False
    """Its weights are not trained."""
    shares: int | None = None
    """The earlier node whose weights it uses; its own are counted where None."""
    claimed: tuple[tuple[int, ...], ...] = ()
    """The volumes that the text claims of it."""
    parts: tuple[str, ...] = ()
    """The names of groups of several layers that it is in: `[CONV => RELU] as stem`."""
    owns: tuple[int, int, int] | None = None
    """Its weights, biases and buffers, where these are known and its volume is not."""

    @property
    def is_named(self) -> bool:
        """Whether somebody gave it a name, which is not one that counts its kind: conv1."""
        kind = self.kind.lower()
        return not (self.name.startswith(kind) and self.name[len(kind) :].isdigit())

    @property
    def owner(self) -> int:
        """The node whose weights it uses: itself, unless it shares those of another."""
        return self.index if self.shares is None else self.shares


class Graph(Record):
    """All nodes of a network, the claims made about them, and what was found while it was built."""

    nodes: tuple[Node, ...]
    claims: tuple[tuple[int, Claim], ...] = ()
    settings: Settings = Settings()
    diagnostics: tuple[Diagnostic, ...] = ()
    outline: str = ""
    """For a binary file, in place of a text: the path of each layer inside the model, one a line."""
    words: tuple[tuple[str, str], ...] = ()
    """How a format of another tool spells arguments; see `foreign_words`."""
    stored: Stored | None = None
    """Where a file with weights has the arrays of the layers; None for one without."""
    files: tuple[Source, ...] = ()
    """Other files that spans point into: see `Source.others`."""

    def consumers(self) -> list[list[int]]:
        """For every node the nodes that read it."""
        readers: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for source in node.inputs:
                readers[source].append(node.index)
        return readers

    def back_from(self, index: int) -> Iterator[Node]:
        """A node and those before it along its chain, up to one that reads several, or nothing."""
        yield self.nodes[index]
        while len(self.nodes[index].inputs) == 1:
            index = self.nodes[index].inputs[0]
            yield self.nodes[index]

    def renumbered(self, place: Mapping[int, int]) -> Graph:
        """The nodes by other numbers, with their claims; of several with one number the first is read for all.

        Nodes that have no number are left out.
        """
        first: dict[int, Node] = {}
        for node in self.nodes:
            if node.index in place:
                first.setdefault(place[node.index], node)
        nodes = []
        for index, node in sorted(first.items()):
            shares = None if node.shares is None else place[node.shares]
            nodes.append(replace(node, index=index, inputs=tuple([place[i] for i in node.inputs]), shares=shares))
        claims = tuple((place[i], claim) for i, claim in self.claims if i in place)
        return replace(self, nodes=tuple(nodes), claims=claims)

    def without(self, passed_over: Collection[int]) -> Graph:
        """The graph without some nodes of one input each: what reads one of them reads its input instead."""
        place, number = dict[int, int](), 0
        for node in self.nodes:
            kept = node.index not in passed_over
            place[node.index] = number if kept else place[node.inputs[0]]
            number += kept
        return self.renumbered(place)

"""Walks a graph with arrays: runs every layer, keeps what is still to be read, and measures the buffers kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from shapecalc.core.layer import Layer
from shapecalc.core.record import Record
from shapecalc.numerics.toolkit import Array, Fitted, NoForward, Run, Unrunnable
from shapecalc.passes.graph import Graph, Node

WeightsFor = Callable[[Node, tuple[Array, ...]], Mapping[str, Array]]
"""The weights of a node, given what reaches it."""


class Step(Record):
    """What happened at one node."""

    node: Node
    output: Array
    run: Run
    """What was multiplied, and the weights that were used."""
    weights: Mapping[str, Array]
    kept: int
    """Bytes of a buffer made for the output; 0 where it lies in the buffer of the input."""
    live: int
    """Bytes of all volumes kept while the layer ran."""

    @property
    def own(self) -> list[Fitted]:
        """The weights that were used and are no other layer's."""
        return self.run.fitted if self.node.shares is None else []


class LayerFailed(Exception):
    """A layer could not be run, though the report has a volume for it."""

    def __init__(self, node: Node, reason: str, *, absent: bool = False) -> None:
        super().__init__(f"{node.name} ({node.text}) cannot be run: {reason}")
        self.node, self.reason = node, reason
        self.absent = absent
        """There is nothing to run: the layer has no forward."""


def execute(graph: Graph, weights: WeightsFor, images: Mapping[int, Array]) -> Iterator[Step]:
    """Runs the network on images by the index of their INPUT, one step a node.

    Every volume is let go after its last reader; those that nothing reads stay. A layer may write over its input when
    it is the only reader of that, and of whatever else lies in the same memory. Raises LayerFailed.
    """
    readers = Counter(source for node in graph.nodes for source in node.inputs)
    unread = dict(readers)
    volumes: dict[int, Array] = {}
    buffers: dict[int, tuple[int, int]] = {}
    """For every volume whose buffer it lies in, and the bytes of that."""
    alone: dict[int, bool] = {}
    """For every node whether everyone who reads its buffer does so through it."""
    for node in graph.nodes:
        arrays = tuple(volumes[i] for i in node.inputs) or (images[node.index],)
        only_reader = bool(node.inputs) and all(readers[i] == 1 and alone[i] for i in node.inputs)
        layer = node.layer
        run = Run(may_overwrite=only_reader and layer.in_place_form)
        given = weights(node, arrays)
        try:
            output = run_forward(node.layer, run, given, *arrays)
        except Unrunnable as problem:
            raise LayerFailed(node, str(problem), absent=isinstance(problem, NoForward)) from problem
        if not output.flags.c_contiguous:
            # What is written to its rows would be lost in a copy of them.
            raise LayerFailed(node, "its output is not contiguous in memory")
        shared = (buffers[i] for i, a in zip(node.inputs, arrays, strict=False) if np.may_share_memory(output, a))
        buffers[node.index] = next(shared, (node.index, output.nbytes))
        fresh = buffers[node.index][0] == node.index
        volumes[node.index] = output
        alone[node.index] = fresh or only_reader
        # Listings count no memory for what PyTorch alone cannot write over its input.
        in_place = only_reader and layer.in_place and not layer.in_place_form
        kept = output.nbytes if fresh and not in_place else 0
        yield Step(node, output, run, given, kept, sum(dict(buffers.values()).values()))
        del arrays, output, given, run
        for source in node.inputs:
            unread[source] -= 1
            if not unread[source]:
                del volumes[source], buffers[source]


def run_forward(layer: Layer, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
    """What a layer's forward gives. Raises Unrunnable with what went wrong."""
    try:
        output = layer.forward(run, weights, *arrays)
    except (Unrunnable, MemoryError):
        raise
    except Exception as problem:
        kind = "" if isinstance(problem, ValueError) else f"{type(problem).__name__}: "
        raise Unrunnable(f"{kind}{problem}") from problem
    if not isinstance(output, np.ndarray):
        raise Unrunnable(f"its forward gives {type(output).__name__}, not an array")
    return output

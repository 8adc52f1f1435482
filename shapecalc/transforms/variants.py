"""Networks that people may have meant beside the one that is written: without biases, at 227, another version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.record import replace
from shapecalc.passes.graph import Graph, Node

SIDES = (32, 192, 224, 227, 229, 240, 256, 288, 299, 320, 331, 380, 384, 512, 600)
"""Sides of square inputs that published figures are given for."""
CLASSES = (10, 100, 365, 1000, 1001, 21841, 21843)
"""Numbers of classes of the usual data sets; 1001 counts the background."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A change of the whole network: other layers at some nodes, and nodes that are left out."""

    says: str
    """`without biases`: completes "the figure holds …"."""
    replaced: Mapping[int, Layer] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    """Nodes whose figures are not counted."""
    family: str = ""
    """What is changed: two variants of one family are two answers to one question."""

    def and_(self, other: Variant) -> Variant:
        """Both changes, the layers of the other one changed too where they are the same nodes."""
        replaced = {**self.replaced, **other.replaced}
        return Variant(f"{self.says} and {other.says}", replaced, self.left_out | other.left_out)

    def of(self, graph: Graph) -> Graph:
        """The graph with the other layers in it."""
        changed = ((n, self.replaced.get(n.index)) for n in graph.nodes)
        return replace(graph, nodes=tuple(replace(n, layer=other) if other else n for n, other in changed))


def variants(graph: Graph) -> Iterator[Variant]:
    """The network as it is, then every variant of it that differs."""
    yield Variant("as it is written")
    layers = {n.index: n.layer for n in graph.nodes}
    for has, says in (
        (True, "without biases"),
        (False, "with a bias in every convolution and fully connected layer"),
    ):
        other = {i: layer.changed(bias=not has) for i, layer in layers.items() if layer.arguments.get("bias") is has}
        if other:
            yield Variant(says, other, family="bias")
    grouped = {
        i: layer.changed(groups=1)
        for i, layer in layers.items()
        if layer.op_category == "mac" and layer.arguments.get("groups", 1) > 1
    }
    if grouped:
        yield Variant("without groups", grouped, family="groups")
    yield from _strides(graph)
    yield from _inputs(graph, _sides)
    yield from _classes(graph)
    yield from _heads(graph)
    yield from _inputs(graph, _colours)


def _strides(graph: Graph) -> Iterator[Variant]:
    """The stride of a bottleneck in its 1x1 or in its 3x3 convolution: ResNet v1 and v1.5."""
    earlier: dict[int, Layer] = {}
    later: dict[int, Layer] = {}
    for node in graph.nodes:
        before = _convolution_before(graph, node)
        if before is None:
            continue
        one, other = before.layer, node.layer
        if not _is_extent(one, 1) or not _is_extent(other, 3):
            continue
        strides = one.arguments["stride"], other.arguments["stride"]
        if set(strides[0]) == {1} and set(strides[1]) == {2}:
            earlier |= _swapped(before, node)
        elif set(strides[0]) == {2} and set(strides[1]) == {1}:
            later |= _swapped(before, node)
    if earlier:
        yield Variant("with stride 2 in the 1x1 convolutions of the bottlenecks (ResNet v1)", earlier, family="stride")
    if later:
        yield Variant("with stride 2 in the 3x3 convolutions of the bottlenecks (ResNet v1.5)", later, family="stride")


def _swapped(before: Node, node: Node) -> dict[int, Layer]:
    """The strides of two convolutions exchanged."""
    one, other = before.layer.arguments["stride"], node.layer.arguments["stride"]
    return {before.index: before.layer.changed(stride=other), node.index: node.layer.changed(stride=one)}


def _convolution_before(graph: Graph, node: Node) -> Node | None:
    """The convolution whose result reaches another one through nothing but normalisations and activations."""
    if "extent" not in node.layer.arguments or len(node.inputs) != 1:
        return None
    chain = graph.back_from(node.inputs[0])
    at = next((at for at in chain if at.layer.op_category not in ("norm", "activation")), None)
    return at if at is not None and "filters" in at.layer.arguments else None


def _is_extent(layer: Layer, extent: int) -> bool:
    window = layer.written_window if "filters" in layer.arguments else None
    return window is not None and set(window.extent) == {extent}


def _inputs(graph: Graph, others: Callable[[Volume], Iterable[Volume]]) -> Iterator[Variant]:
    starts = [(n, n.layer, n.layer.output()) for n in graph.nodes if not n.inputs and n.layer.understood]
    for node, layer, volume in starts if len(starts) == 1 else ():
        for other in others(volume):
            resized = layer.resized(other)
            if resized is not None and other != volume:
                yield Variant(f"with an input of {other}", {node.index: resized}, family="input")


def _sides(volume: Volume) -> Iterator[Volume]:
    return (volume._replace(spatial=(side, side)) for side in SIDES if len(volume.spatial) == 2)


def _colours(volume: Volume) -> Iterator[Volume]:
    """A grey image instead of one in colour, or the other way round."""
    return (volume._replace(depth=4 - depth) for depth in (1, 3) if depth == volume.depth)


def _classes(graph: Graph) -> Iterator[Variant]:
    """Another number of outputs of the last fully connected layer."""
    last = next((n for n in reversed(graph.nodes) if "units" in n.layer.arguments), None)
    if last is not None:
        for number in CLASSES:
            if number != last.layer.arguments["units"]:
                changed = {last.index: last.layer.changed(units=number)}
                yield Variant(f"with {number:,} classes", changed, family="classes")


def _heads(graph: Graph) -> Iterator[Variant]:
    """Without auxiliary outputs; and without the classifier at the end."""
    readers = graph.consumers()
    ends = [n.index for n in graph.nodes if not readers[n.index]]
    if len(ends) > 1:
        main = max(ends, key=lambda end: (len(_ancestors(graph, end)), end))
        rest = frozenset(range(len(graph.nodes))) - _ancestors(graph, main)
        yield Variant("without auxiliary outputs", left_out=frozenset(rest), family="auxiliary")
    heads = frozenset(n.index for n in graph.nodes if "units" in n.layer.arguments)
    if heads and len(heads) < len(graph.nodes):
        yield Variant("without fully connected layers", left_out=heads, family="classes")


def _ancestors(graph: Graph, index: int) -> frozenset[int]:
    found, waiting = {index}, [index]
    while waiting:
        for source in graph.nodes[waiting.pop()].inputs:
            if source not in found:
                found.add(source)
                waiting.append(source)
    return frozenset(found)

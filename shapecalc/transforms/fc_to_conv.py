"""Rewrites fully connected layers as convolutions: the same sums of the same weights, sliding over larger images."""

from __future__ import annotations

from typing import Any

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, show
from shapecalc.core.record import replace
from shapecalc.language import syntax
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.shapes import propagate
from shapecalc.registry import layer_types, resolve

SIZED = frozenset({"volume", "output", "macs", "flops", "activations", "memory"})
"""Claims that hang on the size of the input; weights do not."""

Made = tuple[str, dict[str, Any]]
"""The kind of a layer and its arguments by field."""


class Unconvertible(ValueError):
    """A network that cannot be converted; the message says which layer and why."""


def fc_to_conv(graph: Graph, settings: syntax.Settings) -> Graph:
    """The graph with every FC as a CONV over the volume that reaches it, under its old name; FLATTEN before it goes.

    7x7x512 into FC(4096) becomes CONV(4096, F=7); weights, biases and MACs stay what they were. A FLATTEN that
    something else than an FC reads becomes a RESHAPE, unless it has nothing to flatten; one that was given a name
    or is an output leaves an IDENTITY. `settings` are the graph's, closed. Raises Unconvertible where the volume
    before an FC is unknown.
    """
    changed, widened = _changed(graph)
    dropped = {index for index, made in changed.items() if made is None}
    nodes = (_rewritten(n, made, settings) if (made := changed.get(n.index)) else n for n in graph.nodes)
    gone = {(i, claim.key) for i, claim in graph.claims if i in dropped or (i in widened and claim.key == "volume")}
    claims = tuple((i, claim) for i, claim in graph.claims if (i, claim.key) not in gone)
    expect = tuple(c for c in graph.settings.expect if c.key != "layers" or not dropped)
    expecting = replace(graph.settings, expect=expect)
    return Graph(tuple(nodes), claims, expecting, graph.diagnostics).without(dropped)


def without_sized_claims(graph: Graph) -> tuple[Graph, int]:
    """The graph without the claims that hold for one size of the input alone, and how many those were."""
    claims = tuple((i, claim) for i, claim in graph.claims if claim.key.lower() not in SIZED)
    expect = tuple(claim for claim in graph.settings.expect if claim.key.lower() not in SIZED)
    gone = len(graph.claims) - len(claims) + len(graph.settings.expect) - len(expect)
    return replace(graph, claims=claims, settings=replace(graph.settings, expect=expect)), gone


def resized(graph: Graph, like: Graph) -> Graph:
    """The graph with the inputs of another graph, by their names."""
    inputs = {node.name: node for node in like.nodes if not node.inputs}
    nodes = tuple(
        replace(node, layer=inputs[node.name].layer, text=inputs[node.name].text) if node.name in inputs else node
        for node in graph.nodes
    )
    return replace(graph, nodes=nodes)


def input_sizes(graph: Graph) -> list[Volume | None]:
    """The volumes of the inputs, in their order; None for one that is assumed or unknown."""
    return [
        node.layer.output() if node.layer.understood and not node.assumed else None
        for node in graph.nodes
        if not node.inputs
    ]


def _changed(graph: Graph) -> tuple[dict[int, Made | None], set[int]]:
    """What layers become, None for those that go; and those that get another volume as what they are."""
    rows, _ = propagate(graph)
    melts, readers = _melting(graph), graph.consumers()
    volumes: list[Volume | None] = []
    changed: dict[int, Made | None] = {}
    widened: set[int] = set()
    for node, row in zip(graph.nodes, rows, strict=True):
        index, volume = node.index, volumes[node.inputs[0]] if node.inputs else None
        if volume is None and (_converts(node) or _flattens(node)):
            raise Unconvertible(f"{node.name} reads an unknown volume, so it has no extent as a convolution")
        # After a FLATTEN that has gone, a volume keeps its width and height up to the next convolution.
        wider = volume is not None and row.arriving is not None and volume.sizes != row.arriving.sizes
        if convolution := node.layer.as_convolution(volume) if volume else None:
            changed[index], wider = convolution, False
        elif volume and _flattens(node) and (volume.positions == 1 or melts[index]):
            stays = node.is_named or _is_output(graph, node, changed, readers)
            changed[index], wider = ("IDENTITY", {}) if stays else None, True
        elif row.output and _flattens(node):
            # The values stay in one row, and a convolution may follow.
            changed[index], wider = ("RESHAPE", {"size": Sizes(row.output.sizes)}), False
        volumes.append(volume if wider else row.output)
        if wider:
            widened.add(index)
    return changed, widened


def _converts(node: Node) -> bool:
    return type(node.layer).as_convolution is not Layer.as_convolution


def _flattens(node: Node) -> bool:
    return node.layer.understood and node.kind == "FLATTEN"


def _is_output(graph: Graph, node: Node, changed: dict[int, Made | None], readers: list[list[int]]) -> bool:
    """Whether dropping this output would leave none: what it reads has other readers."""
    if readers[node.index]:
        return False
    (source,) = node.inputs
    while len(readers[source]) == 1 and changed.get(source, ()) is None:
        (source,) = graph.nodes[source].inputs
    return len(readers[source]) > 1


def _melting(graph: Graph) -> list[bool]:
    """For every node whether all that read it are convolutions in the end, through layers that keep values apart."""
    readers = graph.consumers()
    melts = [False] * len(graph.nodes)
    for node in reversed(graph.nodes):
        melts[node.index] = bool(readers[node.index]) and all(
            _converts(graph.nodes[reader]) or (melts[reader] and _goes_on(graph.nodes[reader]))
            for reader in readers[node.index]
        )
    return melts


def _goes_on(node: Node) -> bool:
    """Whether a layer does the same to every value, wherever it lies."""
    layer = node.layer
    apart = (layer.in_place or layer.view) and not layer.is_global and type(layer).weights is Layer.weights
    return apart or _flattens(node)


def _rewritten(node: Node, made: Made, settings: syntax.Settings) -> Node:
    """The node as another layer, whatever the defaults of its kind are in these settings."""
    kind, given = made
    layer = layer_types()[kind](**given)
    assumed = tuple(a.letter for a in layer.signature if a.assumed and a.field not in given)
    return replace(node, kind=kind, layer=layer, text=_text(layer, given, settings), assumed=assumed)


def _text(layer: Layer, given: dict[str, Any], settings: syntax.Settings) -> str:
    """The layer in the language; where the front matter has defaults for its kind, with all that they could change."""
    undone = any(named.type is type(layer) for name, *_ in settings.defaults if (named := resolve(name)))
    words: list[str] = []
    for argument in layer.signature:
        value = layer.arguments[argument.field]
        said = argument.field in given and (argument.assumed or value != argument.default)
        if said or (undone and value is not None):
            shown = str(value) if isinstance(value, Padding) else show(value)
            words.append(shown if argument is layer.signature[0] else f"{argument.letter}={shown}")
    return f"{layer.kind}({', '.join(words)})" if words else layer.kind

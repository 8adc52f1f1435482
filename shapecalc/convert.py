"""Rewrites fully connected layers as convolutions: the same sums of the same weights, sliding over larger images."""

from __future__ import annotations

from dataclasses import replace

from shapecalc import syntax
from shapecalc.arguments import show
from shapecalc.diagnostics import Findings
from shapecalc.expansion.bind import Binder, resolve
from shapecalc.graph import Graph, Node
from shapecalc.layer import Layer, Volume
from shapecalc.padding import Padding
from shapecalc.parse import parse_statements
from shapecalc.propagate import propagate

SIZED = frozenset({"volume", "output", "macs", "flops", "activations", "memory"})
"""Claims that hang on the size of the input; weights do not."""


class Unconvertible(ValueError):
    """A network that cannot be converted; the message says which layer and why."""


def fc_to_conv(graph: Graph, settings: syntax.Settings) -> Graph:
    """The graph with every FC as a CONV over the volume that reaches it, under its old name; FLATTEN before it goes.

    7x7x512 into FC(4096) becomes CONV(4096, F=7); weights, biases and MACs stay what they were. A FLATTEN that
    something else than an FC reads becomes a RESHAPE, unless it has nothing to flatten; one that was given a name
    or is an output leaves an IDENTITY. `settings` are the graph's, closed. Raises Unconvertible where the volume
    before an FC is unknown.
    """
    texts, widened = _texts(graph)
    place: dict[int, int] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        inputs = tuple(place[source] for source in node.inputs)
        text = texts.get(node.index)
        if text == "":
            place[node.index] = inputs[0]
            continue
        place[node.index] = len(nodes)
        moved = replace(node, index=len(nodes), inputs=inputs)
        nodes.append(_rewritten(moved, text, settings) if text else moved)
    dropped = {index for index, text in texts.items() if text == ""}
    gone = {(i, claim.key) for i, claim in graph.claims if i in dropped or (i in widened and claim.key == "volume")}
    claims = tuple((place[i], claim) for i, claim in graph.claims if (i, claim.key) not in gone)
    expect = tuple(c for c in graph.settings.expect if c.key != "layers" or not dropped)
    return Graph(tuple(nodes), claims, replace(graph.settings, expect=expect), graph.diagnostics)


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
        node.layer.output() if node.layer is not None and not node.assumed else None
        for node in graph.nodes
        if not node.inputs
    ]


def _texts(graph: Graph) -> tuple[dict[int, str], set[int]]:
    """How nodes are written from now on, empty for those that go; and those that get another volume."""
    rows, _ = propagate(graph)
    melts = _melting(graph)
    readers = graph.consumers()
    volumes: list[Volume | None] = []
    texts: dict[int, str] = {}
    widened: set[int] = set()
    for node, row in zip(graph.nodes, rows, strict=True):
        inputs = tuple(volumes[source] for source in node.inputs)
        volume = inputs[0] if inputs else None
        text = None
        if node.layer is not None and _converts(node.layer):
            if volume is None:
                raise Unconvertible(f"{node.name} reads an unknown volume, so it has no extent as a convolution")
            text = node.layer.as_convolution(volume)
        reshaped = volume is not None and row.inputs[0] is not None and volume.sizes != row.inputs[0].sizes
        if text == "" and volume is not None and (volume.positions == 1 or melts[node.index]):
            volumes.append(volume)
            texts[node.index] = "IDENTITY" if _has_name(node) or _is_output(graph, node, texts, readers) else text
            if texts[node.index]:
                widened.add(node.index)
            continue
        if text == "":
            # The values stay in one row, and a convolution may follow.
            text = f"RESHAPE({row.output})"
        # Behind a FLATTEN that has gone, a volume keeps its width and height up to the next convolution.
        volumes.append(volume if reshaped and not text else row.output)
        if reshaped and not text:
            widened.add(node.index)
        if text:
            texts[node.index] = text
    return texts, widened


def _has_name(node: Node) -> bool:
    """Whether the text gives the layer a name, and not only counting its kind."""
    kind = node.kind.lower()
    return not (node.name.startswith(kind) and node.name[len(kind) :].isdigit())


def _is_output(graph: Graph, node: Node, texts: dict[int, str], readers: list[list[int]]) -> bool:
    """Whether a layer that goes is an output, and what would take its place is none, being read by others."""
    if readers[node.index]:
        return False
    (source,) = node.inputs
    while len(readers[source]) == 1 and texts.get(source) == "":
        (source,) = graph.nodes[source].inputs
    return len(readers[source]) > 1


def _converts(layer: Layer) -> bool:
    return type(layer).as_convolution is not Layer.as_convolution


def _melting(graph: Graph) -> list[bool]:
    """For every node whether all that read it are convolutions in the end, through layers that keep values apart."""
    readers = graph.consumers()
    melts = [False] * len(graph.nodes)
    for node in reversed(graph.nodes):
        melts[node.index] = bool(readers[node.index]) and all(
            _goes_on(graph.nodes[reader], melts[reader]) for reader in readers[node.index]
        )
    return melts


def _goes_on(reader: Node, melts: bool) -> bool:
    layer = reader.layer
    if layer is None:
        return False
    if _converts(layer):
        return layer.as_convolution(Volume((1,), 1)) != "" or melts
    elementwise = (layer.in_place or layer.view) and not layer.sees_everything and type(layer).weights is Layer.weights
    return elementwise and melts


def _rewritten(node: Node, text: str, settings: syntax.Settings) -> Node:
    """The node as the layer that a text says, whatever the defaults of its kind are in these settings."""
    call = _call(text)
    named = resolve(call.name)
    assert named is not None
    text = _with_defaults_undone(text, call, settings)
    binder = Binder(syntax.Settings(), {})
    bound = binder.bind(named, _call(text), {})
    if binder.findings:
        raise Findings(*binder.findings)
    return replace(node, kind=named.type.kind, layer=bound.layer, text=bound.text, assumed=bound.assumed)


def _call(text: str) -> syntax.Call:
    statement = parse_statements(text)[0]
    call = statement.items[0] if isinstance(statement, syntax.Chain) else None
    assert isinstance(call, syntax.Call)
    return call


def _with_defaults_undone(text: str, call: syntax.Call, settings: syntax.Settings) -> str:
    """Writes out what the front matter's defaults would otherwise change."""
    named = resolve(call.name)
    kinds = {found.type.kind for name, *_ in settings.defaults if (found := resolve(name))}
    if named is None or named.type.kind not in kinds:
        return text
    written = {argument.name for argument in call.arguments}
    written |= {a.letter for a, _ in zip(named.type.signature, [a for a in call.arguments if not a.name], strict=False)}
    missing = [a for a in named.type.signature if a.letter not in written and a.default is not None]
    return text[:-1] + "".join(f", {a.letter}={_shown(a.default)}" for a in missing) + ")"


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Padding) else show(value)

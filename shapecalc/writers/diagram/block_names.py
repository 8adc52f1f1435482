"""What blocks and points of a recovered diagram are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from shapecalc.language.value_text import KEYWORDS
from shapecalc.passes.graph import Graph
from shapecalc.registry import resolve
from shapecalc.writers.diagram.items import Again, Each, Pattern

JOINED = {"ADD": "residual", "CONCAT": "joined", "MUL": "gated"}
"""What a block with branches is called, by the layer that joins them."""
LONGEST_NAME = 4
"""Layers that are named one by one in the name of a block."""
NAMED = ("mac", "pool", "adaptive", "elementwise")
"""The work of layers that keep the names which they have in a file; what only follows others does without."""
LONGEST_POINT = 24
"""Characters that the name of a point may have before it is cut to its last words."""


def shared_word(graph: Graph, instances: Sequence[Sequence[int]]) -> str:
    """The last word that the names of all layers begin with, numbers aside: `layer` of layer1_0_conv1."""
    found: set[str] = set()
    for nodes in instances:
        given = [graph.nodes[i].name.split("_") for i in nodes if not _is_counted(graph.nodes[i].name)]
        if len(given) < 2:
            return ""
        shared = [words[0] for words in takewhile(lambda words: len(set(words)) == 1, zip(*given, strict=False))]
        stems = [stem for word in shared if len(stem := word.strip("0123456789")) > 2]
        if stems and stems[-1].lower() in KEYWORDS:
            stems = ["_".join(stems[-2:])]
        found.add(stems[-1].lower() if stems else "")
    word = found.pop() if len(found) == 1 else ""
    return word if word.isidentifier() and word not in KEYWORDS else ""


def made_of(graph: Graph, pattern: Pattern, nodes: Sequence[int], *, extents: bool) -> str:
    """What joins its branches, or its layers, with the extent of windows: `conv3_bn_relu`."""
    kinds = [graph.nodes[i].kind for i in nodes]
    for kind, word in JOINED.items():
        if kind in kinds:
            return word
    if len(kinds) > LONGEST_NAME:
        return "stage" if any(isinstance(item, Again | Each) for item in pattern.body) else "unit"
    return "_".join(_with_extent(graph, i, extents=extents) for i in nodes)


def _with_extent(graph: Graph, index: int, *, extents: bool) -> str:
    node = graph.nodes[index]
    if node.layer.opaque:
        return re.split(r"\W|_", node.kind.lower())[0]
    window = node.layer.written_window
    extent = str(window.extent[0]) if window and len(set(window.extent)) == 1 and extents else ""
    return node.kind.lower() + extent


def _is_counted(name: str) -> bool:
    stem = name.rstrip("0123456789")
    return stem != name and resolve(stem) is not None


def given_names(graph: Graph) -> dict[int, str]:
    """The names that somebody gave to layers that compute or join, not those that a tool or a count gives."""
    counts: dict[str, int] = {}
    found = {}
    for node in graph.nodes:
        kind = node.kind.lower()
        counts[kind] = counts.get(kind, 0) + 1
        counted = f"{kind}{counts[kind]}" if node.call is None and node.branch is None else node.name
        layer = node.layer
        named = layer.merges or layer.opaque or layer.op_category in NAMED
        if named and node.name != counted and not _is_made(node.name):
            found[node.index] = node.name
    return found


def _is_made(name: str) -> bool:
    """Whether a tool made a name of a kind and a number: `conv2d_5`, `node_Conv_291`, `shortcut_61`; not `fc6`."""
    stem = re.sub(r"\A(\d+_)+", "", name[::-1])[::-1]
    if stem == name and name[-1].isdigit() and name not in KEYWORDS:
        return re.match(r"n\d", name) is not None
    made = re.match(r"n\d|node_|[a-z]+_\d+$", name) or resolve(stem) or resolve(stem.replace("_", ""))
    return bool(made) or name in KEYWORDS


def short_names(names: dict[int, str]) -> dict[int, str]:
    """Long names by their last words, as long as no two are the same."""
    found: dict[int, str] = {}
    for index, name in names.items():
        short = name
        if len(name) > LONGEST_POINT:
            while "_" in short and len(short) > LONGEST_POINT:
                short = short.partition("_")[2]
            short = short if short[:1].isalpha() else f"n{short}"
        stem, number = short, 2
        while short in found.values() or (short != name and short in names.values()):
            short, number = f"{stem}_{number}", number + 1
        found[index] = short
    return found

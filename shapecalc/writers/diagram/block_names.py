"""What blocks and points of a recovered diagram are called, and what the numbers in a block are written as."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from shapecalc.core.phrases import untaken
from shapecalc.language.value_text import KEYWORDS
from shapecalc.passes.graph import Graph
from shapecalc.registry import resolve
from shapecalc.writers.diagram.items import Again, Each, Number, Pattern
from shapecalc.writers.diagram.layer_calls import figure_text

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


# --- numbers in blocks ----------------------------------------------------------------------------

LARGEST_RATIO = 64
"""How many times another parameter a number may be and still be written as its multiple."""
LETTERS = {"K": "c", "F": "f", "S": "s", "P": "p", "dilation": "d", "groups": "g", "multiplier": "m", "units": "n"}
"""What a parameter is called that gives an argument."""


@dataclass(slots=True)
class ParameterScope:
    """What numbers are called inside of a block or a loop: one column of numbers for each parameter."""

    size: int
    """Instances of the block, or of its loop together."""
    outer: ParameterScope | None = None
    """Around a loop: every iteration has as many instances as that."""
    columns: dict[str, tuple[Number, ...]] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    """The letter of the argument that each parameter was made for."""

    def saved(self) -> list[tuple[dict[str, tuple[Number, ...]], dict[str, str]]]:
        """The parameters up to now, its own and those around it."""
        around = self.outer.saved() if self.outer else []
        return [(dict(self.columns), dict(self.letters)), *around]

    def restore(self, saved: Sequence[tuple[dict[str, tuple[Number, ...]], dict[str, str]]]) -> None:
        """Forgets the parameters that were made after `saved`, or has them again."""
        self.columns, self.letters = dict(saved[0][0]), dict(saved[0][1])
        if self.outer:
            self.outer.restore(saved[1:])

    def express(self, column: Sequence[Number], letter: str) -> str:
        """The text of a number that is so much in each instance; makes a parameter where none says it."""
        column = tuple(column)
        if len(set(column)) == 1:
            return figure_text(column[0])
        if self.outer is not None and (shared := self._shared(column)) is not None:
            return self.outer.express(shared, letter)
        return self._known(column, letter) or self._new(column, letter)

    def _shared(self, column: tuple[Number, ...]) -> tuple[Number, ...] | None:
        """What is the same in every iteration."""
        size = self.outer.size if self.outer else 1
        parts = {column[start : start + size] for start in range(0, len(column), size)}
        return parts.pop() if len(parts) == 1 else None

    def _known(self, column: tuple[Number, ...], letter: str) -> str | None:
        """A parameter, a multiple or a part of one, or what keeps the size of a window."""
        for name, values in self.columns.items():
            if values == column:
                return name
        if letter == "P":
            for name, values in self.columns.items():
                if self.letters[name] == "F" and all(p == f // 2 for p, f in zip(column, values, strict=True)):
                    return f"{name}//2"
        for name, values in self.columns.items():
            if self.letters[name] == letter == "K":
                smaller, larger = sorted((column[0], values[0]))
                ratio = int(larger // smaller)
                if not 2 <= ratio <= LARGEST_RATIO:
                    continue
                if all(n == ratio * v for n, v in zip(column, values, strict=True)):
                    return f"{ratio}*{name}"
                if all(n * ratio == v for n, v in zip(column, values, strict=True)):
                    return f"{name}//{ratio}"
        return None

    def _new(self, column: tuple[Number, ...], letter: str) -> str:
        stem = LETTERS.get(letter, letter[:1].lower())
        scope: ParameterScope | None = self
        taken_names: set[str] = set()
        while scope is not None:
            taken_names |= set(scope.columns)
            scope = scope.outer
        name = untaken(stem, taken_names)
        self.columns[name], self.letters[name] = column, letter
        return name

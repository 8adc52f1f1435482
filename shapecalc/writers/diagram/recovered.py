"""Writes a graph as a diagram worth keeping: what recurs in it as blocks with parameters, repeats and loops."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from shapecalc.core.phrases import counted
from shapecalc.language import syntax
from shapecalc.language.unparse import KEYWORDS
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import CheckedNetwork, unread
from shapecalc.registry import resolve
from shapecalc.writers.diagram.chains import ChainPart, all_parts, chains_of
from shapecalc.writers.diagram.flat import flat_diagram, with_words_for_names
from shapecalc.writers.diagram.items import (
    Again,
    BlockUse,
    Chain,
    Each,
    Item,
    Join,
    NamedPoint,
    Number,
    Pattern,
    Single,
    figure_text,
    nodes_of,
    stacked,
    taken,
    written,
)
from shapecalc.writers.diagram.pieces import Fragment, lines_of
from shapecalc.writers.diagram.recurring import Recurring, items_of
from shapecalc.writers.diagram.regroup import regrouped
from shapecalc.writers.diagram.resolved_settings import NOWHERE, front_matter
from shapecalc.writers.diagram.stand_ins import Unwordable, with_stand_ins

LARGEST_RATIO = 64
"""How many times another parameter a number may be and still be written as its multiple."""
LETTERS = {"K": "c", "F": "f", "S": "s", "P": "p", "dilation": "d", "groups": "g", "multiplier": "m", "units": "n"}
"""What a parameter is called that gives an argument."""
JOINED = {"ADD": "residual", "CONCAT": "joined", "MUL": "gated"}
"""What a block with branches is called, by the layer that joins them."""
LONGEST_NAME = 4
"""Layers that are named one by one in the name of a block."""
LONGEST_LAYERS_UNNAMED = 3
"""Layers with branches that may stand in a loop without a name."""
MOST_NOTES = 6
"""How many layers are named that stand for something else."""
LONGEST_POINT = 24
"""Characters that the name of a point may have before it is cut to its last words."""
COUNT = "n"
"""What a parameter is called that says how often."""


def recovered_diagram(report: CheckedNetwork) -> str:
    """The text of a diagram with the same layers, joined the same way; their order and names may be others.

    Of several ways to fold it the one of the fewest lines is taken, then the shortest. Front matter says where it comes
    from and what to expect. Raises Unwordable for what a diagram cannot say.
    """
    if report.graph is None or report.totals is None:
        raise Unwordable("there is no network")
    if report.graph.settings.freeze:
        settings = _settings(report, report.graph.settings)
        return flat_diagram(replace(report.graph, settings=settings), settings)
    graph, notes = with_stand_ins(report, report.graph)
    graph = with_words_for_names(graph)
    texts = [
        "\n".join(_Writer(ordered, chains_of(ordered), extents=extents, eager=eager).lines())
        for ordered in (graph, regrouped(graph))
        for extents in (True, False)
        for eager in (True, False)
    ]
    best = min(texts, key=lambda text: (text.count("\n"), len(text)))
    settings = replace(_settings(report, graph.settings), input=None, defaults=(), classes=None)
    return front_matter(settings) + "".join(f"# {note}\n" for note in _few(notes)) + best + "\n"


def _settings(report: CheckedNetwork, settings: syntax.Settings) -> syntax.Settings:
    """The settings with a name, a source, and the figures of the report."""
    path = report.source.path
    foreign = not report.source.text or report.graph is None or report.graph.nodes[0].call is None
    source = settings.source or (os.path.basename(path) if foreign and path else None)
    return replace(settings, name=report.name, source=source, expect=settings.expect or tuple(_figures(report)))


def _figures(report: CheckedNetwork) -> Iterable[syntax.Claim]:
    totals, outputs = report.totals, unread(report.rows)
    if totals is not None:
        yield syntax.Claim("params", str(totals.params), NOWHERE)
        yield syntax.Claim("macs", str(totals.macs), NOWHERE)
    if len(outputs) == 1 and outputs[0].output is not None:
        yield syntax.Claim("volume", str(outputs[0].output), NOWHERE)


def _few(notes: Sequence[str]) -> list[str]:
    more = len(notes) - MOST_NOTES
    return [*notes[:MOST_NOTES], *([f"and {counted(more, 'layer')} more"] if more > 0 else [])]


@dataclass(slots=True)
class _Scope:
    """What numbers are called inside of a block or a loop: one column of numbers for each parameter."""

    size: int
    """Instances of the block, or of its loop together."""
    outer: _Scope | None = None
    """Around a loop: every iteration has as many instances as that."""
    columns: dict[str, tuple[Number, ...]] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    """The letter of the argument that each parameter was made for."""

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
                for ratio in range(2, LARGEST_RATIO + 1):
                    if all(n == ratio * v for n, v in zip(column, values, strict=True)):
                        return f"{ratio}*{name}"
                    if all(n * ratio == v for n, v in zip(column, values, strict=True)):
                        return f"{name}//{ratio}"
        return None

    def _new(self, column: tuple[Number, ...], letter: str) -> str:
        stem = LETTERS.get(letter, letter[:1].lower())
        scope: _Scope | None = self
        taken_names: set[str] = set()
        while scope is not None:
            taken_names |= set(scope.columns)
            scope = scope.outer
        name, number = stem, 2
        while name in taken_names:
            name, number = f"{stem}{number}", number + 1
        self.columns[name], self.letters[name] = column, letter
        return name


@dataclass(slots=True)
class _Block:
    """A pattern as it is written."""

    name: str
    scope: _Scope
    body: list[Fragment]
    defaults: dict[str, Number]

    @property
    def parameters(self) -> list[str]:
        """Names, those without a default first."""
        return sorted(self.scope.columns, key=lambda name: name in self.defaults)

    def head(self) -> str:
        shown = [f"{n}={figure_text(self.defaults[n])}" if n in self.defaults else n for n in self.parameters]
        return f"block {self.name}({', '.join(shown)}) = " if shown else f"block {self.name} = "


class _Writer:
    """One way to fold the chains of a graph, as text."""

    def __init__(self, graph: Graph, statements: Sequence[list[ChainPart]], *, extents: bool, eager: bool) -> None:
        self.graph, self.extents_differ = graph, not extents
        tapped = {part.node for chain in statements for part in all_parts(chain) if part.tap}
        tapped |= {node.shares for node in graph.nodes if node.shares is not None}
        self.points = _short_names({index: graph.nodes[index].name for index in sorted(tapped)})
        self.chains = [items_of(graph, chain, tapped, extents=extents, names=self.points) for chain in statements]
        self.found = Recurring(self.chains, eager=eager)
        self.found.find()
        self.inlined = _not_worth_a_name(self.chains, self.found.patterns)
        self.blocks: dict[int, _Block] = {}
        self.names: set[str] = set()

    def lines(self) -> list[str]:
        """The blocks, then the chains."""
        chains = [self._pieces(chain, _Scope(1), [0]) for chain in self.chains]
        lines = []
        for block in self.blocks.values():
            lines += lines_of(block.body, head=block.head())
        return [*lines, *(line for chain in chains for line in lines_of(chain))]

    # --- items to pieces ------------------------------------------------------------------------

    def _pieces(self, chain: Iterable[Item], scope: _Scope, rows: Sequence[int]) -> list[Fragment]:
        """A chain inside a scope, in which it is in these instances."""
        found: list[Fragment] = []
        for item in chain:
            if isinstance(item, NamedPoint) and not item.tap:
                before = found.pop()
                found.append(_named(before, item.name))
            else:
                found += self._piece(item, scope)
        return found

    def _piece(self, item: Item, scope: _Scope) -> list[Fragment]:
        match item:
            case Single():
                return [Fragment(self._call(item, scope), suffix=f" share {item.share}" if item.share else "")]
            case NamedPoint():
                return [Fragment(f"@{item.name}")]
            case Join():
                chains = tuple(self._pieces(chain, scope, ()) for chain in item.chains)
                return [Fragment(item.name, chains)]
            case BlockUse():
                return self._use(item, scope)
            case Again():
                count = scope.express(item.counts, COUNT)
                inner = self._piece(item.item, scope)
                if count == "1":
                    return inner
                plain = re.fullmatch(r"\w+", count)
                return [_repeated(inner, f"*{count}" if plain else f"*({count})")]
            case Each():
                return [self._loop(item, scope)]

    def _call(self, item: Single, scope: _Scope) -> str:
        """A layer with its arguments."""
        numbered = [letter for letter, text in item.words if text is None]
        columns = dict(zip(numbered, zip(*item.rows, strict=True), strict=True))
        values: dict[str, str] = {}
        for letter, text in item.words:
            values[letter] = text if text is not None else scope.express(columns[letter], letter)
        return written(item, values)

    def _use(self, item: BlockUse, scope: _Scope) -> list[Fragment]:
        pattern = item.block
        if pattern.number in self.inlined:
            return self._pieces([taken(inner, item.instances) for inner in pattern.body], scope, ())
        block = self._block(pattern)
        arguments = []
        left_out = False
        for name in block.parameters:
            column = [block.scope.columns[name][instance] for instance in item.instances]
            text = scope.express(column, block.scope.letters[name])
            if name in block.defaults and text == figure_text(block.defaults[name]):
                left_out = True
                continue
            arguments.append(f"{name}={text}" if left_out else text)
        # Brackets tell a block from a word, and from what a bracket after it would make of it.
        return [Fragment(f"{block.name}({', '.join(arguments)})" if arguments else block.name)]

    def _block(self, pattern: Pattern) -> _Block:
        """A pattern as a block, made once, after those that it uses."""
        if pattern.number not in self.blocks:
            scope = _Scope(pattern.size)
            body = self._pieces(pattern.body, scope, ())
            defaults = {}
            for name, column in scope.columns.items():
                value, times = Counter(column).most_common(1)[0]
                if scope.letters[name] != "K" and times * 2 > len(column):
                    defaults[name] = value
            self.blocks[pattern.number] = _Block(self._name(pattern), scope, body, defaults)
        return self.blocks[pattern.number]

    def _loop(self, item: Each, scope: _Scope) -> Fragment:
        """A `for` over the numbers that differ; what hangs on the block alone is said by its parameters."""
        inner = _Scope(scope.size * len(item.items), scope)
        body = self._piece(stacked(item.items), inner)
        if not inner.columns:
            return _repeated(body, f"*{len(item.items)}")
        values = []
        for place in range(len(item.items)):
            part = slice(place * scope.size, (place + 1) * scope.size)
            texts = [scope.express(column[part], inner.letters[name]) for name, column in inner.columns.items()]
            values.append(texts[0] if len(texts) == 1 else f"({', '.join(texts)})")
        return Fragment("", (body,), names=", ".join(inner.columns), values=tuple(values))

    # --- names ----------------------------------------------------------------------------------

    def _name(self, pattern: Pattern) -> str:
        """A word for a block: what the names of its layers share, or what it is made of."""
        nodes = [list(nodes_of(taken(BlockUse(pattern, [i]), [0]))) for i in range(pattern.size)]
        stem = self._shared_word(nodes) or self._made_of(pattern, nodes[0])
        if not stem.isidentifier() or stem in KEYWORDS or resolve(stem) is not None:
            stem = f"{stem}_block"
        name, number = stem, 2
        while name in self.names:
            name, number = f"{stem}{number}", number + 1
        self.names.add(name)
        return name

    def _shared_word(self, instances: Sequence[Sequence[int]]) -> str:
        """The last word that the names of all layers begin with, numbers aside: `layer` of layer1_0_conv1."""
        found: set[str] = set()
        for nodes in instances:
            given = [self.graph.nodes[i].name.split("_") for i in nodes if not _is_counted(self.graph.nodes[i].name)]
            if len(given) < 2:
                return ""
            shared = []
            for words in zip(*given, strict=False):
                if len(set(words)) > 1:
                    break
                shared.append(words[0])
            stems = [stem for word in shared if len(stem := word.strip("0123456789")) > 2]
            if stems and stems[-1].lower() in KEYWORDS:
                stems = ["_".join(stems[-2:])]
            found.add(stems[-1].lower() if stems else "")
        word = found.pop() if len(found) == 1 else ""
        return word if word.isidentifier() and word not in KEYWORDS else ""

    def _made_of(self, pattern: Pattern, nodes: Sequence[int]) -> str:
        """What joins its branches, or its layers, with the extent of windows: `conv3_bn_relu`."""
        kinds = [self.graph.nodes[i].kind for i in nodes]
        for kind, word in JOINED.items():
            if kind in kinds:
                return word
        if len(kinds) > LONGEST_NAME:
            return "stage" if any(isinstance(item, Again | Each) for item in pattern.body) else "unit"
        return "_".join(self._with_extent(i) for i in nodes)

    def _with_extent(self, index: int) -> str:
        node = self.graph.nodes[index]
        if node.layer is None or node.layer.opaque:
            return re.split(r"\W|_", node.kind.lower())[0]
        window = node.layer.written_window
        extent = str(window.extent[0]) if window and len(set(window.extent)) == 1 and self.extents_differ else ""
        return node.kind.lower() + extent


def _is_counted(name: str) -> bool:
    return name.rstrip("0123456789") != name and resolve(name.rstrip("0123456789")) is not None


def _short_names(names: dict[int, str]) -> dict[int, str]:
    """Long names by their last words, as long as no two are the same."""
    found: dict[int, str] = {}
    for index, name in names.items():
        short = name
        if len(name) > LONGEST_POINT:
            words = name.split("_")
            while len(words) > 1 and len("_".join(words)) > LONGEST_POINT:
                words = words[1:]
            short = "_".join(words)
            short = short if short[:1].isalpha() else f"n{short}"
        stem, number = short, 2
        while short in found.values() or (short != name and short in names.values()):
            short, number = f"{stem}_{number}", number + 1
        found[index] = short
    return found


def _named(piece: Fragment, name: str) -> Fragment:
    return replace(piece, suffix=f"{piece.suffix} as {name}")


def _repeated(pieces: Sequence[Fragment], suffix: str) -> Fragment:
    if len(pieces) == 1 and not pieces[0].suffix:
        return replace(pieces[0], suffix=suffix)
    return Fragment("", (list(pieces),), suffix)


# --- which patterns are blocks ------------------------------------------------------------------


def _not_worth_a_name(chains: Sequence[Chain], patterns: Sequence[Pattern]) -> set[int]:
    """The patterns that are written out where they are used: a block of its own would make the text longer."""
    inlined: set[int] = set()
    while True:
        uses = _uses(chains, patterns, inlined)
        for pattern in reversed(patterns):
            size, count = _length(pattern.body, inlined), uses[pattern.number]
            branches = pattern.size > 1 and size > LONGEST_LAYERS_UNNAMED and _has_branches(pattern)
            if pattern.number not in inlined and not branches and (count < 2 or (size - 1) * (count - 1) <= 2):
                inlined.add(pattern.number)
                break
        else:
            return inlined


def _has_branches(pattern: Pattern) -> bool:
    return any(isinstance(item, Join) for item in pattern.body)


def _uses(chains: Sequence[Chain], patterns: Sequence[Pattern], inlined: set[int]) -> Counter[int]:
    """How often each pattern is in the text."""
    counts: Counter[int] = Counter()

    def count(item: Item) -> None:
        match item:
            case BlockUse():
                counts[item.block.number] += 1
                if item.block.number in inlined:
                    for inner in item.block.body:
                        count(inner)
            case Join():
                for chain in item.chains:
                    for inner in chain:
                        count(inner)
            case Again():
                count(item.item)
            case Each():
                count(item.items[0])
            case _:
                pass

    for chain in (*chains, *(p.body for p in patterns if p.number not in inlined)):
        for item in chain:
            count(item)
    return counts


def _length(chain: Sequence[Item], inlined: set[int]) -> int:
    """Calls that a chain is written with."""
    total = 0
    for item in chain:
        match item:
            case Join():
                total += 1 + sum(_length(inner, inlined) for inner in item.chains)
            case BlockUse():
                total += _length(item.block.body, inlined) if item.block.number in inlined else 1
            case Again():
                total += _length([item.item], inlined)
            case Each():
                total += _length(item.items[:1], inlined)
            case _:
                total += 1
    return total

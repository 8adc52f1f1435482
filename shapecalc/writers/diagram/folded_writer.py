"""One way to fold the chains of a graph, as text: blocks with parameters, repeats and loops."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shapecalc.core.phrases import untaken
from shapecalc.core.record import replace
from shapecalc.language.fragment import Fragment
from shapecalc.language.value_text import KEYWORDS
from shapecalc.passes.graph import Graph
from shapecalc.registry import resolve
from shapecalc.writers.diagram import items
from shapecalc.writers.diagram.block_names import ParameterScope, given_names, made_of, shared_word, short_names
from shapecalc.writers.diagram.chains import ChainPart, all_parts
from shapecalc.writers.diagram.items import Again, BlockUse, Chain, Each, Item, Join, Pattern, inside
from shapecalc.writers.diagram.layer_calls import figure_text, written
from shapecalc.writers.diagram.pieces import lines_of
from shapecalc.writers.diagram.recurring import Recurring, items_of

COUNT = "n"
"""What a parameter is called that says how often."""
MOST_BY_THEMSELVES = 4
"""Items with other numbers that may stand one after the other in place of a loop."""
LONGER_BY = 8
"""Characters that they may take more: a line without a loop is read faster."""


@dataclass(slots=True)
class _Block:
    """A pattern as it is written."""

    name: str
    scope: ParameterScope
    body: list[Fragment]
    defaults: dict[str, items.Number]

    @property
    def parameters(self) -> list[str]:
        """Names, those without a default first."""
        return sorted(self.scope.columns, key=lambda name: name in self.defaults)

    def head(self) -> str:
        shown = [f"{n}={figure_text(self.defaults[n])}" if n in self.defaults else n for n in self.parameters]
        return f"block {self.name}({', '.join(shown)}) = " if shown else f"block {self.name} = "


class FoldedWriter:
    """One way to fold the chains of a graph, as text."""

    def __init__(self, graph: Graph, statements: Sequence[list[ChainPart]], *, extents: bool, eager: bool) -> None:
        self.graph, self.extents_differ = graph, not extents
        tapped = {part.node for chain in statements for part in all_parts(chain) if part.tap}
        owners = {node.shares for node in graph.nodes if node.shares is not None}
        tapped |= owners
        self.given = short_names(given_names(graph) | {i: graph.nodes[i].name for i in sorted(tapped)})
        self.points = {index: self.given[index] for index in sorted(tapped)}
        self.root = ParameterScope(1)
        self.chains = [
            items_of(graph, chain, tapped, extents=extents, names=self.points, owners=owners) for chain in statements
        ]
        self.found = Recurring(self.chains, eager=eager)
        self.found.find()
        self.inlined = inlined_patterns(self.chains, self.found.patterns)
        self.blocks: dict[int, _Block] = {}
        self.names: set[str] = set()

    def lines(self) -> list[str]:
        """The blocks, then the chains."""
        chains = [self._pieces(chain, self.root) for chain in self.chains]
        lines = []
        for block in self.blocks.values():
            lines += lines_of(block.body, head=block.head())
        return [*lines, *(line for chain in chains for line in lines_of(chain))]

    # --- items to pieces ------------------------------------------------------------------------

    def _pieces(self, chain: Iterable[items.Item], scope: ParameterScope) -> list[Fragment]:
        """A chain inside a scope."""
        found: list[Fragment] = []
        for item in chain:
            if isinstance(item, items.NamedPoint) and not item.tap:
                name: str | None = item.name
            else:
                found += self._piece(item, scope)
                name = self._given_name(item) if scope is self.root else None
            if name and not found[-1].suffix.endswith(f" as {name}"):
                found[-1] = replace(found[-1], suffix=f"{found[-1].suffix} as {name}")
        return found

    def _given_name(self, item: items.Item) -> str | None:
        """What the file calls a layer that stands by itself, or the last layer of a block."""
        if isinstance(item, items.Single | items.Join):
            return self.given.get(item.nodes[0])
        if isinstance(item, items.BlockUse) and item.block.number not in self.inlined:
            return self.given.get(max(items.nodes_of(items.taken(item, [0]))))
        return None

    def _piece(self, item: items.Item, scope: ParameterScope) -> list[Fragment]:
        match item:
            case items.Single():
                return [Fragment(self._call(item, scope), suffix=f" share {item.share}" if item.share else "")]
            case items.NamedPoint():
                return [Fragment(f"@{item.name}")]
            case items.Join():
                return [Fragment(item.name, tuple(self._pieces(chain, scope) for chain in item.chains))]
            case items.BlockUse():
                return self._use(item, scope)
            case items.Again():
                count = scope.express(item.counts, COUNT)
                inner = self._piece(item.item, scope)
                if count == "1":
                    return inner
                plain = re.fullmatch(r"\w+", count)
                return [_repeated(inner, f"*{count}" if plain else f"*({count})")]
            case items.Each():
                return self._one_by_one_or_loop(item, scope)

    def _call(self, item: items.Single, scope: ParameterScope) -> str:
        """A layer with its arguments."""
        numbered = [letter for letter, text in item.words if text is None]
        columns = dict(zip(numbered, zip(*item.rows, strict=True), strict=True))
        return written(item, {k: scope.express(columns[k], k) if text is None else text for k, text in item.words})

    def _use(self, item: items.BlockUse, scope: ParameterScope) -> list[Fragment]:
        pattern = item.block
        if pattern.number in self.inlined:
            return self._pieces([items.taken(inner, item.instances) for inner in pattern.body], scope)
        block = self._block(pattern)
        arguments = []
        left_out = False
        for name in block.parameters:
            column = [block.scope.columns[name][instance] for instance in item.instances]
            text = scope.express(column, block.scope.letters[name])
            if name in block.defaults and text == figure_text(block.defaults[name]):
                left_out = True
            else:
                arguments.append(f"{name}={text}" if left_out else text)
        # Brackets tell a block from a word, and from what a bracket after it would make of it.
        return [Fragment(f"{block.name}({', '.join(arguments)})" if arguments else block.name)]

    def _block(self, pattern: items.Pattern) -> _Block:
        """A pattern as a block, made once, after those that it uses."""
        if pattern.number not in self.blocks:
            scope = ParameterScope(pattern.size)
            body = self._pieces(pattern.body, scope)
            defaults = {}
            for name, column in scope.columns.items():
                value, times = Counter(column).most_common(1)[0]
                if scope.letters[name] != "K" and times * 2 > len(column):
                    defaults[name] = value
            self.blocks[pattern.number] = _Block(self._name(pattern), scope, body, defaults)
        return self.blocks[pattern.number]

    def _one_by_one_or_loop(self, item: items.Each, scope: ParameterScope) -> list[Fragment]:
        """Few items by themselves where a loop is no shorter; what a way needs that is not taken is forgotten."""
        if len(item.items) > MOST_BY_THEMSELVES:
            return [self._loop(item, scope)]
        before = scope.saved()
        one_by_one = self._pieces(item.items, scope)
        after = scope.saved()
        scope.restore(before)
        loop = self._loop(item, scope)
        unnamed = [replace(piece, suffix=piece.suffix.partition(" as ")[0]) for piece in one_by_one]
        if len(" => ".join(piece.line for piece in unnamed)) > len(loop.line) + LONGER_BY:
            return [loop]
        scope.restore(after)
        return one_by_one

    def _loop(self, item: items.Each, scope: ParameterScope) -> Fragment:
        """A `for` over the numbers that differ; what hangs on the block alone is said by its parameters."""
        inner = ParameterScope(scope.size * len(item.items), scope)
        body = self._piece(items.stacked(item.items), inner)
        if not inner.columns:
            return _repeated(body, f"*{len(item.items)}")
        values = []
        for place in range(len(item.items)):
            part = slice(place * scope.size, (place + 1) * scope.size)
            texts = [scope.express(column[part], inner.letters[name]) for name, column in inner.columns.items()]
            values.append(texts[0] if len(texts) == 1 else f"({', '.join(texts)})")
        return Fragment("", (body,), names=", ".join(inner.columns), values=tuple(values))

    def _name(self, pattern: items.Pattern) -> str:
        """A word for a block: what the names of its layers share, or what it is made of."""
        nodes = [list(items.nodes_of(items.taken(items.BlockUse(pattern, [i]), [0]))) for i in range(pattern.size)]
        stem = shared_word(self.graph, nodes) or made_of(self.graph, pattern, nodes[0], extents=self.extents_differ)
        if not stem.isidentifier() or stem in KEYWORDS or resolve(stem) is not None:
            stem = f"{stem}_block"
        name = untaken(stem, self.names)
        self.names.add(name)
        return name


def _repeated(pieces: Sequence[Fragment], suffix: str) -> Fragment:
    if len(pieces) == 1 and not pieces[0].suffix:
        return replace(pieces[0], suffix=suffix)
    return Fragment("", (list(pieces),), suffix)


# --- which blocks are written out -------------------------------------------------------------

LONGEST_LAYERS_UNNAMED = 3
"""Layers with branches that may stand in a loop without a name."""


def inlined_patterns(chains: Sequence[Chain], patterns: Sequence[Pattern]) -> set[int]:
    """The patterns that are written out where they are used: a block of its own would make the text longer."""
    inlined: set[int] = set()
    while True:
        uses = _uses(chains, patterns, inlined)
        for pattern in reversed(patterns):
            size, count = _length(pattern.body, inlined), uses[pattern.number]
            branches = pattern.size > 1 and size > LONGEST_LAYERS_UNNAMED
            branches = branches and any(isinstance(item, Join) for item in pattern.body)
            if pattern.number not in inlined and not branches and (count < 2 or (size - 1) * (count - 1) <= 2):
                inlined.add(pattern.number)
                break
        else:
            return inlined


def _uses(chains: Sequence[Chain], patterns: Sequence[Pattern], inlined: set[int]) -> Counter[int]:
    """How often each pattern is in the text."""
    counts: Counter[int] = Counter()
    waiting = [item for chain in (*chains, *(p.body for p in patterns if p.number not in inlined)) for item in chain]
    while waiting:
        item = waiting.pop()
        if isinstance(item, BlockUse):
            counts[item.block.number] += 1
        waiting += _written_in(item, inlined)
    return counts


def _length(chain: Sequence[Item], inlined: set[int]) -> int:
    """Calls that a chain is written with."""
    total = 0
    for item in chain:
        loop = isinstance(item, Again | Each) or (isinstance(item, BlockUse) and item.block.number in inlined)
        total += (not loop) + _length(_written_in(item, inlined), inlined)
    return total


def _written_in(item: Item, inlined: set[int]) -> list[Item]:
    """The items that are in the text of an item: a loop has its body once, a block is a call."""
    if isinstance(item, BlockUse):
        return item.block.body if item.block.number in inlined else []
    found = [inner for inner, _ in inside(item, 0)]
    return found[:1] if isinstance(item, Each) else found

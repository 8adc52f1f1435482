"""Counts the layers that a diagram has at least, before any is made: what is too large is refused at once."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.expansion.blocks import Blocks
from shapecalc.expansion.errors import too_many
from shapecalc.expansion.evaluate import OpenName, Scope, numbers, whole
from shapecalc.expansion.free_names import free_names
from shapecalc.language import syntax

DEEPEST = 120
"""How deep groups, branches and blocks are followed; what lies deeper counts nothing."""

MOST = 10**18
"""Larger counts are all alike."""

NONE: frozenset[str] = frozenset()


class Fewest:
    """A lower bound for the layers of any part: what hangs on the turn of a `for`, or is wrong, counts nothing."""

    def __init__(self, blocks: Blocks, scope: Scope, *, optional: bool) -> None:
        self.blocks, self.scope, self.optional = blocks, scope, optional
        self._of_block: dict[str, int] = {}
        self._inside = 0

    def chain(self, chain: syntax.Chain, turning: frozenset[str] = NONE) -> int:
        """Of a chain; `turning` are names whose values change from turn to turn."""
        return min(MOST, sum(self.item(item, turning) for item in chain.items))

    def item(self, item: syntax.Item, turning: frozenset[str] = NONE) -> int:
        """Of an item."""
        if self._inside >= DEEPEST:
            return 0
        self._inside += 1
        try:
            return self._item(item, turning)
        finally:
            self._inside -= 1

    def _item(self, item: syntax.Item, turning: frozenset[str]) -> int:
        match item:
            case syntax.Call():
                return self._call(item)
            case syntax.Branch(chains=chains):
                return 1 + sum(self.chain(chain, turning) for chain in chains)
            case syntax.Group(chain):
                return self.chain(chain, turning)
            case syntax.Comprehension(chain, names):
                inside = self.chain(chain, turning | frozenset(names))
                return inside and min(MOST, inside * self._turns(item, turning))
            case syntax.Repeat(inner, count):
                inside = self.item(inner, turning)
                return inside and min(MOST, inside * self._count(count, turning))
            case syntax.Optional(inner):
                return self.item(inner, turning) if self.optional else 0
            case syntax.Named(inner) | syntax.Claimed(inner):
                return self.item(inner, turning)
        return 0

    def hold(self, chain: syntax.Chain, most: int) -> None:
        """Raises Findings SHP109 where one part of a chain alone has more layers than `most`."""
        item = self._culprit(chain.items, most)
        if item is not None:
            raise Diagnosed(too_many(most, item.span, f"this part alone has {self.item(item):,} or more"))

    def _culprit(self, items: Iterable[syntax.Item], most: int) -> syntax.Item | None:
        """The innermost item that alone has more layers than `most`."""
        found = next((item for item in items if self.item(item) > most), None)
        inner: Iterable[syntax.Item] = ()
        match found:
            case syntax.Group(chain):
                inner = chain.items
            case syntax.Repeat(part) | syntax.Optional(part) | syntax.Named(part) | syntax.Claimed(part):
                inner = (part,)
        return found and (self._culprit(inner, most) or found)

    def _call(self, call: syntax.Call) -> int:
        block = None if call.short else self.blocks.find(call.name)
        if block is None:
            return 1
        name = block.name.lower()
        if name not in self._of_block:
            self._of_block[name] = 0  # what a block has of itself, until it is refused
            parameters = frozenset(parameter.name for parameter in block.parameters)
            self._of_block[name] = self.chain(block.body, parameters)
        return self._of_block[name]

    def _count(self, count: syntax.Expression, turning: frozenset[str]) -> int:
        if free_names(count) & turning:
            return 0
        try:
            return max(0, whole(count, self.scope))
        except (OpenName, Diagnosed):
            # said where the count is used
            return 0

    def _turns(self, item: syntax.Comprehension, turning: frozenset[str]) -> int:
        return sum(self._values(value, len(item.names), turning) for value in item.values)

    def _values(self, value: syntax.Expression, names: int, turning: frozenset[str]) -> int:
        if not isinstance(value, syntax.Range):
            return int((len(value.items) if isinstance(value, syntax.Tuple) else 1) == names)
        if names > 1 or free_names(value) & turning:
            return 0
        try:
            return len(numbers(value, self.scope))
        except (OpenName, Diagnosed):
            # said where the values are used
            return 0

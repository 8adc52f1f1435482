"""Counts the layers that a diagram has at least, before any is made: what is too large is refused at once."""

from __future__ import annotations

from shapecalc.core.phrases import counted
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.expansion.blocks import Blocks
from shapecalc.expansion.errors import too_many
from shapecalc.expansion.evaluate import OpenName, Scope, length, numbers, whole
from shapecalc.expansion.free_names import free_names
from shapecalc.language import syntax
from shapecalc.language.walk import inner_items

DEEPEST = 120
"""How deep groups, branches and blocks are followed; what lies deeper counts nothing."""

MOST = 10**18
"""Larger counts are all alike."""

NONE: frozenset[str] = frozenset()


class MinimumSize:
    """A lower bound for the layers of any part: what depends on the iteration of a `for`, or is wrong, counts nothing.

    `iterated` are names whose values change from iteration to iteration.
    """

    def __init__(self, blocks: Blocks, scope: Scope, *, optional: bool) -> None:
        self.blocks, self.scope, self.optional = blocks, scope, optional
        self._of_block: dict[str, int] = {}
        self._depth = 0

    def of(self, part: syntax.Chain | syntax.Item, iterated: frozenset[str] = NONE) -> int:
        """Of a chain or an item."""
        if self._depth >= DEEPEST:
            return 0
        self._depth += 1
        try:
            return min(MOST, self._of(part, iterated))
        finally:
            self._depth -= 1

    def check(self, chain: syntax.Chain, most: int) -> None:
        """Raises Diagnosed SHP109 where one part of a chain alone has more layers than `most`."""
        part = self._largest(chain, most)
        if part is not None:
            least = counted(self.of(part), "layer")
            raise Diagnosed(too_many(most, part.span, f"this part alone has at least {least}"))

    def _of(self, part: syntax.Chain | syntax.Item, iterated: frozenset[str]) -> int:
        match part:
            case syntax.Call():
                return self._call(part)
            case syntax.Optional() if not self.optional:
                return 0
            case syntax.Branch():
                return 1 + self._inside(part, iterated)
            case syntax.Comprehension(names=names):
                inside = self._inside(part, iterated | frozenset(names))
                return inside and inside * self._iterations(part, iterated)
            case syntax.Repeat(count=count):
                inside = self._inside(part, iterated)
                return inside and inside * self._count(count, iterated)
        return self._inside(part, iterated)

    def _inside(self, part: syntax.Chain | syntax.Item, iterated: frozenset[str]) -> int:
        least = 0
        for inner in inner_items(part):
            least += self.of(inner, iterated)
        return least

    def _largest(self, part: syntax.Chain | syntax.Item, most: int) -> syntax.Item | None:
        """The innermost item inside of a part that alone has more layers than `most`, where that is always there."""
        if isinstance(part, syntax.Branch | syntax.Comprehension):
            return None
        found = next((inner for inner in inner_items(part) if self.of(inner) > most), None)
        return found and (self._largest(found, most) or found)

    def _call(self, call: syntax.Call) -> int:
        block = None if call.short else self.blocks.find(call.name)
        if block is None:
            return 1
        name = block.name.lower()
        if name not in self._of_block:
            self._of_block[name] = 0  # what a block has of itself, until it is refused
            parameters = frozenset(parameter.name for parameter in block.parameters)
            self._of_block[name] = self.of(block.body, parameters)
        return self._of_block[name]

    def _count(self, count: syntax.Expression, iterated: frozenset[str]) -> int:
        if free_names(count) & iterated:
            return 0
        try:
            return max(0, whole(count, self.scope))
        except (OpenName, Diagnosed):
            # reported where the count is used
            return 0

    def _iterations(self, item: syntax.Comprehension, iterated: frozenset[str]) -> int:
        return sum(self._values(value, len(item.names), iterated) for value in item.values)

    def _values(self, value: syntax.Expression, names: int, iterated: frozenset[str]) -> int:
        if not isinstance(value, syntax.Range):
            return int((len(value.items) if isinstance(value, syntax.Tuple) else 1) == names)
        if names > 1 or free_names(value) & iterated:
            return 0
        try:
            return length(numbers(value, self.scope))
        except (OpenName, Diagnosed):
            # reported where the values are used
            return 0

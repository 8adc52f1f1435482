"""A graph while it is built: the nodes so far, and in which blocks and loops the next one will be."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.core.phrases import counted
from shapecalc.diagnostics.diagnostic import Diagnosed, Span
from shapecalc.expansion.bind import BoundLayer
from shapecalc.expansion.errors import too_many
from shapecalc.language import syntax
from shapecalc.passes.graph import Loop, Node


class GraphBuilder:
    """Makes nodes, at most so many."""

    def __init__(self, most_layers: int) -> None:
        self.most_layers = most_layers
        self.nodes: list[Node] = []
        self.claims: list[tuple[int, syntax.Claim]] = []
        self.blocks: list[str] = []
        """Names of the blocks that are being inlined, the innermost last."""
        self.loops: tuple[Loop, ...] = ()
        self.begins = True
        """Whether the next node is the first in its chain of the diagram, or of a branch."""

    @property
    def is_outside(self) -> bool:
        """Whether the next node is in no block and in no loop."""
        return not self.blocks and not self.loops

    def add(
        self,
        kind: str,
        bound: BoundLayer,
        inputs: tuple[int, ...],
        span: Span,
        *,
        call: syntax.Call | None = None,
        branch: syntax.Branch | None = None,
        literal: bool = False,
    ) -> int:
        """The index of a new node. Raises Diagnosed SHP109 where there are too many."""
        if len(self.nodes) >= self.most_layers:
            raise Diagnosed(too_many(self.most_layers, span, ""))
        self.begins = False
        index = len(self.nodes)
        literal = literal and self.is_outside
        place = tuple(self.blocks), self.loops
        node = Node(
            index, kind, bound.layer, inputs, bound.text, span, *place, bound.assumed, "", call, literal, branch
        )
        self.nodes.append(node)
        return index

    def iterations(self, span: Span, count: int, *, alike: bool) -> Iterator[int]:
        """The iterations of a loop, while each of which the nodes that are added are of it.

        Where all are `alike`, none follows one that adds nothing, and too many layers are refused after the second: the
        first may have added an INPUT too. Raises Diagnosed SHP109.
        """
        outer, start = self.loops, len(self.nodes)
        for iteration in range(1, count + 1):
            before = len(self.nodes)
            self.loops = (*outer, Loop(span[0], iteration, count))
            yield iteration
            made = len(self.nodes) - before
            if alike and not made:
                break
            in_all = len(self.nodes) + made * (count - iteration)
            if alike and iteration == 2 and in_all > self.most_layers:
                least = counted(in_all - start, "layer")
                raise Diagnosed(too_many(self.most_layers, span, f"this part alone has at least {least}"))
        self.loops = outer

    def shown(self, index: int | None) -> str:
        """A node as the text has it."""
        return "the beginning" if index is None else self.nodes[index].text

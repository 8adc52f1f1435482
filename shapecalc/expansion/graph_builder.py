"""A graph while it is built: the nodes so far, and in which blocks and loops the next one will be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
        self.repeated = 1
        """How many layers the next one stands for: in the first iteration of a repeat, one for every iteration.

        So too many layers are refused before they are made.
        """
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
        if len(self.nodes) + self.repeated > self.most_layers:
            label = f"this layer alone is repeated {self.repeated:,} times" if self.repeated > 1 else ""
            raise Diagnosed(too_many(self.most_layers, span, label))
        self.begins = False
        index = len(self.nodes)
        literal = literal and self.is_outside
        place = tuple(self.blocks), self.loops
        node = Node(
            index, kind, bound.layer, inputs, bound.text, span, *place, bound.assumed, "", call, literal, branch
        )
        self.nodes.append(node)
        return index

    @contextmanager
    def inside_loop(self) -> Iterator[tuple[Loop, ...]]:
        """Goes back to the loops outside at the end; gives them."""
        loops, repeated = self.loops, self.repeated
        yield loops
        self.loops, self.repeated = loops, repeated

    def shown(self, index: int | None) -> str:
        """A node as the text has it."""
        return "the beginning" if index is None else self.nodes[index].text

"""Puts the nodes of a model's own functions in the place of their calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import unreadable
from shapecalc.formats.onnx_model.branches import graphs_of

DEEPEST = 64
"""How deep functions may call each other; exporters nest them as modules are nested."""
MOST_NODES = 200_000
"""Nodes that all calls may become: of functions that call each other twice, each level doubles them."""
Key = tuple[str, str]


def inlined(model: Any) -> Any:
    """The model without functions. Raises Diagnosed SHP010 where they call themselves or become too many nodes."""
    if not model.functions:
        return model
    nodes = _Counter(model.functions).of(model.graph.node, 0)
    if nodes > MOST_NODES:
        raise unreadable(f"the functions of the model become {nodes:,} nodes: {MOST_NODES:,} is the most")
    from onnx import inliner

    try:
        return inliner.inline_local_functions(model)
    except Exception as problem:  # onnx raises errors of several kinds, some of which have no name
        raise unreadable(f"the functions of the model do not fit their calls: {shortened(str(problem), 80)}") from None


class _Counter:
    """How many nodes calls become."""

    def __init__(self, functions: Iterable[Any]) -> None:
        self.bodies = {(f.domain, f.name): f for f in functions}
        self.known: dict[Key, int] = {}
        self.open: set[Key] = set()

    def of(self, nodes: Iterable[Any], depth: int) -> int:
        """All nodes of a graph or a function, those in the branches of an If and in a Loop too. Raises Diagnosed."""
        if depth > DEEPEST:
            raise unreadable(f"the functions of the model call each other more than {DEEPEST} deep")
        total = 0
        for node in nodes:
            key = (node.domain, node.op_type)
            total += self._of_function(key, depth + 1) if key in self.bodies else 1
            total += sum(self.of(graph.node, depth + 1) for graph in graphs_of(node))
        return total

    def _of_function(self, key: Key, depth: int) -> int:
        if key in self.open:
            raise unreadable(f"the function {shortened(key[1])} of the model calls itself")
        if key not in self.known:
            self.open.add(key)
            self.known[key] = self.of(self.bodies[key].node, depth)
            self.open.discard(key)
        return self.known[key]

"""What no program writes into an ONNX model, but a damaged file has: refused before anything is read from it."""

from __future__ import annotations

from typing import Any

from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import unreadable

LATEST = 1_000
"""No version of ONNX' operators has a higher number; there were 26 in the first nine years."""


def check_nodes(onnx: Any, graph: Any, opset: int) -> None:
    """Raises Diagnosed SHP010 for an absurd opset, names that are not UTF-8 or given twice, and nodes that do not fit.

    These have no output, too few inputs, or an attribute of another type than their operator.
    """
    if not 0 < opset <= LATEST:
        raise unreadable(
            f"the model asks for opset {opset:,} of ONNX, and opsets are 1 to {LATEST:,}: the file is damaged"
        )
    values = (*graph.input, *graph.output, *graph.value_info, *graph.initializer)
    nodes = [(n.name, n.op_type, n.domain, *n.input, *n.output, *(a.name for a in n.attribute)) for n in graph.node]
    names = [graph.name, *(value.name for value in values), *(name for found in nodes for name in found)]
    if any(isinstance(name, bytes) for name in names):  # protobuf hands them over as they are
        raise unreadable("a name in the model is not UTF-8, so the file is damaged")
    known: dict[str, tuple[int, dict[str, int]]] = {}
    given: set[str] = set()
    for node in graph.node:
        called = shortened(node.name or node.op_type) or "a node without a name"
        if not node.output:
            raise unreadable(f"{called} gives nothing, so the file is damaged")
        if not given.isdisjoint(node.output):
            raise unreadable(
                f"{called} gives {shortened(next(filter(given.__contains__, node.output)))}, as another node does"
            )
        given.update(filter(None, node.output))
        if node.domain not in ("", "ai.onnx"):
            continue
        if node.op_type not in known:
            known[node.op_type] = _inputs_and_types(onnx, node.op_type, opset)
        least, types = known[node.op_type]
        if len(node.input) < least:
            raise unreadable(f"{called} reads too few tensors: {len(node.input)}, and {node.op_type} reads {least}")
        for attribute in node.attribute:
            wanted = types.get(attribute.name, attribute.type)
            if attribute.type != wanted:
                raise unreadable(f"{called}: {attribute.name} is of another type than {node.op_type} has")


def _inputs_and_types(onnx: Any, kind: str, opset: int) -> tuple[int, dict[str, int]]:
    """How many tensors an operator reads at least, and the type of each attribute; nothing where it is unknown."""
    try:
        schema = onnx.defs.get_schema(kind, opset, "")
    except onnx.defs.SchemaError:
        return 0, {}
    return schema.min_input, {name: int(attribute.type.value) for name, attribute in schema.attributes.items()}

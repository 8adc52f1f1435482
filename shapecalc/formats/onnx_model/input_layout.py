"""How an input of a model lies: what reads it says whether its channels are last, or its steps first."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

MOST_STEPS = 8
"""How many operators on single values are followed."""
SEQUENCE_RANK = 3
FIRST, LAST, STEPS = "channels first", "channels last", "steps first"
ALONG = "along the last axis"
"""Where the channels are last, and either of the others may be the batch."""
SINGLE = ("Cast", "Identity", "Add", "Sub", "Mul", "Div", "Dropout", "QuantizeLinear", "DequantizeLinear")
RECURRENT = ("LSTM", "GRU", "RNN")
CHANNELS_FIRST = (
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "PRelu",
    "BatchNormalization", "InstanceNormalization", "GroupNormalization", "Resize", "Upsample", "DepthToSpace", "LRN",
)  # fmt: skip
"""Operators whose channels follow the batch."""


def layout_of(
    name: str,
    sizes: Sequence[int | None],
    readers: Mapping[str, Sequence[Any]],
    constants: Container[str],
    shapes: Mapping[str, Any],
) -> str:
    """One of the three, on which all readers agree; of several steps with one value each, the one is the batch."""
    names, rank = [name], len(sizes)
    found: set[str] = set()
    for place in range(MOST_STEPS):
        if place == len(names):
            break
        for node in readers.get(names[place], ()):
            if node is not None and node.op_type in SINGLE and len(node.input) < 4:
                names += node.output[:1]
            elif node is not None and node.op_type != "Shape":
                found.add(ALONG if _is_rows(node, sizes, shapes) else _verdict(node, rank, constants))
    found.discard("")
    if found == {ALONG} and rank == SEQUENCE_RANK and sizes[0] != 1 == sizes[1]:
        return STEPS
    found = {LAST if layout == ALONG else layout for layout in found}
    return found.pop() if len(found) == 1 else FIRST


def _is_rows(node: Any, sizes: Sequence[int | None], shapes: Mapping[str, Any]) -> bool:
    """Whether it puts all axes but the last into one, as for a product along the last; `shapes` are constants."""
    wanted = shapes.get(node.input[1]) if node.op_type == "Reshape" and len(node.input) > 1 else None
    return wanted is not None and len(sizes) == SEQUENCE_RANK and wanted.size == 2 and wanted[-1] == sizes[-1]


def _verdict(node: Any, rank: int, constants: Container[str]) -> str:
    """Empty for an operator that reads any layout."""
    given = {attribute.name: attribute for attribute in node.attribute}
    if node.op_type in RECURRENT and rank == SEQUENCE_RANK:
        return LAST if "layout" in given and given["layout"].i else STEPS
    if node.op_type == "Transpose" and "perm" in given:
        order = list(given["perm"].ints)
        turned = rank == SEQUENCE_RANK and order == [1, 0, 2]
        front = rank > SEQUENCE_RANK and order == [0, rank - 1, *range(1, rank - 1)]
        return LAST if turned or front else ""
    if node.op_type == "LayerNormalization" and rank >= SEQUENCE_RANK:
        return ALONG if "axis" not in given or given["axis"].i in (-1, rank - 1) else FIRST
    weighed = node.op_type == "MatMul" and len(node.input) > 1 and node.input[1] in constants
    if weighed and rank >= SEQUENCE_RANK:
        return ALONG
    return FIRST if node.op_type in CHANNELS_FIRST else ""

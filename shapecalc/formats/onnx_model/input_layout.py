"""What a node says of how a tensor that it reads lies: whether its channels are last, or its steps first."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from shapecalc.lowering.program_inputs import ALONG, FIRST, LAST, SEQUENCE_RANK, STEPS

SINGLE = ("Cast", "Identity", "Add", "Sub", "Mul", "Div", "Dropout", "QuantizeLinear", "DequantizeLinear")
RECURRENT = ("LSTM", "GRU", "RNN")
CHANNELS_FIRST = (
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "PRelu",
    "BatchNormalization", "InstanceNormalization", "GroupNormalization", "Resize", "Upsample", "DepthToSpace", "LRN",
)  # fmt: skip
"""Operators whose channels follow the batch."""


def verdict(
    node: Any, _: str, sizes: Sequence[int | None], constants: Container[str], shapes: Mapping[str, Any]
) -> str | Sequence[str]:
    """Of a node that reads a tensor of some sizes; `shapes` are constants, of which one may put all rows into one."""
    rank = len(sizes)
    if node is None or node.op_type == "Shape":
        return ""
    if node.op_type in SINGLE and len(node.input) < 4:
        return list(node.output[:1])
    given = {attribute.name: attribute for attribute in node.attribute}
    if rank == SEQUENCE_RANK and node.op_type == "Reshape" and len(node.input) > 1:
        wanted = shapes.get(node.input[1])
        return ALONG if wanted is not None and wanted.size == 2 and wanted[-1] == sizes[-1] else ""
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

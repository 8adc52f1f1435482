"""How an input of a model lies: what reads it says whether its channels are last, or its steps first."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

MOST_STEPS = 8
"""How many operators on single values are followed."""
SEQUENCE_RANK = 3
FIRST, LAST, STEPS = "channels first", "channels last", "steps first"
SINGLE = ("Cast", "Identity", "Add", "Sub", "Mul", "Div", "Dropout", "QuantizeLinear", "DequantizeLinear")
RECURRENT = ("LSTM", "GRU", "RNN")


def layout_of(name: str, rank: int, readers: Mapping[str, Sequence[Any]], constants: Container[str]) -> str:
    """One of the three, on which all readers agree."""
    names, found = [name], set()
    for place in range(MOST_STEPS):
        if place == len(names):
            break
        for node in readers.get(names[place], ()):
            if node is not None and node.op_type in SINGLE and len(node.input) < 4:
                names += node.output[:1]
            elif node is None or node.op_type != "Shape":
                found.add(FIRST if node is None else _verdict(node, rank, constants))
    return found.pop() if len(found) == 1 else FIRST


def _verdict(node: Any, rank: int, constants: Container[str]) -> str:
    given = {attribute.name: attribute for attribute in node.attribute}
    if node.op_type in RECURRENT and rank == SEQUENCE_RANK:
        return LAST if "layout" in given and given["layout"].i else STEPS
    if node.op_type == "Transpose" and "perm" in given:
        order = list(given["perm"].ints)
        turned = rank == SEQUENCE_RANK and order == [1, 0, 2]
        front = rank > SEQUENCE_RANK and order == [0, rank - 1, *range(1, rank - 1)]
        return LAST if turned or front else FIRST
    if rank != SEQUENCE_RANK:
        return FIRST
    if node.op_type == "LayerNormalization":
        return LAST if "axis" not in given or given["axis"].i in (-1, rank - 1) else FIRST
    weighed = node.op_type == "MatMul" and len(node.input) > 1 and node.input[1] in constants
    return LAST if weighed else FIRST

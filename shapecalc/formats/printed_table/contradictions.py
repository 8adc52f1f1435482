"""Rows whose parameters or sizes cannot be those of their layer."""

from __future__ import annotations

from math import gcd, prod

from shapecalc.core.named_tuple import NamedTuple
from shapecalc.formats.printed_table.asked_rows import Asked
from shapecalc.layers.recurrent import GATES

WITHOUT_PARAMETERS = frozenset({
    "POOL", "GAP", "ADAPTIVEPOOL", "FLATTEN", "DO", "ADD", "MUL", "SUB", "MAX", "CONCAT", "PAD", "CROP", "UPSAMPLE",
    "RESHAPE", "PERMUTE", "RELU", "LRELU", "RELU6", "ELU", "GELU", "SILU", "SIGMOID", "TANH", "SOFTMAX", "LRN",
    "PIXELSHUFFLE", "SHUFFLE", "INPUT", "HSWISH", "HSIGMOID", "SELU", "MISH", "SOFTPLUS",
})  # fmt: skip
"""Layers that never have any."""
KEEPING = frozenset({"BN", "DO", "RELU", "LRELU", "RELU6", "ELU", "GELU", "SILU", "SIGMOID", "TANH", "SOFTMAX", "LN"})
"""Layers that give the size that they read."""


class Contradiction(NamedTuple):
    """What is wrong with a row."""

    code: str
    message: str
    label: str


def contradiction(asked: Asked, name: str, *, certain: bool) -> Contradiction | None:
    """Why no layer of its kind can be such a row; `certain` is whether it is known what it reads."""
    kind, depth, params = asked.named.type.kind, asked.depth, asked.params
    if kind in WITHOUT_PARAMETERS and params:
        return Contradiction(
            "SHP302", f"{name} is printed with {params:,} parameters, and {kind} has none", "0 expected"
        )
    if depth and kind in ("CONV", "FC") and params % depth:
        return Contradiction(
            "SHP302",
            f"{name} is printed with {params:,} parameters, which {depth} outputs do not divide",
            f"{params:,} / {depth} leaves a remainder of {params % depth}",
        )
    if not certain:
        return None
    return _wrong_parameters(asked, name) or _wrong_size(asked, name)


def _wrong_parameters(asked: Asked, name: str) -> Contradiction | None:
    kind, depth, params, before = asked.named.type.kind, asked.depth or 1, asked.params, asked.before
    if kind == "FC":
        values = before.size if before.flat else before.depth
        right = (values + 1) * depth
        if params not in (right, values * depth):
            message = (
                f"{name} is printed with {params:,} parameters, and {depth} units on {values:,} values have {right:,}"
            )
            return Contradiction("SHP302", message, f"{values:,}·{depth} + {depth} = {right:,}")
    if kind == "CONV":
        shared = gcd(before.depth, depth)
        if all(values * shared % (before.depth * depth) or not values for values in (params, params - depth)):
            message = f"{name} is printed with {params:,} parameters, and no filter has so many"
            each = f"{before.depth} channels in and {depth} out"
            return Contradiction("SHP302", message, f"{each}: F·F·{before.depth * depth:,} + {depth}")
    if kind in ("GRU", "LSTM") and asked.framework == "keras":  # explained neither with a bias nor without; RNN is any
        values = before.depth
        right = GATES[kind] * depth * (values + depth + 1)
        message = f"{name} is printed with {params:,} parameters, and {depth} units on {values:,} values have {right:,}"
        return Contradiction("SHP302", message, f"{GATES[kind]}·{depth}·({values} + {depth} + 1) = {right:,}")
    if kind == "BN" and params not in [n * size for n in (2, 3, 4) for size in before.sizes]:
        message = (
            f"{name} is printed with {params:,} parameters, and BN on {before.depth} channels has {4 * before.depth:,}"
        )
        return Contradiction("SHP302", message, f"4·{before.depth} = {4 * before.depth:,}")
    return None


def _wrong_size(asked: Asked, name: str) -> Contradiction | None:
    kind, before, after = asked.named.type.kind, asked.before, asked.after
    if after is None:
        return None
    wrong = kind in KEEPING and after.sizes != before.sizes
    wrong |= kind == "FLATTEN" and after.size != before.size
    wrong |= kind in ("POOL", "GAP", "DWCONV") and after.depth % before.depth != 0
    wrong |= kind in ("POOL", "CONV") and any(a > b for a, b in zip(after.spatial, before.spatial, strict=False))
    if not wrong:
        return None
    shown = f"{prod(before.sizes):,} values" if kind == "FLATTEN" else str(before)
    return Contradiction("SHP301", f"{name} is printed with {after}, and {kind} on {before} does not give that", shown)

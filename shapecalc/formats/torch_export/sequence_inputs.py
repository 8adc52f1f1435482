"""What an operation says of how a tensor that it reads lies: whether its channels are last, or its steps first."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from shapecalc.formats.torch_export.arguments import Operation
from shapecalc.formats.torch_export.sequence_operations import KINDS
from shapecalc.lowering.program_inputs import ALONG, FIRST, LAST, SEQUENCE_RANK, STEPS

ALONG_LAST = ("linear", "layer_norm", "rms_norm", "matmul")
"""Operations that work along the last axis."""
SINGLE = ("dropout", "relu", "gelu", "pow", "add", "mul", "sub", "div", "alias", "contiguous", "clone", "to")
CHANNELS_FIRST = (
    "conv", "max_pool", "avg_pool", "adaptive_", "batch_norm", "instance_norm", "group_norm", "upsample", "prelu",
)  # fmt: skip
"""How operations begin whose channels follow the batch."""


def verdict(reader: Operation, name: str, shape: Sequence[int]) -> str | Sequence[str]:
    """Of an operation that reads a tensor of a shape by a name."""
    rank = len(shape)
    if reader.name in SINGLE:
        return reader.outputs
    if reader.name in KINDS and rank >= SEQUENCE_RANK:
        steps = reader.tensor("input") == name and not reader.value("batch_first") and rank == SEQUENCE_RANK
        return STEPS if steps else LAST
    if reader.name in ALONG_LAST and rank >= SEQUENCE_RANK:
        return ALONG if not reader.name.endswith("norm") or len(reader.wholes("normalized_shape")) == 1 else FIRST
    if reader.name == "view" and reader.wholes("size") == (prod(shape[:-1]), shape[-1]) and rank == SEQUENCE_RANK:
        return ALONG  # for a product along the last axis
    turned = False
    if reader.name == "mean" and reader.value("keepdim"):
        turned = [n % rank for n in reader.wholes("dim")] == [rank - 1]
    elif reader.name == "permute":
        order = [1, 0, 2] if rank == SEQUENCE_RANK else [0, rank - 1, *range(1, rank - 1)]
        turned = [n % rank for n in reader.wholes("dims")] == order
    elif reader.name == "transpose" and rank == SEQUENCE_RANK:
        turned = {reader.whole(key, 0) % rank for key in ("dim0", "dim1")} == {0, 1}
    return LAST if turned else FIRST if reader.name.startswith(CHANNELS_FIRST) else ""

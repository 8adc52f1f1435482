"""Whether an input of a program has its channels last: what reads it says so."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from shapecalc.formats.torch_export.arguments import Operation
from shapecalc.formats.torch_export.sequence_operations import KINDS

MOST_STEPS = 8
"""How many operations on single values are followed."""
LAST = ("linear", "layer_norm", "rms_norm", "matmul", *KINDS)
"""Operations that work along the last axis."""
SINGLE = ("dropout", "relu", "gelu", "pow", "add", "mul", "sub", "div", "alias", "contiguous", "clone", "to")
CHANNELS_FIRST = (
    "conv", "max_pool", "avg_pool", "adaptive_", "batch_norm", "instance_norm", "group_norm", "upsample", "prelu",
)  # fmt: skip
"""How operations begin whose channels follow the batch."""
SEQUENCE_RANK = 3


def has_channels_last(name: str, shape: Sequence[int], operations: Sequence[Operation]) -> bool:
    """Whether all that reads a tensor takes its last axis for the channels, or turns it to the front."""
    names = {name}
    for _ in range(MOST_STEPS):
        readers = [operation for operation in operations if names & set(operation.tensors())]
        more = {output for reader in readers if reader.name in SINGLE for output in reader.outputs} - names
        if not more:
            found = {_verdict(reader, shape) for reader in readers if reader.name not in SINGLE}
            return found - {None} == {True}
        names |= more
    return False


def has_steps_first(name: str, shape: Sequence[int], operations: Sequence[Operation], *, last: bool) -> bool:
    """Whether all that reads a tensor are recurrent layers which take its first axis for the steps.

    Or its channels are last, and of several steps each has one value: that one is the batch.
    """
    if len(shape) != SEQUENCE_RANK:
        return False
    readers = [operation for operation in operations if name in operation.tensors()]
    along = last and not any(reader.name in (*KINDS, "transpose") for reader in readers)
    return (along and shape[0] != 1 == shape[1]) or (
        bool(readers)
        and all(
            reader.name in KINDS and reader.tensor("input") == name and not reader.value("batch_first")
            for reader in readers
        )
    )


def _verdict(reader: Operation, shape: Sequence[int]) -> bool | None:
    """None for an operation that reads any layout."""
    rank = len(shape)
    if reader.name in LAST and rank >= SEQUENCE_RANK:
        return not reader.name.endswith("norm") or len(reader.wholes("normalized_shape")) == 1
    if reader.name == "view" and reader.wholes("size") == (prod(shape[:-1]), shape[-1]) and rank == SEQUENCE_RANK:
        return True  # for a product along the last axis
    if reader.name == "mean" and reader.value("keepdim"):
        return [n % rank for n in reader.wholes("dim")] == [rank - 1] or None
    if reader.name == "permute":
        turned = [1, 0, 2] if rank == SEQUENCE_RANK else [0, rank - 1, *range(1, rank - 1)]
        return [n % rank for n in reader.wholes("dims")] == turned or None
    if reader.name == "transpose" and rank == SEQUENCE_RANK:
        return {reader.whole(key, 0) % rank for key in ("dim0", "dim1")} == {0, 1} or None
    return False if reader.name.startswith(CHANNELS_FIRST) else None

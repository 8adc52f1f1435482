"""Whether an input of a program has its channels last: what reads it says so."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.formats.torch_export.arguments import Operation

MOST_STEPS = 8
"""How many operations on single values are followed."""
RECURRENT = ("lstm", "gru", "rnn_tanh", "rnn_relu")
LAST = ("linear", "layer_norm", "matmul", *RECURRENT)
"""Operations that work along the last axis."""
SINGLE = ("dropout", "relu", "gelu", "add", "mul", "sub", "div", "alias", "contiguous", "clone", "to")
SEQUENCE_RANK = 3


def has_channels_last(name: str, rank: int, operations: Sequence[Operation]) -> bool:
    """Whether all that reads a tensor takes its last axis for the channels, or turns it to the front."""
    names = {name}
    for _ in range(MOST_STEPS):
        readers = [operation for operation in operations if names & set(operation.tensors())]
        more = {output for reader in readers if reader.name in SINGLE for output in reader.outputs} - names
        if not more:
            found = [_verdict(reader, rank) for reader in readers if reader.name not in SINGLE]
            return bool(found) and all(found)
        names |= more
    return False


def has_steps_first(name: str, rank: int, operations: Sequence[Operation]) -> bool:
    """Whether all that reads a tensor are recurrent layers which take its first axis for the steps."""
    readers = [operation for operation in operations if name in operation.tensors()]
    return (
        rank == SEQUENCE_RANK
        and bool(readers)
        and all(
            reader.name in RECURRENT and reader.tensor("input") == name and not reader.value("batch_first")
            for reader in readers
        )
    )


def _verdict(reader: Operation, rank: int) -> bool:
    if reader.name in LAST:
        return rank == SEQUENCE_RANK
    if reader.name == "permute":
        return rank > SEQUENCE_RANK and [n % rank for n in reader.wholes("dims")] == [0, rank - 1, *range(1, rank - 1)]
    if reader.name == "transpose" and rank == SEQUENCE_RANK:
        return {reader.whole(key, 0) % rank for key in ("dim0", "dim1")} == {0, 1}
    return False

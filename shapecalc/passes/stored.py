"""What a file says of the values in its network: where the arrays of its layers are, and how they lie there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from shapecalc.core.named_tuple import NamedTuple

ArrayKey: TypeAlias = tuple[str | int, ...]
"""By what a format finds an array in a file."""
Arrange: TypeAlias = Callable[[Any], Any]
"""From an array of NumPy as the file has it to one whose values are in our order."""


class StoredArray(NamedTuple):
    """An array of a layer in a file."""

    key: ArrayKey
    arrange: Arrange


class StoredTensor(NamedTuple):
    """An input or an output of the program in a file."""

    name: str
    last: bool
    """Channels are the last axis; else they follow the batch."""
    steps: bool = False
    """The positions of a sequence are the first axis, and the batch the second."""


def as_it_is(array: Any) -> Any:
    """The same array."""
    return array


class Stored:
    """All that a file states of values. A reader fills it while it reads; nothing of it is needed to count."""

    def __init__(self) -> None:
        self.arrays: dict[int, dict[str, StoredArray]] = {}
        """By node, then by the name that the layer has for it."""
        self.channels_first: dict[int, bool] = {}
        """For nodes that put values in a row, or a row into a volume: whether the file counts channels first."""
        self.differing: dict[int, str] = {}
        """Nodes that compute other values in the file than the layer that they are read as, and why."""
        self.inputs: dict[int, StoredTensor] = {}
        self.outputs: dict[str, tuple[int, StoredTensor]] = {}
        """By name: the node that gives it."""

    def hold(self, node: int, arrays: Mapping[str, StoredArray]) -> None:
        """Takes down where the arrays of a node are."""
        self.arrays.setdefault(node, {}).update(arrays)

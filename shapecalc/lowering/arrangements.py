"""From the axes in which programs keep weights to ours: extents width first, then channels of a group, then filters.

Values are put in order only; whoever loads them gives them the shape that the layer states.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from shapecalc.passes.graph import Arrange


def reversed_axes(array: Any) -> Any:
    """A kernel of filters x channels x … x height x width, as ONNX and PyTorch have it, or rows of a product."""
    return array.T


def positions_outwards(array: Any) -> Any:
    """A volume of an image x … x height x width x channels, whose width is to come first."""
    rank = array.ndim - 2
    return array.transpose(0, *range(rank, 0, -1), rank + 1) if rank > 0 else array


def swapped_extents(array: Any) -> Any:
    """A kernel of height x width x channels x filters, as Keras has it."""
    rank = array.ndim - 2
    return array.transpose(*reversed(range(rank)), rank, rank + 1)


def depthwise(array: Any) -> Any:
    """A depthwise kernel of Keras: height x width x channels x multiplier; all of a channel's filters follow it."""
    rank = array.ndim - 2
    turned = array.transpose(*reversed(range(rank)), rank, rank + 1)
    return turned.reshape(*turned.shape[:rank], -1)


def transposed_last(array: Any) -> Any:
    """A transposed kernel of Keras: height x width x filters x channels."""
    rank = array.ndim - 2
    return array.transpose(*reversed(range(rank)), rank + 1, rank)


def transposed_first(groups: int) -> Arrange:
    """A transposed kernel of ONNX: channels x filters of a group x … x height x width."""

    def arrange(array: Any) -> Any:
        channels, filters, *extents = array.shape
        parts = array.reshape(groups, channels // groups, filters, *extents)
        spatial = range(len(parts.shape) - 1, 2, -1)
        return parts.transpose(*spatial, 1, 0, 2)

    return arrange


def broadcast_to(length: int, factor: float = 1.0) -> Arrange:
    """One number for each of so many channels, from as many or from one, times a factor."""

    def arrange(array: Any) -> Any:
        row = array.reshape(-1) * factor
        return row.repeat(length) if row.size == 1 < length else row

    return arrange


def scaled(arrange: Arrange, factor: float) -> Arrange:
    """The same, times a factor."""
    return arrange if factor == 1 else lambda array: arrange(array) * factor


def table_of(window: Sequence[int], *, width_first: bool = False) -> Arrange:
    """From a bias for each head and two positions of a window, height first, to one for each distance and head.

    Positions that are counted along the width first are those of a row that became an image. The heads may come
    last. Raises ValueError where positions that are as far apart have others.

    >>> import numpy as np
    >>> table_of((2,))(np.array([[[5, 4], [6, 5]]])).tolist()
    [[4.0], [5.0], [6.0]]
    """

    def arrange(array: Any) -> Any:
        import numpy as np  # takes longer to load than a file without values takes to read

        from shapecalc.numerics.dot_product_attention import offsets_of

        rank, inner = len(window), prod(window)
        heads_first = array.T if array.shape[0] == inner**2 else array
        values = heads_first.reshape(-1, *reversed(window), *reversed(window))
        turned = values if width_first else values.transpose(0, *range(rank, 0, -1), *range(2 * rank, rank, -1))
        outwards = turned.reshape(-1, inner, inner)
        index = offsets_of(window)
        table = np.zeros((int(index.max()) + 1, len(outwards)), np.float32)
        table[index] = np.moveaxis(outwards, 0, -1)
        if not np.array_equal(np.moveaxis(table[index], -1, 0), outwards):
            raise ValueError("its biases are not those of distances")
        return table

    return arrange

"""In which order a file counts the values of rows that were volumes: height or channels first, where ours is width."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import shortened
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Report, Row
from shapecalc.passes.stored import Stored

Order = NDArray[np.int64]
Orders = dict[int, Order]
"""By node: which value of the file each of ours is; nodes of one order are not in it."""


class OrderUnknown(ValueError):
    """A layer reads values in an order that nothing makes up for."""


def order_of(volume: Volume, *, channels_first: bool) -> Order | None:
    """Which value of the file each of ours is when a volume is put in a row; None where both count alike.

    >>> order_of(Volume((2, 1), 3), channels_first=True)  # two columns of three channels
    array([0, 2, 4, 1, 3, 5])
    >>> order_of(Volume((2, 3), 1), channels_first=False)  # three rows of two columns
    array([0, 2, 4, 1, 3, 5])
    >>> order_of(Volume((1, 1), 3), channels_first=True) is None
    True
    """
    rank, numbers = len(volume.spatial), np.arange(volume.size)
    outwards = volume.spatial[::-1]
    if channels_first:
        order = numbers.reshape(volume.depth, *outwards).transpose()
    else:
        order = numbers.reshape(*outwards, volume.depth).transpose(*reversed(range(rank)), rank)
    flat = order.reshape(-1)
    return None if (flat == numbers).all() else flat


def value_orders(report: Report, graph: Graph, stored: Stored) -> Orders:
    """The orders of all rows of values. Raises OrderUnknown."""
    walk = _Walk(report, graph, stored)
    for row in report.rows:
        walk.visit(row)
    return walk.orders


class _Walk:
    def __init__(self, report: Report, graph: Graph, stored: Stored) -> None:
        self.report, self.stored = report, stored
        self.readers = graph.consumers()
        self.owners = {node.shares for node in graph.nodes}
        self.orders: Orders = {}

    def visit(self, row: Row) -> None:
        node = row.node
        reading = [self.orders.get(source) for source in node.inputs]
        if node.index in self.stored.channels_first:
            self._rearranged(row, reading[0])
        elif any(order is not None for order in reading):
            self._carried(row, reading)

    def _rearranged(self, row: Row, order: Order | None) -> None:
        """A row of a volume has its order; a volume needs that of its own axes in the row that it is made of."""
        (before,), after, first = _known(row), row.output, self.stored.channels_first[row.node.index]
        assert after is not None
        if order is None and not before.flat:
            order = order_of(before, channels_first=first)
        if after.positions == 1:
            if order is not None:
                self.orders[row.node.index] = order
            return
        wanted = order_of(after, channels_first=first)
        if _same(order, wanted):
            return
        if order is not None or wanted is None or not self._ordered_before(row.node.inputs[0], wanted):
            raise OrderUnknown(f"{shortened(row.node.name)} puts values into {after} in another order than the file")

    def _ordered_before(self, index: int, wanted: Order) -> bool:
        """Gives a row its order where it comes out of a product, through layers of single values; whether it does."""
        chain = []
        while True:
            row = self.report.rows[index]
            layer, node = row.node.layer, row.node
            alone = len(self.readers[index]) == 1 and index not in self.owners and node.shares is None
            if not alone or layer is None or len(node.inputs) != 1:
                return False
            chain.append(index)
            if _has_kernel(row):
                self.orders.update(dict.fromkeys(chain, wanted))
                return True
            if not layer.is_pointwise:
                return False
            index = node.inputs[0]

    def _carried(self, row: Row, reading: list[Order | None]) -> None:
        """Single values keep their order, parts that are joined follow each other, and products need none."""
        layer, out = row.node.layer, row.output
        assert layer is not None
        assert out is not None
        arriving = _known(row)
        if len(reading) == 1 and _has_kernel(row) and arriving[0].positions == 1:
            return
        first, sizes = reading[0], [volume.size for volume in arriving]
        if (len(reading) == 1 and layer.is_pointwise) or (
            len(reading) > 1 and out.size == sizes[0] and all(_same(first, order) for order in reading)
        ):
            assert first is not None
            self.orders[row.node.index] = first
        elif len(reading) > 1 and out.size == sum(sizes):
            starts = np.cumsum([0, *sizes[:-1]])
            parts = [np.arange(n) if o is None else o for n, o in zip(sizes, reading, strict=True)]
            self.orders[row.node.index] = np.concatenate([p + s for p, s in zip(parts, starts, strict=True)])
        else:
            raise OrderUnknown(f"{shortened(row.node.name)} reads values in the order in which the file counts them")


def _known(row: Row) -> list[Volume]:
    return [volume for volume in row.inputs if volume is not None]


def _has_kernel(row: Row) -> bool:
    return any(weight.role == "kernel" for weight in row.used_arrays)


def _same(one: Order | None, other: Order | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))

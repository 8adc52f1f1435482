"""In which order a file counts the values of rows that were volumes: height or channels first, where ours is width."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapecalc.core.layer import POINTWISE, Volume
from shapecalc.core.phrases import shortened
from shapecalc.passes.graph import Graph, Stored
from shapecalc.passes.report import Report, Row

Order = NDArray[np.int64]


class Orders(dict[int, Order]):
    """By node: which value of the file each of ours is; nodes of one order are not in it."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[int, Order] = {}
        """The same for the positions of sequences that were images, whose values keep their channels."""


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
        self.orders = Orders()
        self.places = self.orders.places

    def visit(self, row: Row) -> None:
        node = row.node
        if self._is_of_places(row):
            return
        reading = [self.orders.get(source) for source in node.inputs]
        if node.index in self.stored.channels_first:
            self._rearranged(row, reading[0])
        elif any(order is not None for order in reading):
            self._carried(row, reading)

    def _is_of_places(self, row: Row) -> bool:
        """Whether positions of an image in a row arrive or come out: what comes out has their order."""
        node, out, volumes = row.node, row.output, row.volumes
        reading = [self.places.get(source) for source in node.inputs]
        if out is None or not volumes:
            return False
        if _swaps_positions(row):
            return self._turned(node.index, node.inputs[0])
        alone = len(reading) == 1 and reading[0] is None and node.inputs[0] not in self.orders
        if node.index in self.stored.channels_first and alone:
            (before,) = volumes
            of_each, first = before.depth // out.depth, self.stored.channels_first[node.index]
            if len(out.spatial) == 1 < len(before.spatial) and out.depth * of_each == before.depth:
                if of_each > 1 and first:  # parts of the channels become positions
                    return False
                order = order_of(before._replace(depth=of_each), channels_first=of_each == 1)
                self.places.update({} if order is None else {node.index: order})
                return True
        order = next((order for order in reading if order is not None), None)
        if order is None:
            return False
        if node.layer.kind == "LEARNED":  # of what arrives only the size is read
            return True
        if node.index in self.stored.channels_first:
            given = self._out_of_places(row, order)
        else:
            given = self._in_order_of(row, order)
        if given is None:
            raise OrderUnknown(f"{shortened(node.name)} reads positions in the order in which the file counts them")
        if out.positions > 1 and not np.array_equal(given, np.arange(len(given))):
            self.places[node.index] = given
        return True

    def _turned(self, index: int, source: int) -> bool:
        """Positions of a sequence as its channels, and the other way round: their orders change places too."""
        places, values = self.places.get(source), self.orders.get(source)
        self.orders.update({} if places is None else {index: places})
        self.places.update({} if values is None else {index: values})
        return places is not None or values is not None

    def _out_of_places(self, row: Row, order: Order) -> Order | None:
        """The order of positions that keep their axis, become an image again, or one row with their channels.

        None for other shapes: they mix the positions with other axes.
        """
        (before,), after, first = row.volumes, row.output, self.stored.channels_first[row.node.index]
        assert after is not None
        if first and before.spatial[0] == after.spatial[0] == len(order):  # the last axis of the file
            return order
        if len(before.spatial) > 1:
            return None
        if after.positions == 1:
            numbers = np.arange(before.size)
            values = numbers.reshape(before.depth, -1).T if first else numbers.reshape(-1, before.depth)
            self.orders[row.node.index] = values[order].reshape(-1)
            return order
        wanted = order_of(after._replace(depth=1), channels_first=True)
        return np.arange(len(order)) if after.depth == before.depth and _same(order, wanted) else None

    def _in_order_of(self, row: Row, order: Order) -> Order | None:
        """The order of the positions that come out where these arrive; None where a layer hangs on it."""
        node, out, volumes = row.node, row.output, row.volumes
        assert out is not None
        layer: Any = node.layer
        if len(volumes) == 1 and layer.access(volumes[0]) == (POINTWISE,) * len(volumes[0].spatial):
            return order
        if layer.kind == "SLICE":
            part = order[layer.start : layer.stop]
            within = np.array_equal(np.sort(part), np.arange(layer.start, layer.start + len(part)))
            return part - layer.start if within else None
        if layer.kind == "GAP":
            return order
        if layer.kind == "ATTENTION":
            sources = node.inputs if len(node.inputs) > 1 else node.inputs * 3  # or the thirds of one
            query, key, value = (self.places.get(source) for source in sources)
            if not _same(key, value) or not layer.is_global or layer.relative:
                return None
            return np.arange(out.positions) if query is None else query
        if len(volumes) > 1 and out.positions == sum(volume.positions for volume in volumes):
            starts = np.cumsum([0, *(volume.positions for volume in volumes[:-1])])
            parts = [self.places.get(i, np.arange(v.positions)) for i, v in zip(node.inputs, volumes, strict=True)]
            return np.concatenate([part + start for part, start in zip(parts, starts, strict=True)])
        for source, volume in zip(node.inputs, volumes, strict=True):
            learned = self.report.rows[source].node.kind == "LEARNED" and volume.positions == len(order)
            if learned and self.places.setdefault(source, order) is not order:
                return None
            if volume.positions > 1 and not _same(order, self.places.get(source)):
                turned = self.report.rows[source]
                if source in self.places or not _swaps_positions(turned) or len(self.readers[source]) > 1:
                    return None
                if not self._ordered_before(turned.node.inputs[0], order):
                    return None
                self.places[source] = order
        return order if layer.merges and out.positions == len(order) else None

    def _rearranged(self, row: Row, order: Order | None) -> None:
        """A row of a volume has its order; a volume needs that of its own axes in the row that it is made of."""
        (before,), after, first = row.volumes, row.output, self.stored.channels_first[row.node.index]
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
            if not alone or len(node.inputs) != 1:
                return False
            chain.append(index)
            if _is_product(row) and row.output is not None and row.output.depth == len(wanted):
                self.orders.update(dict.fromkeys(chain, wanted))
                return True
            if row.kernels or not layer.is_pointwise:
                return False
            index = node.inputs[0]

    def _carried(self, row: Row, reading: list[Order | None]) -> None:
        """Single values keep their order, parts that are joined follow each other, and products need none."""
        layer, out = row.node.layer, row.output
        assert out is not None
        arriving = row.volumes
        if len(reading) == 1 and _is_product(row):
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


def _is_product(row: Row) -> bool:
    """Whether each value that comes out is a sum over all channels of one position, or over a row of values."""
    volume = row.arriving
    if volume is None or not row.kernels:
        return False
    return all(volume.positions == 1 or prod(kernel.shape[:-1]) == volume.depth for kernel in row.kernels)


def _swaps_positions(row: Row) -> bool:
    """Whether it is a PERMUTE of positions in a row and their channels."""
    layer: Any = row.node.layer
    return row.node.kind == "PERMUTE" and tuple(layer.order) == (2, 1)


def _same(one: Order | None, other: Order | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))

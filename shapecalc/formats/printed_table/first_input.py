"""The size of an input that a table leaves out, from its first row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import counted
from shapecalc.formats.printed_table.printed_rows import PrintedRow, PrintedTable
from shapecalc.layers.recurrent import GATES
from shapecalc.registry import NamedType

USUAL = (
    28, 32, 48, 64, 84, 96, 100, 128, 150, 160, 180, 192, 200, 224, 227, 240, 256, 299, 300, 320, 384, 416, 448, 512,
)  # fmt: skip
"""Sizes of images that are in use."""
CHANNELS = (3, 1, 4, 2)
LARGEST_FILTER = 32
"""That of patches, which are cut without overlap."""
LARGEST_STRIDE = 4
MOST_STACKED = 8
"""Layers of a recurrent module."""


def input_of(
    row: PrintedRow, named: NamedType, after: Volume | None, table: PrintedTable
) -> tuple[int | None, ...] | None:
    """Width x height x depth of what the first row reads, None for one that is open; None where nothing tells it."""
    if after is None:
        return _of_open_row(row, named, table)
    if row.read and None not in row.read:
        sizes = [n for n in row.read if n is not None]
        return (*sizes[:0:-1], sizes[0]) if len(sizes) > 1 else (*(1,) * len(after.spatial), *sizes)
    kind = named.type.kind
    if kind == "EMBEDDING":
        return (*after.spatial, 1)
    if kind == "FC":
        units = after.depth
        values = (row.params - units if row.params % units == 0 else row.params) // units
        return (*after.spatial, values) if values > 0 else None
    if kind in GATES:  # where the last step alone is given, nothing says how many there are
        return (*((None,) if after.flat else after.spatial), _arriving(kind, row.params, after.depth, table.framework))
    if kind == "CONV":
        return _of_convolution(row.params, after, table)
    return None if kind in ("POOL", "DWCONV", "SEPCONV", "UPCONV", "RESHAPE", "GAP") else after.sizes


def _of_open_row(row: PrintedRow, named: NamedType, table: PrintedTable) -> tuple[int | None, ...] | None:
    """An Embedding reads indices, a recurrent layer as many values a step as it has weights for."""
    kind, units = named.type.kind, row.shape[-1] if row.shape else None
    if units is None or len(row.shape) < 2:
        return None
    depth = 1 if kind == "EMBEDDING" else None
    if kind in GATES:
        depth = _arriving(kind, row.params, units, table.framework)
    return (*(None,) * (len(row.shape) - 1), depth)


def _arriving(kind: str, params: int, units: int, framework: str) -> int | None:
    """How many values a step a recurrent layer reads: gates · units · (values + units + biases) are its parameters.

    PyTorch has two biases a gate, Keras one, and two in its GRU.

    >>> _arriving("GRU", 3 * 20 * (11 + 20 + 2), 20, "keras"), _arriving("LSTM", 4 * 20 * (11 + 20 + 2), 20, "torch")
    (11, 11)
    """
    values, rest = divmod(params, GATES[kind] * units)
    values -= units + (2 if kind == "GRU" or framework == "torch" else 1)
    return values if not rest and values > 0 else None


def stacked(kind: str, params: int, taken: Volume, after: Volume | None) -> str:
    """What a recurrent module of PyTorch may read as well, with more layers or both directions; empty for others.

    A row says of them no more than their parameters: a later layer reads what all directions of the one before give.

    >>> stacked("LSTM", 4 * 16 * (8 + 16 + 2) + 4 * 16 * (16 + 16 + 2), Volume((20,), 42), Volume((20,), 16))
    ' (2 layers on 20x8 are as many weights)'
    """
    if kind not in GATES or after is None:
        return ""
    for ways, layers in product((1, 2), range(1, MOST_STACKED + 1)):
        each, rest = divmod(after.depth, ways)
        later = (layers - 1) * ways * GATES[kind] * each * (after.depth + each + 2)
        values, more = divmod(params - later, ways * GATES[kind] * max(each, 1))
        if layers * ways > 1 and not rest and not more and values > each + 2:
            read = Volume(taken.spatial, values - each - 2)
            both = " of both directions" if ways > 1 else ""
            return f" ({counted(layers, 'layer')}{both} on {read} {'is' if layers == 1 else 'are'} as many weights)"
    return ""


def _of_convolution(params: int, after: Volume, table: PrintedTable) -> tuple[int, ...] | None:
    """The filter and the channels follow from the parameters, the size from what the filter gives."""
    rank = len(after.spatial)
    for extent, depth in _filters(params, after.depth, rank):
        sizes = [_sizes(size, extent, table.framework) for size in after.spatial]
        if table.input_values is None:
            together = [*zip(*sizes, strict=True)]
            return (*next((s for s in together if set(s) <= set(USUAL)), together[0]), depth)
        least, most = table.input_values
        fitting = [options for options in zip(*sizes, strict=True) if least <= prod(options) * depth <= most]
        if fitting:
            return (*next((s for s in fitting if set(s) <= set(USUAL)), fitting[0]), depth)
    return None


def _filters(params: int, filters: int, rank: int) -> Iterator[tuple[int, int]]:
    """Extent and channels of a convolution with so many parameters: images' channels first, then the fewest."""
    each = [values // filters for values in (params - filters, params) if values >= filters and not values % filters]
    extents = range(LARGEST_FILTER, 0, -1)
    found = {(e, values // e**rank) for values in each for e in extents if values % e**rank == 0}
    order = {depth: place for place, depth in enumerate(CHANNELS)}
    fitting = (pair for pair in found if pair[1] in order or pair[1] > max(CHANNELS))
    yield from sorted(fitting, key=lambda pair: (order.get(pair[1], pair[1] + len(order)), -pair[0]))


def _sizes(after: int, extent: int, framework: str) -> Sequence[int]:
    """Sizes that a filter makes `after` of: without padding and with it, at every stride."""
    found: list[int] = []
    for stride in [*range(1, LARGEST_STRIDE + 1), *([extent] if extent > LARGEST_STRIDE else [])]:
        whole = (after - 1) * stride + extent
        kept = after * stride
        pairs = [whole, kept] if framework == "keras" else [kept, whole - 2 * ((extent - 1) // 2), whole]
        found += pairs
    return found

"""The graph of a printed table's rows: layers of ours where the row before explains a row, else as they are printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.window import ShapeError
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.expansion.options import Options
from shapecalc.formats.printed_table.printed_rows import PrintedRow, printed_rows
from shapecalc.lowering.assembler import Assembler
from shapecalc.passes.graph import Graph
from shapecalc.registry import by_name, layer_names

FILTERS = range(1, 12)
"""Extents that are tried."""
STRIDES = (1, 2, 3, 4)


def graph(text: str, options: Options) -> Graph:
    """The rows as a graph. Raises Diagnosed SHP010 where the table has none."""
    counts, rows = printed_rows(text)
    if not rows:
        raise Diagnosed(report("SHP010", "the table has a head and no rows"))
    reader = _Reader(counts, Assembler(options))
    for row in rows:
        reader.row(row)
    reader.say_what_was_assumed()
    reader.compare_total(text, rows)
    return reader.nodes.graph()


class _Reader:
    def __init__(self, counts: str, nodes: Assembler) -> None:
        self.counts, self.nodes = counts, nodes
        self.assumed: list[str] = []
        self.as_printed: list[str] = []
        self.last: int | None = None

    def row(self, row: PrintedRow) -> None:
        """Adds the layer of a row."""
        volume = self.volume(row)
        known = by_name(self.kind(row))
        if known is not None and known.type.starts:
            sizes = (*row.shape[-2::-1], row.shape[-1]) if len(row.shape) > 1 else (1, *row.shape)
            self.last = self.nodes.input(sizes, row.span, row.name)
            return
        before = self.nodes.volumes[self.last] if self.last is not None else None
        found = self.explained(row, before, volume) if before is not None and not row.again else None
        if found is None:
            self.opaque(row, volume)
            return
        kind, arguments, ways = found
        assert self.last is not None
        self.last = self.nodes.add(kind, (self.last,), row.span, row.name, **arguments)
        if volume is not None:
            self.nodes.claim(self.last, "volume", str(volume))
        if ways > 1:
            self.assumed.append(row.name or row.kind)

    def opaque(self, row: PrintedRow, volume: Volume | None) -> None:
        """A row that is taken as it is printed, and checked by itself."""
        inputs = () if self.last is None else (self.last,)
        trained, buffers = self.split(row, volume)
        if row.again:
            trained = buffers = 0
        self.last = self.nodes.opaque(
            row.kind, inputs, row.span, row.name, volume=volume, params=trained, buffers=buffers
        )
        self.as_printed.append(row.name or row.kind)
        units = (row.shape[-1] or 0) if row.kind in ("Dense", "Linear") and row.shape else volume.depth if volume else 0
        if units and row.params % units and row.kind.startswith(("Conv", "Dense", "Linear", "BatchNorm")):
            self.nodes.report(
                "SHP302",
                f"{row.name} is printed with {row.params:,} parameters, which {units} outputs do not divide",
                self.last,
                label=f"{row.params:,} / {units} leaves a remainder of {row.params % units}",
            )

    def say_what_was_assumed(self) -> None:
        """One note for all rows whose filters are a guess, and one for those that are taken as printed."""
        if self.assumed:
            first = ", ".join(self.assumed[:5])
            message = f"more than one filter, stride or padding explains {len(self.assumed)} rows: {first}"
            self.nodes.report("SHP507", message, 0, severity="note", notes=("the smallest filter is assumed",))
        if self.as_printed:
            first = ", ".join(self.as_printed[:5])
            message = f"{len(self.as_printed)} rows are not explained by the row before, and taken as printed: {first}"
            self.nodes.report("SHP507", message, 0, severity="note")

    def compare_total(self, text: str, rows: list[PrintedRow]) -> None:
        """Warns where the rows do not add up to the total below: a part that holds others may own weights itself."""
        total = re.search(r"Total params:\s*([\d,]+)", text)
        stated = int(total.group(1).replace(",", "")) if total else None
        found = sum(row.params for row in rows if not row.again)
        if stated is not None and stated != found:
            message = f"the table states {stated:,} parameters in all, and its rows add up to {found:,}"
            self.nodes.report("SHP303", message, 0, severity="warning")

    # --- one row ------------------------------------------------------------------------------

    def kind(self, row: PrintedRow) -> str:
        """The class of a row, completed where the table was too narrow for it."""
        if by_name(row.kind) is not None:
            return row.kind
        longer = {layer for name, (layer, _) in layer_names().items() if name.startswith(row.kind.upper())}
        names = [n for n in layer_names() if n.startswith(row.kind.upper())]
        return min(names, key=len) if len(longer) == 1 and len(row.kind) > 6 else row.kind

    def volume(self, row: PrintedRow) -> Volume | None:
        """Width x height x depth; None where a size is open."""
        sizes = [n for n in row.shape if n is not None]
        if len(sizes) < len(row.shape) or not sizes:
            return None
        if len(sizes) == 1:
            rank = self._rank()
            return Volume((1,) * rank, sizes[0], flat=True)
        depth_first = self.counts == "torch"
        spatial, depth = (sizes[:0:-1], sizes[0]) if depth_first else (sizes[-2::-1], sizes[-1])
        return Volume(tuple(spatial), depth)

    def _rank(self) -> int:
        volumes = [v for v in self.nodes.volumes if v is not None]
        return len(volumes[-1].spatial) if volumes else 2

    def split(self, row: PrintedRow, volume: Volume | None) -> tuple[int, int]:
        """Trained parameters and running statistics: torch prints only the first, Keras both."""
        if not self.kind(row).upper().startswith("BATCHNORM") or volume is None:
            return row.params, 0
        statistics = 2 * volume.depth
        return (row.params - statistics, statistics) if self.counts == "keras" else (row.params, statistics)

    def explained(
        self, row: PrintedRow, before: Volume, after: Volume | None
    ) -> tuple[str, dict[str, Any], int] | None:
        """The smallest layer that makes the row of the volume before it, and how many do; None where none does."""
        named = by_name(self.kind(row))
        if named is None or named.type.merges or after is None:
            return None
        trained, buffers = self.split(row, after)
        fitting = []
        for arguments in _candidates(named.type.kind, before, after):
            try:
                layer = named.type(**{**named.type.defaults(arguments), **named.implied, **arguments})
                output, arrays = layer.output(before), layer.weights(before)
            except (ShapeError, ValueError, ZeroDivisionError):
                continue
            state = sum(a.size for a in arrays if a.role == "running")
            if output.sizes == after.sizes and (sum(a.size for a in arrays) - state, state) == (trained, buffers):
                fitting.append(arguments)
                if len(fitting) > 1:
                    break
        return (named.shown, fitting[0], len(fitting)) if fitting else None


def _candidates(kind: str, before: Volume, after: Volume) -> Iterator[dict[str, Any]]:
    """Arguments that a row of a kind may have, the smallest first."""
    if kind == "FC":
        yield from ({"units": after.depth, "bias": bias} for bias in (True, False))
    elif kind in ("BN", "IN", "LN", "PRELU", "PAD", "RESHAPE", "UPSAMPLE"):
        yield from _others(kind, before, after)
    elif kind in ("CONV", "DWCONV", "POOL", "SEPCONV"):
        yield from _windows(kind, before, after)
    elif kind == "GN":
        yield {"groups": 1}
    elif kind == "ADAPTIVEPOOL":
        yield {"size": Sizes(after.spatial)}
    elif kind not in ("UPCONV", "LOCAL", "CROP", "PERMUTE", "SLICE", "RESIZE"):
        yield {}


def _others(kind: str, before: Volume, after: Volume) -> Iterator[dict[str, Any]]:
    if kind == "BN":
        yield from ({"affine": True}, {"scale": False}, {"affine": False})
    elif kind in ("IN", "LN"):
        yield from ({"affine": True}, {"affine": False})
    elif kind == "PRELU":
        yield from ({"shared": True}, {}, {"each": True})
    elif kind == "RESHAPE":
        yield {"size": Sizes(after.sizes)}
    elif kind == "UPSAMPLE" and all(a % b == 0 for a, b in zip(after.spatial, before.spatial, strict=False)):
        yield {"factor": Sizes(a // b for a, b in zip(after.spatial, before.spatial, strict=False))}
    elif kind == "PAD":
        more = [a - b for a, b in zip(after.spatial, before.spatial, strict=False)]
        yield {"padding": Padding("", tuple((n // 2, n - n // 2) for n in more))}


def _windows(kind: str, before: Volume, after: Volume) -> Iterator[dict[str, Any]]:
    """Windows of every extent and stride that may give the sizes."""
    own: list[dict[str, Any]] = [{"bias": True}, {"bias": False}]
    if kind == "POOL":
        own = [{}]
    elif kind == "DWCONV":
        own = [o | {"multiplier": max(1, after.depth // before.depth)} for o in own]
    else:
        own = [o | {"filters": after.depth} for o in own]
    groups = [{}, {"groups": before.depth}] if kind == "CONV" and before.depth > 1 else [{}]
    for extent in FILTERS[kind == "POOL" :]:
        for stride in (extent, *STRIDES) if kind == "POOL" else STRIDES:
            pads = [Padding("", ((0, 0),)), Padding("same"), Padding("", ((extent // 2, extent // 2),))]
            for padding in pads[:2] if extent == 1 else pads:
                window = {"extent": Sizes((extent,)), "stride": Sizes((stride,)), "padding": padding}
                yield from (window | one | group for one in own for group in groups)

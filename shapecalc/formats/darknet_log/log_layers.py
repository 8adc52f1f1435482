"""The graph of Darknet's log. It does not say which convolutions are normalised, nor how they are activated."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import gcd, prod

from shapecalc.core.exact import divisors
from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import size_text
from shapecalc.diagnostics.diagnostic import unreadable
from shapecalc.expansion.options import Options
from shapecalc.formats.darknet_log.log_rows import LogRow
from shapecalc.lowering.assembler import Assembler
from shapecalc.passes.graph import Graph

GIGA = 10**9
ROUNDED = Fraction(6, 10_000)
"""Three digits of single precision."""
_READERS = frozenset({"conv", "max", "avg", "upsample", "reorg"})
"""Layers whose printed input is what the layer before them gives."""
_HEADS = frozenset({"yolo", "detection", "region", "cost", "dropout", "Detection", "logistic", "empty", "softmax"})
"""Layers that give what they read."""


def graph(rows: list[LogRow], options: Options) -> Graph:
    """The rows as a graph. Raises Diagnosed SHP010 where one refers to no layer."""
    log = _Log(Assembler(options))
    first = next((row.read for row in rows if len(row.read) > 1), rows[0].read)
    log.here = log.nodes.input(first if len(first) > 1 else (1, 1, *first), (rows[0].span[0], rows[0].span[0]), "input")
    for row in rows:
        log.row(row)
        log.ends.append(log.here)
    log.say_what_is_not_printed()
    return log.nodes.graph()


class _Log:
    def __init__(self, nodes: Assembler) -> None:
        self.nodes = nodes
        self.here = 0
        self.ends: list[int] = []
        """The node after each row."""
        self.convolutions = 0
        self.unknown: list[str] = []
        self.ambiguous: list[str] = []
        """Layers whose work several numbers of groups make."""
        self.wrong_work = ""

    def row(self, row: LogRow) -> None:
        """Adds the layer of a row, with what is printed of it as claims."""
        before, self.wrong_work = self.volume, ""
        reader = _KINDS.get(row.kind)
        if row.kind in _HEADS:
            self._add(row, "SOFTMAX" if row.kind == "softmax" else "IDENTITY")
        elif reader is None or not reader(self, row):
            self.unknown.append(f"{row.kind} {row.index}")
            self._opaque(row)
        if len(row.gives) > 1:
            self.nodes.claim(self.here, "volume", size_text(row.gives))
        if self.wrong_work:
            self.nodes.report("SHP302", self.wrong_work, self.here)
        if before and len(row.read) > 2 and row.kind in _READERS and row.read != before.sizes:
            message = f"layer {row.index} is printed with an input of {size_text(row.read)}, {before} arrives"
            self.nodes.report("SHP306", message, self.here)

    def say_what_is_not_printed(self) -> None:
        """One note for all that is assumed."""
        said = []
        if self.convolutions:
            said.append(
                "biases are counted; each convolution with batch normalisation has as many scales more, and twice as "
                "many statistics"
            )
        if self.unknown:
            said.append(f"the parameters of these are not counted: {', '.join(self.unknown[:5])}")
        if self.ambiguous:
            said.append(f"more than one number of groups makes the work of layer {', '.join(self.ambiguous[:5])}")
        if said:
            message = f"the log does not say everything: {said[0]}"
            self.nodes.report("SHP511", message, 0, severity="note", notes=tuple(said[1:]))

    # --- what is printed ------------------------------------------------------------------------

    @property
    def volume(self) -> Volume | None:
        """What arrives."""
        return self.nodes.volumes[self.here]

    def _add(self, row: LogRow, kind: str, inputs: tuple[int, ...] = (), **arguments: object) -> None:
        self.here = self.nodes.add(kind, inputs or (self.here,), row.span, f"{row.kind}_{row.index}", **arguments)

    def _opaque(self, row: LogRow, *others: int) -> bool:
        """A layer that gives what is printed, or what arrives where that is not or it reads others too."""
        volume = Volume(row.gives[:2], row.gives[2]) if len(row.gives) > 2 and not others else self.volume
        name = f"{row.kind}_{row.index}"
        self.here = self.nodes.opaque(row.kind, (self.here, *others), row.span, name, volume=volume)
        return True

    def _end(self, number: int, row: LogRow) -> int:
        if not 0 <= number < len(self.ends):
            raise unreadable(f"layer {row.index} reads layer {number}, which is not before it", row.span)
        return self.ends[number]

    # --- layers ---------------------------------------------------------------------------------

    def convolution(self, row: LogRow) -> bool:
        """The padding follows from the sizes, the groups from the work."""
        volume = self.volume
        if volume is None or not row.extent or not row.numbers or len(row.gives) < 3:
            return False
        width, height, across, down = row.extent
        pad = _padding(volume.spatial, row.gives[:2], (width, height), (across, down), row.dilation)
        if pad is None:
            return False
        self.convolutions += 1
        groups = row.numbers[1] if len(row.numbers) > 1 else self._groups(row, volume)
        self._add(
            row, "CONV", filters=row.numbers[0], extent=Sizes((width, height)), stride=Sizes((across, down)),
            padding=pad, groups=groups if groups > 1 else None, dilation=row.dilation if row.dilation > 1 else None,
        )  # fmt: skip
        return True

    def _groups(self, row: LogRow, volume: Volume) -> int:
        """The fewest groups that make the printed work; reports a work that none makes."""
        if row.work is None:
            return 1
        filters = row.numbers[0]
        whole = Fraction(2 * row.extent[0] * row.extent[1] * volume.depth * prod(row.gives[:2]) * filters, GIGA)
        fitting = [
            groups for groups in divisors(gcd(volume.depth, filters)) if abs(whole / groups - row.work) <= ROUNDED
        ]
        if not fitting:
            made = f"{float(whole):.3f}"
            self.wrong_work = f"layer {row.index} is printed with {float(row.work):.3f} BFLOPs, its filter makes {made}"
        elif fitting[0] > 1 and len(fitting) > 1:
            self.ambiguous.append(f"{row.index} ({' or '.join(map(str, fitting[:2]))})")
        return fitting[0] if fitting else 1

    def pool(self, row: LogRow) -> bool:
        """The padding counts both sides together."""
        volume = self.volume
        if volume is None or not row.extent or len(row.gives) < 3:
            return False
        extent, stride = row.extent[:2], row.extent[2:]
        for total in (extent[0] - 1, 0, *range(1, 2 * extent[0])):
            sizes = zip(volume.spatial, extent, stride, strict=True)
            if tuple((size + total - f) // s + 1 for size, f, s in sizes) == row.gives[:2]:
                pair = (total // 2, total - total // 2)
                padding, mode = Padding("", (pair, pair)), "avg" if row.kind == "avg" else "max"
                self._add(row, "POOL", extent=Sizes(extent), stride=Sizes(stride), padding=padding, mode=mode)
                return True
        return False

    def global_pool(self, row: LogRow) -> bool:
        """`avg` without a filter."""
        if row.extent:
            return self.pool(row)
        self._add(row, "GAP")
        return True

    def connected(self, row: LogRow) -> bool:
        """A row of values."""
        if not row.gives:
            return False
        self._add(row, "FC", units=row.gives[0])
        return True

    def route(self, row: LogRow) -> bool:
        """Several layers one after the other in depth, or a part of one."""
        nodes = tuple(self._end(number, row) for number in row.numbers)
        if not nodes:
            return False
        if row.part:
            which, parts = row.part
            shares = [self.nodes.depth(node) // parts or 1 for node in nodes]
            nodes = tuple(
                self.nodes.add("SLICE", (node,), row.span, start=share * which, stop=share * (which + 1))
                for node, share in zip(nodes, shares, strict=True)
            )
        self._add(row, "CONCAT" if len(nodes) > 1 else "IDENTITY", nodes)
        return True

    def shortcut(self, row: LogRow) -> bool:
        """Adds an earlier layer; of one of another size only a part is read."""
        if not row.numbers:
            return False
        other = self._end(row.numbers[0], row)
        if self.nodes.volumes[other] != self.volume:
            return self._opaque(row, other)
        self._add(row, "ADD", (self.here, other))
        return True

    def upsample(self, row: LogRow) -> bool:
        """`2x`."""
        if not row.numbers:
            return False
        self._add(row, "UPSAMPLE", factor=row.numbers[0])
        return True

    def reorg(self, row: LogRow) -> bool:
        """Blocks of positions become depth: no parameters."""
        return len(row.gives) > 2 and self._opaque(row)


def _padding(
    before: tuple[int, ...], after: tuple[int, ...], extent: tuple[int, int], stride: tuple[int, int], dilation: int
) -> Padding | None:
    """Darknet's is half the filter, or a number on every side."""
    for pad in (extent[0] // 2, 0, *range(1, extent[0] + 1)):
        sizes = zip(before, extent, stride, strict=True)
        if tuple((size + 2 * pad - f) // s + 1 for size, f, s in sizes) == after:
            return Padding("", ((pad * dilation, pad * dilation),))
    return None


_KINDS: dict[str, Callable[[_Log, LogRow], bool]] = {
    "conv": _Log.convolution, "max": _Log.pool, "avg": _Log.global_pool, "connected": _Log.connected,
    "route": _Log.route, "res": _Log.shortcut, "Shortcut": _Log.shortcut, "upsample": _Log.upsample,
    "reorg": _Log.reorg,
}  # fmt: skip

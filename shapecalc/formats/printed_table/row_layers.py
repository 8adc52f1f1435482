"""Layers of rows: ours where what a row reads explains it, else as it is printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import size_text
from shapecalc.expansion.options import Options
from shapecalc.formats.printed_table.asked_rows import Asked, Way
from shapecalc.formats.printed_table.connections import WRAPPERS
from shapecalc.formats.printed_table.explanations import contradiction, ways
from shapecalc.formats.printed_table.first_input import input_of, stacked
from shapecalc.formats.printed_table.printed_rows import PrintedRow, PrintedTable
from shapecalc.layers.opaque import Opaque
from shapecalc.lowering.assembler import Assembler
from shapecalc.registry import NamedType, by_name, layer_names

SHORTEST_CUT = 7
"""Letters of a class that are enough to complete it."""
MOST_STATISTICS = 10
"""Statistics are at most a tenth of what a part owns, a fiftieth in Keras' own networks: more is frozen weights."""
STATISTICS_ONLY = frozenset({"Normalization"})
"""Layers of Keras that train nothing."""


class RowLayers:
    """Adds the layers of rows, and remembers what had to be assumed."""

    def __init__(self, table: PrintedTable, options: Options, votes: Counter[str], buffers_left: int) -> None:
        self.table, self.nodes, self.votes = table, Assembler(options), votes
        if table.framework == "keras":
            self.nodes.advice = ("print it with summary(expand_nested=True), or give the model saved as .keras",)
        self.buffers_left = buffers_left
        """Parameters that are not trained and that no row explains."""
        self.buffers = self.printed = 0
        pairs = zip(table.rows, table.rows[1:], strict=False)
        self.normalised = {id(row) for row, after in pairs if after.kind.startswith("BatchNorm")}
        self.windows: Counter[str] = Counter()
        self.known_ways: dict[Asked, list[Way]] = {}
        self.inputs: list[str] = []
        self.ambiguous: list[str] = []
        self.guessed: list[str] = []
        self.elsewhere: list[str] = []
        self.frozen: list[str] = []
        self.functions: list[str] = []
        self.joined: list[str] = []
        self.pooled: list[str] = []
        self.as_printed: list[str] = []
        self.wholes: list[str] = []
        """Modules of torchsummary that hold others, and may own what it does not count."""

    # --- what a row says ------------------------------------------------------------------------

    def named(self, row: PrintedRow) -> NamedType | None:
        """The layer of a row's class, completed where the table was too narrow for it."""
        found = by_name(row.kind)
        if found is not None or not row.kind_cut:
            return found
        called = re.sub(r"(?:_\d+)+$|_", "", row.name)  # batch_normalization_1 (Batch
        if called.upper().startswith(row.kind.upper()) and (named := by_name(called)):
            return named
        names = [name for name in layer_names() if name.startswith(row.kind.upper())]
        if len(row.kind) < SHORTEST_CUT:
            return None
        kinds = {layer_names()[name][0] for name in names}
        return by_name(min(names, key=len)) if len(kinds) == 1 else None

    def volume(self, row: PrintedRow) -> Volume | None:
        """Width x height x depth; None where a size is open."""
        sizes = [n for n in row.shape if n is not None]
        if len(sizes) < len(row.shape) or not sizes or min(sizes) < 1:
            return None
        if len(sizes) == 1:
            return Volume((1,) * self._rank(), sizes[0], flat=True)
        if len(sizes) > 4:
            return None
        spatial, depth = (sizes[:0:-1], sizes[0]) if self.table.channels_first else (sizes[-2::-1], sizes[-1])
        return Volume(tuple(spatial), depth)

    def _rank(self) -> int:
        volumes = [v for v in self.nodes.volumes if v is not None]
        return len(volumes[-1].spatial) if volumes else 2

    def depth(self, row: PrintedRow) -> int | None:
        """Its channels, also where its width and height are open."""
        if not row.shape:
            return None
        return row.shape[0] if self.table.channels_first else row.shape[-1]

    # --- layers ---------------------------------------------------------------------------------

    def input(self, row: PrintedRow) -> int:
        """An InputLayer."""
        if not row.shape:
            return self.opaque(row, ())
        first = self.table.channels_first
        sizes = (*row.shape[:0:-1], row.shape[0]) if first else (*row.shape[-2::-1], row.shape[-1])
        sizes = sizes if len(row.shape) > 1 else (1, *row.shape)
        return self.nodes.input(sizes, row.span, row.name)

    def assumed_input(self, row: PrintedRow) -> int | None:
        """The INPUT in front of a first row that reads something; None where nothing tells its size."""
        named = self.named(row)
        volume = self.volume(row)
        if named is None:
            return None
        found = input_of(row, named, volume, self.table)
        if found is None:
            return None
        index = self.nodes.input(found, (row.span[0], row.span[0]), "")
        taken = self.nodes.volumes[index]
        if taken is not None and self.nodes.options.input is None:
            other = stacked(named.type.kind, row.params, taken, volume) if self.table.framework == "torch" else ""
            self.inputs.append(f"its input is taken to be {taken}{other}")
        return index

    def asked(self, row: PrintedRow, calls: Sequence[Sequence[Volume]], after: Volume | None) -> Asked | None:
        """The question that a row puts; None where its class is not one of ours."""
        named = self.named(row)
        if named is None or named.type.starts or named.type.opaque:
            return None
        depth = after.depth if after else self.depth(row)
        framework = self.table.framework
        normalised = id(row) in self.normalised
        return Asked(named.shown, tuple(map(tuple, calls)), after, depth, row.params, framework, row.kernel, normalised)

    def ways(self, asked: Asked) -> list[Way]:
        """The layers that explain a row, those that the other rows have in front."""
        if asked not in self.known_ways:
            self.known_ways[asked] = ways(asked)
        found = self.known_ways[asked]
        if found and asked.named.type.kind == "POOL":
            found = sorted(found, key=lambda way: -self.votes[way.window])
        return found

    def add(self, row: PrintedRow, ways: Sequence[Way], inputs: Sequence[int], shares: int | None = None) -> int:
        """The first of the layers that explain a row."""
        way = ways[0]
        node = self.nodes.add(way.kind, inputs, row.span, row.name, shares, **way.arguments)
        if shares is None:
            self._note(row, ways, node)
        return node

    def _note(self, row: PrintedRow, ways: Sequence[Way], node: int) -> None:
        self.printed += row.params
        volume = self.nodes.volumes[self.nodes.nodes[node].inputs[0]]
        if volume is not None:
            arrays = ways[0].layer.weights(volume)
            self.buffers += sum(array.size for array in arrays if array.role == "running")
        if len(ways) > 1:
            self.windows.update({way.window for way in ways})
            shown = " or ".join(way.window for way in ways[:2])
            self.ambiguous.append(f"{row.name or row.kind} ({shown})")
        if row.kind == "Activation":
            self.functions.append(row.name)

    def claim(self, row: PrintedRow, node: int) -> None:
        """What the table says of its volume."""
        volume = self.volume(row)
        if volume is not None:
            self.nodes.claim(node, "volume", str(volume))

    def opaque(self, row: PrintedRow, inputs: Sequence[int], shares: int | None = None) -> int:
        """A row that is taken as it is printed; a call after the first shares what the first owns."""
        volume, named = self.volume(row), self.named(row)
        if not row.shape and self.table.framework == "torch" and inputs:  # it holds what is called, and is not called
            volume = self.nodes.volumes[inputs[0]]
        before = self.nodes.volumes[inputs[0]] if inputs else None
        depth = self.depth(row)
        if volume is None and before and depth and len(row.shape) == len(before.sizes):
            wraps = any(name.startswith(row.kind) for name in WRAPPERS) and len(row.kind) >= SHORTEST_CUT
            volume = Volume(before.spatial, depth) if wraps else None  # of as many steps as it reads
        buffers = row.params if row.kind in STATISTICS_ONLY else 0
        params = row.params - buffers
        torch, depth = self.table.framework == "torch", volume.depth if volume else 0
        is_norm = named is not None and named.type.kind == "BN" and depth
        if is_norm and (torch or params in (2 * depth, 3 * depth, 4 * depth)):  # else it is over another axis
            buffers, params = 2 * depth, params if torch else params - 2 * depth
        elif params and self.buffers_left and shares is None and (named is None or named.type.kind == "BN"):
            fixed = min(params, self.buffers_left)
            self.buffers_left -= fixed
            if named is None and fixed * MOST_STATISTICS > params:
                self.frozen.append(row.name or row.kind)
            else:
                buffers, params = fixed, params - fixed
        owner = self.nodes.nodes[shares].layer if shares is not None else None
        if isinstance(owner, Opaque):
            params, buffers = owner.params, owner.buffers
        elif row.again or shares is not None:
            params = buffers = 0
            shares = None
        else:
            self.printed += row.params
        node = self.nodes.opaque(
            row.kind, inputs, row.span, row.name, volume=volume, params=max(params, 0), buffers=buffers, shares=shares,
            why=self._open(row),
        )  # fmt: skip
        if named is not None:
            self.as_printed.append(row.name or row.kind)
        return node

    def _open(self, row: PrintedRow) -> str:
        """What is said of a row whose volume stays unknown."""
        shown = size_text("?" if n is None else n for n in (*row.shape[-2::-1], *row.shape[-1:]))
        what = f"leaves the output of {row.name or row.kind} open: {shown}" if shown else f"has no size of {row.name}"
        return f"the table {what}"

    def contradict(self, row: PrintedRow, asked: Asked | None, node: int, *, certain: bool) -> None:
        """Reports a row that cannot be what it says."""
        found = contradiction(asked, row.name or row.kind, certain=certain) if asked else None
        if found:
            self.nodes.report(found.code, found.message, node, label=found.label)

"""The rows of torchsummary and torchinfo as a graph: what reads what follows from parameters and sizes."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.core.layer import Volume
from shapecalc.core.record import NamedTuple, replace
from shapecalc.formats.printed_table.asked_rows import Asked, Way
from shapecalc.formats.printed_table.printed_rows import PrintedRow, parts_of
from shapecalc.formats.printed_table.row_layers import RowLayers

MOST_VOLUMES = 40
"""Different volumes that a row may have been made of, the last ones."""


POOLED = (2, 3, 4)
"""Extents and strides of pools that are called as functions, which no table shows."""


class _Part(NamedTuple):
    """A module that holds others, while its rows are read."""

    row: PrintedRow
    end: int
    entry: int | None
    """The node before it."""
    start: int
    """The first node inside."""


class TorchRows:
    """Takes the row before as what a row reads, unless only another one explains it."""

    def __init__(self, layers: RowLayers) -> None:
        self.layers, self.rows = layers, layers.table.rows
        self.last: int | None = None
        self.parts: list[_Part] = []
        self.uncalled: list[PrintedRow] = []
        """Rows without a size in front of all others."""
        self.entries: list[int] = []
        """The nodes in front of the modules that have been left, the last one last."""

    def all(self) -> None:
        """Adds all rows."""
        for index, row in enumerate(self.rows):
            self._leave(index)
            inside = parts_of(self.rows, index)
            if self.last is None:
                self.last = self._input(row)
            if inside:
                self.parts.append(_Part(row, inside.stop, self.last, len(self.layers.nodes.nodes)))
            else:
                self._row(row)
        self._leave(len(self.rows))
        for row in self.uncalled:
            self.last = self.layers.opaque(row, () if self.last is None else (self.last,))

    def _input(self, row: PrintedRow) -> int | None:
        if row.read and None not in row.read:
            sizes = [n for n in row.read if n is not None]
            spatial = sizes[:0:-1] if len(sizes) > 1 else [1, 1]
            return self.layers.nodes.input((*spatial, sizes[0]), (row.span[0], row.span[0]), "")
        return self.layers.assumed_input(row) if not parts_of(self.rows, self.rows.index(row)) else None

    # --- modules that hold others ---------------------------------------------------------------

    def _leave(self, index: int) -> None:
        """Ends the modules that hold no more rows: what they give is printed in their own row."""
        while self.parts and self.parts[-1].end <= index:
            part = self.parts.pop()
            self._close(part)
            if part.entry is not None:
                self.entries.append(part.entry)

    def _close(self, part: _Part) -> None:
        volume = self.layers.volume(part.row)
        if volume is not None and self.last is not None:
            self._join(part.row, volume, part.start)
        if part.row.params and self.last is not None:
            # Weights that a module owns itself, beside those of the modules in it.
            self.last = self.layers.opaque(part.row, (self.last,))

    def _join(self, row: PrintedRow, volume: Volume, start: int) -> None:
        """The volume of a module, of the ends inside that nothing reads."""
        nodes = self.layers.nodes
        ends = nodes.ends(start, volume)
        assert self.last is not None
        last = nodes.volumes[self.last]
        if last is not None and last.sizes == volume.sizes:
            equal = [end for end in ends if nodes.volumes[end] == last]
            if len(equal) > 1:
                self.last = nodes.add("ADD", equal, row.span)
                self.layers.joined.append(row.name or row.kind)
        elif len(ends) > 1 and nodes.depth(*ends) == volume.depth:
            self.last = nodes.add("CONCAT", ends, row.span)
            self.layers.joined.append(row.name or row.kind)

    # --- single rows ----------------------------------------------------------------------------

    def _row(self, row: PrintedRow) -> None:
        layers, volume = self.layers, self.layers.volume(row)
        if self.last is None:
            if row.shape:
                self.last = layers.opaque(row, ())
            else:
                self.uncalled.append(row)
            return
        if layers.named(row) is None and not row.params and volume is not None:
            self._whole(row, volume)
            return
        asked: Asked | None = None
        explained: list[tuple[tuple[int, ...], list[Way]]] = []
        for inputs, before in self._sources(row):
            question = layers.asked(row, [[before]], volume)
            asked = asked or question
            question = question and question._replace(plain_only=bool(explained))
            found = layers.ways(question) if question and not row.again else []
            explained += [(inputs, found)] if found else []
            if found and found[0].plain:
                break
        if explained:
            # A filter of odd sides is a poorer reason than a row further up.
            inputs, found = next((one for one in explained if one[1][0].plain), explained[0])
            found = sorted(found, key=_is_unlikely)
            if _is_unlikely(found[0]) and inputs == (self.last,) and self._after_pool(row, volume):
                return
            source = self._source(row, inputs)
            self._enter(source)
            self.last = layers.add(row, found, (source,))
            layers.claim(row, self.last)
            return
        if not self._after_pool(row, volume):
            self.last = layers.opaque(row, (self.last,))
            layers.contradict(row, asked, self.last, certain=False)

    def _enter(self, source: int) -> None:
        """What the first row of a module reads is what the module reads."""
        number = len(self.layers.nodes.nodes)
        for place, part in enumerate(self.parts):
            if part.start >= number - (self.layers.nodes.nodes[source].kind == "CONCAT"):
                self.parts[place] = part._replace(entry=source)

    def _source(self, row: PrintedRow, inputs: tuple[int, ...]) -> int:
        name = row.name or row.kind
        if len(inputs) > 1:
            self.layers.joined.append(name)
            return self.layers.nodes.add("CONCAT", inputs, row.span)
        if inputs[0] != self.last:
            self.layers.elsewhere.append(name)
        return inputs[0]

    def _whole(self, row: PrintedRow, volume: Volume) -> None:
        """A module without weights that may hold those before it, which torchsummary prints so: what they join to."""
        if not row.depth:
            self.layers.wholes.append(row.name or row.kind)
        before = len(self.layers.nodes.nodes)
        assert self.last is not None
        self._join(row, volume, max(0, self.last - MOST_VOLUMES))
        last = self.layers.nodes.volumes[self.last]
        kept = last is not None and last.sizes == volume.sizes and not row.depth
        if len(self.layers.nodes.nodes) == before and not kept:
            self.last = self.layers.opaque(row, (self.last,))

    def _sources(self, row: PrintedRow) -> Iterator[tuple[tuple[int, ...], Volume]]:
        """What a row may read, with its volume: of those the table's own column leaves, where it has one."""
        read = self.layers.volume(replace(row, shape=row.read)) if row.read else None
        for inputs in self._candidates():
            before = self.layers.nodes.volumes[inputs[-1]]
            if before is not None and len(inputs) > 1:
                before = Volume(before.spatial, self.layers.nodes.depth(*inputs))
            if before is not None and (read is None or read.sizes == before.sizes or _is_row_of(read, before)):
                yield inputs, before

    def _candidates(self) -> Iterator[tuple[int, ...]]:
        """The row before, what its module reads, earlier volumes, several of them joined."""
        assert self.last is not None
        nodes = self.layers.nodes
        seen: set[Volume | None] = set()
        entries = [part.entry for part in reversed(self.parts) if part.entry is not None]
        earlier = range(self.last, max(-1, self.last - 8 * MOST_VOLUMES), -1)
        for node in (self.last, *entries, *earlier):
            if nodes.volumes[node] not in seen and len(seen) < MOST_VOLUMES:
                seen.add(nodes.volumes[node])
                yield (node,)
        last = nodes.volumes[self.last]
        for entry in reversed(self.entries[-2:]):
            other = nodes.volumes[entry]
            if last and other and entry != self.last and other.spatial == last.spatial:
                yield entry, self.last
        if last and self.parts:
            ends = nodes.ends(self.parts[-1].start, last)
            if len(ends) > 1:
                yield tuple(ends)

    def _after_pool(self, row: PrintedRow, volume: Volume | None) -> bool:
        """A function that pools was called between: a row of values, or a filter of stride 1, reads what it gives."""
        assert self.last is not None
        layers, nodes = self.layers, self.layers.nodes
        before = nodes.volumes[self.last]
        if volume is None or before is None or before.flat:
            return False
        tries: list[tuple[str, dict[str, int], list[int]]] = [("GAP", {}, [1] * len(before.spatial))] * volume.flat
        if row.params and nodes.nodes[self.last].inputs:
            tries += [("POOL", {"extent": n, "stride": n}, [size // n for size in before.spatial]) for n in POOLED]
        for kind, arguments, spatial in tries:
            pooled = Volume(tuple(spatial), before.depth)
            arriving = Volume((1,) * len(spatial), pooled.size, flat=True) if volume.flat else pooled
            asked = layers.asked(row, [[arriving]], volume) if pooled.size else None
            found = [way for way in layers.ways(asked) if _strides(way) <= 1] if asked else []
            if found:
                pool = nodes.add(kind, (self.last,), row.span, **arguments)
                source = nodes.add("FLATTEN", (pool,), row.span) if volume.flat else pool
                self.last = layers.add(row, found, (source,))
                layers.claim(row, self.last)
                (layers.pooled if arguments else layers.joined).append(row.name or row.kind)
                return True
        return False


def _strides(way: Way) -> int:
    return int(max(way.arguments.get("stride", (1,))))


def _is_unlikely(way: Way) -> bool:
    """Whether nobody builds it for images: a stride of 3 and more that is not its filter's own, or with a dilation."""
    extent, stride = way.arguments.get("extent", ()), _strides(way)
    if len(extent) != 2 or len(set(extent)) > 1 or stride <= (1 if "dilation" in way.arguments else 2):
        return False
    padded = any(map(any, way.arguments["padding"].pairs)) if "padding" in way.arguments else False
    return padded or extent != (stride, stride)


def _is_row_of(read: Volume, before: Volume) -> bool:
    """Whether it is all values of a volume in a row: to flatten is often a call that is not printed."""
    return read.flat and read.size == before.size

"""The rows of a Keras summary as a graph: every call of every row, once all that it reads is there."""

from __future__ import annotations

from collections import deque

from shapecalc.core.layer import Volume
from shapecalc.core.record import replace
from shapecalc.formats.printed_table.connections import Call, connected
from shapecalc.formats.printed_table.printed_rows import parts_of
from shapecalc.formats.printed_table.row_layers import RowLayers


class KerasRows:
    """Follows the column `Connected to`; without it the rows are a chain."""

    def __init__(self, layers: RowLayers) -> None:
        self.layers, rows = layers, layers.table.rows
        self.connected = connected(rows)
        self.rows = [  # the parameters of a row that holds others are theirs
            replace(row, params=0) if parts_of(rows, n) else row for n, row in enumerate(rows)
        ]
        self.made: dict[tuple[int, int], int] = {}
        """The node of each call of a row."""
        self.read: set[int] = set()
        """Rows that something reads."""

    def all(self) -> None:
        """Adds all rows; those that wait for each other read what is there."""
        waiting = deque((row, call) for row, calls in self.connected.calls.items() for call in range(len(calls)))
        stuck, released = 0, False
        while waiting:
            row, call = waiting.popleft()
            known = not call or (row, 0) in self.made  # the first call owns the weights
            inputs = self._inputs(row, self.connected.calls[row][call]) if known or released else None
            if inputs is None and stuck <= len(waiting) and not released:
                waiting.append((row, call))
                stuck += 1
                continue
            # Once nothing goes on, what waits reads what is there: rows in a circle are not waited for one by one.
            released = released or inputs is None
            stuck = 0
            self.made[row, call] = self._layer(row, call, inputs or [])

    # --- what a row reads -----------------------------------------------------------------------

    def _inputs(self, row: int, call: Call) -> list[int] | None:
        """The nodes that a call reads; None where one is not there yet."""
        found = []
        for read in call:
            if not read.rows:
                continue  # a name that no row has
            nodes = [node for other in read.rows if (node := self._node(other, read.call)) is not None]
            if not nodes:
                return None
            found.append(self._likeliest(row, nodes))
        return found

    def _node(self, row: int, call: int) -> int | None:
        """The output of a row, of a part that holds others that of its last one."""
        while row in self.connected.ends:
            row = self.connected.ends[row]
        number = len(self.connected.calls[row])
        return self.made.get((row, call if call < number else number - 1))

    def _likeliest(self, row: int, nodes: list[int]) -> int:
        """Of rows whose name is cut alike, the first that nothing reads yet and that explains this one."""
        if len(nodes) == 1:
            return nodes[0]
        one = self.rows[row]
        fitting = nodes
        if len(self.connected.calls[row]) == 1 and len(self.connected.calls[row][0]) == 1:
            fitting = [node for node in nodes if self._explains(row, node)] or nodes
        fresh = [node for node in fitting if node not in self.read]
        if (one.name or one.kind) not in self.layers.guessed:
            self.layers.guessed.append(one.name or one.kind)
        return min(fresh) if fresh else fitting[0]

    def _explains(self, row: int, node: int) -> bool:
        volume = self.layers.nodes.volumes[node]
        if volume is None:
            return False
        asked = self.layers.asked(self.rows[row], [[volume]], self.layers.volume(self.rows[row]))
        return bool(asked and self.layers.ways(asked))

    # --- layers ---------------------------------------------------------------------------------

    def _layer(self, index: int, call: int, inputs: list[int]) -> int:
        layers, row = self.layers, self.rows[index]
        named = layers.named(row)
        self.read.update(inputs)
        if named is not None and named.type.starts:
            return inputs[0] if inputs else layers.input(row)
        if not inputs:
            assumed = layers.assumed_input(row) if index == 0 else None
            if assumed is None:
                return layers.opaque(row, ())
            inputs = [assumed]
        first = self.made.get((index, 0))
        volumes = [volume for node in inputs if (volume := layers.nodes.volumes[node]) is not None]
        if len(volumes) < len(inputs):
            return layers.opaque(row, inputs, first)  # after an open size what is printed of it holds
        last_call = call == len(self.connected.calls[index]) - 1
        asked = layers.asked(row, self._calls(index, volumes), self._after(index))
        found = layers.ways(asked) if asked else []
        if named is not None and named.type.merges and len(inputs) < 2:
            asked, found = None, []
        if found:
            node = layers.add(row, found, inputs, first)
            if last_call:
                layers.claim(row, node)
            return node
        node = layers.opaque(row, inputs, first)
        layers.contradict(row, asked, node, certain=self._certain(index))
        return node

    def _certain(self, index: int) -> bool:
        """Whether it is known what a row reads; of rows inside of others Keras 3 does not say it."""
        if self.rows[index].connections == () and index in self.connected.inside:
            return False
        reads = [read for call in self.connected.calls[index] for read in call]
        return not self.layers.table.cropped and all(len(read.rows) == 1 for read in reads)

    def _calls(self, index: int, volumes: list[Volume]) -> list[list[Volume]]:
        """The volumes that the first and the last call read, as far as they are known."""
        calls = self.connected.calls[index]
        if len(calls) == 1:
            return [volumes]
        last = self._printed(calls[-1])
        return [volumes, last] if last else [volumes]

    def _printed(self, call: Call) -> list[Volume] | None:
        """What a call reads by the sizes of other rows that are called once."""
        found = []
        for read in call:
            row = read.rows[0] if read.rows else -1
            alike = len(self.connected.calls.get(row, ())) == 1 or row in self.connected.inside
            volume = self.layers.volume(self.rows[row]) if alike else None
            if volume is None:
                return None
            found.append(volume)
        return found

    def _after(self, index: int) -> Volume | None:
        """What the last call gives."""
        calls = self.connected.calls[index]
        known = len(calls) == 1 or self._printed(calls[-1]) is not None
        return self.layers.volume(self.rows[index]) if known else None

"""Walks a network along one axis alone: which sizes of its INPUT give no error there, without a row being made.

Windows slide along every axis by themselves, so whether a size works along the width does not depend on the height,
but in the networks that `coupled_axes` finds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.window import ShapeError, tiling
from shapecalc.passes.graph import Node
from shapecalc.passes.live_positions import Live, everything_of, live_positions
from shapecalc.passes.report import Row
from shapecalc.repairs.axis_program import AxisProgram, Place
from shapecalc.repairs.residues import Residues

Accepts = Callable[[Row], bool]
"""Whether how the windows of a row tile their input is no error."""


@dataclass
class SizeBudget:
    """How many more layers may be looked at while sizes are searched; where it is used up, no size works."""

    left: float = inf


class Failure(NamedTuple):
    """A node with an error, and what it reads."""

    node: int
    inputs: tuple[Place, ...]


class AxisWalk:
    """A network along one axis, for sizes of its INPUT.

    Layers of `allowed` may have an error: what depends on one that has no volume for it is left alone.
    """

    def __init__(
        self,
        program: AxisProgram,
        accepts: Accepts,
        allowed: Collection[int] = (),
        budget: SizeBudget | None = None,
        residues: Residues | None = None,
    ) -> None:
        self.program, self.accepts, self.allowed = program, accepts, allowed
        self.budget, self.residues = budget or SizeBudget(), residues
        self.outputs: dict[tuple[int, tuple[Place, ...]], tuple[Place | None, bool]] = {}
        """What a layer makes of its inputs, and whether without an error."""
        self.ends: dict[tuple[int, Place | int | None], tuple[Place | None, bool]] = {}
        """The same of a run, by what comes in: a size for the first one."""
        self.rest: dict[tuple[int, Place | int | None], bool] = {}
        """Whether all from a run on have no error."""
        self.read: dict[int, Volume] = {}
        """A volume that a layer can read, by its identity."""
        self.failed = Failure(0, ())
        """Where the last run that had an error had it."""

    def works(self, size: int) -> bool:
        """Whether an INPUT of the size gives no error."""
        if self.residues and self.residues.excludes(size):
            return False
        at: Place | int | None = size
        trail: list[tuple[int, Place | int | None]] = []
        works = True
        for k in range(len(self.program.runs)):
            key = k, at
            if key in self.rest:
                works = self.rest[key]
                break
            if self.budget.left <= 0:
                return False
            trail.append(key)
            at, works = self._end(key)
            if not works:
                if self.residues:
                    self.residues.learn(size, *self.failed, self.read)
                break
        for key in trail:
            self.rest[key] = works
        return works

    def working(self, sizes: Iterable[int]) -> list[int]:
        """Those of the sizes that give no error."""
        return [size for size in sizes if self.works(size)]

    def volume(self, index: int, size: int) -> Volume | None:
        """The volume of a node along the axis; None where it has none, or a layer before it an error."""
        place = self.place(index, size)
        return place.volume if place else None

    def place(self, index: int, size: int) -> Place | None:
        """The same with its positions that are no padding."""
        index = self.program.same_as[index]
        last = self.program.run_of[index]
        at: Place | int | None = size
        for k in range(last):
            if self.budget.left <= 0:
                return None
            at, sound = self._end((k, at))
            if not sound:
                return None
        return self._run(last, at)[0].get(index)

    def volumes(self, size: int) -> list[Volume | None] | None:
        """The volumes of all nodes along the axis; None where a layer has an error."""
        found: dict[int, Place | None] = {}
        at: Place | int | None = size
        for k in range(len(self.program.runs)):
            made, sound = self._run(k, at)
            if not sound:
                return None
            found |= made
            at = made[self.program.runs[k][-1].node.index]
        return [place and place.volume for i in self.program.same_as for place in (found[i],)]

    def _end(self, key: tuple[int, Place | int | None]) -> tuple[Place | None, bool]:
        """What comes out of a run, and whether all in it is without an error."""
        if key not in self.ends:
            made, sound = self._run(*key)
            self.ends[key] = (made.get(self.program.runs[key[0]][-1].node.index), sound)
        return self.ends[key]

    def _run(self, k: int, at: Place | int | None) -> tuple[dict[int, Place | None], bool]:
        """What the layers of a run make, up to the first error."""
        runs = self.program.runs
        found: dict[int, Place | None] = {}
        if k:
            found[runs[k - 1][-1].node.index] = at if isinstance(at, Place) else None
        for done, (node, layer, sources) in enumerate(runs[k], 1):
            if not sources:
                found[node.index] = self._start(node, at)
                continue
            inputs = tuple([place for i in sources if (place := found[i])])
            if layer is None or len(inputs) < len(sources):
                found[node.index] = None
                continue
            key = (id(layer), inputs)
            if key not in self.outputs:
                self.outputs[key] = self._output(node, layer, inputs)
                if self.outputs[key][0] is not None or layer.merges:
                    self.read[id(layer)] = inputs[0].volume
            found[node.index], sound = self.outputs[key]
            if not sound and node.index not in self.allowed:
                self.budget.left -= done
                self.failed = Failure(node.index, inputs)
                return found, False
        self.budget.left -= len(runs[k])
        return found, True

    def _start(self, node: Node, size: Place | int | None) -> Place | None:
        """An INPUT; None for one of unknown size, or with other axes than those that are tried."""
        depth = self.program.depths.get(node.index)
        if depth is None or not isinstance(size, int):
            return self.program.starts.get(node.index)
        volume = Volume((size,), depth)
        return Place(volume, Live(everything_of(volume)))

    def _output(self, node: Node, layer: Layer, inputs: tuple[Place, ...]) -> tuple[Place | None, bool]:
        """What comes out, if anything does, and whether that is without an error."""
        volumes, lives = tuple(v for v, _ in inputs), tuple(live for _, live in inputs)
        try:
            output = layer.output(*volumes)
            windows = layer.windows(volumes[0])
            tilings = tuple(map(tiling, volumes[0].spatial, windows, lives[0].ends)) if windows else ()
        except ShapeError:
            return None, False
        place = Place(output, live_positions(layer, output, volumes, lives))
        if any(window.hangs_over(n) for window, n in zip(windows, volumes[0].spatial, strict=False)):
            return place, False
        return place, not tilings or self.accepts(Row(node, volumes, output, (), windows, tilings))

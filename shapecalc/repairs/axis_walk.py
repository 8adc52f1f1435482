"""Walks a network along one axis alone: which sizes of its INPUT give no error there, without a row being made.

Windows slide along every axis by themselves, so whether a size works along the width does not depend on the height,
but in the networks that `coupled_axes` finds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.window import ShapeError, Tiling, tiling
from shapecalc.passes.graph import Node
from shapecalc.passes.live_positions import Live, live_positions
from shapecalc.passes.report import Row
from shapecalc.passes.shapes import hold_size
from shapecalc.repairs.axis_program import AxisProgram, AxisStep, Place

Accepts = Callable[[Row], bool]
"""Whether how the windows of a row tile their input is no error."""


@dataclass
class SizeBudget:
    """How many more layers may be looked at while sizes are searched; where it is used up, no size works."""

    left: float = inf


STEPS_OF_A_LAYER = 16
"""A layer that is asked takes as long as so many that are known."""

Length = Place | int | None
"""What a node gives along the axis: a number of positions, all of them pixels, with the depth that the program knows
of the node; anything else as a place; None where it gives nothing."""


DROPS, TRIMS = Tiling("drops-pixels", Fraction(1, 2), 1, 0, 1), Tiling("trims-padding", Fraction(1, 2), 0, 1, 0)
"""Windows that leave a pixel over, or a position of padding."""


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
        outputs: dict[tuple[int, tuple[Place, ...]], tuple[Place | None, bool]] | None = None,
    ) -> None:
        self.program, self.accepts, self.allowed = program, accepts, allowed
        self.budget = budget or SizeBudget()
        self.outputs = {} if outputs is None else outputs
        """What layers make of their inputs, and whether that is accepted; one for walks that accept alike."""
        self.verdicts: dict[tuple[int, bool], bool] = {}
        """Whether it is accepted that a layer leaves something over, by whether that is more than padding."""
        self.ends: dict[tuple[int, Length], tuple[Length, bool]] = {}
        """What comes out of a run, by what comes in, and whether all in it is without an error."""

    def works(self, size: int) -> bool:
        """Whether an INPUT of the size gives no error."""
        if self.budget.left <= 0:
            return False
        at: Length = size
        kept: tuple[int, Layer | None] | None = None
        """The last run, if it kept what came in, and its only layer: the same layer right after it does so too."""
        for k, step in self.program.chain:
            self.budget.left -= 1
            if kept and step and kept == (k - 1, step.layer):
                kept = k, step.layer
                self.program.depths.setdefault(step.index, self.program.depths[step.sources[0]])
                continue
            before = at
            if slid := self._slid(step, at) if step and type(at) is int else None:
                at, works = slid
            else:
                at, works = self._end((k, at))
                kept = (k, step.layer) if step and at == before and self._keeps_depth(step) else None
            if not works:
                return False
        return True

    def _keeps_depth(self, step: AxisStep) -> bool:
        depths = self.program.depths
        return len(step.sources) == 1 and depths.get(step.index, 0) == depths.get(step.sources[0])

    def working(self, sizes: Iterable[int]) -> list[int]:
        """Those of the sizes that give no error."""
        return [size for size in sizes if self.works(size)]

    def volume(self, index: int, size: int) -> Volume | None:
        """The volume of a node along the axis for a size that works; None where it has none."""
        place = self.place(index, size)
        return place.volume if place else None

    def place(self, index: int, size: int) -> Place | None:
        """The same with its positions that are no padding."""
        index = self.program.same_as[index]
        last = self.program.run_of[index]
        at: Length = size
        for k, run in enumerate(self.program.runs[:last]):
            slid = self._slid(run[0], at) if len(run) == 1 and type(at) is int else None
            at, _ = slid or self._end((k, at))
        return self._place(index, self._run(last, at)[0].get(index))

    def volumes(self, size: int) -> list[Volume | None] | None:
        """The volumes of all nodes along the axis; None where a layer has an error."""
        found: dict[int, Length] = {}
        at: Length = size
        for k, run in enumerate(self.program.runs):
            made, sound = self._run(k, at)
            if not sound:
                return None
            found |= made
            at = made[run[-1].index]
        places = {i: self._place(i, length) for i, length in found.items()}
        return [place and place.volume for i in self.program.same_as for place in (places[i],)]

    def _end(self, key: tuple[int, Length]) -> tuple[Length, bool]:
        """What comes out of a run, and whether all in it is without an error."""
        if key not in self.ends:
            made, sound = self._run(*key)
            self.ends[key] = (made.get(self.program.runs[key[0]][-1].index), sound)
        return self.ends[key]

    def _run(self, k: int, at: Length) -> tuple[dict[int, Length], bool]:
        """What the layers of a run make, up to the first error."""
        runs = self.program.runs
        found: dict[int, Length] = {}
        if k:
            found[runs[k - 1][-1].index] = at
        self.budget.left -= len(runs[k])
        for step in runs[k]:
            sources = step.sources
            if not sources:
                found[step.index] = self._start(step.node, at)
                continue
            first = found[sources[0]]
            if type(first) is int:
                if slid := self._slid(step, first):
                    found[step.index], sound = slid
                    if sound:
                        continue
                    return found, False
                if step.joins and all(found[i] == first for i in sources):
                    found[step.index] = first
                    continue
            inputs = tuple([place for i in sources if (place := self._place(i, found[i]))])
            if not step.layer.understood or len(inputs) < len(sources):
                found[step.index] = None
                continue
            found[step.index], sound = self._made(step, inputs)
            if not sound and step.index not in self.allowed:
                return found, False
        return found, True

    def _slid(self, step: AxisStep, length: int) -> tuple[int, bool] | None:
        """How many windows a layer has on so many pixels, and whether without an error; None where it must be asked."""
        slide = step.slide
        if slide is None:
            return None
        if slide.keeps_length:
            return length, True
        made = slide.outputs(length)
        if not made:
            return None
        windows, over = made
        if not over or step.index in self.allowed:
            return windows, True
        if step.node.claimed:  # What its author knows is no error.
            return None
        key = step.index, over > 0
        if key not in self.verdicts:
            self.verdicts[key] = self.accepts(Row(step.node, (), tilings=(DROPS if over > 0 else TRIMS,)))
        return windows, self.verdicts[key]

    def _start(self, node: Node, size: Length) -> Length:
        """An INPUT; None for one of unknown size, or with other axes than those that are tried."""
        if node.index in self.program.varied and isinstance(size, int):
            return size
        return self.program.starts.get(node.index)

    def _place(self, index: int, length: Length) -> Place | None:
        """A length that a node has as a place."""
        if not isinstance(length, int):
            return length
        volume = Volume((length,), self.program.depths[index])
        return Place(volume, _all_live(length))

    def _made(self, step: AxisStep, inputs: tuple[Place, ...]) -> tuple[Length, bool]:
        """What comes out of a layer, and whether that is without an error."""
        layer, program = step.layer, self.program
        key = id(layer), inputs
        if key not in self.outputs:
            self.budget.left -= STEPS_OF_A_LAYER
            self.outputs[key] = self._output(step, layer, inputs)
        place, sound = self.outputs[key]
        if place is None or place.volume.flat or len(place.volume.spatial) != 1:
            return place, sound
        (length,), depth, _ = place.volume
        if place.live.ends != _all_live(length).ends:
            return place, sound
        return (length if program.depths.setdefault(step.index, depth) == depth else place), sound

    def _output(self, step: AxisStep, layer: Layer, inputs: tuple[Place, ...]) -> tuple[Place | None, bool]:
        """The same, computed."""
        row = Row(step.node, tuple(v for v, _ in inputs))
        place, sound = place_of(row, layer, [live for _, live in inputs], self.accepts)
        volumes = [v for v in (row.output, *row.inputs) if v is not None]
        if place and not step.tried and not any(v.flat or len(v.spatial) != 1 for v in volumes):
            step.learn(layer, row.windows, place.volume, volumes[1:], 0)
        return place, sound


def place_of(row: Row, layer: Layer, lives: Sequence[Live], accepts: Accepts) -> tuple[Place | None, bool]:
    """What comes out of a layer for the inputs of a row, which is filled in, and whether that is without an error."""
    volumes = row.volumes
    try:
        row.output = layer.output(*volumes)
        hold_size(layer, row.output)
        row.windows = layer.windows(volumes[0])
        row.tilings = tuple(map(tiling, volumes[0].spatial, row.windows, lives[0].ends)) if row.windows else ()
    except ShapeError:
        return None, False
    place = Place(row.output, live_positions(layer, row.output, volumes, tuple(lives)))
    hangs = any(window.hangs_over(n) for window, n in zip(row.windows, volumes[0].spatial, strict=False))
    return place, not hangs and (not row.tilings or accepts(row))


def _all_live(length: int) -> Live:
    return Live(((0, length - 1),))

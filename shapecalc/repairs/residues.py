"""Sizes that need not be tried: a size that is left over by a stride is so again after every period of the strides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.window import ShapeError, tiling
from shapecalc.repairs.axis_program import AxisProgram, AxisStep, Place

Period = tuple[Fraction, int] | None
"""How far an INPUT moves for a step of a node, and after how many positions all up to there begin again."""


class Residues:
    """What is left of sizes that failed, by the period of the strides up to the layer that failed.

    A shortcut for whoever looks for some size that works, and not for all of them.
    """

    def __init__(self, program: AxisProgram) -> None:
        self.program = program
        self.failing: dict[int, set[int]] = {}
        self.periods: dict[int, Period] = {}
        self.waiting = (step for run in program.runs for step in run)

    def excludes(self, size: int) -> bool:
        """Whether a size is one that failed, or whole periods away from it."""
        return any(size % period in rests for period, rests in self.failing.items())

    def learn(self, size: int, node: int, inputs: Sequence[Place], read: Mapping[int, Volume]) -> None:
        """Takes in that a size fails at a node, for what its stride leaves over where `inputs` are empty.

        `read` has a volume for every layer that was asked, by its identity.
        """
        for step in self.waiting if node not in self.periods else ():
            self.periods[step.index] = self._period(step, read)
            if step.index == node:
                layer = step.layer
                break
        else:
            layer = next((s.layer for s in self.program.runs[self.program.run_of[node]] if s.index == node), None)
        period = self.periods.get(node)
        if period is not None and layer is not None and _comes_again(layer, inputs):
            self.failing.setdefault(period[1], set()).add(size % period[1])

    def _period(self, step: AxisStep, read: Mapping[int, Volume]) -> Period:
        if not step.sources:
            return (Fraction(1), 1) if step.index in self.program.varied else None
        known = [period for source in step.sources if (period := self.periods.get(source)) is not None]
        if len(known) < len(step.sources):
            return None
        moves = _moves(step, read)
        moved = moves and known[0][0] * moves
        return (moved, lcm(*(whole for _, whole in known), moved.numerator)) if moved else None


def _moves(step: AxisStep, read: Mapping[int, Volume]) -> Fraction | int | None:
    """How far a layer moves over its input from one output to the next; None where that is not the same everywhere."""
    if step.slide:
        return step.slide.stride
    if step.joins:
        return 1
    layer = step.layer
    if layer is None or id(layer) not in read or layer.is_global or layer.on_larger(1, 1) is not None:
        return None
    return layer.access(read[id(layer)])[0].step


def _comes_again(layer: Layer, inputs: Sequence[Place]) -> bool:
    """Whether a layer fails because of what a stride leaves over, or of branches that differ by it."""
    if not inputs:
        return True
    try:
        layer.output(*(place.volume for place in inputs))
    except ShapeError as problem:
        return problem.code == "SHP208"
    ((size,), *_), live = inputs[0]
    return any(w.dilation == 1 and tiling(size, w, live.ends[0]).dropped for w in layer.windows(inputs[0].volume))

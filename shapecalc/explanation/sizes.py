"""The volume that comes out, worked: every axis with its remainder, the depth, and what is joined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

from shapecalc.core.layer import POINTWISE, AccessPattern, Layer, Volume
from shapecalc.core.phrases import counted, plural
from shapecalc.core.volumes import axis_name
from shapecalc.core.window import Window
from shapecalc.explanation.axis_picture import AxisPicture
from shapecalc.explanation.costs import Paragraph
from shapecalc.explanation.formula import SPATIAL, Letters, Parts, letters_of, on_axis, worked

WINDOWS = "(W − Fe + P + P)/S + 1"
"""How many windows there are along an axis, before rounding."""
LARGEST_PICTURE = 10**9
"""Positions of an axis that a picture is made of."""


def size_paragraphs(layer: Layer, inputs: Sequence[Volume], output: Volume) -> Iterator[Paragraph]:
    """A paragraph for each axis that differs from the ones before it, with its picture, and one for the depth."""
    if inputs:
        for axes, noun in _alike(layer, inputs[0], output):
            lines = _axis_lines(layer, inputs, output, axes)
            if lines:
                yield Paragraph(noun, tuple(lines))
            picture = picture_of(layer, inputs[0], output, axes[0])
            if picture is not None:
                yield Paragraph("", (), picture)
    depth = list(_depth_lines(layer, inputs, output))
    if depth:
        yield Paragraph("depth", tuple(depth))
    picture = depth_picture(layer, inputs, output)
    if picture is not None:
        yield Paragraph("", (), picture)


def _alike(layer: Layer, volume: Volume, output: Volume) -> Iterator[tuple[list[int], str]]:
    """The axes that are worked alike, one group after the other, with their names."""
    rank, arrives = len(output.spatial), len(volume.spatial)
    if rank != arrives:
        return
    windows = layer.windows(volume) or layer.scattered(volume) or (None,) * rank
    keys = list(zip(volume.spatial, output.spatial, windows, layer.access(volume), strict=True))
    for _, group in groupby(range(rank), key=lambda axis: keys[axis]):
        axes = list(group)
        names = [axis_name(axis, rank)[0] for axis in axes]
        yield axes, "size" if len(axes) == rank > 1 else " and ".join(names)


def _axis_lines(layer: Layer, inputs: Sequence[Volume], output: Volume, axes: list[int]) -> list[str]:
    axis, volume = axes[0], inputs[0]
    letters = letters_of(layer, inputs, output)
    windows = layer.windows(volume)
    if windows:
        return list(_window_lines(layer, windows[axis], volume.spatial[axis], letters, axis, len(windows)))
    formula = layer.formulas.get("size")
    if formula is not None:
        chosen = on_axis(letters, axis)
        lines = _what_is_meant(layer, chosen, extent="Fe" in formula)
        return [*lines, _named(str(worked(formula, chosen)), axis, len(volume.spatial))]
    if layer.merges:
        same = all(v.spatial[axis] == output.spatial[axis] for v in inputs)
        if layer.along_positions and not same:
            joined = worked("W + W", {"W": Parts(v.spatial[axis] for v in inputs)})
            return [_named(str(joined), axis, len(volume.spatial))]
        return [f"W = {output.spatial[axis]:,}, as {'in every branch' if same else 'in those that are not repeated'}"]
    if volume.spatial == output.spatial and not layer.is_global:
        return [_named(f"W = {volume.spatial[axis]:,}, as it arrives", axis, len(volume.spatial))]
    return []


def _named(line: str, axis: int, rank: int) -> str:
    """The letter of the axis for that of the first."""
    return re.sub(r"\bW\b", SPATIAL["W"][axis] if rank > 1 else "W", line)


def _window_lines(
    layer: Layer, window: Window, size: int, letters: dict[str, Any], axis: int, rank: int
) -> Iterator[str]:
    chosen = {**on_axis(letters, axis), "Fe": window.effective, "S": window.stride}
    yield from _what_is_meant(layer, chosen)
    formula = WINDOWS if "P" in chosen else "(W − Fe)/S + 1"
    if window.dilation == 1:
        formula = formula.replace("Fe", "F")
        chosen = {**chosen, "F": window.extent}
    yield _named(str(worked(formula, chosen)), axis, rank)
    yield from _remainder(window, size)


def _what_is_meant(layer: Layer, chosen: Letters, *, extent: bool = True) -> Iterator[str]:
    """The extent of a window with gaps between its taps, and what a padding that is given by a name comes to."""
    if extent and chosen.get("d", 1) != 1:
        yield f"{worked('d·(F − 1) + 1', chosen)}, the effective extent Fe of a window with dilation d"
    written = layer.written_window
    pads = chosen.get("P")
    if written is not None and written.padding.name and isinstance(pads, tuple):
        yield f"P={written.padding} is {pads[0]} before and {pads[1]} after"


def _remainder(window: Window, size: int) -> Iterator[str]:
    """The division worked as at school, and what becomes of the rest."""
    slack, count = window.slack(size), window.outputs(size)
    if window.stride == 1:
        return
    steps, rest = divmod(slack, window.stride)
    if slack < 0:
        yield f"the only window is {counted(-slack, 'position')} larger than its input, and is taken all the same"
    elif not rest:
        yield f"{slack} = {steps}·{window.stride}: {counted(steps, 'step')} of {window.stride}, and no remainder"
    else:
        division = f"{slack} = {steps}·{window.stride} + {rest}"
        yield f"{division}: {counted(steps, 'step')} of {window.stride}, remainder {rest}"
        if count > steps + 1:
            yield f"rounded up: {counted(count, 'window')}, the last of which goes beyond the end"
        else:
            left = f"{counted(rest, 'position')} {plural(rest, 'is', 'are')} left after the last one"
            yield f"rounded down: {counted(count, 'window')}, and {left}"


def picture_of(layer: Layer, volume: Volume, output: Volume, axis: int) -> AxisPicture | None:
    """The picture of an axis; None where every output reads its own place, or all there is."""
    rank = len(output.spatial)
    if len(volume.spatial) != rank or layer.merges:
        return None
    name, size, outputs = axis_name(axis, rank)[0], volume.spatial[axis], output.spatial[axis]
    scattered = layer.scattered(volume)
    if scattered:
        window = scattered[axis]
        access = AccessPattern(window.stride, -window.before, window.effective - 1 - window.before, gap=window.dilation)
        return AxisPicture(name, outputs, window.before, window.after, size, access, turned=True)
    pattern = layer.access(volume)[axis]
    everywhere = layer.is_global or layer.learned or pattern is POINTWISE
    if everywhere or not pattern.exact or max(size, outputs) > LARGEST_PICTURE:
        return None
    if layer.windows(volume):
        window = layer.windows(volume)[axis]
        return AxisPicture(name, size, window.before, window.after, outputs, pattern)
    # A layer that moves positions makes those that are not there; any other reads only those that are.
    moves = pattern.low == pattern.high
    before = max(0, -int(pattern.low)) if moves else 0
    after = max(0, int(pattern.step * (outputs - 1) + pattern.high) - size + 1) if moves else 0
    return AxisPicture(name, size, before, after, outputs, pattern, reader="output", clipped=not moves)


def depth_picture(layer: Layer, inputs: Sequence[Volume], output: Volume) -> AxisPicture | None:
    """The picture of the channels, where a window moves over them."""
    window = layer.depth_window
    if window is None or not inputs:
        return None
    access = AccessPattern(window.stride, 0, window.extent - 1)
    return AxisPicture("depth", inputs[0].depth, 0, 0, output.depth, access, named="channel")


def _depth_lines(layer: Layer, inputs: Sequence[Volume], output: Volume) -> Iterator[str]:
    formula = None if layer.along_positions else layer.formulas.get("depth")
    letters = letters_of(layer, inputs, output)
    if layer.starts or not inputs:
        return
    if formula is not None:
        result = worked(formula, letters)
        rounded = f", rounded down: {output.depth}" if Fraction(result.value).denominator > 1 else ""
        yield f"{result}{rounded}"
    elif layer.merges:
        same = all(v.depth == output.depth for v in inputs)
        yield f"D = {output.depth:,}, as {'in every branch' if same else 'in those that are not repeated'}"
    elif output.depth == inputs[0].depth and not (layer.learned or (layer.is_global and layer.op_category == "none")):
        yield f"D = {output.depth:,}, as it arrives"

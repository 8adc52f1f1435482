"""Proofs by NaN probes: how windows tile, and what the outputs of a layer read of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor, prod
from typing import TypeVar

import numpy as np

from shapecalc.core.layer import AccessPattern, Layer, Volume
from shapecalc.core.phrases import size_text
from shapecalc.core.window import tiling
from shapecalc.numerics.toolkit import Given, Run, Unrunnable
from shapecalc.passes.report import Row
from shapecalc.verification import nan_probe
from shapecalc.verification.execute import run_forward
from shapecalc.verification.proof import Proof, compared_axes

T = TypeVar("T")

EXACT = 2**24
"""Whole numbers up to here are exact in float32."""

AS_STATED = "as stated"
HARM = ("exact", "subsamples", "trims-padding", "drops-pixels")
"""Classes of tiling from harmless to harmful."""


class WindowProofs:
    """What layers read of their inputs: needs no weights, and is found once for the same layer and size."""

    def __init__(self) -> None:
        self.covered: dict[tuple[object, ...], nan_probe.Covered | str | None] = {}
        self.read: dict[tuple[object, ...], nan_probe.Reads | str] = {}
        self.misread: dict[tuple[int, AccessPattern | None], str] = {}

    def proofs(self, row: Row, run: Run, live: Sequence[tuple[int, int]]) -> list[Proof]:
        """The tiling of a layer's windows, or what else it reads; `live` are the positions that are no padding."""
        layer, volumes = row.node.layer, row.volumes
        if not volumes:
            return []
        if row.tilings:
            return self._tiling(row, layer, volumes[0], live)
        read = self._reading(row, layer, volumes, run)
        return [*read, *_cut(layer, volumes[0], run), *_over_depth(layer, volumes[0])]

    # --- windows --------------------------------------------------------------------------------

    def _tiling(self, row: Row, layer: Layer, volume: Volume, live: Sequence[tuple[int, int]]) -> list[Proof]:
        kinds = _each([t.kind for t in row.tilings])
        rank = len(volume.spatial)
        found = [self._covered(nan_probe.along(layer, a, rank), n, live[a]) for a, n in enumerate(volume.spatial)]
        reasons = [f for f in found if isinstance(f, str)]
        if reasons:
            return [Proof("tiling", kinds, "", skipped=reasons[0])]
        axes = [f for f in found if isinstance(f, nan_probe.Covered)]
        if len(axes) < len(found):
            return [Proof("tiling", kinds, "slides no windows")]
        stand = [
            _misplaced(axis, r, n, w.after)
            for axis, r, n, w in zip(axes, layer.access(volume), volume.spatial, row.windows, strict=True)
        ]
        return [
            Proof("tiling", kinds, _each([axis.kind for axis in axes])),
            Proof("worst tiling", str(row.tiling), max((axis.kind for axis in axes), key=HARM.index)),
            Proof("padding", *_padding(layer, volume, axes)),
            Proof("quotient", size_text(t.quotient for t in row.tilings), size_text(axis.quotient for axis in axes)),
            Proof("unread", size_text(t.unread for t in row.tilings), size_text(axis.unread for axis in axes)),
            Proof("trimmed", size_text(t.trimmed for t in row.tilings), size_text(axis.trimmed for axis in axes)),
            compared_axes("windows", AS_STATED, stand),
        ]

    def _covered(self, layer: Layer, size: int, live: tuple[int, int]) -> nan_probe.Covered | str | None:
        what = (*nan_probe.key(layer), size, live)
        if what not in self.covered:
            self.covered[what] = _probed(lambda: nan_probe.coverage(layer, size, live), size)
        return self.covered[what]

    # --- layers without windows -----------------------------------------------------------------

    def _reading(self, row: Row, layer: Layer, volumes: Sequence[Volume], run: Run) -> list[Proof]:
        """What the outputs of a layer read of each of its inputs, axis by axis."""
        if run.slid:
            return [Proof("tiling", "none", "slides windows")]
        assert row.output is not None
        if len(volumes) > nan_probe.MOST_BRANCHES:
            many = f"not followed on one channel: {len(volumes):,} branches are too many to test one by one"
            return [Proof("reading", AS_STATED, "", skipped=many)]
        if layer.axis_order is not None:
            return [_exchanged(layer, layer.axis_order, volumes[0])]
        expected = "everything" if layer.is_global and len(volumes) == 1 else AS_STATED
        proof, reasons = Proof("reading", expected, expected), []
        stated, lengths = _stated(layer, row.output, volumes), tuple(zip(*(v.spatial for v in volumes), strict=False))
        for which, (volume, access) in enumerate(zip(volumes, stated, strict=True)):
            wrong = []
            for axis, size in enumerate(volume.spatial):
                matrix = self._read(nan_probe.along(layer, axis, len(volume.spatial)), lengths[axis], which)
                if isinstance(matrix, str):
                    reasons.append(matrix)
                    wrong.append("")
                elif layer.op_category == "norm" and size > 1 and matrix.all():
                    return []  # Statistics that are taken over positions are not counted as reading.
                else:
                    wrong.append(self._misread(matrix, access[axis] if access else None, size))
            proof = proof if proof.fault else compared_axes("reading", expected, wrong)
        if reasons and not proof.fault:
            # What only rearranges values is followed with the receptive field.
            return [] if layer.view and layer.is_global else [Proof("reading", expected, "", skipped=reasons[0])]
        return [proof]

    def _read(self, layer: Layer, sizes: tuple[int, ...], which: int) -> nan_probe.Reads | str:
        what = (*nan_probe.key(layer), sizes, which)
        if what not in self.read:
            self.read[what] = _probed(lambda: nan_probe.reads(layer, sizes, which).matrix, max(sizes))
        return self.read[what]

    def _misread(self, matrix: nan_probe.Reads, access: AccessPattern | None, size: int) -> str:
        what = (id(matrix), access)
        if what not in self.misread:
            self.misread[what] = _misread(matrix, access, size)
        return self.misread[what]


def _exchanged(layer: Layer, order: Sequence[int], volume: Volume) -> Proof:
    """Which axes are exchanged: of an input whose values are numbered, a step along an axis is a step along another."""
    expected = f"axes {size_text(axis + 1 for axis in order)}"
    if volume.size > EXACT:
        return Proof("reading", expected, "", skipped=f"{volume.size:,} values are too many to number in float32")
    numbers = np.arange(volume.size, dtype=np.float32).reshape(1, *volume.sizes)
    out = run_forward(layer, nan_probe.Probe(), Given(), numbers)[0]
    steps = [prod(volume.sizes[axis + 1 :]) for axis in range(len(volume.sizes))]
    found = []
    for axis in range(out.ndim):
        taken = {float(step) for step in np.unique(np.diff(out, axis=axis))}
        # Along an axis of one position no step is taken.
        fits = out.shape[axis] == volume.sizes[order[axis]] and taken <= {steps[order[axis]]}
        found.append(order[axis] + 1 if fits else "?")
    return Proof("reading", expected, f"axes {size_text(found)}" if not out.flat[0] else "values moved")


def _probed(look: Callable[[], T], size: int) -> T | str:
    """What a layer was found to read, or why that cannot be found."""
    if size > nan_probe.LONGEST:
        return f"an axis of {size:,} positions is too long to test one by one"
    try:
        return look()
    except Unrunnable as problem:
        return f"not followed on one channel: {problem}"


def _cut(layer: Layer, volume: Volume, run: Run) -> list[Proof]:
    """What a transposed convolution cuts off before and after (or adds there: less than nothing), axis by axis."""
    if not run.cut:
        return []
    shown = layer.effective_arguments(volume)
    axes = zip(shown["P"].pairs, shown["output_padding"], strict=True)
    expected = size_text(f"({before},{after - added})" for (before, after), added in axes)
    return [Proof("cut off", expected, size_text(f"({before},{after})" for before, after in run.cut))]


def _over_depth(layer: Layer, volume: Volume) -> list[Proof]:
    """The tiling of windows that slide over the depth; a single one has no stride to tell its class by."""
    if layer.depth_window is None or volume.depth > nan_probe.LONGEST:
        return []
    stated = tiling(volume.depth, layer.depth_window)
    matrix = nan_probe.channels_read(layer, volume.depth, len(volume.spatial))
    unread = int((~matrix.any(axis=1)).sum())
    proofs = [Proof("unread channels", stated.unread, unread)]
    if matrix.shape[1] > 1:
        apart = np.flatnonzero(matrix[:, 1])[0] > np.flatnonzero(matrix[:, 0])[-1] + 1
        kind = "exact" if not unread else "subsamples" if apart else "drops-pixels"
        proofs.append(Proof("tiling of the depth", stated.kind, kind))
    return proofs


def _each(kinds: Sequence[str]) -> str:
    """The class of all axes, or of each where they differ."""
    return kinds[0] if len(set(kinds)) == 1 else ", ".join(kinds)


def _padding(layer: Layer, volume: Volume, axes: Sequence[nan_probe.Covered]) -> tuple[str, str]:
    """What is shown as padding, before and after on every axis, and what was found."""
    pairs = layer.effective_arguments(volume)["P"].pairs
    return size_text(f"({a},{b})" for a, b in pairs), size_text(f"({axis.before},{axis.after})" for axis in axes)


def _stated(layer: Layer, output: Volume, volumes: Sequence[Volume]) -> tuple[tuple[AccessPattern, ...] | None, ...]:
    """What outputs are said to read of each input; None is everything."""
    if len(volumes) > 1:
        return layer.branch_accesses(output, *volumes)
    return (None if layer.is_global else layer.access(volumes[0]),)


def _misplaced(axis: nan_probe.Covered, access: AccessPattern, size: int, after: int) -> str:
    """Which output does not read from where to where it is said to; empty if all do."""
    low, high = ceil(access.low), floor(access.high)
    for o, found in enumerate(axis.steps):
        start = int(access.step) * o
        # What hangs over the end is not probed.
        taps = range(start + low, min(start + high + 1, size + after), access.gap)
        expected = (taps[0], taps[-1], len(taps)) if taps else (0, -1, 0)
        if found != expected:
            return f"output {o} reads {_positions(*found)}, not {_positions(*expected)}"
    return ""


def _positions(first: int, last: int, count: int) -> str:
    if not count:
        return "nothing"
    gaps = last - first + 1 - count
    return f"{first} to {last}" + (f" but for {gaps}" if gaps else "")


def _misread(matrix: nan_probe.Reads, access: AccessPattern | None, size: int) -> str:
    """Which output reads beyond what it is said to, or not up to its ends where these lie in the input."""
    if access is None:
        return "" if matrix.all() else "part of what arrives"
    for o, read in enumerate(matrix.T):
        low, high = access.reads(o)
        least, most = max(low, 0), min(high, size - 1)
        positions = np.flatnonzero(read)
        if not len(positions):
            if access.exact and least <= most:
                return f"output {o} reads nothing, not {low} to {high}"
            continue
        first, last = int(positions[0]), int(positions[-1])
        clear = access.exact and low >= 0 and high < size
        if first < least or last > most or (clear and (first, last) != (low, high)):
            return f"output {o} reads {first} to {last}, not {low} to {high}"
    return ""

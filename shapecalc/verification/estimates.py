"""How much memory and how much work a run takes, and how much memory there is."""

from __future__ import annotations

import os
from collections.abc import Sequence

from shapecalc.core.scratch import Execution
from shapecalc.numerics.block_sizes import CHUNK
from shapecalc.numerics.products import RowBlocks
from shapecalc.numerics.threads import workers
from shapecalc.passes.report import Report, Row
from shapecalc.verification.dependencies import LONGEST as FARTHEST
from shapecalc.verification.nan_probe import LONGEST, MOST
from shapecalc.verification.run_weights import made_by_rows

SCRATCH = 96 * 2**20
"""Bytes of the interpreter and of NumPy."""
PROBED = 1 << 22
"""Values that are looked at together where a layer is probed: pairs of positions, and numbers in order that move."""
ROWS_AT_ONCE = 14
"""Arrays of CHUNK values that a thread holds while it applies a function such as GELU, whose steps are float64."""
ONNX = 64 * 2**20
"""Bytes of onnx and onnxruntime."""


def needed(report: Report, batch: int, *, keeps_weights: bool = False) -> int:
    """Bytes that a run takes at most: weights, images, volumes at the peak, and what a layer needs meanwhile.

    Weights are those of one layer, of an FC some rows of them, and those that others use, or all where the run keeps
    them. The layer that needs most decides, or the copies of one channel, each with a NaN, that its windows are proved
    with.

    >>> import shapecalc
    >>> report = shapecalc.check("INPUT(100x100x8) => RELU")
    >>> needed(report, 3) - needed(report, 2)  # one image more is kept, one written over by RELU: 320,000 bytes each
    720000

    The other 80,000 say which of its values are finite, a byte each.
    """
    totals = report.totals
    assert totals is not None
    assert totals.memory.inference_peak is not None
    assert totals.memory.parameters is not None
    size = report.conventions.bytes
    volumes = (totals.memory.inference_peak - totals.memory.parameters) // (size * report.conventions.batch)
    images = sum(row.output.size for row in report.rows if row.output and not row.inputs)
    widest = max((scratch_of(row, batch) for row in report.rows), default=0)
    weights = totals.memory.parameters // size if keeps_weights else _weights_at_once(report.rows)
    values = weights + batch * (volumes + images)
    return 4 * (values + max(widest, _nan_copies(report.rows))) + SCRATCH


def _weights_at_once(rows: Sequence[Row]) -> int:
    """The values of the weights that are there together: those of one layer, and those that are used again."""
    again = {row.node.shares for row in rows}
    used_again = sum(array.size for row in rows if row.node.index in again for array in row.weight_arrays)
    return used_again + max((_drawn(row) for row in rows if row.node.shares is None), default=0)


def _drawn(row: Row) -> int:
    """The values of the weights of a layer that are there together where no other layer uses them."""
    return sum(
        RowBlocks.at_once(weight.shape) if made_by_rows(weight, row.node) else weight.size
        for weight in row.weight_arrays
    )


def compared(report: Report, extra: int) -> int:
    """Bytes of a comparison with onnxruntime, whose volumes and copies of weights are `extra` bytes.

    onnxruntime keeps kernels that slide in a second order besides; an eighth is for what lies between its blocks.

    >>> import shapecalc
    >>> compared(shapecalc.check("INPUT(8x8x3) => CONV(4, F=3) => FC(10)"), 8_000) - ONNX  # and the 112 of CONV again
    9448
    """
    sliding = sum(array.size for row in report.rows if row.windows for array in row.weight_arrays)
    return extra * 9 // 8 + 4 * sliding + ONNX


def neediest(report: Report, batch: int, *, keeps_weights: bool) -> tuple[Row, int]:
    """The layer that takes the most memory, and how much: its weights, what it reads and gives, and what it makes."""
    taken = [_alone(row, batch, keeps_weights=keeps_weights) for row in report.rows]
    most = max(range(len(taken)), key=taken.__getitem__)
    return report.rows[most], 4 * taken[most]


def _alone(row: Row, batch: int, *, keeps_weights: bool) -> int:
    """Values that are there while a layer runs, had it the network to itself."""
    volumes = sum(v.size for v in (*row.inputs, row.output) if v)
    if row.in_place and row.output:
        volumes -= row.output.size
    weights = sum(array.size for array in row.weight_arrays) if keeps_weights else _drawn(row)
    return weights + batch * volumes + scratch_of(row, batch)


def scratch_of(row: Row, batch: int) -> int:
    """Values that a layer makes besides its output, at the moment when they are most."""
    if row.output is None:
        return 0
    # Whether values are finite takes a byte for each.
    finite = batch * row.output.size // 4
    x, out = row.arriving, row.output
    if x is None:
        return finite
    # Functions of rows work on some of them at a time.
    some = ROWS_AT_ONCE * workers() * max(CHUNK, x.depth if x.depth == out.depth else 1)
    return max(finite, row.node.layer.scratch(Execution(batch, workers()), out, *row.volumes)) + some


def _nan_copies(rows: Sequence[Row]) -> int:
    """Values that proofs along single axes take: copies, which of them came out, and what every output reads."""
    most, kept = 0, 0
    for axis in range(max((len(row.output.spatial) for row in rows if row.output), default=0)):
        more = _enlarged(rows, axis)
        for row in rows:
            if row.arriving is None or row.output is None or axis >= len(row.arriving.spatial):
                continue
            positions = max(v.spatial[axis] for v in row.volumes)
            if positions > LONGEST or axis >= len(row.output.spatial):
                continue
            outputs = row.output.spatial[axis] + -(-more * row.output.spatial[axis] // positions)
            padded, taps = positions + more, 1
            if axis < len(row.windows):
                window = row.windows[axis]
                padded, taps = padded + window.before + window.after, window.extent
            if padded * outputs > MOST and not row.windows:
                continue  # One copy has shown that they are too many.
            pairs = padded * max(padded, outputs)
            most = max(most, 5 * min(pairs, PROBED) + padded * outputs // 2)
            kept += 6 * taps * outputs
    return most + kept


def _enlarged(rows: Sequence[Row], axis: int) -> int:
    """By how many positions at most an input is enlarged to find what outputs clear of its borders depend on."""
    fields = [row.field.axes[axis] for row in rows if row.field and axis < len(row.field.axes)]
    starts = [row.output.spatial for row in rows if row.output and not row.inputs]
    longest = max((spatial[axis] for spatial in starts if axis < len(spatial)), default=0)
    wanted = max((f.size + f.advance for f in fields), default=0) + int(max((f.step for f in fields), default=0))
    unread = any(_leaves_some(row, axis) for row in rows)
    return max(0, min(wanted + 2 * longest * unread, FARTHEST - longest))


def _leaves_some(row: Row, axis: int) -> bool:
    """Whether a layer may leave positions at either end of an axis unread."""
    if axis < len(row.tilings):
        return row.tilings[axis].unread > 0
    one = slice(axis, axis + 1)
    return any(v and row.output and v.spatial[one] > row.output.spatial[one] for v in row.inputs)


def available() -> int:
    """Bytes that can be had now, by the operating system's word and that of a container around us."""
    found = [amount for amount in (_meminfo(), _container(), _physical()) if amount]
    return min(found, default=2**31)


def _meminfo() -> int:
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


def _container() -> int:
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            text = file.read().strip()
        with open("/sys/fs/cgroup/memory.current", encoding="ascii") as file:
            used = int(file.read())
    except (OSError, ValueError):
        return 0
    return max(1, int(text) - used) if text.isdigit() else 0


def _physical() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0


A_VALUE, A_WEIGHT, A_PAIR, A_LAYER = 60, 100, 3_000, 30_000_000
"""Multiply-accumulates that take as long as a value that is made, a weight, a pair of a position that a layer reads and
one that it makes, and what else is proved of a layer."""
A_CARRY = 4_000_000
"""The same of a position whose values are carried on to the next, one after the other."""
MOST_WORK, MOST_PUBLISHED_WORK = 60_000_000_000, 350_000_000_000
"""Steps of a run that nobody has to allow, some two seconds, and of one with the figures of a network of the zoo:
PSPNet, the longest of these, takes 340 thousand million."""


def steps(report: Report) -> int:
    """Multiply-accumulates of a run, and all else in them."""
    totals, batch = report.totals, report.conventions.batch
    assert totals is not None
    values = batch * sum(row.output.size for row in report.rows if row.output)
    pairs = sum(map(_pairs, report.rows))
    carried = sum(map(_carried, report.rows))
    made = A_VALUE * values + A_WEIGHT * (totals.params or 0) + A_CARRY * carried
    return (totals.macs or 0) + made + A_PAIR * pairs + A_LAYER * len(report.rows)


def usual_limit(report: Report) -> int:
    """The steps that nobody has to allow."""
    return MOST_PUBLISHED_WORK if steps(report) > MOST_WORK and is_published(report) else MOST_WORK


def is_published(report: Report) -> bool:
    """Whether a report has the figures of a network of the zoo."""
    from shapecalc.zoo.entry import entries

    if report.totals is None:
        return False
    figures = len(report.rows), report.totals.params, (report.totals.macs or 0) / report.conventions.batch
    return any((one.layers, one.params, one.macs) == figures for one in entries())


def _carried(row: Row) -> int:
    """The positions that a layer works off one after the other."""
    volume = row.arriving
    return volume.positions if volume is not None and row.node.layer.carries else 0


def _pairs(row: Row) -> int:
    """Pairs of positions along the axes of a row that are looked at; none for one that is like a row before it."""
    if row.output is None or row.arriving is None or row.like not in (None, row.node.index):
        return 0
    axes = zip(row.arriving.spatial, row.output.spatial, strict=False)
    return sum(read * made for read, made in axes if read <= LONGEST)


def beyond_work(report: Report, allowed: int) -> tuple[str, str] | None:
    """What is said about a run of more steps than are allowed, and what they are; None for one of fewer."""
    wanted = steps(report)
    if wanted <= allowed:
        return None
    totals = report.totals
    return (
        f"{report.name}: the run takes about {_shown(wanted)} steps, and --work-limit allows {_shown(allowed)}",
        f"a step is a multiply-accumulate: the network has {(totals.macs or 0) if totals else 0:,} of them in "
        f"{len(report.rows):,} layers; a value that is made counts as {A_VALUE}, a weight as {A_WEIGHT}, a pair of "
        f"a position that is read and one that is made as {A_PAIR:,}, a layer as {A_LAYER:,}",
    )


def work_to_allow(report: Report) -> str:
    """The least value of --work-limit with which a report is run."""
    return f"{-(-steps(report) // 10**9)}G"


def _shown(steps: int) -> str:
    return f"{steps:,}" if steps < 10**9 else f"{-(-steps // 10**9)}G"

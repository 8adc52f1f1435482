"""What rules of thumb ask about the layers around one: which reads it, which it reads, and of what sort they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shapecalc.core.kept import Kept
from shapecalc.core.layer import Layer, Volume
from shapecalc.core.window import Window
from shapecalc.passes.report import Row
from shapecalc.rules.rule import Context

TRANSPARENT = frozenset({"DO", "DROPPATH", "IDENTITY", "FLATTEN", "RESHAPE"})
"""Layers that leave values as they are when the network is used."""
Step = Callable[[Context, Row], Row | None]
"""From a layer to one beside it."""


def function_of(row: Row) -> Layer:
    """The layer, or the one that ACT(name) stands for."""
    return row.node.layer.function or row.node.layer


def kind_of(row: Row) -> str:
    """The kind of layer: RELU for ACT(relu) too."""
    return function_of(row).kind or row.node.kind


def multiplies(row: Row) -> bool:
    """Whether the layer multiplies its input with weights, as CONV and FC do."""
    return bool(row.kernels)


def slides(row: Row) -> bool:
    """Whether it multiplies a sliding window: a convolution of any kind."""
    return bool(row.windows) and multiplies(row)


def is_connected(row: Row) -> bool:
    """Whether it is fully connected: every output multiplies the whole input."""
    return multiplies(row) and row.node.layer.is_global and not row.node.layer.carries


def is_depthwise(row: Row) -> bool:
    """Whether every filter reads one channel of several."""
    first = row.kernels[:1]
    return row.arriving is not None and row.arriving.depth > 1 and any(array.shape[-2] == 1 for array in first)


def pools(row: Row) -> bool:
    """Whether it slides a window without weights: maximum, average, L2."""
    return bool(row.windows) and row.node.layer.op_category == "pool"


def activates(row: Row) -> bool:
    """Whether it is a function of single values that is not linear; SOFTMAX, over the depth, counts too."""
    return function_of(row).op_category == "activation" and not is_linear(row)


def is_linear(row: Row) -> bool:
    """Whether its derivative is the same everywhere, so that training keeps nothing: RESCALE, ACT(neg)."""
    return row.node.layer.kept("cpu", *row.volumes) == Kept()


def normalises(row: Row) -> bool:
    """Whether it is a normalisation with statistics: BN, LN, GN, IN."""
    return row.node.layer.op_category == "norm"


def joins(row: Row) -> bool:
    """Whether it joins branches."""
    return row.node.layer.merges


def readers(context: Context, row: Row) -> list[Row]:
    """The layers that read a layer."""
    return [context.rows[i] for i in context.consumers[row.node.index]]


def only_reader(context: Context, row: Row) -> Row | None:
    """The layer that reads it, if there is just one."""
    found = readers(context, row)
    return found[0] if len(found) == 1 else None


def source_of(context: Context, row: Row) -> Row | None:
    """The layer that it reads, if there is just one."""
    return context.rows[row.node.inputs[0]] if len(row.node.inputs) == 1 else None


def before(context: Context, row: Row, skipped: frozenset[str] = TRANSPARENT) -> Row | None:
    """The nearest layer before it along a chain, those of some kinds skipped; None where branches are joined."""
    return _nearest(context, source_of, skipped)[row.node.index]


def after(context: Context, row: Row, skipped: frozenset[str] = TRANSPARENT) -> Row | None:
    """The nearest layer after it along a chain, those of some kinds skipped; None where several read it, or none."""
    return _nearest(context, only_reader, skipped)[row.node.index]


def _nearest(context: Context, step: Step, skipped: frozenset[str]) -> dict[int, Row | None]:
    """Of every layer by its index, so that a long chain of layers to skip is not walked once for each of them."""
    found = context.nearest.setdefault((step, skipped), {})
    for row in () if found else context.rows if step is source_of else reversed(context.rows):
        other = step(context, row)
        found[row.node.index] = other if other is None or kind_of(other) not in skipped else found[other.node.index]
    return found


def known(context: Context) -> Iterator[Row]:
    """The layers whose volumes are known and that read something."""
    for row in context.rows:
        if row.output is not None and row.node.inputs and None not in row.inputs:
            yield row


def looking_around(context: Context) -> list[Row]:
    """The convolutions whose windows are larger than one position."""
    return [row for row in known(context) if slides(row) and largest(row.windows) > 1]


def sized(context: Context, wanted: Callable[[Row], bool]) -> Iterator[tuple[Row, Volume, Volume]]:
    """The layers of a sort whose volumes are known, each with the first that it reads, and with what it gives."""
    for row in filter(wanted, known(context)):
        if row.output is not None and (volume := row.arriving) is not None:
            yield row, volume, row.output


def written(context: Context) -> Iterator[Row]:
    """The layers that read something, those whose volumes are unknown too: what the text alone shows is wrong there."""
    for row in context.rows:
        if row.node.inputs and row.node.layer.understood:
            yield row


def written_pairs(context: Context) -> Iterator[tuple[Row, Row]]:
    """Each layer, whatever is known of it, after the nearest one that it reads along a chain."""
    for row in written(context):
        source = before(context, row)
        if source is not None and source.node.layer.understood:
            yield source, row


def pairs(context: Context) -> Iterator[tuple[Row, Row]]:
    """Each layer whose volumes are known, after the nearest one that it reads along a chain."""
    for row in known(context):
        source = before(context, row)
        if source is not None:
            yield source, row


def largest(windows: tuple[Window, ...]) -> int:
    """The largest extent along any axis, dilation counted."""
    return max(window.effective for window in windows)

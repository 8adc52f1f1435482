"""Receptive fields: what every output of every layer sees of the network's input, composed from the layers' reaches.

Statistics that a normalisation takes over width and height are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor, gcd, lcm

from shapecalc.layer import HERE, Reach
from shapecalc.report import Field, ReceptiveField, Row

ONE = Field(1, ((0, 0),))
"""What an input sees of itself."""
Span = tuple[tuple[int, int], ...]
"""First and last position, axis by axis."""
Whole = tuple[Field, ...]
"""All positions of the first INPUT that a row descends from."""
LONGEST_PERIOD = 4096
"""After how many outputs the picture must repeat."""


def add_receptive_fields(rows: Sequence[Row]) -> None:
    """Gives every row its receptive field; rows behind an unknown volume have none."""
    spans: dict[int, Span] = {}
    wholes: dict[int, Whole] = {}
    uneven: dict[int, bool] = {}
    """Whether channels of the same position may see different parts of the input."""
    for row in rows:
        if row.output is None or any(rows[i].field is None for i in row.node.inputs):
            continue
        index, inputs = row.node.index, row.node.inputs
        wholes[index] = wholes[inputs[0]] if inputs else tuple(Field(0, ((0, n - 1),)) for n in row.output.spatial)
        row.field = _field(rows, row, spans, wholes)
        if row.field is not None:
            spans[index] = _span(rows, row, spans)
            uneven[index] = _uneven(rows, row, uneven)
            if row.field.status in ("exact", "whole input") and _picks(rows, row, uneven):
                row.field = ReceptiveField("outer bounds", row.field.axes)


def _field(
    rows: Sequence[Row], row: Row, spans: Mapping[int, Span], wholes: Mapping[int, Whole]
) -> ReceptiveField | None:
    layer, volume, whole = row.node.layer, row.inputs[0] if row.inputs else None, wholes[row.node.index]
    if layer is None or row.output is None:
        return None
    if volume is None:
        return ReceptiveField("exact", (ONE,) * len(row.output.spatial))
    sources = [field for i in row.node.inputs if (field := rows[i].field) is not None]
    if any(field.status == "whole input" for field in sources):
        return ReceptiveField("whole input", whole)
    if layer.sees_everything:
        return _together(spans[row.node.inputs[0]], whole)
    if len(sources) > 1:
        return _joined(row, sources, spans, wholes)
    reach = layer.reach(volume)
    if all(r is HERE for r in reach):
        return sources[0]
    axes = tuple(compose(field, r) for field, r in zip(sources[0].axes, reach, strict=True))
    if any(axis is None for axis in axes):
        return None
    bounds = sources[0].status == "exact" and not all(r.exact for r in reach)
    return ReceptiveField("outer bounds" if bounds else sources[0].status, tuple(filter(None, axes)))


def _uneven(rows: Sequence[Row], row: Row, uneven: Mapping[int, bool]) -> bool:
    """Whether channels of a row may see different parts: behind what joins or reorders them, until all are mixed."""
    layer, inputs, volume = row.node.layer, row.node.inputs, row.inputs[0] if row.inputs else None
    if layer is None or volume is None or row.output is None:
        return False
    if any(w.role == "kernel" and w.shape[-2] >= volume.depth for w in row.weight_arrays):
        return False
    if layer.view and layer.sees_everything and volume.positions > 1 and not _sees_whole(rows[inputs[0]]):
        return True
    joins = row.output.depth != volume.depth and len({rows[i].field for i in inputs}) > 1
    return joins or any(uneven[i] for i in inputs)


def _picks(rows: Sequence[Row], row: Row, uneven: Mapping[int, bool]) -> bool:
    """Whether positions of a row have some only of the channels that see different parts."""
    layer, volume = row.node.layer, row.inputs[0] if row.inputs else None
    if layer is None or volume is None or row.output is None or len(row.inputs) > 1:
        return False
    if layer.view and layer.sees_everything:
        return row.output.positions > 1 and uneven[row.node.index]
    return uneven[row.node.inputs[0]] and not row.weight_arrays and row.output.depth < volume.depth


def _sees_whole(row: Row) -> bool:
    return row.field is not None and row.field.status == "whole input"


def _together(span: Span, whole: Whole) -> ReceptiveField:
    """What all outputs see that read everything: the whole input, or the part that crops and strides leave of it."""
    if len(span) != len(whole) or _covers(span, whole):
        return ReceptiveField("whole input", whole)
    return ReceptiveField("exact", tuple(Field(0, (ends,)) for ends in span))


def _span(rows: Sequence[Row], row: Row, spans: Mapping[int, Span]) -> Span:
    """First and last position of the input, axis by axis, that any output of a row depends on."""
    layer, output = row.node.layer, row.output
    assert layer is not None
    assert output is not None
    if not row.node.inputs:
        return tuple((0, size - 1) for size in output.spatial)
    sources = [spans[i] for i in row.node.inputs]
    if len(sources) > 1:
        alike = [span for span in sources if len(span) == len(sources[0])]
        return tuple((min(a for a, _ in ends), max(b for _, b in ends)) for ends in zip(*alike, strict=True))
    (span,) = sources
    volume, field = row.inputs[0], rows[row.node.inputs[0]].field
    assert volume is not None
    assert field is not None
    reach = layer.reach(volume)
    if layer.sees_everything or all(r is HERE for r in reach) or not len(span) == len(field.axes) == len(reach):
        return span
    axes = zip(span, field.axes, reach, volume.spatial, output.spatial, strict=True)
    return tuple(_narrowed(ends, along, r, size, outputs) for ends, along, r, size, outputs in axes)


def _narrowed(span: tuple[int, int], field: Field, reach: Reach, size: int, outputs: int) -> tuple[int, int]:
    """The part of a span that is left when outputs leave some of the `size` positions at either end unread."""
    first, last = _read(reach, size, outputs)
    low = field.at(first) if first > 0 else None
    high = field.at(last) if last < size - 1 else None
    return max(span[0], low[0]) if low else span[0], min(span[1], high[1]) if high else span[1]


def _read(reach: Reach, size: int, outputs: int) -> tuple[int, int]:
    """First and last of `size` positions that any output reads."""
    step, low, high = reach.step, reach.low, reach.high
    # The first output that does not lie in the padding altogether, and the last.
    begin = max(0, ceil(Fraction(-high) / step)) if step else 0
    end = min(outputs - 1, floor(Fraction(size - 1 - low) / step)) if step else outputs - 1
    return max(0, ceil(step * begin + low)), min(size - 1, floor(step * end + high))


def compose(field: Field, reach: Reach) -> Field | None:
    """What the outputs of a layer see, from what its inputs see.

    Output o reads inputs step·o + low … step·o + high: from what the first of them sees first to what the last
    sees last. None where the picture takes too long to repeat.
    """
    step, low, high, period = reach.step, reach.low, reach.high, len(field.intervals)
    if period == 1 and field.intervals[0] and step.denominator == low.denominator == high.denominator == 1:
        first, last = field.intervals[0]
        interval = (first + field.advance * int(low), last + field.advance * int(high))
        return Field(field.advance * int(step), (interval,))
    outputs = step.denominator * period // gcd(step.numerator, period)
    if outputs > LONGEST_PERIOD:
        return None
    intervals = tuple(_seen(field, ceil(step * o + low), floor(step * o + high), reach.gap) for o in range(outputs))
    return Field(int(step * outputs) // period * field.advance, intervals)


def _seen(field: Field, first: int, last: int, gap: int) -> tuple[int, int] | None:
    """What the inputs first … last, `gap` apart, see together. A whole period of them is enough at either end."""
    taps, period = range(first, last + 1, gap), len(field.intervals)
    seen = [interval for position in {*taps[:period], *taps[-period:]} if (interval := field.at(position))]
    return (min(s[0] for s in seen), max(s[1] for s in seen)) if seen else None


def _joined(
    row: Row, sources: Sequence[ReceptiveField], spans: Mapping[int, Span], wholes: Mapping[int, Whole]
) -> ReceptiveField:
    """The union of branches. One whose 1x1 is spread over the others is seen by all outputs alike."""
    assert row.output is not None
    whole = wholes[row.node.index]
    kept: list[ReceptiveField] = []
    spread: list[ReceptiveField] = []
    status = max((s.status for s in sources), key=("exact", "outer bounds", "mixed").index)
    for source, index, volume in zip(sources, row.node.inputs, row.inputs, strict=True):
        if volume is None or volume.positions == row.output.positions:
            kept.append(source)
        elif _covers(spans[index], whole):
            return ReceptiveField("whole input", whole)
        else:
            spread.append(source)
    if spread or any(wholes[i] != whole for i in row.node.inputs):
        status = "mixed"
    alike = [source for source in kept if len(source.axes) == len(kept[0].axes)]
    axes = []
    for along in zip(*(source.axes for source in alike), strict=True):
        united = unite(along)
        if united is None:
            status = "mixed"
            united = max(along, key=lambda field: field.size)
        axes.append(united)
    for source in spread:
        axes = [max(pair, key=lambda field: field.size) for pair in zip(axes, source.axes, strict=False)]
    return ReceptiveField("mixed" if len(alike) < len(kept) else status, tuple(axes))


def _covers(span: Span, whole: Whole) -> bool:
    """Whether a span is all that there is."""
    return all(a <= 0 and b >= every.size - 1 for (a, b), every in zip(span, whole, strict=False))


def unite(fields: Sequence[Field]) -> Field | None:
    """What outputs see that read all of these; None where they move in different steps or repeat too seldom."""
    if all(field == fields[0] for field in fields):
        return fields[0]
    period = lcm(*(len(field.intervals) for field in fields))
    if len({field.step for field in fields}) > 1 or period > LONGEST_PERIOD:
        return None
    intervals: list[tuple[int, int] | None] = []
    for output in range(period):
        seen = [interval for field in fields if (interval := field.at(output))]
        intervals.append((min(s[0] for s in seen), max(s[1] for s in seen)) if seen else None)
    return Field(int(fields[0].step * period), tuple(intervals))

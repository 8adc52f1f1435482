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
    for row in rows:
        if row.output is None or any(rows[i].field is None for i in row.node.inputs):
            continue
        index, inputs = row.node.index, row.node.inputs
        wholes[index] = wholes[inputs[0]] if inputs else tuple(Field(0, ((0, n - 1),)) for n in row.output.spatial)
        row.field = _field(rows, row, spans, wholes[index])
        if row.field is not None:
            spans[index] = _span(rows, row, spans)


def _field(rows: Sequence[Row], row: Row, spans: Mapping[int, Span], whole: Whole) -> ReceptiveField | None:
    layer, volume = row.node.layer, row.inputs[0] if row.inputs else None
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
        return _joined(row, sources, whole)
    reach = layer.reach(volume)
    if all(r is HERE for r in reach):
        return sources[0]
    axes = tuple(compose(field, r) for field, r in zip(sources[0].axes, reach, strict=True))
    if any(axis is None for axis in axes):
        return None
    bounds = sources[0].status == "exact" and not all(r.exact for r in reach)
    return ReceptiveField("outer bounds" if bounds else sources[0].status, tuple(filter(None, axes)))


def _together(span: Span, whole: Whole) -> ReceptiveField:
    """What all outputs see that read everything: the whole input, or the part that crops and strides leave of it."""
    if len(span) != len(whole) or all(
        a <= 0 and b >= every.size - 1 for (a, b), every in zip(span, whole, strict=True)
    ):
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
    step, low, high = reach.step, reach.low, reach.high
    period = len(field.intervals)
    if period == 1 and field.intervals[0] and step.denominator == low.denominator == high.denominator == 1:
        first, last = field.intervals[0]
        interval = (first + field.advance * int(low), last + field.advance * int(high))
        return Field(field.advance * int(step), (interval,))
    outputs = step.denominator * period // gcd(step.numerator, period)
    if outputs > LONGEST_PERIOD:
        return None
    intervals = tuple(_seen(field, ceil(step * o + low), floor(step * o + high)) for o in range(outputs))
    return Field(int(step * outputs) // period * field.advance, intervals)


def _seen(field: Field, first: int, last: int) -> tuple[int, int] | None:
    """What the inputs first … last see together. A whole period of them is enough at either end."""
    period = len(field.intervals)
    ends = {*range(first, min(first + period, last + 1)), *range(max(first, last - period + 1), last + 1)}
    seen = [interval for position in ends if (interval := field.at(position))]
    return (min(s[0] for s in seen), max(s[1] for s in seen)) if seen else None


def _joined(row: Row, sources: Sequence[ReceptiveField], whole: Whole) -> ReceptiveField:
    """The union of branches. One whose 1x1 is spread over the others is seen by all outputs alike."""
    assert row.output is not None
    kept: list[ReceptiveField] = []
    status = max((s.status for s in sources), key=("exact", "outer bounds", "mixed").index)
    for source, volume in zip(sources, row.inputs, strict=True):
        if volume is None or volume.positions == row.output.positions:
            kept.append(source)
        elif all(_covers(axis, all_of) for axis, all_of in zip(source.axes, whole, strict=False)):
            return ReceptiveField("whole input", whole)
        else:
            status = "mixed"
    alike = [source for source in kept if len(source.axes) == len(kept[0].axes)]
    axes = []
    for along in zip(*(source.axes for source in alike), strict=True):
        united = unite(along)
        if united is None:
            status = "mixed"
            united = max(along, key=lambda field: field.size)
        axes.append(united)
    return ReceptiveField("mixed" if len(alike) < len(kept) else status, tuple(axes))


def _covers(field: Field, whole: Field) -> bool:
    """Whether output 0 sees all that there is."""
    seen, every = field.at(0), whole.at(0)
    return seen is not None and every is not None and seen[0] <= every[0] and seen[1] >= every[1]


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

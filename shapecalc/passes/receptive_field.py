"""Receptive fields: what every output of every layer sees of the network's input, composed from the layers' reaches.

Statistics that a normalisation takes over width and height are not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import gcd, lcm

from shapecalc.core.layer import POINTWISE, AccessPattern, Layer, Volume
from shapecalc.passes.equal_rows import AskedOnce
from shapecalc.passes.input_extent import (
    Box,
    InputAccess,
    Origin,
    Seen,
    covers,
    hull,
    input_access,
    origin_of,
    rearranges,
)
from shapecalc.passes.live_positions import along_axes, everything_of
from shapecalc.passes.report import Field, ReceptiveField, Row, Status

ONE = Field(1, ((0, 0),))
"""What an input sees of itself."""
NOTHING = Field(0, (None,))
"""What a layer sees that gives only what it has learned."""
LONGEST_PERIOD = 4096
"""After how many outputs the picture must repeat."""


def add_receptive_fields(rows: Sequence[Row]) -> None:
    """Gives every row its receptive field; rows after an unknown volume have none."""
    seen: list[Seen | None] = []
    readings = AskedOnce(lambda row: input_access(row, rows[row.node.inputs[0]]))
    for row in rows:
        sources = [seen[i] for i in row.node.inputs]
        found = None
        if row.output is not None and None not in sources:
            reading = readings.of(row) if len(sources) == 1 else None
            found = _seen_by(row, row.node.layer, row.output, [one for one in sources if one], reading)
            row.field = found and found[1]
        seen.append(found)


def _seen_by(
    row: Row, layer: Layer, output: Volume, sources: Sequence[Seen], reading: InputAccess | None
) -> Seen | None:
    """What a row sees, from what its sources see; None where that is not known."""
    if reading is not None and _as_it_arrives(sources[0], reading):
        return output, *sources[0][1:]
    field = _field(layer, output, sources, reading)
    if field is None:
        return None
    origin = origin_of(row, layer, output, sources, reading)
    if field.status in ("exact", "whole input") and _picks(row, output, sources, origin):
        field = ReceptiveField("outer bounds", field.axes)
    if reading and output.depth < sources[0][0].depth and _by_value(sources[0]) and not row.used_arrays:
        origin = origin._replace(inexact=True)
    return output, field, origin


def _as_it_arrives(source: Seen, reading: InputAccess) -> bool:
    """Whether outputs that read their own place see what is known of that."""
    _, field, origin = source
    return reading.own_place and len(reading.access) == len(field.axes) and not origin.differs_by_channel


def _by_value(source: Seen) -> bool:
    """Whether values see parts, it is not known which, of what is seen all together, as after a RESHAPE."""
    _, field, origin = source
    fixed = all(not axis.advance and len(axis.intervals) == 1 for axis in field.axes)
    return fixed and (field.status == "outer bounds" or origin.differs_by_channel)


def network_field(rows: Sequence[Row]) -> ReceptiveField | None:
    """What is called the receptive field of a network: the widest of its layers with windows, padding included.

    Layers that read everything, as FC and GAP do, come after it and tell nothing of the architecture: VGG-16 has
    212 (Araujo, Norris and Sim 2019, "Computing receptive fields of convolutional neural networks"), and its fc1
    sees all 224. A network without windows has what its last layer sees. None where a layer's field is unknown.
    """
    if not rows or any(row.field is None for row in rows):
        return None
    fields = [row.field for row in rows if row.windows] or [rows[-1].field]
    return max(filter(None, fields), key=lambda field: field.longest or 0)


def _field(layer: Layer, output: Volume, sources: Sequence[Seen], reading: InputAccess | None) -> ReceptiveField | None:
    if not sources:
        return ReceptiveField("exact", (ONE,) * len(output.spatial))
    _, field, origin = sources[0]
    if layer.learned:
        return ReceptiveField("exact", (NOTHING,) * len(field.axes))
    if reading is None:
        accesses = layer.branch_accesses(output, *(volume for volume, _, _ in sources))
        read = [_as_read(layer, source, access) for source, access in zip(sources, accesses, strict=True)]
        return _of_branches(layer, output, [one for one in read if one]) if all(read) else None
    if field.status == "whole input":
        return field
    if layer.axis_order is not None:  # Each output sees what it saw, along other axes.
        return _all_of("outer bounds", origin.span)
    if layer.is_global:
        return _together(origin)
    # After a RESHAPE there may be other axes, and all outputs see the same.
    if reading.own_place or len(reading.access) != len(field.axes):
        return field
    return _composed(field, reading.access, exact=reading.exact)


def _composed(field: ReceptiveField, access: Sequence[AccessPattern], *, exact: bool) -> ReceptiveField | None:
    """What outputs see that read so from what sees this field; None where the picture takes too long to repeat."""
    found = along_axes(compose, field.axes, access)
    axes = tuple([axis for axis in found if axis])
    if len(axes) < len(found):
        return None
    bounds = field.status == "exact" and not exact
    return ReceptiveField("outer bounds" if bounds else field.status, axes)


def _as_read(layer: Layer, source: Seen, access: tuple[AccessPattern, ...] | None) -> Seen | None:
    """A branch with what its reader sees of the input by way of it, where that reads more than its own places."""
    volume, field, origin = source
    elsewhere = access is not None and not layer.along_positions and any(r is not POINTWISE for r in access)
    if access is None or not elsewhere or field.status == "whole input" or len(access) != len(field.axes):
        return source
    composed = _composed(field, access, exact=all(r.exact for r in access))
    return (volume, composed, origin) if composed else None


def _all_of(status: Status, span: Box) -> ReceptiveField:
    """What outputs see that all see the same."""
    return ReceptiveField(status, tuple(Field(0, (ends,)) for ends in span))


def _together(origin: Origin) -> ReceptiveField:
    """What all outputs see that read everything: the whole input, or the part that crops and strides leave of it."""
    if origin.inexact:
        return _all_of("outer bounds", origin.span)
    if len(origin.span) != len(origin.whole) or covers(origin):
        return _all_of("whole input", origin.whole)
    return _all_of("exact", origin.span)


def _picks(row: Row, output: Volume, sources: Sequence[Seen], origin: Origin) -> bool:
    """Whether positions of a row have some only of the channels that see different parts."""
    if len(sources) != 1:
        return False
    if rearranges(row.node.layer):
        return output.positions > 1 and origin.differs_by_channel
    volume, _, before = sources[0]
    return before.differs_by_channel and not row.used_arrays and output.depth < volume.depth


def compose(field: Field, access: AccessPattern) -> Field | None:
    """What the outputs of a layer see, from what its inputs see.

    Output o reads inputs step·o + low … step·o + high: from what the first of them sees first to what the last
    sees last. None where the picture takes too long to repeat.

    >>> first = Field(2, ((-1, 1),))  # 3 wide, stride 2, padding 1: output o sees 2·o − 1 … 2·o + 1 of the image
    >>> compose(first, AccessPattern(2, -1, 1))  # and the same once more: from the first of them to the last, 7 wide
    Field(advance=4, intervals=((-3, 3),))
    """
    (step, low, high, parts), period = access.in_parts, len(field.intervals)
    if period == 1 == parts and field.intervals[0]:
        first, last = field.intervals[0]
        return Field(field.advance * step, ((first + field.advance * low, last + field.advance * high),))
    outputs = parts * period // gcd(step, parts * period)
    if outputs > LONGEST_PERIOD:
        return None
    advance = step * outputs // (parts * period) * field.advance
    read = [(-(-(step * output + low) // parts), (step * output + high) // parts) for output in range(outputs)]
    if access.gap == 1 and all(first <= last for first, last in read) and _rises(field):
        # The first that is read and the last decide: 400 outputs of each of 900 layers took a second.
        ends = [(field.at(first), field.at(last)) for first, last in read]
        return Field(advance, tuple([(a[0], b[1]) for a, b in ends if a and b]))
    intervals = tuple([_seen(field, first, last, access.gap) for first, last in read])
    return Field(advance, intervals)


def _rises(field: Field) -> bool:
    """Whether every position sees something, from no earlier than the one before it and to no earlier."""
    ends = (*field.intervals, field.at(len(field.intervals)))
    return all(a and b and a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(ends))


def _seen(field: Field, first: int, last: int, gap: int) -> tuple[int, int] | None:
    """What the inputs first … last, `gap` apart, see together. A whole period of them is enough at either end."""
    taps, period = range(first, last + 1, gap), len(field.intervals)
    seen = [interval for position in {*taps[:period], *taps[-period:]} if (interval := field.at(position))]
    return hull(seen) if seen else None


def _of_branches(layer: Layer, output: Volume, sources: Sequence[Seen]) -> ReceptiveField:
    """What a layer sees that joins branches, of which some may be learned and see nothing."""
    seeing = [source for source in sources if any(axis.intervals != (None,) for axis in source[1].axes)]
    if layer.is_global:
        return _together(max(seeing or sources, key=lambda source: covers(source[2]))[2])
    if layer.along_positions and seeing:
        found = _in_a_row(layer, output, sources)
    else:
        found = _joined(output, seeing or sources)
    return (_all_as_bounds(seeing) if found.status == "mixed" else None) or found


def _in_a_row(layer: Layer, output: Volume, sources: Sequence[Seen]) -> ReceptiveField:
    """What outputs see of branches whose positions come one after the other: as bounds, what any of them would see."""
    accesses = layer.branch_accesses(output, *(volume for volume, _, _ in sources))
    moved: list[ReceptiveField] = []
    for (_, field, _), access in zip(sources, accesses, strict=True):
        access = access or ()
        reached = _composed(field, access, exact=True) if len(access) == len(field.axes) else field
        moved.append(reached or field)
    seeing = [field for field in moved if any(axis.intervals != (None,) for axis in field.axes)]
    united = [unite(axes) for axes in zip(*(field.axes for field in seeing), strict=False)]
    one_image = len({origin.whole for *_, origin in sources}) == 1
    alike = len({len(field.axes) for field in seeing}) == 1
    if one_image and alike and None not in united and all(field.status != "mixed" for field in seeing):
        return ReceptiveField("outer bounds", tuple(filter(None, united)))
    return ReceptiveField("mixed", max(seeing, key=lambda field: [axis.size for axis in field.axes]).axes)


def _all_as_bounds(sources: Sequence[Seen]) -> ReceptiveField | None:
    """As outer bounds all that branches of one image see together, where one of them is said to see that."""
    if len({origin.whole for *_, origin in sources}) != 1:
        return None
    spans = zip(*(origin.span for *_, origin in sources), strict=True)
    bounds = _all_of("outer bounds", tuple(hull(ends) for ends in spans))
    return bounds if any(field.axes == bounds.axes for _, field, _ in sources) else None


def _joined(output: Volume, sources: Sequence[Seen]) -> ReceptiveField:
    """The union of branches. One whose 1x1 is broadcast over the others is seen by all outputs alike."""
    whole, everywhere = sources[0][2].whole, everything_of(output)
    kept = [field for volume, field, _ in sources if volume.positions == output.positions]
    broadcast = [(field, origin) for volume, field, origin in sources if volume.positions != output.positions]
    for volume, field, origin in sources:
        alone = volume.positions != output.positions
        sees_all = field.status == "whole input" or (alone and covers(origin) and not origin.inexact)
        if sees_all and not origin.has_gaps and (alone or origin.live == everywhere):
            return _all_of("whole input", whole)
    one_image = all(origin.whole == whole for *_, origin in sources)
    alike = [field for field in kept if len(field.axes) == len(kept[0].axes)]
    mixed = bool(broadcast) or not one_image or len(alike) < len(kept) or any(f.status == "whole input" for f in kept)
    axes = []
    for along in zip(*(field.axes for field in alike), strict=True):
        united = unite(along) if one_image else None
        mixed = mixed or united is None
        axes.append(united or max(along, key=_size))
    for field, _ in broadcast:
        axes = [max(pair, key=_size) for pair in zip(axes, field.axes, strict=False)]
    statuses = {field.status for field in kept}
    known: Status = next(s for s in ("mixed", "outer bounds", "exact") if s in statuses) if not mixed else "mixed"
    return ReceptiveField(known, tuple(axes))


def _size(field: Field) -> int:
    return field.size


def unite(fields: Sequence[Field]) -> Field | None:
    """What outputs see that read all of these; None where they move in different steps or repeat too seldom."""
    if fields.count(fields[0]) == len(fields):
        return fields[0]
    period = lcm(*[len(field.intervals) for field in fields])
    advances = {field.advance * period // len(field.intervals) for field in fields}
    if len(advances) > 1 or period > LONGEST_PERIOD:
        return None
    intervals: list[tuple[int, int] | None] = []
    for output in range(period):
        seen = [interval for field in fields if (interval := field.at(output))]
        intervals.append(hull(seen) if seen else None)
    return Field(advances.pop(), tuple(intervals))

"""What all outputs of a row together see of the network's input: from which position to which, and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd

from shapecalc.core.layer import POINTWISE, AccessPattern, Layer, Volume
from shapecalc.core.record import NamedTuple
from shapecalc.passes.live_positions import Ends, along_axes, everything_of
from shapecalc.passes.report import Field, ReceptiveField, Row

Box = tuple[Ends, ...]


class Origin(NamedTuple):
    """What is known of a row besides its field."""

    whole: Box
    """All positions of the first INPUT that it descends from."""
    span: Box
    """Those that any of its outputs depends on."""
    live: Box
    """First and last of its own positions that depend on any, and not on padding alone."""
    inexact: bool = False
    """They may be fewer."""
    has_gaps: bool = False
    """What a single output sees has gaps, so that at a border it may see less than there is of its field."""
    differs_by_channel: bool = False
    """Channels of the same position may see different parts."""


Seen = tuple[Volume, ReceptiveField, Origin]


class InputAccess(NamedTuple):
    """How a row reads its one input: what follows from layer and volume, whatever that volume has seen."""

    access: tuple[AccessPattern, ...]
    """Per axis; nothing for a layer that reads all that arrives, or nothing of it."""
    ends: tuple[tuple[int | None, int | None], ...]
    """Per axis the first and the last position that is no padding and is read by any output; nothing where each reads
    its own place."""
    own_place: bool
    """Every output reads the input at its own place alone."""
    exact: bool
    """Outputs that lie clear of the borders read both of their ends."""


def input_access(row: Row, source: Row) -> InputAccess | None:
    """How a row reads its source; None where one of the two is unknown."""
    layer, volume, output = row.node.layer, source.output, row.output
    if volume is None or output is None or source.live is None:
        return None
    if layer.is_global or layer.learned:
        return InputAccess((), (), own_place=False, exact=True)
    access = layer.access(volume)
    # One that crops the end away has an access that is equal, and reads not all.
    own_place = all(along is POINTWISE for along in access) and layer.axis_order is None
    ends = () if own_place else along_axes(_ends_read, access, source.live.ends, output.spatial)
    return InputAccess(access, ends, own_place, all(along.exact for along in access))


def _ends_read(access: AccessPattern, live: Ends, outputs: int) -> tuple[int | None, int | None]:
    return _first_read(access, live[0], outputs), _last_read(access, live[1], outputs)


def covers(origin: Origin) -> bool:
    """Whether all that there is is seen."""
    return all(a <= 0 and b >= last for (a, b), (_, last) in zip(origin.span, origin.whole, strict=False))


def rearranges(layer: Layer) -> bool:
    """Whether values keep what they are and get another position and channel."""
    return layer.view and layer.is_global


def hull(intervals: Iterable[Ends]) -> Ends:
    """From the first position of all intervals to the last."""
    firsts, lasts = zip(*intervals, strict=True)
    return min(firsts), max(lasts)


def origin_of(row: Row, layer: Layer, output: Volume, sources: Sequence[Seen], reading: InputAccess | None) -> Origin:
    """The origin of a row, from those of what it reads; `reading` is how it reads a single source."""
    live = row.live.ends if row.live else everything_of(output)
    if not sources:
        return Origin(live, live, live)
    differs_by_channel = _uneven(row, layer, output, sources)
    if reading is not None:
        left = _after(reading, live, sources[0])
        same = left.differs_by_channel == differs_by_channel
        return left if same else left._replace(differs_by_channel=differs_by_channel)
    origins = [origin for *_, origin in sources if len(origin.span) == len(sources[0][2].span)]
    span, sure = _together(origins), _together([origin for origin in origins if not origin.inexact])
    everywhere = everything_of(output)
    # Where a branch has nothing but padding, outputs see less than what branches see together.
    uneven = len({o.live if v.positions == output.positions else everywhere for v, _, o in sources}) > 1
    has_gaps = uneven or any(origin.has_gaps for origin in origins) or _apart([field for _, field, _ in sources])
    return Origin(sources[0][2].whole, span, live, span != sure, has_gaps, differs_by_channel)


def _together(origins: Sequence[Origin]) -> Box:
    return tuple(hull(along) for along in zip(*(origin.span for origin in origins), strict=True))


def _apart(fields: Sequence[ReceptiveField]) -> bool:
    """Whether branches see parts that do not touch."""
    for along in zip(*(field.axes for field in fields), strict=False):
        for output in range(max(len(axis.intervals) for axis in along)):
            seen = sorted(ends for axis in along if (ends := axis.at(output)))
            reached = seen[0][1] if seen else 0
            for first, last in seen:
                if first > reached + 1:
                    return True
                reached = max(reached, last)
    return False


def _uneven(row: Row, layer: Layer, output: Volume, sources: Sequence[Seen]) -> bool:
    """Whether channels of a row may see different parts: after what joins or reorders them, until all are mixed."""
    volume, field, before = sources[0]
    if len(sources) == 1 and not before.differs_by_channel and not rearranges(layer):
        return False
    if any(w.shape[-2] >= volume.depth for w in row.kernels):
        return False
    if rearranges(layer) and volume.positions > 1 and field.status != "whole input":
        return True
    joins = output.depth != volume.depth and len({field for _, field, _ in sources}) > 1
    return joins or any(origin.differs_by_channel for *_, origin in sources)


def _after(reading: InputAccess, live: Box, source: Seen) -> Origin:
    """What a layer of one input leaves of the span of that; `live` are its own positions."""
    _, field, origin = source
    if not reading.access:
        return origin._replace(has_gaps=False, live=live)
    if reading.own_place:
        return origin
    if field.status == "outer bounds" and not all(map(_reads_all, reading.access, reading.ends, origin.live)):
        # Positions see only parts of it, and it is not known which.
        origin = origin._replace(inexact=True)
    if not len(origin.span) == len(field.axes) == len(reading.access):
        return origin._replace(live=live)
    axes = along_axes(_left, origin.span, field.axes, reading.access, reading.ends, origin.live)
    left, gaps = zip(*axes, strict=True)
    span = tuple([ends or before for ends, before in zip(left, origin.span, strict=True)])
    holes = any(None in along.intervals for along in field.axes)
    # Where branches look in different steps it is not known what the unread ones of their outputs saw.
    unsure = origin.has_gaps or holes or None in left or (field.status == "mixed" and span != origin.span)
    inexact = origin.inexact or unsure or not reading.exact
    return Origin(origin.whole, origin.span if inexact else span, live, inexact, origin.has_gaps or True in gaps)


def _reads_all(access: AccessPattern, ends: tuple[int | None, int | None], live: Ends) -> bool:
    """Whether every position is read by an output."""
    return ends == live and access.gap == 1 and access.step <= access.high - access.low + 1


def _left(
    span: Ends, field: Field, access: AccessPattern, ends: tuple[int | None, int | None], live: Ends
) -> tuple[Ends | None, bool]:
    """The part of a span that outputs see, None where they see nothing, and whether a single one may miss some of it.

    It may where neighbouring positions that it reads see parts that do not touch, or where it may read padding alone.

    >>> image = Field(1, ((0, 0),))  # every position sees itself
    >>> _left((0, 8), image, AccessPattern(2, 0, 1), (0, 7), (0, 8))  # POOL(2) on 9 positions leaves out the last
    ((0, 7), False)
    >>> _left((0, 8), image, AccessPattern(1, 0, 2, gap=2), (0, 8), (0, 8))  # taps 2 apart miss what lies between them
    ((0, 8), True)
    """
    first, last = ends
    low, high = (None, None) if first is None or last is None or first > last else (field.at(first), field.at(last))
    left = (max(span[0], low[0]), min(span[1], high[1])) if low and high else None
    if None in field.intervals or live[1] - live[0] + 1 < access.gap:
        return left, True
    least = min([ends[1] - ends[0] + 1 for ends in field.intervals if ends])
    apart = field.advance * access.gap > least * len(field.intervals)
    return left, apart and access.high - access.low >= access.gap


def _first_read(access: AccessPattern, least: int, outputs: int) -> int | None:
    """The first position from `least` on that any output reads.

    >>> _first_read(AccessPattern(2, 0, 6, gap=3), 1, 3)  # three outputs read 0, 3, 6 and 2, 5, 8 and 4, 7, 10
    2
    """
    best: int | None = None
    step, _, high, parts = access.in_parts
    begin = max(0, -((high - least * parts) // step)) if step else 0
    for output in range(begin, min(outputs, begin + _period(access))):
        start, stop = access.reads(output)
        if best is not None and (start >= best or best == least):
            break
        position = start + max(0, -((start - least) // access.gap)) * access.gap
        if position <= stop:
            best = position if best is None else min(best, position)
    return best


def _last_read(access: AccessPattern, most: int, outputs: int) -> int | None:
    """The last position up to `most` that any output reads.

    >>> _last_read(AccessPattern(2, 0, 6, gap=3), 9, 3)  # of 10 positions; the tap at 10 is in the padding
    8
    """
    best: int | None = None
    step, low, _, parts = access.in_parts
    begin = min(outputs - 1, (most * parts - low) // step) if step else outputs - 1
    for output in range(begin, max(-1, begin - _period(access)), -1):
        start, stop = access.reads(output)
        if best is not None and (stop <= best or best == most):
            break
        position = start + (min(stop, most) - start) // access.gap * access.gap
        if position >= start:
            best = position if best is None else max(best, position)
    return best


def _period(access: AccessPattern) -> int:
    """After how many outputs taps fall on the same remainders again, or fractions on a position.

    >>> _period(AccessPattern(2, 0, 6, gap=3)), _period(AccessPattern(2, 0, 4, gap=4)), _period(AccessPattern(2, 0, 6))
    (3, 2, 1)
    """
    if access.gap == 1 and isinstance(access.step, int):
        return 1
    step = access.step
    return access.gap // gcd(step.numerator, access.gap) if step.denominator == 1 else step.denominator + 1

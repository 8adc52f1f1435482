"""One axis as a picture: its positions with their padding, and what the first, second and last output read of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Literal

from shapecalc.core.layer import AccessPattern
from shapecalc.core.record import Record

State = Literal["read", "unread", "padding", "unread padding", "beyond"]
"""What a position is: a real one, padding, or what lies beyond the padding and is read all the same."""

Span = tuple[int, int]
"""From the first position to the last."""
MOST_LOOKED_AT = 1000
"""Positions at either end that are looked at for what nothing reads."""


class Reading(Record):
    """One output, and the positions that it reads: from the first to the last, `gap` apart."""

    output: int
    first: int
    last: int
    gap: int = 1

    def reads(self, position: int) -> bool:
        """Whether a position is among them."""
        return self.first <= position <= self.last and (position - self.first) % self.gap == 0


@dataclass(frozen=True, slots=True)
class AxisPicture:
    """An axis of `size` real positions, numbered from 0, and how `outputs` outputs read it.

    With `turned` inputs and outputs are exchanged, as in a transposed convolution: input positions add to outputs.
    """

    name: str
    size: int
    before: int
    after: int
    outputs: int
    access: AccessPattern
    turned: bool = False
    named: str = "position"
    """What it is a number of: in the depth, of a channel."""
    reader: str = "window"
    """What an output reads with."""
    clipped: bool = False
    """Of what lies beyond the ends nothing is read."""
    readings: tuple[Reading, ...] = field(init=False)
    """Of the first output, the second and the last."""

    def __post_init__(self) -> None:
        wanted = sorted({0, min(1, self.outputs - 1), self.outputs - 1})
        object.__setattr__(self, "readings", tuple(map(self.reading, wanted)))

    def reading(self, output: int) -> Reading:
        """What an output reads."""
        first, last = self.access.step * output + self.access.low, self.access.step * output + self.access.high
        if self.clipped:
            first, last = max(first, 0), min(last, self.size - 1)
        return Reading(output, ceil(first), floor(last), self.access.gap)

    @property
    def start(self) -> int:
        """The first position, padding included."""
        return min(-self.before, min(r.first for r in self.readings))

    @property
    def end(self) -> int:
        """The last position, with padding and what a last window takes beyond it."""
        return max(self.size + self.after - 1, max(r.last for r in self.readings))

    def state(self, position: int) -> State:
        """What a position is, and whether any output reads it."""
        read = self._is_read(position)
        if 0 <= position < self.size:
            return "read" if read else "unread"
        if -self.before <= position < self.size + self.after:
            return "padding" if read else "unread padding"
        return "beyond"

    def _is_read(self, position: int) -> bool:
        """Whether an output reads a position; those that may are the ones whose span holds it."""
        step, low, high = self.access.step, self.access.low, self.access.high
        if not step:
            return low <= position <= high
        first, last = max(0, ceil((position - high) / step)), min(self.outputs - 1, floor((position - low) / step))
        return any(self.reading(output).reads(position) for output in range(first, last + 1))

    def columns(self, most: int) -> list[int | None]:
        """At most so many positions in order, the nearest to where something begins or ends; None for a gap.

        Whole windows where they fit, else their ends.

        >>> AxisPicture("width", 50, 0, 0, 17, AccessPattern(3, 0, 1)).columns(9)
        [0, 1, 2, 3, 4, None, 48, 49]
        """
        ends = [(edge, edge) for edge in self.edges()]
        whole = _merged([*ends, *((r.first, r.last) for r in self.readings)])
        kept = whole if _width(whole) <= most else ends
        narrow, wide = 0, self.end - self.start + 1
        while narrow < wide:
            middle = (narrow + wide + 1) // 2
            fits = _width(self._around(kept, middle)) <= most
            narrow, wide = (middle, wide) if fits else (narrow, middle - 1)
        return list(_positions(self._around(kept, narrow)))

    def edges(self) -> list[int]:
        """Where something begins or ends."""
        ends = {self.start, 0, self.size - 1, self.end}
        return sorted(ends | {p for r in self.readings for p in (r.first, r.last)})

    def _around(self, spans: list[Span], reach: int) -> list[Span]:
        """The spans, longer by so many positions at both ends."""
        return _merged([(max(a - reach, self.start), min(b + reach, self.end)) for a, b in spans])

    def unread_note(self) -> str:
        """Which real positions nothing reads, in words; empty where there is none."""
        tail = self.size
        while tail > 0 and self.size - tail < MOST_LOOKED_AT and self.state(tail - 1) == "unread":
            tail -= 1
        head = 0
        while head < min(tail, MOST_LOOKED_AT) and self.state(head) == "unread":
            head += 1
        ends = [_span(0, head - 1)] * (head > 0) + [_span(tail, self.size - 1)] * (tail < self.size)
        if any(self.state(p) == "unread" for p in range(head, min(tail, head + MOST_LOOKED_AT))):
            ends.append("what is between" if ends else "what is between two of them")
        verb = "no input adds to" if self.turned else f"no {self.reader} reads"
        return f"× {verb} {' and '.join(ends)}" if ends else ""


def _merged(spans: list[Span]) -> list[Span]:
    """The spans in order, those joined that touch or leave a single position between them."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first - joined[-1][1] <= 2:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _width(spans: list[Span]) -> int:
    """Columns that they take, with one between each two."""
    return sum(last - first + 1 for first, last in spans) + len(spans) - 1


def _positions(spans: list[Span]) -> Iterator[int | None]:
    for place, (first, last) in enumerate(spans):
        if place:
            yield None
        yield from range(first, last + 1)


def _span(first: int, last: int) -> str:
    return f"position {first}" if first == last else f"positions {first} to {last}"

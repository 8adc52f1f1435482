"""The arithmetic of one window sliding along one axis: sizes, exact quotients, and what is left unread."""

from __future__ import annotations

from functools import lru_cache
from math import gcd, lcm
from typing import Literal

from shapecalc.core.exact import Exact, divided
from shapecalc.core.record import NamedTuple

Rounding = Literal["floor", "ceil", "caffe"]
TilingClass = Literal["exact", "subsamples", "trims-padding", "drops-pixels"]

GRADES: tuple[TilingClass, ...] = ("exact", "subsamples", "trims-padding", "drops-pixels")
"""From harmless to harmful."""


class ShapeError(ValueError):
    """What does not work out about a layer's shapes, in its own numbers.

    `code` is the diagnostic's code, `label` says expected and found, `help` what to write instead,
    `notes` what is true whatever else fixes it. Whoever knows the layer and its place adds them.
    """

    def __init__(
        self, code: str, message: str, *, label: str = "", help: tuple[str, ...] = (), notes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.label, self.help, self.notes = code, message, label, help, notes


class Window(NamedTuple):
    """A window along one axis: `extent` taps, `dilation` apart, moved by `stride` over the padded input."""

    extent: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    rounding: Rounding = "floor"

    @property
    def effective(self) -> int:
        """Fe = d·(F − 1) + 1, the positions from the first tap to the last."""
        return self.dilation * (self.extent - 1) + 1

    def slack(self, size: int) -> int:
        """W − Fe + P_before + P_after, how far the window can be moved; negative where it does not fit."""
        return size + self.before + self.after - self.effective

    def quotient(self, size: int) -> Exact:
        """(W − Fe + P_before + P_after)/S + 1, exactly."""
        return divided(self.slack(size), self.stride) + 1

    def formula(self, size: int, *, zeros: bool = True) -> str:
        """The same, written out with the user's numbers: `(224 − 11 + 2·0)/4 + 1 = 54.25`, or without `zeros`."""
        pads = f" + 2·{self.before}" if self.before == self.after else f" + {self.before} + {self.after}"
        shown = pads if zeros or self.before or self.after else ""
        return f"({size} − {self.effective}{shown})/{self.stride} + 1 = {decimal(self.quotient(size))}"

    def hangs_over(self, size: int) -> bool:
        """Whether the only window is larger than the padded input, and rounding up takes it all the same."""
        slack = self.slack(size)
        return self.rounding != "floor" and -self.stride < slack < 0

    def outputs(self, size: int) -> int:
        """How many windows fit along an axis of `size` positions.

        Rounds down; `ceil` (PyTorch, ONNX) adds the window that goes beyond the end if it starts inside the
        input or the padding before it; `caffe` clips in this way only where there is padding. Rounding up even
        a first window may hang over, by less than a stride: see `hangs_over`.
        Raises ShapeError SHP205 when not one window fits.
        """
        slack = self.slack(size)
        if slack < 0 and not self.hangs_over(size):
            padded = f"{size} + {self.before} + {self.after}" if self.before or self.after else str(size)
            raise ShapeError(
                "SHP205",
                f"a window of {self.effective} does not fit into {padded} positions",
                label=f"extent {self.effective} is larger than the padded input, {size + self.before + self.after}",
            )
        if self.rounding == "floor":
            return slack // self.stride + 1
        count = -(-slack // self.stride) + 1
        clips = self.rounding == "ceil" or self.before or self.after
        if clips and (count - 1) * self.stride >= size + self.before:
            count -= 1
        return count


SHORT, LONG = 6, 20
"""Digits after the point of a number that is written with one: of any, and of one whose fraction nobody can read."""


def decimal(value: Exact) -> str:
    """A number as people write it: `54.25` where that is exact and short, else `8/3`.

    >>> decimal(divided(217, 4)), decimal(divided(1, 128)), decimal(divided(3, 10**8))
    ('54.25', '1/128', '3e-8')
    """
    if value.denominator == 1:
        return str(value.numerator)
    for digits in range(1, (SHORT if value.denominator <= 10**SHORT else LONG) + 1):
        scaled = value * 10**digits
        if scaled.denominator == 1:
            sign = "-" if scaled < 0 else ""
            whole, rest = divmod(abs(scaled.numerator), 10**digits)
            return f"{sign}{whole}.{rest:0{digits}d}" if abs(value) * 10**SHORT >= 1 else f"{sign}{rest}e-{digits}"
    return f"{value.numerator}/{value.denominator}"


def same_padding(size: int, extent: int, stride: int, dilation: int) -> tuple[int, int]:
    """TensorFlow's and ONNX's SAME_UPPER: ceil(W/S) windows, the odd position of padding at the end."""
    effective = dilation * (extent - 1) + 1
    total = max((-(-size // stride) - 1) * stride + effective - size, 0)
    return total // 2, total - total // 2


class Tiling(NamedTuple):
    """How the windows of one axis cover it."""

    kind: TilingClass
    quotient: Exact
    unread: int
    """Real positions that no window reads."""
    trimmed: int
    """Positions of padding left over after the last window."""
    dropped: int
    """Of the real positions, those left over after the last window."""


class AccessPattern(NamedTuple):
    """Output position o of an axis reads the input positions from step·o + low to step·o + high, `gap` apart.

    Ends between two positions are rounded inwards: up for the first, down for the last.
    """

    step: Exact
    low: Exact
    high: Exact
    exact: bool = True
    """Both ends are really read by every output that lies clear of the borders."""
    gap: int = 1

    @property
    def in_parts(self) -> tuple[int, int, int, int]:
        """Step, low and high as whole numbers of parts of a position, and how many parts that has.

        >>> from fractions import Fraction
        >>> AccessPattern(Fraction(1, 2), Fraction(-1, 2), 1).in_parts
        (1, -1, 2, 2)
        """
        step, low, high, *_ = self
        if type(step) is int and type(low) is int and type(high) is int:
            return step, low, high, 1
        parts = lcm(step.denominator, low.denominator, high.denominator)
        whole = [n.numerator * (parts // n.denominator) for n in (step, low, high)]
        return whole[0], whole[1], whole[2], parts

    def reads(self, output: int) -> tuple[int, int]:
        """First and last position that an output reads, of those that there would be on an endless axis.

        >>> from fractions import Fraction
        >>> AccessPattern(Fraction(1, 2), Fraction(-1, 2), 1).reads(3)
        (1, 2)
        """
        step, low, high, parts = self.in_parts
        return -(-(step * output + low) // parts), (step * output + high) // parts


POINTWISE = AccessPattern(1, 0, 0)
"""Every output reads the input at its own place."""


@lru_cache(maxsize=4096)
def read_through(windows: tuple[Window, ...]) -> tuple[AccessPattern, ...]:
    """What outputs read that each have a window of every axis."""
    return tuple([AccessPattern(w.stride, -w.before, w.effective - 1 - w.before, gap=w.dilation) for w in windows])


@lru_cache(maxsize=4096)
def tiling(size: int, window: Window, live: tuple[int, int] | None = None) -> Tiling:
    """Which positions are read, from the positions themselves.

    Only those from the first to the last of `live` are real (all, if it is None): what lies beyond is padding, as if
    the window had it. Input between the windows of a stride larger than the extent is left out by design.

    >>> tiling(13, Window(2, 2)).kind, tiling(13, Window(2, 2)).unread  # 0-1, 2-3, …, 10-11; nothing reads 12
    ('drops-pixels', 1)
    >>> tiling(14, Window(2, 2, before=1), live=(0, 12)).kind  # 13 is a zero of a PAD before it
    'trims-padding'
    >>> tiling(9, Window(3, 2, dilation=2)).unread  # taps 0 2 4, 2 4 6, 4 6 8: the odd positions are not read
    4
    """
    count = window.outputs(size)
    low, high = live or (0, size - 1)
    read = _positions_read(window, count, low + window.before, high + window.before)
    unread = high + 1 - low - read
    end = (count - 1) * window.stride - window.before + window.effective
    dropped = max(high + 1 - max(end, low), 0)
    trimmed = max(size + window.after - max(end, high + 1), 0)
    kind: TilingClass = "exact"
    if unread:
        kind = "subsamples" if window.stride > window.extent else "drops-pixels"
    elif trimmed:
        kind = "trims-padding"
    return Tiling(kind, window.quotient(size), unread, trimmed, dropped)


def _positions_read(window: Window, count: int, low: int, high: int) -> int:
    """How many of the positions low..high are `tap·dilation + index·stride` for some tap and some window.

    Taps whose positions are equal modulo the stride lie `dilation/g` windows apart, g the greatest common divisor of
    both, and each is moved over a run of `count` windows. The same holds with taps and windows exchanged, so that
    the smaller number of classes is walked: it is below the square root of the size, however large a window is.

    >>> _positions_read(Window(3, 2, dilation=2), 2, 0, 8)  # 0 2 4, 2 4 6
    4
    >>> _positions_read(Window(10**9, 10**9 - 1), 10**9, 0, 10**18)
    999999999000000001
    """
    taps, windows = (window.extent, window.dilation), (count, window.stride)
    common = gcd(window.dilation, window.stride)
    if min(count, window.dilation // common) < min(window.extent, window.stride // common):
        taps, windows = windows, taps
    (extent, dilation), (length, stride) = taps, windows
    classes = min(extent, stride // common)
    read = 0
    for first in range(classes):
        start, residue = divmod(first * dilation, stride)
        runs = -(-(extent - first) // (stride // common))
        lowest, highest = -((residue - low) // stride), (high - residue) // stride
        read += _covered(start, dilation // common, runs, length, lowest, highest)
    return read


def _covered(start: int, step: int, runs: int, length: int, low: int, high: int) -> int:
    """How many of low..high lie in one of so many runs of `length`, which begin `step` apart."""
    if step <= length:
        return max(min(start + (runs - 1) * step + length - 1, high) - max(start, low) + 1, 0)
    before = _covered_below(start, step, runs, length, low)
    return max(_covered_below(start, step, runs, length, high + 1) - before, 0)


def _covered_below(start: int, step: int, runs: int, length: int, end: int) -> int:
    """How many positions below `end` lie in runs that do not meet."""
    whole, rest = divmod(max(end - start, 0), step)
    return runs * length if whole >= runs else whole * length + min(rest, length)

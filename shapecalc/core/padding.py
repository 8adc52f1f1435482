"""Padding: by numbers before and after every axis, or by a name that depends on the window."""

from __future__ import annotations

from shapecalc.core.parameters import LARGEST_EXTENT, ArgumentError, Sizes, Value, Word, integer
from shapecalc.core.phrases import counted, size_text
from shapecalc.core.record import NamedTuple
from shapecalc.core.window import ShapeError, same_padding


class Padding(NamedTuple):
    """Padding normalised: a name, or pairs (before, after) for every axis or one for all."""

    name: str = ""
    pairs: tuple[tuple[int, int], ...] = ()

    def over(
        self, spatial: tuple[int, ...], extent: Sizes, stride: Sizes, dilation: Sizes
    ) -> tuple[tuple[int, int], ...]:
        """(before, after) for every axis, under windows. Raises ShapeError SHP209 for a wrong number of axes."""
        rank = len(spatial)
        if not self.name:
            return self.each(rank)
        axes = zip(spatial, extent.over(rank), stride.over(rank), dilation.over(rank), strict=True)
        return tuple(_named_padding(self.name, *axis) for axis in axes)

    def each(self, rank: int) -> tuple[tuple[int, int], ...]:
        """The numbers of every axis, where there is no name. Raises ShapeError SHP209 for a wrong number of axes."""
        if len(self.pairs) == 1:
            return self.pairs * rank
        if len(self.pairs) != rank:
            raise ShapeError(
                "SHP209",
                f"the padding is for {counted(len(self.pairs), 'axis', 'axes')}, "
                f"and the input has {counted(rank, 'spatial axis', 'spatial axes')}",
                label=f"expected {2 * rank} numbers, before and after for each axis",
            )
        return self.pairs

    def __str__(self) -> str:
        if self.name:
            return self.name
        if all(before == after for before, after in self.pairs):
            return size_text(before for before, _ in self.pairs)
        return "(" + ",".join(str(n) for pair in self.pairs for n in pair) + ")"

    @property
    def shortest(self) -> str:
        """One number where all axes have the same on both sides."""
        pairs = set(self.pairs)
        return str(Padding(self.name, tuple(pairs)) if len(pairs) == 1 and len(set(*pairs)) == 1 else self)


PRESERVE = Padding("preserve")
"""Size-preserving at stride 1: (Fe − 1)/2 on both sides, the odd one at the end for even extents."""


def _named_padding(name: str, size: int, extent: int, stride: int, dilation: int) -> tuple[int, int]:
    effective = dilation * (extent - 1) + 1
    if name == "valid":
        return 0, 0
    if name == "full":
        return effective - 1, effective - 1
    if name == "causal":
        return effective - 1, 0
    if name == "preserve":
        return (effective - 1) // 2, effective // 2
    before, after = same_padding(size, extent, stride, dilation)
    return (before, after) if name == "same" else (after, before)


def padding(value: Value) -> Padding:
    """`1`, `1x2` per axis, `(left,right,top,bottom)`, same, same_lower, valid, full, causal. Raises ArgumentError."""
    if isinstance(value, Padding):
        return value
    if isinstance(value, Word):
        name = {"same_upper": "same", "half": "preserve"}.get(value.lower(), value.lower())
        if name not in ("same", "same_lower", "valid", "full", "preserve", "causal"):
            raise ArgumentError(
                "must be a number, a size, (left,right,top,bottom), same, same_lower, valid, full or causal, "
                f"not '{value}'"
            )
        return Padding(name)
    what = "a whole number"
    if isinstance(value, tuple) and not isinstance(value, Sizes):
        if len(value) not in (2, 4, 6):
            raise ArgumentError(
                f"has {len(value)} numbers; padding in brackets is (left,right,top,bottom), two numbers for each axis"
            )
        numbers = [integer(v, 0, LARGEST_EXTENT, what) for v in value]
        return Padding("", tuple(zip(numbers[::2], numbers[1::2], strict=True)))
    parts = value if isinstance(value, Sizes) else (value,)
    numbers = [integer(v, 0, LARGEST_EXTENT, what) for v in parts]
    return Padding("", tuple([(n, n) for n in numbers]))


padding.words = ("same", "same_upper", "same_lower", "half", "preserve", "valid", "full", "causal")  # type: ignore[attr-defined]


def border(value: Value) -> Padding:
    """`1`, `1x2` per axis, `(left,right,top,bottom)`: where no window slides, no name says how much.

    Raises ArgumentError.
    """
    if isinstance(value, Word):
        raise ArgumentError(f"must be a number, a size or (left,right,top,bottom), not '{value}'")
    return padding(value)

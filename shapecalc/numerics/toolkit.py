"""What layers run with: pads, slides, multiplies and counts, so that a layer's forward only says what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from types import ModuleType
from typing import Any, Literal, NamedTuple

import numpy as np

from shapecalc.numerics import dot_product_attention as attention
from shapecalc.numerics import products
from shapecalc.numerics.arrays import (
    Array,
    Patches,
    Unrunnable,
    apart,
    by_rows,
    each,
    erf,
    grid,
    lengthened,
    pad,
    scaled,
    slide_along,
)
from shapecalc.numerics.transposed_convolution import transposed_axis

__all__ = ["Array", "Fitted", "NoForward", "Patches", "Run", "Slid", "Unrunnable"]


class Given(dict[str, Any]):
    """Weights by name, arrays or `RowBlocks`; one that is not there is an empty array, which fits nowhere."""

    def __missing__(self, name: str) -> Array:
        return np.empty(0, np.float32)


class NoForward(Unrunnable):
    """A layer counts without being known well enough to be run: an activation of an unknown name."""


Role = Literal["weight", "bias", "running"]
"""Multiplied, added, or a statistic that is not trained."""


class Fitted(NamedTuple):
    """A weight that a forward used: the array given, the shape that the arrays demanded, and what it is used as."""

    given: Array
    demanded: tuple[int, ...]
    role: Role

    @property
    def size(self) -> int:
        """Values demanded."""
        return prod(self.demanded)

    @property
    def fits(self) -> bool:
        """Whether what was given is what was demanded."""
        return self.given.shape == self.demanded


class Slid(NamedTuple):
    """Windows that a forward slid: how many values of one image each of them gathers, and how many there are."""

    gathered: int
    windows: int


@dataclass
class Run:
    """The toolkit of one layer for one forward pass. Knows nothing of the shape rules."""

    may_overwrite: bool = False
    """Nobody else reads the input any more: a layer that works in place may."""
    counter: products.MacCounter = field(default_factory=products.MacCounter)
    fitted: list[Fitted] = field(default_factory=list)
    slid: list[Slid] = field(default_factory=list)
    cut: list[tuple[int, int]] = field(default_factory=list)
    """What a transposed convolution cut off before and after every axis; less than nothing is what it added."""
    apart: bool = False
    """Taps or windows are apart on some axis, though what lies between them may be nothing but padding."""
    np: ModuleType = np

    # --- weights and places to write ----------------------------------------------------------

    def fit(self, weight: Array, shape: Sequence[int], *, role: Role = "weight") -> Array:
        """A weight, compared with the shape that the arrays at hand demand; zeros of that shape if it differs.

        One that is shared by layers of other ranks may have more or fewer axes of 1.
        """
        used = Fitted(weight, tuple(map(int, shape)), role)
        self.fitted.append(used)
        if used.fits:
            return weight
        given, demanded = ([n for n in shape if n > 1] for shape in (weight.shape, used.demanded))
        alike = given == demanded and weight.ndim != len(used.demanded)
        return weight.reshape(used.demanded) if alike else np.zeros(used.demanded, np.float32)

    def array(self, values: Any) -> Array:
        """An array as every layer returns it: float32 and in one piece."""
        return np.ascontiguousarray(values, np.float32)

    def copied(self, values: Any) -> Array:
        """The same for values that may still lie in the input's memory, in memory of their own."""
        return np.array(values, np.float32, order="C")

    def over(self, x: Array) -> Array:
        """Where a layer that works in place writes: its input, or a new array where something else still reads that."""
        return x if self.may_overwrite else np.empty_like(x, order="C")

    def same(self, x: Array) -> Array:
        """The values themselves; a copy where something else still reads them."""
        return x if self.may_overwrite else x.copy()

    def apply(self, function: Callable[[Any, Any], Any], x: Array, *, fresh: bool = False) -> Array:
        """A function of rows (positions x channels) and of the place for its result, as `by_rows` calls it.

        In place unless the result is to be a fresh array.
        """
        return by_rows(function, x, np.empty_like(x, order="C") if fresh else self.over(x))

    def scale(self, x: Array, factor: Any, shift: Any, *, fresh: bool = False) -> Array:
        """Factor · x + shift, both one for all channels or one for each; in place like `apply`."""
        return scaled(x, factor, shift, np.empty_like(x, order="C") if fresh else self.over(x))

    # --- windows ------------------------------------------------------------------------------

    def windows(
        self,
        x: Array,
        extent: Sequence[int],
        stride: Sequence[int],
        padding: Any,
        dilation: Sequence[int] = (1,),
        rounding: str = "floor",
        fill: float = 0.0,
    ) -> Patches:
        """The windows that fit, over the array padded with `fill`; sizes are one for all axes or one for each."""
        placements, taps, counts = grid(x.shape[1:-1], extent, stride, dilation, padding, rounding)
        self.apart = self.apart or any(apart(len(p.offsets), p.starts.step, p.offsets.step) for p in placements)
        patches = Patches(self.pad(x, placements, fill), placements, taps, counts)
        self.slid.append(Slid(prod(taps) * patches.depth, prod(counts)))
        return patches

    def pad(self, x: Array, placements: Sequence[Any], fill: float = 0.0) -> Array:
        """The array with padding around it."""
        return pad(x, placements, fill)

    def borders(self, x: Array, padding: Any) -> tuple[tuple[int, int], ...]:
        """The numbers (before, after) of every axis."""
        return each(padding.pairs, x.ndim - 2)

    def join(self, patches: Patches, join: Any) -> Array:
        """All taps of every window joined with a ufunc such as np.maximum, axis after axis."""
        out = patches.padded
        for axis, placement in enumerate(patches.placements, 1):
            out = slide_along(out, axis, placement, join)
        return out

    def taps_read(self, patches: Patches, *, padding: bool) -> Array:
        """For every window how many of its taps lie on real input (and padding), shaped to go with a pooled array."""
        total = np.ones((1,) * patches.padded.ndim, np.float32)
        for axis, p in enumerate(patches.placements, 1):
            counts = p.counted if padding else p.real
            total = total * counts.astype(np.float32).reshape((-1,) + (1,) * (patches.padded.ndim - axis - 1))
        return total

    # --- products, which count ----------------------------------------------------------------

    def convolve(self, patches: Patches, kernel: Array, groups: int = 1, bias: Array | None = None) -> Array:
        """Windows times a kernel of taps x channels of a group x filters."""
        return products.convolve(self.counter, patches, kernel, groups, bias)

    def connect(self, patches: Patches, kernel: Array, groups: int = 1, bias: Array | None = None) -> Array:
        """Windows times a kernel of their own for every position."""
        return products.connect(self.counter, patches, kernel, groups, bias)

    def matmul(self, rows: Array, kernel: Array | products.RowBlocks, bias: Array | None = None) -> Array:
        """A matrix product."""
        flat = rows.reshape(-1, rows.shape[-1])
        out = np.empty((*rows.shape[:-1], kernel.shape[-1]), np.float32)
        if isinstance(kernel, products.RowBlocks):
            self.counter.matmul_by_rows(flat, kernel, out.reshape(len(flat), -1))
        else:
            self.counter.matmul(flat, kernel, out.reshape(len(flat), -1))
        return out if bias is None else np.add(out, bias, out=out)

    def transposed_convolution(
        self,
        x: Array,
        kernel: Array,
        stride: Sequence[int],
        padding: Any,
        output_padding: Sequence[int] | None,
        dilation: Sequence[int],
        groups: int = 1,
        bias: Array | None = None,
    ) -> Array:
        """Transposed convolution; sizes are one for all axes or one for each. Raises Unrunnable for no output."""
        rank = x.ndim - 2
        steps, gaps = each(stride, rank), each(dilation, rank)
        extra = each((None,) if output_padding is None else output_padding, rank)
        axes = []
        for axis, size in enumerate(x.shape[1:-1]):
            taps, step, gap = kernel.shape[axis], steps[axis], gaps[axis]
            axes.append(
                transposed_axis(size, taps, step, gap, padding.name or each(padding.pairs, rank)[axis], extra[axis])
            )
            self.apart = self.apart or apart(taps, step, gap)
        self.cut += [axis.cut for axis in axes]
        spans = [max(axis.reached, axis.stop) for axis in axes]
        cuts = [slice(axis.first, axis.stop) for axis in axes]
        out = np.zeros((x.shape[0], *spans, kernel.shape[-1]), np.float32)
        products.transposed_convolution(self.counter, x, kernel, groups, steps, gaps, out)
        kept = np.ascontiguousarray(out[(slice(None), *cuts)])
        if not kept.size:
            raise Unrunnable("the padding removes everything")
        return kept if bias is None else np.add(kept, bias, out=kept)

    def attend(
        self,
        query: Array,
        key: Array,
        value: Array,
        heads: int,
        scale: float,
        windows: tuple[Sequence[int], Sequence[int], bool] | None,
        table: Array | None,
        *,
        causal: bool = False,
    ) -> Array:
        """Attention between all positions, or within windows: their extent, how far they are moved, whether a grid.

        `table` has a row for each distance between two positions of a window, and a column a head. With `causal` no
        position looks at a later one.
        """
        sizes = query.shape[1:-1]
        parts = None if windows is None else attention.parts_of(sizes, windows[0], windows[1], grid=windows[2])
        bias = None
        if table is not None:
            bias = np.moveaxis(table[attention.offsets_of(sizes if windows is None else windows[0])], -1, 0)
        q, k, v = (a.reshape(len(a), -1, a.shape[-1]) for a in (query, key, value))
        out = attention.attend(self.counter, q, k, v, heads, scale, bias, parts, causal=causal)
        return self.array(out.reshape(*query.shape[:-1], -1))

    def each(self, values: Sequence[int], sizes: Sequence[int]) -> tuple[int, ...]:
        """One number for every axis, from one for all or one for each."""
        return tuple(each(values, len(sizes)))

    # --- what several layers share ------------------------------------------------------------

    def share(self, depth: int, groups: int) -> int:
        """Channels of a group. Raises Unrunnable unless the groups divide the depth."""
        return products.share(depth, groups, "channels")

    def broadcast(self, arrays: Sequence[Array], join: Any, *, over_depth: bool = False) -> Array:
        """Branches joined value by value with a ufunc; those of one position are broadcast over the others.

        `over_depth` does so with those of one channel too. Raises Unrunnable for branches that do not join.
        """
        widest = max(arrays, key=lambda a: a.size)
        depth = max(a.shape[-1] for a in arrays)
        for a in arrays:
            positions = a.shape[1:-1]
            alike = positions == widest.shape[1:-1] or (a.ndim == widest.ndim and set(positions) == {1})
            if not alike or (a.shape[-1] != depth and not (over_depth and a.shape[-1] == 1)):
                raise Unrunnable(f"branches of {a.shape[1:]} and {widest.shape[1:]} do not join")
        shape = (*np.broadcast_shapes(*(a.shape[:-1] for a in arrays)), depth)
        first, *others = arrays
        out = np.empty(shape, np.float32)
        if not others:
            np.copyto(out, first)
        for other in others:
            first = join(first, other, out=out)
        return out

    def normalise(self, x: Array, axes: tuple[int, ...], eps: float) -> Array:
        """(x − mean)/sqrt(variance + eps) over some axes, in a fresh array."""
        centred = x - x.mean(axis=axes, keepdims=True)
        variance = np.square(centred).mean(axis=axes, keepdims=True)
        return self.array(np.divide(centred, np.sqrt(variance + np.float32(eps)), out=centred))

    def lengthen(self, x: Array, factors: Sequence[int | Fraction], *, smooth: bool) -> Array:
        """Every spatial axis its factor times as long: values repeated, or interpolated between pixel centres."""
        rank = x.ndim - 2
        for axis, factor in enumerate(each(factors, rank), 1):
            x = lengthened(x, axis, factor, smooth)
        return np.ascontiguousarray(x)

    def resize(self, x: Array, sizes: Sequence[int], *, smooth: bool) -> Array:
        """Every spatial axis as long as given."""
        factors = [Fraction(n, w) for n, w in zip(sizes, x.shape[1:-1], strict=True)]
        return self.lengthen(x, factors, smooth=smooth)

    def regions(self, x: Array, sizes: Sequence[int], reduce: Any) -> Array:
        """Every axis cut into so many parts, from floor(i·W/n) to ceil((i + 1)·W/n), each reduced to one value."""
        for axis, n in enumerate(each(sizes, x.ndim - 2), 1):
            size, lead = x.shape[axis], (slice(None),) * axis
            out = np.empty((*x.shape[:axis], n, *x.shape[axis + 1 :]), np.float32)
            for i in range(n):
                part, one = slice(i * size // n, -(-(i + 1) * size // n)), slice(i, i + 1)
                reduce(x[(*lead, part)], axis=axis, keepdims=True, out=out[(*lead, one)])
            x = out
        return x

    def erf(self, x: Array) -> Array:
        """The error function."""
        return erf(x)

    def no_forward(self, reason: str) -> NoForward:
        """What a forward raises that does not know what to run."""
        return NoForward(reason)

"""ATTENTION: every position is a mean of others, weighed by products of volumes."""

from __future__ import annotations

from math import prod
from typing import Any

from shapecalc.core.kept import Device, Kept, mask
from shapecalc.core.layer import POINTWISE, AccessPattern, Array, Arrays, Layer, Run, Volume, Weight
from shapecalc.core.parameters import Sizes, argument, count, flag, offsets, probability, sizes
from shapecalc.core.scratch import Execution
from shapecalc.core.volumes import axis_name
from shapecalc.core.window import ShapeError

QUERY, KEY, VALUE = range(3)


class Attention(Layer):
    """softmax(q · k / sqrt(depth of a head)) · v between all positions, head by head (Vaswani et al. 2017).

    `ATTENTION(8)[ q | k | v ]` joins query, key and value; alone it reads them from the three thirds of the depth:
    `CONV(3*d, 1) => ATTENTION(8) => CONV(d, 1)` is what other tools call multi-head attention. `window=7` looks
    within windows of 7x7, moved by `shift` (Swin), with `grid=true` at positions that lie apart (MaxViT);
    `relative=true` adds a trained value for each head and each distance of two positions. p is the dropout of weights.
    With `causal=true` positions of a sequence look at themselves and back: frameworks multiply all the same, so that
    no figure changes.
    """

    kind = "ATTENTION"
    example = "INPUT(196x768) => CONV(2304, 1) => ATTENTION(12)"
    may_join = True
    heads: int = argument("heads", count, 1, ("num_heads", "h"))
    window: Sizes | None = argument("window", sizes, None)
    shift: Sizes = argument("shift", offsets, Sizes((0,)))
    grid: bool = argument("grid", flag, False)
    relative: bool = argument("relative", flag, False)
    scaled: bool = argument("scaled", flag, True)
    p: float = argument("p", probability, 0.0, ("dropout",))
    causal: bool = argument("causal", flag, False, ("is_causal",))
    op_category = "mac"
    precision = "half"

    @property
    def is_global(self) -> bool:
        return self.window is None and not self.causal

    @property
    def carries(self) -> bool:
        return self.causal

    @property
    def least_depth(self) -> int:
        return 3 * self.heads

    @property
    def by_hand(self) -> bool:
        """Whether frameworks multiply step by step, as their fused attention has no such bias or windows."""
        return self.relative or self.window is not None

    def output(self, *volumes: Volume) -> Volume:
        query, key, value = self._parts(volumes)
        if key.positions != value.positions or query.depth != key.depth:
            raise ShapeError(
                "SHP208",
                f"ATTENTION cannot join a query of {query}, a key of {key} and a value of {value}",
                label="query and key need the same depth, key and value the same positions",
            )
        for what, depth in (("query", query.depth), ("value", value.depth)):
            if depth % self.heads:
                raise ShapeError(
                    "SHP207",
                    f"{self.heads} heads do not divide the {depth:,} channels of the {what}",
                    label=f"{depth} / {self.heads} leaves a remainder of {depth % self.heads}",
                )
        self._check_windows(query, key)
        if self.causal:
            self._check_order(query, key)
        return Volume(query.spatial, value.depth, query.flat)

    def arguments_for(self, *volumes: Volume) -> tuple[dict[str, Any], ...]:
        try:
            query, _, value = self._parts(volumes)
        except ShapeError:
            return ()
        fitting = [n for n in range(1, query.depth + 1) if query.depth % n == 0 == value.depth % n]
        return tuple({"heads": n} for n in sorted(fitting, key=lambda n: (abs(n - self.heads), -n)))

    def _check_order(self, query: Volume, key: Volume) -> None:
        """Raises ShapeError where positions are in no order, so that nothing is earlier than another."""
        if self.window is not None or len(query.spatial) != 1:
            reason = "windows are of no order" if self.window is not None else f"{query} has {len(query.spatial)} axes"
            message = f"causal=true looks back along a sequence, and {reason}"
            raise ShapeError("SHP103", message, label="expected a volume of one axis, and no window")
        if query.positions != key.positions:
            raise ShapeError(
                "SHP208",
                f"causal=true looks back within one sequence, and the query is {query} and the key {key}",
                label="expected as many positions",
            )

    def _check_windows(self, query: Volume, key: Volume) -> None:
        """Raises ShapeError where windows do not divide the volume, or what is to move them cannot."""
        moves = self.shift.over(len(query.spatial))
        if any(moves) and (self.window is None or self.grid):
            reason = "grid=true takes positions that lie apart" if self.grid else "there is no window"
            raise ShapeError(
                "SHP103",
                f"shift={self.shift} moves windows, and {reason}",
                label="expected shift=0" if self.grid else "expected a window too, such as window=7",
            )
        if self.grid and self.window is None:
            message = "grid=true takes the positions of a window from places that lie apart, and there is no window"
            raise ShapeError("SHP103", message, label="expected a window too, such as window=7")
        for wide, moved in zip(self._window(query), moves, strict=True):
            if 1 < wide <= moved:
                raise ShapeError(
                    "SHP103",
                    f"windows of {wide} cannot be moved by {moved}",
                    label=f"expected a shift of less than {wide}, such as {wide // 2}",
                )
        if (self.window or self.relative) and query.spatial != key.spatial:
            raise ShapeError(
                "SHP208",
                f"ATTENTION looks within one volume here, and the query is {query} and the key {key}",
                label="expected the same width and height",
            )
        for axis, (size, wide) in enumerate(zip(query.spatial, self._window(query), strict=True)):
            if size % wide:
                name = axis_name(axis, len(query.spatial))[0]
                less, more = size - size % wide, size + -size % wide
                raise ShapeError(
                    "SHP207",
                    f"windows of {wide} do not divide the {name} {size} of {query}",
                    label=f"expected a {name} of {less} or {more}" if less else f"expected a {name} of {more}",
                    notes=(self._padded_as_torchvision(query),),
                )

    def _padded_as_torchvision(self, volume: Volume) -> str:
        """What to write where windows do not divide a volume: Swin pads before query, key and value are made."""
        ends = [-n % wide for n, wide in zip(volume.spatial, self._window(volume), strict=True)]
        sides = ",".join(f"0,{end}" for end in ends)
        return f"torchvision writes PAD(({sides})) before q, k and v are made, and CROP(({sides})) at the end"

    def _parts(self, volumes: tuple[Volume, ...]) -> tuple[Volume, Volume, Volume]:
        """Query, key and value."""
        if len(volumes) == 3:
            return volumes[QUERY], volumes[KEY], volumes[VALUE]
        if len(volumes) != 1:
            raise ShapeError(
                "SHP208",
                f"ATTENTION joins three branches, and there are {len(volumes)}",
                label="expected ATTENTION[ query | key | value ]",
            )
        (volume,) = volumes
        if volume.depth % 3:
            raise ShapeError(
                "SHP207",
                f"ATTENTION reads query, key and value from thirds of the depth, and 3 does not divide {volume.depth}",
                label=f"expected a depth of {3 * -(-volume.depth // 3)}",
                help=("put a CONV(3*d, 1) before it, or write ATTENTION[ query | key | value ]",),
            )
        return (volume._replace(depth=volume.depth // 3),) * 3

    def _window(self, volume: Volume) -> tuple[int, ...]:
        return volume.spatial if self.window is None else self.window.over(len(volume.spatial))

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        if not self.relative:
            return ()
        distances = prod(2 * wide - 1 for wide in self._window(volumes[0]))
        return (Weight("distances", (distances, self.heads), "shift"),)

    def products(self, *volumes: Volume) -> int:
        query, key, value = self._parts(volumes)
        looked_at = key.positions if self.window is None else prod(self._window(query))
        return query.positions * looked_at * (key.depth + value.depth)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        if self.causal:
            return (AccessPattern(1, 1 - volume.positions, 0),)
        reach = (n - 1 for n in (volume.spatial if self.grid else self._window(volume)))
        return tuple(AccessPattern(1, -far, far, exact=False) for far in reach)

    def branch_accesses(self, output: Volume, *volumes: Volume) -> tuple[tuple[AccessPattern, ...] | None, ...]:
        own, others = (POINTWISE,) * len(output.spatial), (self.access if not self.is_global else lambda _: None)
        return tuple([own if which == QUERY else others(volume) for which, volume in enumerate(volumes)])

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        query, key, value = self._parts(volumes)
        looked_at = key.positions if self.window is None else prod(self._window(query))
        weights = self.heads * query.positions * looked_at
        only = VALUE if len(volumes) > 1 else None
        if self.by_hand:
            # Query, key and value in windows are copies; in the one window of one image a view keeps more.
            single = not self.shift_of(query) and looked_at == query.positions
            more = query.size if single and only is None else 0
            return Kept(values=query.size + key.size + value.size + weights, values_of_one=more)
        if device == "cpu" and not self.p:
            return Kept(inputs=True, result=True, values=self.heads * query.positions)
        dropped = weights if self.p else 0
        masked = mask(weights, device) if self.p else 0
        return Kept(inputs=True, only=only, values=query.size + key.size + weights + dropped, bytes=masked)

    def shift_of(self, volume: Volume) -> bool:
        """Whether windows are really moved."""
        moves = self.shift.over(len(volume.spatial))
        return any(s and w < n for s, w, n in zip(moves, self._window(volume), volume.spatial, strict=True))

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        query, key, value = self._parts(volumes)
        looked_at = key.positions if self.window is None else prod(self._window(query))
        weights = self.heads * query.positions * looked_at
        cut = looked_at**2 * value.depth if self.shift_of(query) else 0
        seen = value.size if self.causal else 0
        return execution.images * (
            2 * weights + seen + 3 * cut + 3 * (query.size + key.size + 2 * value.size) + output.size
        )

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        np = run.np
        joined = len(arrays) == 3
        query, key, value = arrays if joined else np.split(arrays[0], 3, axis=-1)
        sizes = query.shape[1:-1]
        window = sizes if self.window is None else run.each(self.window, sizes)
        table = None
        if self.relative:
            distances = int(np.prod([2 * wide - 1 for wide in window]))
            table = run.fit(weights["distances"], (distances, self.heads), role="bias")
        moved = None if self.window is None else (window, run.each(self.shift, sizes), self.grid)
        scale = (query.shape[-1] / self.heads) ** -0.5 if self.scaled else 1.0
        return run.attend(query, key, value, self.heads, scale, moved, table, causal=self.causal)

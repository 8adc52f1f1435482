"""CONCAT: joins branches along the depth, or along another axis."""

from __future__ import annotations

from itertools import accumulate

from shapecalc.core.layer import POINTWISE, AccessPattern, Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.parameters import along_axis, argument
from shapecalc.core.volumes import axis_called, disagreement


class Concat(Layer):
    """All channels of the first branch, then of the second, …: width and height must agree.

    `CONCAT(along=length)[ a | b ]` joins the positions of sequences; `width`, `height` and `slices` are axes too.
    """

    kind = "CONCAT"
    example = "INPUT(28x28x192) => CONCAT[ CONV(64, 1) | CONV(128, 3, P=1) ]"
    aliases = {"CONCATENATE": {}, "CAT": {}, "DEPTHCONCAT": {}}
    formulas = {"depth": "D + D"}
    merges = True
    joins_one = True
    copies = 0
    axis: str = argument("along", along_axis, "depth")
    keeps = Kept()

    @property
    def along_positions(self) -> bool:
        return self.axis != "depth"

    def output(self, *volumes: Volume) -> Volume:
        first = volumes[0]
        axis = axis_called(self.axis, first)
        for i, volume in enumerate(volumes[1:], 1):
            if len(volume.sizes) != len(first.sizes) or _without(axis, volume) != _without(axis, first):
                raise disagreement(self.kind, first, 0, volume, i, axis)
        sizes = [*first.sizes]
        sizes[axis] = sum(volume.sizes[axis] for volume in volumes)
        return Volume(tuple(sizes[:-1]), sizes[-1], all(v.flat for v in volumes) and not self.along_positions)

    def branch_accesses(self, output: Volume, *volumes: Volume) -> tuple[tuple[AccessPattern, ...] | None, ...]:
        if not self.along_positions:
            return ((POINTWISE,) * len(output.spatial),) * len(volumes)
        axis = axis_called(self.axis, output)
        starts = accumulate((volume.sizes[axis] for volume in volumes[:-1]), initial=0)
        moved = [AccessPattern(1, -start, -start) for start in starts]
        return tuple([tuple(one if a == axis else POINTWISE for a in range(len(output.spatial))) for one in moved])

    def along(self, axis: int, rank: int) -> Layer:
        place = {"length": 0, "width": 0, "height": 1, "slices": 2}.get(self.axis)
        return self.changed(axis="length" if place == axis else "depth")

    def passes_gradient(self, volume: Volume, output: Volume) -> bool:
        return True

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        place = {"depth": -1, "height": 2, "slices": 3}.get(self.axis, 1)
        return run.array(run.np.concatenate(arrays, axis=place))


def _without(axis: int, volume: Volume) -> tuple[int, ...]:
    """The sizes along all other axes; of the depth only where another axis is joined."""
    return (*volume.sizes[:axis], *volume.sizes[axis + 1 :])

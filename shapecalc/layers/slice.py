"""SLICE: some of the channels, or of the positions along an axis."""

from __future__ import annotations

from typing import Any

from shapecalc.core.layer import POINTWISE, AccessPattern, Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.layout import Layout, contiguous
from shapecalc.core.parameters import LARGEST_SIZE, along_axis, argument, count, natural
from shapecalc.core.volumes import axis_called
from shapecalc.core.window import ShapeError


class Slice(Layer):
    """Channels start up to, not including, stop: ShuffleNet v2 splits its input so.

    `SLICE(0, 1, along=length)` takes the first position of a sequence; `width`, `height` and `slices` are axes too.
    """

    copies = 0

    kind = "SLICE"
    example = "INPUT(28x28x116) => SLICE(58, 116)"
    aliases = {"SPLIT": {}}
    start: int = argument("start", natural, required=True, names=("begin",))
    stop: int = argument("stop", count, required=True, names=("end",))
    axis: str = argument("along", along_axis, "depth")
    formulas = {"depth": "stop − start"}
    keeps = Kept()

    @property
    def along_positions(self) -> bool:
        return self.axis != "depth"

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        axis = axis_called(self.axis, volume)
        size, what = volume.sizes[axis], "channels" if self.axis == "depth" else f"positions of the {self.axis}"
        if not self.start < self.stop <= size:
            raise ShapeError(
                "SHP214",
                f"SLICE takes {what} {self.start} to {self.stop} of an input that has {size}",
                label=f"expected 0 <= start < stop <= {size}",
            )
        sizes = [*volume.sizes]
        sizes[axis] = self.stop - self.start
        return Volume(tuple(sizes[:-1]), sizes[-1], volume.flat)

    def arguments_for(self, *volumes: Volume) -> tuple[dict[str, Any], ...]:
        size, taken = volumes[0].sizes[axis_called(self.axis, volumes[0])], self.stop - self.start
        ends = ({"stop": size},) if self.start < size else ()
        return (*ends, *({"start": size - taken, "stop": size},) * (self.start > 0 and 0 < taken < size))

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        axis = axis_called(self.axis, volume)
        moved = AccessPattern(1, self.start, self.start)
        return tuple(moved if a == axis else POINTWISE for a in range(len(volume.spatial)))

    def along(self, axis: int, rank: int) -> Layer:
        whole = self.changed(start=0, stop=LARGEST_SIZE, axis="length")
        place = {"length": 0, "width": 0, "height": 1, "slices": 2}.get(self.axis)
        return self.changed(axis="length") if place == axis else whole if place is not None else self

    def on_larger(self, size: int, larger: int) -> Layer | None:
        return None if self.axis == "depth" else self.changed(stop=self.stop + larger - size)

    @property
    def on_one_channel(self) -> Layer:
        return self.changed(start=0, stop=1) if self.axis == "depth" else self

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        axis = axis_called(self.axis, output)
        if self.axis == "length" and output.positions == 1:
            # PyTorch has the depth of a sequence last: products read one position of each image where it is.
            return contiguous((layout.shape[0], output.depth, 1))
        return layout.narrowed(1 if axis == len(output.spatial) else 1 + len(output.spatial) - axis, output.sizes[axis])

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        place = {"depth": x.ndim - 1, "height": 2, "slices": 3}.get(self.axis, 1)
        return run.copied(x[(*(slice(None),) * place, slice(self.start, self.stop))])

"""POOL: maximum, average or L2 norm of a sliding window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapecalc.core.convolution import DILATION, PADDING
from shapecalc.core.kept import INDEX, Device, Kept
from shapecalc.core.layer import Array, Arrays, Layer, Run, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import ArgumentError, Sizes, Value, Word, argument, choice, flag, sizes
from shapecalc.core.scratch import Execution
from shapecalc.core.volumes import axis_name, slide, windows_over
from shapecalc.core.window import Rounding, ShapeError, Window


def ceil_mode(value: Value) -> Rounding:
    """`true` (as PyTorch and ONNX), `false`, or `caffe` (clips only where there is padding). Raises ArgumentError."""
    if str(value).lower() == "caffe":
        return "caffe"
    try:
        return "ceil" if flag(value) else "floor"
    except ArgumentError:
        raise ArgumentError(f"must be true, false or caffe, not '{value}'") from None


ceil_mode.words = ("true", "false", "caffe")  # type: ignore[attr-defined]


class Pool(Layer):
    """The maximum of every window, or its average (`mode=avg`) or L2 norm (`mode=l2`): the depth stays.

    A bare POOL is max, 2x2, stride 2; once F is written, S=F.
    """

    kind = "POOL"
    example = "INPUT(55x55x96) => POOL(3, S=2)"
    aliases = {
        "MP": {}, "AP": {"mode": "avg"},
        "MAXPOOL": {}, "MAXPOOL1D": {}, "MAXPOOL2D": {}, "MAXPOOL3D": {}, "MAXPOOLING": {}, "MAXPOOLING1D": {},
        "MAXPOOLING2D": {}, "MAXPOOLING3D": {}, "POOLING": {}, "POOL1D": {}, "POOL2D": {}, "POOL3D": {},
        "SUBSAMPLE": {"mode": "avg"}, "SUBSAMPLING": {"mode": "avg"}, "MEANPOOL": {"mode": "avg"},
        "AVGPOOL": {"mode": "avg"}, "AVGPOOL1D": {"mode": "avg"}, "AVGPOOL2D": {"mode": "avg"},
        "AVGPOOL3D": {"mode": "avg"}, "AVGPOOLING": {"mode": "avg"}, "AVERAGEPOOLING": {"mode": "avg"},
        "AVERAGEPOOLING1D": {"mode": "avg"}, "AVERAGEPOOLING2D": {"mode": "avg"},
        "AVERAGEPOOLING3D": {"mode": "avg"}, "AVERAGEPOOL": {"mode": "avg"}, "AVERAGEPOOL1D": {"mode": "avg"},
        "AVERAGEPOOL2D": {"mode": "avg"}, "AVERAGEPOOL3D": {"mode": "avg"}, "L2POOL": {"mode": "l2"},
        "LPPOOL1D": {"mode": "l2"}, "LPPOOL2D": {"mode": "l2"},
    }  # fmt: skip
    extent: Sizes = argument(
        "F", sizes, Sizes((2,)), ("extent", "kernel", "kernel_size", "size", "pool_size"), assumed=True
    )
    stride: Sizes = argument("S", sizes, Sizes((2,)), ("stride", "strides"), assumed=True)
    padding: Padding = PADDING
    mode: str = argument("mode", choice("max", "avg", "l2"), "max", ("pool",))
    ceil: Rounding | None = argument("ceil", ceil_mode, None, ("ceil_mode",))
    dilation: Sizes = DILATION
    count_include_pad: bool = argument("count_include_pad", flag, True)
    rounding: str | None = argument("rounding", choice("floor", "ceil", "exact"), None)
    op_category = "pool"
    rounding_up = ("ceil", Word("true"))
    copies = 0

    @classmethod
    def defaults(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        return {"stride": written["extent"]} if "extent" in written else {}

    @property
    def rounds(self) -> Rounding:
        """How it rounds in the end: `ceil` goes before `rounding`."""
        return self.ceil or ("ceil" if self.rounding == "ceil" else "floor")

    def windows(self, volume: Volume) -> tuple[Window, ...]:
        return windows_over(volume.spatial, self.extent, self.stride, self.padding, self.dilation, self.rounds)

    def effective_arguments(self, volume: Volume | None) -> dict[str, Any]:
        ceil = self.rounds if self.rounds == "caffe" else self.rounds == "ceil"
        return super().effective_arguments(volume) | {"ceil": ceil}

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        for axis, window in enumerate(self.windows(volume)):
            largest = max(window.before, window.after)
            if largest >= window.effective and not self.padding.name:
                raise ShapeError(
                    "SHP206",
                    f"POOL has windows that cover only padding: a padding of {largest} is not smaller "
                    f"than the window, {window.effective} {axis_name(axis, len(volume.spatial))[1]}",
                    label=f"expected a padding of at most {window.effective - 1}, found {largest}",
                    help=(f"write P={window.effective // 2} or less",),
                )
        return Volume(slide(self, volume), volume.depth)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        (volume,) = volumes
        outputs = self.output(volume).size
        if self.mode == "max":
            return Kept(inputs=True, bytes=INDEX * outputs)
        # PyTorch's LPPool has its squares averaged, then made positive, scaled, and the root taken of each.
        return Kept(inputs=True, values=volume.size + 4 * outputs if self.mode == "l2" else 0)

    def backward_scratch(self, *volumes: Volume) -> int:
        if self.mode != "l2":
            return 0
        # A root, sums and squares: three volumes to take the root back while the gradient of the input is not there,
        # and three to take the squares back when what the others kept (four outputs) and their gradient are gone.
        inputs, outputs = volumes[0].size, self.output(*volumes).size
        return max(3 * outputs - inputs, 2 * inputs - 5 * outputs, 0)

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        # Squares are a copy of the input; without them it is joined where it lies.
        squares = execution.images * volumes[0].size if self.mode == "l2" else 0
        return super().scratch(execution, output, *volumes) + squares

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        np, (x,) = run.np, arrays
        window = (self.extent, self.stride, self.padding, self.dilation)
        if self.mode == "max":
            patches = run.windows(x, *window, self.rounds, fill=-np.inf)
            largest = run.join(patches, np.maximum)
            # A window that sees nothing but padding gives 0 rather than minus infinity.
            largest[largest == -np.inf] = 0
            return largest
        patches = run.windows(x if self.mode == "avg" else np.square(x), *window, self.rounds)
        sums = run.join(patches, np.add)
        if self.mode == "l2":
            return run.array(np.sqrt(sums, out=sums))
        counts = run.taps_read(patches, padding=self.count_include_pad)
        return run.array(np.divide(sums, np.maximum(counts, 1), out=sums))

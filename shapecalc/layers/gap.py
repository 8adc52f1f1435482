"""GAP: global pooling, one value a channel."""

from __future__ import annotations

from shapecalc.core.kept import INDEX, Device, Kept
from shapecalc.core.layer import Array, Arrays, Layer, Run, Volume
from shapecalc.core.parameters import argument, choice
from shapecalc.core.scratch import Execution, axis_by_axis


class Gap(Layer):
    """The average (or maximum) of every channel: 7x7x1000 becomes 1x1x1000."""

    kind = "GAP"
    example = "INPUT(7x7x2048) => GAP"
    aliases = {
        "GLOBALAVGPOOL": {}, "GLOBALAVGPOOL1D": {}, "GLOBALAVGPOOL2D": {}, "GLOBALAVGPOOL3D": {},
        "GLOBALAVERAGEPOOLING": {}, "GLOBALAVERAGEPOOLING1D": {},
        "GLOBALAVERAGEPOOLING2D": {}, "GLOBALAVERAGEPOOLING3D": {}, "GLOBALPOOL": {}, "GLOBALAVERAGEPOOL": {},
        "GAP1D": {}, "GAP2D": {}, "GAP3D": {},
        "GMP": {"mode": "max"}, "GLOBALMAXPOOL": {"mode": "max"}, "GLOBALMAXPOOLING": {"mode": "max"},
        "GLOBALMAXPOOL1D": {"mode": "max"}, "GLOBALMAXPOOL2D": {"mode": "max"}, "GLOBALMAXPOOL3D": {"mode": "max"},
        "GLOBALMAXPOOLING1D": {"mode": "max"}, "GLOBALMAXPOOLING2D": {"mode": "max"},
        "GLOBALMAXPOOLING3D": {"mode": "max"},
    }  # fmt: skip
    mode: str = argument("mode", choice("avg", "max"), "avg")
    op_category = "adaptive"
    is_global = True
    copies = 0

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        return Volume((1,) * len(volume.spatial), volume.depth)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        (volume,) = volumes
        return Kept(inputs=True, bytes=INDEX * volume.depth) if self.mode == "max" else Kept()

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        (volume,) = volumes
        return execution.images * axis_by_axis(volume.spatial, output.spatial, volume.depth)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        reduce = run.np.mean if self.mode == "avg" else run.np.max
        return run.array(reduce(x, axis=tuple(range(1, x.ndim - 1)), keepdims=True))

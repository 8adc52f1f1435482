"""LRN: local response normalisation."""

from __future__ import annotations

from shapecalc.core.layer import Array, Arrays, Device, Kept, Layer, Run, Volume
from shapecalc.core.padding import PRESERVE
from shapecalc.core.parameters import argument, count, flag, real
from shapecalc.core.scratch import Execution
from shapecalc.core.volumes import require_space
from shapecalc.core.window import Window

MOST_TAPS = 1_000
"""Neighbours that are added one by one; the sums of more are differences of running sums."""


class LocalResponseNorm(Layer):
    """x/(k + alpha/n · sum of squares of the n channels around it)^beta, after AlexNet.

    Channel c reads the channels from c − floor((n − 1)/2) to c + ceil((n − 1)/2) that there are: for an even n one
    more after it than before it, as ONNX defines it. PyTorch has the one more before it; Caffe, MXNet and
    onnxruntime refuse an even n; the paper's own bounds c ± n/2 would take in n + 1 channels. `within=true` squares
    the n positions around it on every axis of its own channel instead (Caffe's WITHIN_CHANNEL, whose k is 1):
    alpha is divided by how many these are, n·n in an image.
    """

    kind = "LRN"
    aliases = {"LOCALRESPONSENORM": {}, "NORM": {}}
    n: int = argument("n", count, 5, ("size", "local_size"))
    alpha: float = argument("alpha", real, 1e-4)
    beta: float = argument("beta", real, 0.75)
    k: float = argument("k", real, 2.0, ("bias",))
    within: bool = argument("within", flag, False, ("within_channel",))
    op_category = "response"
    precision = "full"
    copies = 0

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        # The squares with zeros around them, the sums of neighbours, and their power.
        (volume,) = volumes
        return Kept(inputs=True, values=2 * volume.size + (volume.depth + self.n - 1) * volume.positions)

    def backward_scratch(self, *volumes: Volume) -> int:
        # PyTorch divides by a power: the gradient of the divisor, and of what was raised, value by value.
        return 3 * volumes[0].size

    def windows(self, volume: Volume) -> tuple[Window, ...]:
        before = (self.n - 1) // 2
        return (Window(self.n, 1, before, self.n - 1 - before),) * len(volume.spatial) if self.within else ()

    def output(self, *volumes: Volume) -> Volume:
        if self.within:
            require_space(self, volumes[0], "reads the positions around each")
        return volumes[0]

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        # The squares, their sums, and the powers of those.
        around = 3 * execution.images * output.size if self.within else 0
        return super().scratch(execution, output, *volumes) + around

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        np, before = run.np, (self.n - 1) // 2
        if self.within:
            (x,) = arrays
            taps = (self.n,) * (x.ndim - 2)
            sums = run.join(run.windows(np.square(x), taps, (1,), PRESERVE), np.add)
            return run.array(x / (self.k + self.alpha / self.n ** len(taps) * sums) ** np.float32(self.beta))

        def respond(v: Array, _: Array) -> Array:
            depth = v.shape[-1]
            sides = min(before, depth - 1), min(self.n - 1 - before, depth - 1)  # there are no other channels
            squares = np.pad(v * v, ((0, 0), sides))
            taps = sum(sides) + 1
            if taps > MOST_TAPS:
                squares = np.pad(np.cumsum(squares, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
                around = (squares[:, taps:] - squares[:, :depth]).astype(v.dtype)
            else:
                around = sum(squares[:, i : i + depth] for i in range(taps))
            with np.errstate(divide="ignore", invalid="ignore"):  # what is not finite is found in the values
                return run.array(v / (self.k + self.alpha / self.n * around) ** np.float32(self.beta))

        return run.apply(respond, *arrays, fresh=True)

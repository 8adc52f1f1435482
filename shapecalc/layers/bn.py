"""BN: batch normalisation."""

from __future__ import annotations

from shapecalc.core.families import Normalisation
from shapecalc.core.layer import Array, Arrays, Device, Kept, Run, Volume, Weight
from shapecalc.core.parameters import argument, flag, real


class BatchNorm(Normalisation):
    """(x − mean)/sqrt(variance + eps) with running statistics, then scale and shift.

    A scale and a shift a channel are trained; a mean and a variance a channel are buffers.
    """

    kind = "BN"
    aliases = {
        "BATCHNORM": {}, "BATCHNORM1D": {}, "BATCHNORM2D": {}, "BATCHNORM3D": {}, "BATCHNORMALIZATION": {}, "BNORM": {},
        "SYNCBATCHNORM": {},
    }  # fmt: skip
    eps: float = argument("eps", real, 1e-5, ("epsilon",))
    affine: bool = argument("affine", flag, True)
    scale: bool = argument("scale", flag, True)
    shift: bool = argument("shift", flag, True)
    track: bool = argument("track", flag, True, ("track_running_stats",))
    formulas = {"scale": "D", "shift": "D", "mean": "D", "variance": "D"}

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        shape = (volumes[0].depth,)
        scale = (Weight("scale", shape, "scale"),) if self.affine and self.scale else ()
        shift = (Weight("shift", shape, "shift"),) if self.affine and self.shift else ()
        running = (Weight("mean", shape, "running"), Weight("variance", shape, "running")) if self.track else ()
        return (*scale, *shift, *running)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        # The mean and one over the standard deviation of every channel.
        return Kept(inputs=True, values_of_batch=2 * volumes[0].depth, in_one_piece=device == "cuda")

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        np, (x,) = run.np, arrays
        one = (x.shape[-1],)
        factor = run.fit(weights["scale"], one) if self.affine and self.scale else np.float32(1)
        shift = run.fit(weights["shift"], one, role="bias") if self.affine and self.shift else np.float32(0)
        if self.track:
            mean = run.fit(weights["mean"], one, role="running")
            variance = run.fit(weights["variance"], one, role="running")
        else:
            mean, variance = (f(x, axis=tuple(range(x.ndim - 1))) for f in (np.mean, np.var))
        factor = factor / np.sqrt(variance + np.float32(self.eps))
        shift = shift - mean * factor
        return run.scale(x, factor, shift, fresh=True)

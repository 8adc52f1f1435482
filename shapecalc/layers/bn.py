"""BN: batch normalisation."""

from shapecalc.layer import Argument, Layer, Volume, Weight, flag, real


class BatchNorm(Layer):
    """(x − mean)/sqrt(variance + eps) with running statistics, then scale and shift.

    A scale and a shift a channel are trained; a mean and a variance a channel are buffers.
    """

    kind = "BN"
    aliases = {
        "BATCHNORM": {}, "BATCHNORM1D": {}, "BATCHNORM2D": {}, "BATCHNORM3D": {}, "BATCHNORMALIZATION": {},
    }  # fmt: skip
    signature = (
        Argument("eps", "eps", real, 1e-5, ("epsilon",)),
        Argument("affine", "affine", flag, True),
        Argument("scale", "scale", flag, True),
        Argument("track", "track", flag, True, ("track_running_stats",)),
    )
    eps: float
    affine: bool
    scale: bool
    track: bool
    bucket = "norm"

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        shape = (volumes[0].depth,)
        scale = (Weight("scale", shape, "scale"),) if self.affine and self.scale else ()
        shift = (Weight("shift", shape, "shift"),) if self.affine else ()
        running = (Weight("mean", shape, "running"), Weight("variance", shape, "running")) if self.track else ()
        return (*scale, *shift, *running)

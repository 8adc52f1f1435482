"""IN: instance normalisation."""

from shapecalc.layer import Argument, Layer, Volume, Weight, flag, real


class InstanceNorm(Layer):
    """Normalises every channel over its width and height, then scale and shift."""

    kind = "IN"
    aliases = {"INSTANCENORM": {}, "INSTANCENORM2D": {}}
    signature = (
        Argument("eps", "eps", real, 1e-5, ("epsilon",)),
        Argument("affine", "affine", flag, False),
    )
    eps: float
    affine: bool
    bucket = "norm"

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        shape = (volumes[0].depth,)
        return (Weight("scale", shape, "scale"), Weight("shift", shape, "shift")) if self.affine else ()

"""LN: layer normalisation."""

from shapecalc.layer import Argument, Layer, Volume, Weight, flag, real


class LayerNorm(Layer):
    """Normalises over the depth at every position (as ConvNeXt), then scale and shift."""

    kind = "LN"
    aliases = {"LAYERNORM": {}, "LAYERNORM2D": {}, "LAYERNORMALIZATION": {}}
    signature = (
        Argument("eps", "eps", real, 1e-5, ("epsilon",)),
        Argument("affine", "affine", flag, True),
    )
    eps: float
    affine: bool
    bucket = "norm"

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        shape = (volumes[0].depth,)
        return (Weight("scale", shape, "scale"), Weight("shift", shape, "shift")) if self.affine else ()

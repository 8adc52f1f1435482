"""SCALE: one learned factor a channel, perhaps with a shift."""

from shapecalc.layer import Argument, Layer, Volume, Weight, flag


class Scale(Layer):
    """scale · x + shift: LeNet-5's subsampling has both, ConvNeXt's layer scale only the factor."""

    kind = "SCALE"
    aliases = {"LAYERSCALE": {"bias": False}}
    signature = (Argument("bias", "bias", flag, True),)
    bias: bool
    bucket = "elementwise"
    in_place = True

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        scale = Weight("scale", (volumes[0].depth,), "scale")
        return (scale, Weight("shift", (volumes[0].depth,), "shift")) if self.bias else (scale,)

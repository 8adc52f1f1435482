"""PRELU: an activation function with weights."""

from shapecalc.layer import Argument, Layer, Volume, Weight, flag


class PRelu(Layer):
    """x where it is positive, a learned slope · x elsewhere: one slope a channel, or one for all."""

    kind = "PRELU"
    signature = (Argument("shared", "shared", flag, False),)
    shared: bool
    bucket = "activation"
    in_place = True

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        return (Weight("slope", (1 if self.shared else volumes[0].depth,), "scale"),)

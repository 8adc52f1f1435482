"""LRELU: an activation function."""

from shapecalc.layer import Argument, Layer, real


class LRelu(Layer):
    """x where it is positive, slope · x elsewhere."""

    kind = "LRELU"
    aliases = {"LEAKYRELU": {}, "LEAKY": {}}
    signature = (Argument("slope", "slope", real, 0.01, ("negative_slope", "alpha")),)
    slope: float
    bucket = "activation"
    in_place = True

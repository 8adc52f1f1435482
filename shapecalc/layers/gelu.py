"""GELU: an activation function."""

from shapecalc.layer import Layer


class Gelu(Layer):
    """x · Φ(x), with the exact normal distribution function."""

    kind = "GELU"
    bucket = "activation"
    in_place = True

"""MISH: an activation function."""

from shapecalc.layer import Layer


class Mish(Layer):
    """x · tanh(softplus(x))."""

    kind = "MISH"
    bucket = "activation"
    in_place = True

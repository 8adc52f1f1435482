"""TANH: an activation function."""

from shapecalc.layer import Layer


class Tanh(Layer):
    """The hyperbolic tangent."""

    kind = "TANH"
    bucket = "activation"
    in_place = True

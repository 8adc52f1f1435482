"""SOFTPLUS: an activation function."""

from shapecalc.layer import Layer


class Softplus(Layer):
    """log(1 + exp(x))."""

    kind = "SOFTPLUS"
    bucket = "activation"
    in_place = True

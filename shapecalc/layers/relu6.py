"""RELU6: an activation function."""

from shapecalc.layer import Layer


class Relu6(Layer):
    """min(max(0, x), 6)."""

    kind = "RELU6"
    bucket = "activation"
    in_place = True

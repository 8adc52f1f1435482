"""RELU: an activation function."""

from shapecalc.layer import Layer


class Relu(Layer):
    """max(0, x)."""

    kind = "RELU"
    aliases = {"RECTIFIER": {}}
    bucket = "activation"
    in_place = True

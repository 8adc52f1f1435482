"""SOFTMAX: class scores to probabilities."""

from shapecalc.layer import Layer


class Softmax(Layer):
    """exp(x) over the sum of exp(x) along the depth, at every position."""

    kind = "SOFTMAX"
    aliases = {"SOFTMAX2D": {}}
    bucket = "activation"

"""SIGMOID: an activation function."""

from shapecalc.layer import Layer


class Sigmoid(Layer):
    """1/(1 + exp(−x))."""

    kind = "SIGMOID"
    aliases = {"LOGISTIC": {}}
    bucket = "activation"
    in_place = True

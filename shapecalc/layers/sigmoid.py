"""SIGMOID: an activation function."""

from typing import Any

from shapecalc.layer import Layer


class Sigmoid(Layer):
    """1/(1 + exp(−x))."""

    kind = "SIGMOID"
    aliases: dict[str, dict[str, Any]] = {"LOGISTIC": {}}
    bucket = "activation"
    in_place = True

"""RELU: an activation function."""

from typing import Any

from shapecalc.layer import Layer


class Relu(Layer):
    """max(0, x)."""

    kind = "RELU"
    aliases: dict[str, dict[str, Any]] = {"RECTIFIER": {}}
    bucket = "activation"
    in_place = True

"""HSIGMOID: an activation function."""

from typing import Any

from shapecalc.layer import Layer


class HSigmoid(Layer):
    """min(max(0, x + 3), 6)/6."""

    kind = "HSIGMOID"
    aliases: dict[str, dict[str, Any]] = {"HARDSIGMOID": {}}
    bucket = "activation"
    in_place = True

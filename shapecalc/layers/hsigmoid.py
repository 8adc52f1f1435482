"""HSIGMOID: an activation function."""

from shapecalc.layer import Layer


class HSigmoid(Layer):
    """min(max(0, x + 3), 6)/6."""

    kind = "HSIGMOID"
    aliases = {"HARDSIGMOID": {}}
    bucket = "activation"
    in_place = True

"""HSWISH: an activation function."""

from shapecalc.layer import Layer


class HSwish(Layer):
    """x · min(max(0, x + 3), 6)/6."""

    kind = "HSWISH"
    aliases = {"HARDSWISH": {}}
    bucket = "activation"
    in_place = True

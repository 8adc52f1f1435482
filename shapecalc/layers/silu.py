"""SILU: an activation function."""

from shapecalc.layer import Layer


class Silu(Layer):
    """x · sigmoid(x), also called swish."""

    kind = "SILU"
    aliases = {"SWISH": {}}
    bucket = "activation"
    in_place = True

"""SILU: an activation function."""

from typing import Any

from shapecalc.layer import Layer


class Silu(Layer):
    """x · sigmoid(x), also called swish."""

    kind = "SILU"
    aliases: dict[str, dict[str, Any]] = {"SWISH": {}}
    bucket = "activation"
    in_place = True

"""SELU: an activation function."""

from shapecalc.layer import Layer


class Selu(Layer):
    """The scaled ELU, with the two constants of Klambauer et al. 2017."""

    kind = "SELU"
    bucket = "activation"
    in_place = True

"""ELU: an activation function."""

from shapecalc.layer import Argument, Layer, real


class Elu(Layer):
    """x where it is positive, alpha · (exp(x) − 1) elsewhere."""

    kind = "ELU"
    signature = (Argument("alpha", "alpha", real, 1.0, ("slope",)),)
    alpha: float
    bucket = "activation"
    in_place = True

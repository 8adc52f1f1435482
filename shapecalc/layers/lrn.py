"""LRN: local response normalisation."""

from shapecalc.layer import Argument, Layer, count, real


class LocalResponseNorm(Layer):
    """x/(k + alpha/n · sum of squares of the n channels around it)^beta, as AlexNet has it."""

    kind = "LRN"
    aliases = {"LOCALRESPONSENORM": {}, "NORM": {}}
    signature = (
        Argument("n", "n", count, 5, ("size", "local_size")),
        Argument("alpha", "alpha", real, 1e-4),
        Argument("beta", "beta", real, 0.75),
        Argument("k", "k", real, 2.0, ("bias",)),
    )
    n: int
    alpha: float
    beta: float
    k: float
    bucket = "response"

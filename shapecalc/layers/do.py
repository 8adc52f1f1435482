"""DO: dropout."""

from shapecalc.layer import Argument, Layer, probability


class Dropout(Layer):
    """Drops each value with probability p while training; the identity when the network is used."""

    kind = "DO"
    aliases = {"DROPOUT": {}, "DROP": {}, "DROPOUT2D": {}, "SPATIALDROPOUT2D": {}}
    signature = (Argument("p", "p", probability, 0.5, ("rate",), assumed=True),)
    p: float
    in_place = True

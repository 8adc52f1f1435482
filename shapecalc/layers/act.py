"""ACT: an activation by its name."""

from shapecalc.layer import Argument, Layer, word


class Act(Layer):
    """`ACT(gelu)` is GELU; whatever name is not known counts as an elementwise function without weights."""

    kind = "ACT"
    aliases = {"ACTIVATION": {}}
    signature = (Argument("name", "name", word, "relu"),)
    name: str
    bucket = "activation"
    in_place = True

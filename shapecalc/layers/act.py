"""ACT: an activation by its name."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.arguments import Argument, word
from shapecalc.layer import Array, Layer, Run


class Act(Layer):
    """`ACT(gelu)` is GELU; whatever name is not known counts as an elementwise function without weights."""

    kind = "ACT"
    aliases = {"ACTIVATION": {}}
    signature = (Argument("name", "name", word, "relu"),)
    name: str
    bucket = "activation"
    in_place = True

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        if self.name.lower() in ("linear", "identity", "none"):
            return run.same(*arrays)
        return run.activation(self.name).forward(run, {}, *arrays)

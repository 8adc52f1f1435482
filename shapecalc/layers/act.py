"""ACT: an activation by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shapecalc.core.layer import Array, Layer, Run
from shapecalc.core.parameters import argument, word


class Act(Layer):
    """`ACT(gelu)` is GELU; whatever name is not known counts as an elementwise function without weights."""

    kind = "ACT"
    aliases = {"ACTIVATION": {}}
    name: str = argument("name", word, "relu")
    op_category = "activation"
    in_place = True

    def bound(self, activation: Callable[[str], Layer | None]) -> Layer:
        self.function = activation(self.name)
        return self

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        if self.name.lower() in ("linear", "identity", "none"):
            return run.same(*arrays)
        if self.function is None:
            raise run.no_forward(f"there is no elementwise function called '{self.name}' to run")
        return self.function.forward(run, {}, *arrays)

"""ACT: an activation by its name."""

from __future__ import annotations

from collections.abc import Callable

from shapecalc.core.layer import Array, Arrays, Device, Kept, Layer, Rows, Run, Volume
from shapecalc.core.layout import Layout
from shapecalc.core.parameters import argument, word

FORMULAS: dict[str, Callable[[Run, Rows], Rows]] = {
    "exp": lambda run, x: run.np.exp(x), "expm1": lambda run, x: run.np.expm1(x), "log": lambda run, x: run.np.log(x),
    "log1p": lambda run, x: run.np.log1p(x), "sqrt": lambda run, x: run.np.sqrt(x), "square": lambda run, x: x * x,
    "rsqrt": lambda run, x: 1 / run.np.sqrt(x), "reciprocal": lambda run, x: 1 / x, "erf": lambda run, x: run.erf(x),
    "sin": lambda run, x: run.np.sin(x), "cos": lambda run, x: run.np.cos(x), "sign": lambda run, x: run.np.sign(x),
    "softsign": lambda run, x: x / (1 + run.np.abs(x)), "floor": lambda run, x: run.np.floor(x),
    "ceil": lambda run, x: run.np.ceil(x), "round": lambda run, x: run.np.rint(x),
}  # fmt: skip
"""Functions that are no layer of their own, but are in files of other programs, and what they compute."""
IDENTITIES = ("linear", "identity", "none")
"""Names that stand for no function at all."""


class Act(Layer):
    """`ACT(gelu)` is GELU; whatever name is not known counts as an elementwise function without weights."""

    kind = "ACT"
    example = "INPUT(8x8x8) => ACT(gelu)"
    aliases = {"ACTIVATION": {}}
    name: str = argument("name", word, "relu")
    op_category = "activation"
    in_place = True

    @property
    def in_place_form(self) -> bool:
        """As of the function that it names."""
        return self.function is None or self.function.in_place_form

    def bound(self, activation: Callable[[str], Layer | None]) -> Layer:
        self.function = activation(self.name)
        return self

    @property
    def is_identity(self) -> bool:
        """Whether the name stands for no function at all."""
        return self.name.lower() in IDENTITIES

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        if self.is_identity:
            return Kept()
        return self.function.kept(device, *volumes) if self.function else Kept(inputs=True)

    def backward_scratch(self, *volumes: Volume) -> int:
        return self.function.backward_scratch(*volumes) if self.function else 0

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        return layout if self.is_identity else None

    def passes_gradient(self, volume: Volume, output: Volume) -> bool:
        return self.is_identity

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        if self.is_identity:
            return run.same(*arrays)
        if self.function is None and self.name.lower() in FORMULAS:
            return run.apply(lambda rows, out: self._computed(run, rows, out), *arrays)
        if self.function is None:
            raise run.no_forward(f"there is no elementwise function called '{self.name}' to run")
        return self.function.forward(run, {}, *arrays)

    def _computed(self, run: Run, rows: Rows, out: Rows) -> Rows:
        known = run.np.isfinite(rows)
        with run.np.errstate(all="ignore"):
            run.np.copyto(out, FORMULAS[self.name.lower()](run, rows))
        if not run.np.isfinite(out[known]).all():
            raise run.no_forward(f"{self.name} has no value for some of what arrives")
        return out

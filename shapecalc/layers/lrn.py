"""LRN: local response normalisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapecalc.arguments import Argument, count, real
from shapecalc.layer import Layer

if TYPE_CHECKING:
    from shapecalc.reference import Array, Run


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

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        np, before = run.np, (self.n - 1) // 2

        def respond(v: Array) -> Array:
            squares = np.pad(v * v, ((0, 0), (before, self.n - 1 - before)))
            around = sum(squares[:, i : i + v.shape[-1]] for i in range(self.n))
            return run.array(v / (self.k + self.alpha / self.n * around) ** np.float32(self.beta))

        return run.apply(respond, *arrays, fresh=True)

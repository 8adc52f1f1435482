"""GELU: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run


class Gelu(Layer):
    """x · Φ(x), with the exact normal distribution function."""

    kind = "GELU"
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        return 0.5 * x * (1 + run.erf(x * run.np.float32(0.5**0.5)))

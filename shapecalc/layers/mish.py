"""MISH: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run


class Mish(Layer):
    """x · tanh(softplus(x))."""

    kind = "MISH"
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        return x * run.np.tanh(run.np.logaddexp(x, 0))

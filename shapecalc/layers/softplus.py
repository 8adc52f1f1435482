"""SOFTPLUS: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run


class Softplus(Layer):
    """log(1 + exp(x))."""

    kind = "SOFTPLUS"
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        return run.np.logaddexp(x, 0)

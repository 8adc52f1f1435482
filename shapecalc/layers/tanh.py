"""TANH: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run


class Tanh(Layer):
    """The hyperbolic tangent."""

    kind = "TANH"
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        return run.np.tanh(x)

"""SIGMOID: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run


class Sigmoid(Layer):
    """1/(1 + exp(−x))."""

    kind = "SIGMOID"
    aliases = {"LOGISTIC": {}}
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        # exp(x)/(1 + exp(x)) keeps the far tail, which the form with tanh rounds to 0; exp(88) does not overflow.
        np = run.np
        e = np.minimum(x, np.float32(88))
        np.exp(e, out=e)
        return np.divide(e, 1 + e, out=e)

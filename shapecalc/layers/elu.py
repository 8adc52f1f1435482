"""ELU: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run
from shapecalc.core.parameters import Parameter, real


class Elu(Layer):
    """x where it is positive, alpha · (exp(x) − 1) elsewhere."""

    kind = "ELU"
    signature = (Parameter("alpha", "alpha", real, 1.0, ("slope",)),)
    alpha: float
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        np = run.np
        return np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))

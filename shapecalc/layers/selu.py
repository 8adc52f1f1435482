"""SELU: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


class Selu(Layer):
    """The scaled ELU, with the two constants of Klambauer et al. 2017."""

    kind = "SELU"
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        np = run.np
        return SCALE * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))

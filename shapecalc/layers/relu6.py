"""RELU6: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run


class Relu6(Layer):
    """min(max(0, x), 6)."""

    kind = "RELU6"
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        return run.np.clip(x, 0, 6)

"""RELU: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run


class Relu(Layer):
    """max(0, x)."""

    kind = "RELU"
    aliases = {"RECTIFIER": {}}
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        return run.np.maximum(x, 0)

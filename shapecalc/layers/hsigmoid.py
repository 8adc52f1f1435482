"""HSIGMOID: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run


class HSigmoid(Layer):
    """min(max(0, x + 3), 6)/6."""

    kind = "HSIGMOID"
    aliases = {"HARDSIGMOID": {}}
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        return run.np.clip(x + 3, 0, 6) / 6

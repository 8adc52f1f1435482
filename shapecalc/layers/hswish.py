"""HSWISH: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run


class HSwish(Layer):
    """x · min(max(0, x + 3), 6)/6."""

    kind = "HSWISH"
    aliases = {"HARDSWISH": {}}
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        return x * run.np.clip(x + 3, 0, 6) / 6

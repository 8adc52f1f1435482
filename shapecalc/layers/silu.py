"""SILU: an activation function."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Rows, Run


class Silu(Layer):
    """x · sigmoid(x), also called swish."""

    kind = "SILU"
    aliases = {"SWISH": {}}
    op_category = "activation"
    in_place = True

    def value(self, run: Run, x: Rows) -> Rows:
        # x · exp(x)/(1 + exp(x)) by the root of exp(x), which stays a full number where exp(x) no longer is one.
        np = run.np
        root = np.exp(np.minimum(x, np.float32(88)) * np.float32(0.5))
        return x * (root / (1 + root * root)) * root

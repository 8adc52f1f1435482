"""SOFTMAX: scores to shares that add up to 1."""

from __future__ import annotations

from shapecalc.core.layer import Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.parameters import argument, choice, count
from shapecalc.core.volumes import divide_into_groups
from shapecalc.core.window import ShapeError


class Softmax(Layer):
    """exp(x) over the sum of exp(x) along the depth, at every position.

    `over=positions` sums along all positions of a channel. `parts=2` cuts the depth into two parts, and sums for each
    channel over the parts: what branches give that were joined by CONCAT competes channel by channel (SKNet).
    """

    kind = "SOFTMAX"
    aliases = {"SOFTMAX2D": {}}
    over: str = argument("over", choice("depth", "positions"), "depth")
    parts: int | None = argument("parts", count, None)
    op_category = "activation"
    precision = "full"
    copies = 0
    keeps = Kept(result=True)

    @property
    def is_global(self) -> bool:
        return self.over == "positions"

    @property
    def on_one_channel(self) -> Layer:
        return self.changed(parts=None)

    def output(self, *volumes: Volume) -> Volume:
        if self.parts is not None and self.over == "positions":
            message = f"parts={self.parts} are parts of the depth, and over=positions sums within one channel"
            raise ShapeError("SHP103", message, label="expected one of the two")
        divide_into_groups(self.parts or 1, volumes[0].depth)
        return volumes[0]

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        np, (x,) = run.np, arrays
        if self.over == "positions":
            axes = tuple(range(1, x.ndim - 1))
            powers = x - x.max(axis=axes, keepdims=True)
            np.exp(powers, out=powers)
            return run.array(np.divide(powers, powers.sum(axis=axes, keepdims=True), out=powers))
        parts = self.parts

        def row_by_row(v: Array, _: Array) -> Array:
            cut = v if parts is None else v.reshape(len(v), parts, -1)
            axis = -1 if parts is None else 1
            powers = np.exp(cut - cut.max(axis=axis, keepdims=True))
            return run.array(np.divide(powers, powers.sum(axis=axis, keepdims=True), out=powers)).reshape(v.shape)

        return run.apply(row_by_row, x, fresh=True)

"""SHUFFLE: channel shuffle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapecalc.core.layer import Array, Arrays, Kept, Layer, Run, Volume
from shapecalc.core.layout import Layout
from shapecalc.core.parameters import argument, count, table
from shapecalc.core.volumes import divide_into_groups
from shapecalc.core.window import ShapeError


class Shuffle(Layer):
    """Channels dealt out in turn to `groups` groups, as ShuffleNet does between grouped convolutions.

    `order=(2,0,1)` is a table instead: channel 0 of the output is channel 2 of the input, and so on.
    """

    copies = 0

    kind = "SHUFFLE"
    example = "INPUT(28x28x240) => SHUFFLE(3)"
    aliases = {"CHANNELSHUFFLE": {}}
    groups: int = argument("groups", count, 2, ("group", "g"), assumed=True, one_channel=1)
    order: tuple[int, ...] = argument("order", table, (), one_channel=())
    keeps = Kept()

    @classmethod
    def defaults(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        return {"groups": 1} if "order" in written else {}

    def output(self, *volumes: Volume) -> Volume:
        depth = volumes[0].depth
        divide_into_groups(self.groups, depth)
        if self.order and sorted(self.order) != list(range(depth)):
            raise ShapeError(
                "SHP214",
                f"SHUFFLE's order {self._fault(depth)}",
                label=f"expected every channel from 0 to {depth - 1} once",
            )
        return volumes[0]

    def _fault(self, depth: int) -> str:
        """What is wrong with an order that is not of every channel once."""
        if len(self.order) != depth:
            return f"names {len(self.order)} channels, and the input has {depth}"
        beyond = max(self.order)
        if beyond >= depth:
            return f"names channel {beyond}, and the last one of the input is {depth - 1}"
        twice = next(c for c in self.order if self.order.count(c) > 1)
        return f"names channel {twice} more than once"

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        return layout if self.groups in (1, output.depth) and not self.order else None

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        if self.order:
            return run.copied(x[..., list(self.order)])
        dealt = x.reshape(*x.shape[:-1], self.groups, run.share(x.shape[-1], self.groups))
        return run.copied(dealt.swapaxes(-1, -2)).reshape(x.shape)

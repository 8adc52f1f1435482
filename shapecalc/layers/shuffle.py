"""SHUFFLE: channel shuffle."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.core.kept import Device, Kept
from shapecalc.core.layer import Array, Layer, Run, Volume
from shapecalc.core.layout import Layout
from shapecalc.core.parameters import argument, count
from shapecalc.core.volumes import divide_into_groups


class Shuffle(Layer):
    """Channels dealt out in turn to `groups` groups, as ShuffleNet does between grouped convolutions."""

    copies = 0

    kind = "SHUFFLE"
    aliases = {"CHANNELSHUFFLE": {}}
    groups: int = argument("groups", count, 2, ("group", "g"), assumed=True, one_channel=1)

    def output(self, *volumes: Volume) -> Volume:
        divide_into_groups(self.groups, volumes[0].depth)
        return volumes[0]

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept()

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        return layout if self.groups in (1, output.depth) else None

    def forward(self, run: Run, weights: Mapping[str, Array], *arrays: Array) -> Array:
        (x,) = arrays
        dealt = x.reshape(*x.shape[:-1], self.groups, run.share(x.shape[-1], self.groups))
        return run.copied(dealt.swapaxes(-1, -2)).reshape(x.shape)

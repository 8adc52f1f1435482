"""GN: group normalisation."""

from __future__ import annotations

from shapecalc.core.families import Normalisation
from shapecalc.core.layer import Array, Arrays, Device, Kept, Run, Volume
from shapecalc.core.parameters import argument, count, flag, real
from shapecalc.core.volumes import divide_into_groups


class GroupNorm(Normalisation):
    """Normalises over width, height and a group of channels at a time, then scale and shift."""

    kind = "GN"
    example = "INPUT(56x56x64) => GN(32)"
    aliases = {"GROUPNORM": {}, "GROUPNORMALIZATION": {}}
    groups: int = argument("groups", count, 32, ("num_groups",), assumed=True, one_channel=1)
    eps: float = argument("eps", real, 1e-5, ("epsilon",))
    affine: bool = argument("affine", flag, True)
    precision = "full"

    def output(self, *volumes: Volume) -> Volume:
        divide_into_groups(self.groups, volumes[0].depth)
        return volumes[0]

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept(inputs=True, values=2 * self.groups)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        grouped = x.reshape(*x.shape[:-1], self.groups, run.share(x.shape[-1], self.groups))
        out = run.normalise(grouped, (*range(1, x.ndim - 1), x.ndim), self.eps)
        return self.scaled(run, weights, out.reshape(x.shape))

"""GN: group normalisation."""

from shapecalc.layer import Argument, Layer, Volume, Weight, count, divide_into_groups, flag, real


class GroupNorm(Layer):
    """Normalises over width, height and a group of channels at a time, then scale and shift."""

    kind = "GN"
    aliases = {"GROUPNORM": {}, "GROUPNORMALIZATION": {}}
    signature = (
        Argument("groups", "groups", count, 32, ("num_groups",)),
        Argument("eps", "eps", real, 1e-5, ("epsilon",)),
        Argument("affine", "affine", flag, True),
    )
    groups: int
    eps: float
    affine: bool
    bucket = "norm"

    def output(self, *volumes: Volume) -> Volume:
        divide_into_groups(self.groups, volumes[0].depth, volumes[0].depth)
        return volumes[0]

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        shape = (volumes[0].depth,)
        return (Weight("scale", shape, "scale"), Weight("shift", shape, "shift")) if self.affine else ()

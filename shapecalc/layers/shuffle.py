"""SHUFFLE: channel shuffle."""

from shapecalc.layer import Argument, Layer, Volume, count, divide_into_groups


class Shuffle(Layer):
    """Channels dealt out in turn to `groups` heaps, as ShuffleNet does between grouped convolutions."""

    kind = "SHUFFLE"
    aliases = {"CHANNELSHUFFLE": {}}
    signature = (Argument("groups", "groups", count, 2, ("group", "g")),)
    groups: int

    def output(self, *volumes: Volume) -> Volume:
        divide_into_groups(self.groups, volumes[0].depth, volumes[0].depth)
        return volumes[0]

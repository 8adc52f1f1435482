"""FLATTEN: every value in one row."""

from shapecalc.layer import Layer, Volume


class Flatten(Layer):
    """7x7x512 becomes 1x1x25088, without moving a value."""

    kind = "FLATTEN"
    aliases = {"VIEW": {}}
    in_place = True
    sees_everything = True

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        return Volume((1,) * len(volume.spatial), volume.size, flat=True)

"""ADD: joins branches value by value."""

from shapecalc.layer import Layer, Volume, broadcast


class Add(Layer):
    """The sum of its branches, as in a residual block; 1x1 branches broadcast over width and height."""

    kind = "ADD"
    aliases = {"SUM": {}, "ELTWISE": {}, "RESIDUAL": {}}
    bucket = "elementwise"
    merges = True

    def output(self, *volumes: Volume) -> Volume:
        return broadcast(self.kind, volumes)

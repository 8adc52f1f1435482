"""MUL: joins branches value by value."""

from shapecalc.layer import Layer, Volume, broadcast


class Mul(Layer):
    """The product of its branches, as in squeeze-and-excite; 1x1 branches broadcast over width and height."""

    kind = "MUL"
    aliases = {"MULTIPLY": {}, "PROD": {}}
    bucket = "elementwise"
    merges = True

    def output(self, *volumes: Volume) -> Volume:
        return broadcast(self.kind, volumes)

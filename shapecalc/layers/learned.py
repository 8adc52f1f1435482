"""LEARNED: values that are trained, whatever arrives."""

from __future__ import annotations

from shapecalc.core.layer import AccessPattern, Array, Arrays, Kept, Layer, Run, Volume, Weight
from shapecalc.core.parameters import Sizes, argument, flag, whole_volume
from shapecalc.core.window import ShapeError

NOTHING = AccessPattern(0, 1, 0)
"""From position 1 to position 0."""


class Learned(Layer):
    """A volume of trained values, the same for every image; of the input only the size is used, where none is written.

    `ADD[ | LEARNED ]` adds learned positions to a sequence, `CONCAT(along=length)[ LEARNED(1x768) | ]` puts a class
    token before it. `LEARNED(trained=false)` has values that are buffers, such as a table of sines.
    """

    kind = "LEARNED"
    example = "INPUT(196x768) => ADD[ | LEARNED ]"
    aliases = {
        "PARAMETER": {}, "CLASSTOKEN": {}, "CLSTOKEN": {}, "POSITIONEMBEDDING": {}, "POSITIONALEMBEDDING": {},
        "POSEMB": {},
    }  # fmt: skip
    learned = True
    size: Sizes | None = argument("size", whole_volume, None)
    trained: bool = argument("trained", flag, True, ("trainable",))
    precision = "promoted"
    keeps = Kept()

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        if self.size is None:
            return volume
        if len(self.size) != len(volume.sizes):
            raise ShapeError(
                "SHP209",
                f"LEARNED({self.size}) has {len(self.size) - 1} spatial axes, and its input has {len(volume.spatial)}",
                label=f"expected a size such as {volume}",
            )
        return Volume(tuple(self.size[:-1]), self.size[-1])

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        return (Weight("value", self.output(*volumes).sizes, "shift" if self.trained else "running"),)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        return (NOTHING,) * len(volume.spatial)

    def along(self, axis: int, rank: int) -> Layer:
        if self.size is None or len(self.size) != rank + 1:
            return self
        return self.changed(size=Sizes((self.size[axis], self.size[-1])))

    @property
    def on_one_channel(self) -> Layer:
        return self if self.size is None else self.changed(size=Sizes((*self.size[:-1], 1)))

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        sizes = x.shape[1:] if self.size is None else tuple(self.size)
        values = run.fit(weights["value"], sizes, role="bias" if self.trained else "running")
        return run.copied(run.np.broadcast_to(values, (len(x), *sizes)))

"""ADAPTIVEPOOL: pooling to a given size, whatever the input's."""

from __future__ import annotations

from shapecalc.core.exact import divided
from shapecalc.core.families import Resampling
from shapecalc.core.kept import INDEX, Device, Kept
from shapecalc.core.layer import AccessPattern, Array, Arrays, Run, Volume
from shapecalc.core.parameters import Sizes, argument, choice, sizes


class AdaptivePool(Resampling):
    """The average (or maximum) of as many parts of each axis as its size says, whatever arrives.

    Output position i of n reads input positions floor(i·W/n) to ceil((i + 1)·W/n) − 1, as PyTorch has it.
    """

    kind = "ADAPTIVEPOOL"
    example = "INPUT(13x13x256) => ADAPTIVEPOOL(6)"
    aliases = {
        "ADAPTIVEAVGPOOL": {}, "ADAPTIVEAVGPOOL1D": {}, "ADAPTIVEAVGPOOL2D": {}, "ADAPTIVEAVGPOOL3D": {},
        "ADAPTIVEMAXPOOL": {"mode": "max"}, "ADAPTIVEMAXPOOL1D": {"mode": "max"},
        "ADAPTIVEMAXPOOL2D": {"mode": "max"}, "ADAPTIVEMAXPOOL3D": {"mode": "max"},
    }  # fmt: skip
    size: Sizes = argument("size", sizes, Sizes((1,)), ("F", "output_size"), assumed=True)
    mode: str = argument("mode", choice("avg", "max"), "avg")
    formulas = {"size": "size"}
    op_category = "adaptive"

    @property
    def is_global(self) -> bool:
        """Of one position it is a global pool."""
        return all(n == 1 for n in self.size)

    def output(self, *volumes: Volume) -> Volume:
        (volume,) = volumes
        return Volume(self.size.over(len(volume.spatial)), volume.depth)

    def access(self, volume: Volume) -> tuple[AccessPattern, ...]:
        reaches = []
        for w, n in zip(volume.spatial, self.size.over(len(volume.spatial)), strict=True):
            step = divided(w, n)
            # Rounding down o·W/n is rounding up what lies just under one position before it.
            slack = 1 - divided(1, step.denominator)
            reaches.append(AccessPattern(step, -slack, step - 1 + slack))
        return tuple(reaches)

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        if self.mode == "max":
            return Kept(inputs=True, bytes=INDEX * self.output(*volumes).size)
        return Kept(inputs=not self.is_global)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return run.regions(x, self.size, run.np.mean if self.mode == "avg" else run.np.max)

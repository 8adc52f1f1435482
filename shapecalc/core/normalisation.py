"""What normalisations have in common: their scratch, and a scale and a shift a channel where they are affine."""

from __future__ import annotations

from shapecalc.core.layer import Array, Arrays, Layer, Run, Volume, Weight
from shapecalc.core.scratch import Execution, normalised


class Normalisation(Layer):
    """A layer that takes mean and variance of what arrives; its own class says over which axes."""

    op_category = "norm"
    affine: bool

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        shape = (volumes[0].depth,)
        return (Weight("scale", shape, "scale"), Weight("shift", shape, "shift")) if self.affine else ()

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        return normalised(output.spatial, output.depth, execution.images)

    def scaled(self, run: Run, weights: Arrays, out: Array) -> Array:
        """A fresh array, channels last, after its scale and shift."""
        if self.affine:
            out *= run.fit(weights["scale"], out.shape[-1:])
            out += run.fit(weights["shift"], out.shape[-1:], role="bias")
        return out

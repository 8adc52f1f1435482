"""ADD, SUB, MUL and MAX: branches joined value by value."""

from __future__ import annotations

from typing import ClassVar

from shapecalc.core.layer import Array, Arrays, Device, Kept, Layer, Run, Volume
from shapecalc.core.volumes import broadcast


class ElementwiseJoin(Layer):
    """What the four have in common."""

    op_category = "elementwise"
    merges = True
    copies = 0
    function_name: ClassVar[str]
    """NumPy's function that joins two values."""
    over_depth: ClassVar[bool] = False
    """Branches of one channel are broadcast over the depth, as those of 1x1 are over width and height."""
    keeps = Kept()

    def output(self, *volumes: Volume) -> Volume:
        return broadcast(self.kind, volumes, over_depth=self.over_depth)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        return run.broadcast(arrays, getattr(run.np, self.function_name), over_depth=self.over_depth)

    def between(self, volumes: tuple[Volume, ...]) -> int:
        """Values of what comes between more than two branches."""
        return max(0, len(volumes) - 2) * self.output(*volumes).size


class Add(ElementwiseJoin):
    """The sum of its branches, as in a residual block; 1x1 branches broadcast over width and height."""

    kind = "ADD"
    aliases = {"SUM": {}, "PLUS": {}, "ELTWISE": {}, "RESIDUAL": {}}
    function_name = "add"

    def passes_gradient(self, volume: Volume, output: Volume) -> bool:
        return volume.size == output.size


class Sub(Add):
    """The difference of its branches; 1x1 branches broadcast over width and height."""

    kind = "SUB"
    aliases = {"SUBTRACT": {}, "DIFFERENCE": {}}
    function_name = "subtract"


class Mul(ElementwiseJoin):
    """The product of its branches.

    Those of 1x1 are broadcast over width and height (squeeze-and-excite), those of one channel over the depth
    (a map of spatial attention).
    """

    kind = "MUL"
    example = "INPUT(56x56x64) => MUL[ GAP => FC(64) => SIGMOID | ]"
    aliases = {"MULTIPLY": {}, "PROD": {}}
    function_name = "multiply"
    over_depth = True

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept(factors=True, values=self.between(volumes))

    def backward_scratch(self, *volumes: Volume) -> int:
        output = self.output(*volumes)
        return output.size if any(volume.size < output.size for volume in volumes) else 0


class Max(ElementwiseJoin):
    """The maximum over its branches (maxout over layers); 1x1 branches broadcast over width and height."""

    kind = "MAX"
    aliases = {"MAXIMUM": {}}
    function_name = "maximum"

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept(inputs=True, values=self.between(volumes))

    def backward_scratch(self, *volumes: Volume) -> int:
        # Half of the gradient, and two masks of a byte a value, which are half a volume of 4 bytes a value.
        return 3 * self.output(*volumes).size // 2


LAYERS = (Add, Sub, Mul, Max)

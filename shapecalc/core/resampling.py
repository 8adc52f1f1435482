"""Where values come from when an axis is made longer or shorter without weights."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.exact import Exact, divided
from shapecalc.core.layer import AccessPattern, Kept, Layer, Volume
from shapecalc.core.scratch import Execution, resampled


class Resampling(Layer):
    """A layer that makes axes longer or shorter without weights; its own class says by how much."""

    op_category = "elementwise"
    keeps = Kept()

    def scratch(self, execution: Execution, output: Volume, *volumes: Volume) -> int:
        (volume,) = volumes
        return resampled(volume.spatial, output.spatial, volume.depth, execution.images)


def resampled_access(factors: Sequence[Exact], mode: str) -> tuple[AccessPattern, ...]:
    """What the outputs of an axis `factor` times as long read of it: the nearest value, or those on both sides.

    >>> resampled_access((divided(3, 2),), "nearest")  # output o reads floor(o · 2/3): 0 0 1 2 2 3 …
    (AccessPattern(step=Fraction(2, 3), low=Fraction(-2, 3), high=0, exact=True, gap=1),)
    """
    if mode == "nearest":
        return tuple(AccessPattern(divided(1, f), divided(1, f.numerator) - 1, 0) for f in factors)
    # A pixel centre lies at x = (o + 1/2)/f − 1/2 and is mixed from the inputs on both sides of it. With f = p/q
    # x lies a multiple of 1/p (of an odd 1/2p where p − q is odd) after an input, at most so far:
    patterns = []
    for f in factors:
        share = divided(1, f.numerator * (1 + (f.numerator - f.denominator) % 2))
        first = divided(1, 2 * f) - divided(1, 2)
        patterns.append(AccessPattern(divided(1, f), first - 1 + share, first + 1 - share))
    return tuple(patterns)

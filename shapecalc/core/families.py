"""What layers of a family have in common: activations, normalisations, dropping, and resampling of an axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

from shapecalc.core.exact import Exact, divided
from shapecalc.core.kept import Kept, Precision
from shapecalc.core.layer import AccessPattern, Array, Arrays, Layer, OpCategory, Rows, Run, Volume, Weight
from shapecalc.core.layout import Layout
from shapecalc.core.record import Record
from shapecalc.core.scratch import Execution, normalised, resampled

Formula: TypeAlias = Callable[..., Rows]
"""From a run, an array of positions x channels that it may write over, and the layer's arguments by name, to such an
array."""


class Activation(Record):
    """One row of the table in layers/activations.py."""

    kind: str
    docs: str
    """The formula as people write it."""
    formula: Formula
    aliases: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = MappingProxyType({})
    """By the name that the formula has them under, each declared by `argument`."""
    onnx: str = ""
    """ONNX's operator; empty where it has none, and writers/onnx/ops.py says what stands for it."""
    onnx_attributes: Mapping[str, float | str] = MappingProxyType({})
    """By ONNX's name: a number, or which argument has it."""
    keeps: Kept = Kept(inputs=True)
    """What the backward pass needs."""
    backward_volumes: int = 0
    """Volumes that the backward pass makes besides the gradient."""
    precision: Precision = "widest"
    """Under PyTorch's autocast."""
    in_place_form: bool = True
    """PyTorch can write it over its input."""


class Elementwise(Layer):
    """A layer that does the same to every value and owns nothing."""

    op_category = "activation"
    in_place = True
    row: ClassVar[Activation]

    def backward_scratch(self, *volumes: Volume) -> int:
        return self.row.backward_volumes * volumes[0].size

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays

        def formula(rows: Rows, out: Rows) -> Rows:
            if rows is not out:
                run.np.copyto(out, rows)
            return self.row.formula(run, out, **self.arguments)

        return run.apply(formula, x)


def layer_of(row: Activation, module: str) -> type[Layer]:
    """The layer type of a row, as if its class stood in this module."""
    facts = {
        "kind": row.kind,
        "aliases": {name: {} for name in row.aliases},
        "row": row,
        "keeps": row.keeps,
        "in_place_form": row.in_place_form,
        "precision": row.precision,
        "__doc__": row.docs,
        "__module__": module,
    }
    return type(row.kind.title(), (Elementwise,), {**row.arguments, **facts})


# --- normalisations -------------------------------------------------------------------------------


class Normalisation(Layer):
    """A layer that takes mean and variance of what arrives; its own class says over which axes."""

    op_category = "norm"
    formulas = {"scale": "D", "shift": "D"}
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


# --- dropping -------------------------------------------------------------------------------------


class Dropping(Layer):
    """The identity when the network is used, and with p=0; its own class says what is dropped, and what that keeps."""

    view = True
    p: float

    def training_view(self, layout: Layout, output: Volume) -> Layout | None:
        return None if self.p else layout

    def passes_gradient(self, volume: Volume, output: Volume) -> bool:
        return not self.p

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        return x


# --- resampling -----------------------------------------------------------------------------------


class Resampling(Layer):
    """A layer that makes axes longer or shorter without weights; its own class says by how much."""

    op_category: ClassVar[OpCategory] = "elementwise"
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

"""What an activation is: a function of single values, which becomes a layer type of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

from shapecalc.core.kept import Kept, Precision
from shapecalc.core.layer import Array, Arrays, Layer, Rows, Run, Volume
from shapecalc.core.record import Record

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

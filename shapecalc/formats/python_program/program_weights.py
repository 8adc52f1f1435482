"""What is registered in models of a program, beside layers: weights, and what recurrent layers carry along."""

from __future__ import annotations

from shapecalc.formats.python_program.program_values import Changeable, Fixed, LayerObject, TensorValue, Value


class Carried(Fixed):
    """What a recurrent layer of PyTorch carries along, after the last step: for every layer and direction a row."""

    tensor: TensorValue
    """What the layer gives."""
    width: int
    rows: int
    is_row: bool = False
    """Whether the tensor is its row itself, `x.unsqueeze(0)`."""


class OwnWeight(Changeable, frozen=False):
    """`self.add_weight(shape=(4, 8))`: weights of a layer that the program defines."""

    shape: tuple[int, ...]
    layer: LayerObject
    """Stands for them where they are read: what reads the same weights shares them."""
    count: int
    """How many there are: a table may have more rows than are read."""
    is_read: bool = False


class Registered(Fixed):
    """`layer._parameters`: what a layer or a model has by name."""

    model: Value

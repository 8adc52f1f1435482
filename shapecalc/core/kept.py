"""What a layer states about the backward pass: which values its forward pass keeps for it."""

from __future__ import annotations

from typing import Literal

from shapecalc.core.record import NamedTuple

Device = Literal["cpu", "cuda"]
Precision = Literal["half", "full", "promoted", "widest"]
"""In mixed precision: a layer casts what it reads to 2 bytes a value or to 4, gives 4 since its weights have them, or
goes by the widest of its inputs."""
DEVICES: tuple[Device, ...] = ("cpu", "cuda")
DTYPES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8, "int8": 1}
"""Types of a value, with its bytes."""


class Kept(NamedTuple):
    """What a forward pass keeps for the backward pass, weights aside. Volumes are kept whole; sizes are of one image.

    Nothing of it is kept where the output needs no gradient.
    """

    inputs: bool = False
    factors: bool = False
    """The inputs of a product, each where what it is multiplied with (a weight, another input) needs a gradient."""
    result: bool = False
    values: int = 0
    """Values made besides, of the network's type."""
    values_of_batch: int = 0
    """The same, as many for any number of images."""
    bytes: int = 0
    """Bytes made besides of types of their own: 8 for an index; 4 for a value of a mask, or 1 on CUDA."""
    only: int | None = None
    """Of `inputs` only this one."""
    values_of_one: int = 0
    """Values made besides where the batch is a single image."""
    in_one_piece: bool = False
    """An input that does not lie in one piece is copied first, and the copy is what is kept."""


INDEX = 8
"""Bytes of an index, as PyTorch has them."""


def mask(values: int, device: Device) -> int:
    """Bytes of a dropout's mask."""
    return values * (1 if device == "cuda" else 4)

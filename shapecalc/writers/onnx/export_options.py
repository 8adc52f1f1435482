"""How a model is written, what it needs, and what is raised where it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from shapecalc.core.record import Record

if TYPE_CHECKING:
    import numpy as np

    Weights = Mapping[int, Mapping[str, np.ndarray]]
    """Arrays by the index of their node and their name, in the shapes of `Row.weight_arrays`."""

INSTALL = "pip install 'shapecalc[onnx]'"


class MissingOnnx(ImportError):
    """The packages of the extra are not installed."""


class Unwritable(ValueError):
    """A layer that ONNX cannot express, or a model that is too large; the message names it and says why."""


class TooLarge(Unwritable):
    """A model that could be written without its weights."""


class ExportOptions(Record):
    """How a model is written."""

    holds_weights: bool = True
    """Whether the model holds its weights, or takes them as inputs."""
    seed: int = 0
    opset: int = 17
    batch: int | None = None
    """Images at once; None leaves their number open, as N."""
    every_layer: bool = False
    """Whether every layer's output is one of the model's, or only the last ones."""


def require(*packages: str) -> None:
    """Raises MissingOnnx, which says how to get them, unless onnx and these packages are installed."""
    for package in dict.fromkeys(("onnx", *packages)):
        try:
            import_module(package)
        except ImportError:
            raise MissingOnnx(f"this needs {package}, which is not installed: {INSTALL}") from None

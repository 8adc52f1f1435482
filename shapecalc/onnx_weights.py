"""Random weights for a model, scaled so that activations stay of the order of their input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod, sqrt

import numpy as np

from shapecalc.layer import Weight
from shapecalc.report import Row

Weights = Mapping[int, Mapping[str, np.ndarray]]
"""Arrays by the index of their node and their name, in the shapes of `Row.weight_arrays`."""


def random_weights(rows: Sequence[Row], seed: int) -> dict[int, dict[str, np.ndarray]]:
    """Arrays of float32 for every layer that owns some, in the shapes that its row has; the same for the same seed."""
    generator = np.random.default_rng(seed)
    return {
        row.node.index: {weight.name: _array(weight, generator) for weight in row.weight_arrays}
        for row in rows
        if row.weight_arrays
    }


def _array(weight: Weight, generator: np.random.Generator) -> np.ndarray:
    values = generator.standard_normal(weight.shape, np.float32)
    if weight.role == "kernel":
        # He et al. 2015: sqrt(2/inputs of an output).
        return values * np.float32(sqrt(2 / max(1, prod(weight.shape[:-1]))))
    if weight.name == "variance":
        return 0.5 + generator.random(weight.shape, np.float32)
    return values * np.float32(0.1) + np.float32(weight.role == "scale")

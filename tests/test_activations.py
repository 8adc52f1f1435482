"""Activations over the whole range of float32: accurate to a few units in the last place, and no warnings."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from shapecalc.core.layer import Layer
from shapecalc.numerics.toolkit import Run
from shapecalc.registry import layer_types

SIGMOID, SILU = (layer_types()[kind]() for kind in ("SIGMOID", "SILU"))

WHOLE = np.concatenate(
    [np.linspace(-110, 110, 400_001), [0, -0.0, 1e-30, 88.8, -103.97, 1e30, -1e30, 3.4e38, -3.4e38]]
).astype(np.float32)[None, :, None]


@pytest.mark.parametrize(("layer", "times_x"), [(SIGMOID, False), (SILU, True)], ids=["SIGMOID", "SILU"])
def test_the_far_tail_is_kept(layer: Layer, times_x: bool) -> None:
    x = WHOLE.astype(np.float64)
    with np.errstate(over="ignore"):
        exact = (x if times_x else 1) / (1 + np.exp(-x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = layer.forward(Run(), {}, WHOLE)
    assert found.dtype == np.float32
    assert (np.abs(found - exact) / np.spacing(np.abs(exact).astype(np.float32))).max() < 8


@pytest.mark.parametrize("layer", [SIGMOID, SILU], ids=["SIGMOID", "SILU"])
def test_a_value_that_is_no_number_stays_none(layer: Layer) -> None:
    found = layer.forward(Run(), {}, np.array([[[0.5], [np.nan], [-200]]], np.float32))
    assert np.isnan(found).ravel().tolist() == [False, True, False]

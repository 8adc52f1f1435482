"""Where a layer that only moves values puts them, found by running it on numbered values."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from shapecalc.core.layer import Layer, Volume
from shapecalc.numerics.toolkit import Given, Unrunnable
from shapecalc.verification.execute import run_forward
from shapecalc.verification.nan_probe import Probe

MOST_VALUES = 1 << 24
"""Whole numbers that float32 tells apart."""


def moved_from(layer: Layer, volume: Volume) -> NDArray[np.int64] | None:
    """For every value of the output, in its shape, which value of the input it is, counted from 0.

    None where the layer does more than move values: what it makes of numbers in order and of the same numbers shuffled
    must come from the same places.
    """
    if volume.size > MOST_VALUES:
        return None
    shuffled = np.random.default_rng(0).permutation(volume.size)
    with suppress(Unrunnable):
        found, other = (
            run_forward(layer, Probe(), Given(), values.astype(np.float32).reshape(1, *volume.sizes))[0]
            for values in (np.arange(volume.size), shuffled)
        )
        places: NDArray[np.int64] = found.astype(np.int64)
        in_range = bool(((places >= 0) & (places < volume.size)).all())
        if in_range and (places == found).all() and (shuffled[places] == other).all():
            return places
    return None

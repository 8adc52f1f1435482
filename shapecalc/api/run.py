"""Runs the network of a report, on the images that the options of `verify` give."""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.display.memory_refusal import beyond_memory
from shapecalc.passes.report import CheckedNetwork
from shapecalc.passes.training_memory import with_batch
from shapecalc.verification.image_file import array, header
from shapecalc.verification.memory_estimate import available, needed
from shapecalc.verification.verify import NotVerifiable, Verification, batch_of, images_for
from shapecalc.verification.verify import verify as run

_PART_OF_FREE = 0.9
"""Of the memory that is free, what a run may take where no limit is given."""


def verified(report: CheckedNetwork, options: Mapping[str, Any]) -> Verification:
    """What became of the figures. Raises Diagnosed, NotVerifiable, ValueError, TypeError and MemoryError."""
    if report.text_errors:
        raise Diagnosed(*report.text_errors)
    if unknown := [row.name for row in report.rows if row.output is None]:
        raise NotVerifiable(f"nothing was run: the volume of {unknown[0]} is unknown")
    image, zeros, seed = options.get("image"), options.get("zeros", False), options.get("seed", 0)
    if image is not None and (zeros or "batch" in options):
        raise ValueError(f"give image or {'zeros' if zeros else 'batch'}, not both")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed is a whole number of at least 0, not {seed!r}")
    given: Any = "zeros" if zeros else None
    extra = 0
    if image is not None:
        shape, dtype = header(os.fspath(image)) if isinstance(image, os.PathLike) else _of_array(image)
        report = with_batch(report, batch_of(report, shape, dtype))
        extra = prod(shape) * dtype.itemsize
    _refuse_beyond(report, options.get("memory_limit"), extra)
    if image is not None:
        given = array(os.fspath(image)) if isinstance(image, os.PathLike) else image
    return run(report, seed=seed, images=images_for(report, seed, given))


def _of_array(image: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    if not isinstance(image, np.ndarray):
        raise TypeError(f"image is a NumPy array or the path object of a .npy file, not {type(image).__name__}")
    return image.shape, image.dtype


def _refuse_beyond(report: CheckedNetwork, limit: int | None, extra: int) -> None:
    """Raises MemoryError, before anything is allocated, where a run takes more than it may; TypeError for no limit."""
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int)):
        raise TypeError(f"memory_limit is a number of bytes, such as 8 * 2**30, not {limit!r}")
    wanted = needed(report, report.conventions.batch) + extra
    allowed = limit if limit is not None else int(available() * _PART_OF_FREE)
    if wanted > allowed:
        message, note, _ = beyond_memory(report, wanted, allowed, limited=limit is not None)
        raise MemoryError(f"{message}; {note}")

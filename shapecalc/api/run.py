"""Runs the network of a report, on the images that the options of `verify` give."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from math import prod
from typing import Any

import numpy as np

from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.display.memory_refusal import beyond_memory
from shapecalc.passes.memory import with_batch
from shapecalc.passes.report import CheckedNetwork, Report, unknown_volume
from shapecalc.verification.estimates import available, needed
from shapecalc.verification.image_file import array, header
from shapecalc.verification.verify import NotVerifiable, Verification, batch_of, images_for
from shapecalc.verification.verify import verify as run

_PART_OF_FREE = 0.9
"""Of the memory that is free, what a run may take where no limit is given."""


def verified(report: CheckedNetwork, options: Mapping[str, Any]) -> Verification:
    """What became of the figures. Raises Diagnosed, NotVerifiable, ValueError, TypeError and MemoryError."""
    if report.text_errors:
        raise Diagnosed(*report.text_errors)
    if unknown := unknown_volume(report.rows):
        raise NotVerifiable(f"nothing was run: {unknown}")
    image, zeros, seed = options.get("image"), options.get("zeros", False), options.get("seed", 0)
    if not isinstance(zeros, bool):
        raise TypeError(f"zeros is True or False, not {zeros!r}")
    if image is not None and (zeros or "batch" in options):
        raise ValueError(f"give image or {'zeros' if zeros else 'batch'}, not both")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed is a whole number of at least 0, not {seed!r}")
    if image is not None and not isinstance(image, np.ndarray | os.PathLike):
        raise TypeError(f"image is a NumPy array or the path object of a .npy file, not {type(image).__name__}")
    given = os.fspath(image) if isinstance(image, os.PathLike) else image
    refuse = partial(_refuse_beyond, limit=options.get("memory_limit"))
    report, images = with_images(report, given, seed, refuse, zeros=zeros)
    return run(report, seed=seed, images=images)


def with_images(
    report: Report, image: np.ndarray | str | None, seed: int, refuse: Callable[[Report, int], None], *, zeros: bool
) -> tuple[Report, dict[int, Any]]:
    """The report for as many images as there are, and what it is run on, by INPUT.

    `image` is an array or the path of one; without it images are random. `refuse` is asked before memory is taken, with
    the bytes of the image besides. Raises NoImage, NotVerifiable.
    """
    batch, taken = report.conventions.batch, 0
    if image is not None:
        shape, dtype = header(image) if isinstance(image, str) else (image.shape, image.dtype)
        batch, taken = batch_of(report, shape, dtype), prod(shape) * dtype.itemsize
    report = with_batch(report, batch)
    refuse(report, taken)
    given = array(image) if isinstance(image, str) else image
    return report, images_for(report, seed, "zeros" if zeros else given)


def _refuse_beyond(report: Report, extra: int, limit: int | None) -> None:
    """Raises MemoryError, before anything is allocated, where a run takes more than it may; TypeError for no limit."""
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int)):
        raise TypeError(f"memory_limit is a number of bytes, such as 8 * 2**30, not {limit!r}")
    wanted = needed(report, report.conventions.batch) + extra
    allowed = limit if limit is not None else int(available() * _PART_OF_FREE)
    if wanted > allowed:
        message, note, _ = beyond_memory(report, wanted, allowed, limited=limit is not None)
        raise MemoryError(f"{message.replace('--memory-limit', 'memory_limit')}; {note}")

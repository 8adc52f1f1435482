"""Reads an array of numbers from a .npy file: its header first, so that its size is known before it takes memory."""

from __future__ import annotations

import os
import stat
import tokenize
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from typing import Any, BinaryIO

import numpy as np

from shapecalc.core.phrases import reason, size_text


class NoImage(ValueError):
    """A file that cannot be read, or holds something else than numbers; the message names it and says why."""


def header(path: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The shape and the type of the array in a file, before anything of it is read. Raises NoImage."""
    with _array_file(path) as file:
        version = np.lib.format.read_magic(file)
        # The third version differs from the second in the letters of field names only, and no fields are read.
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, dtype = _header_by(read, file)
        if dtype.hasobject:
            raise ValueError("it contains Python objects, which are never loaded")
        if any(size < 0 for size in shape):
            raise ValueError(f"its header gives the sizes {size_text(shape)}")
        there, wanted = os.fstat(file.fileno()).st_size - file.tell(), prod(shape) * dtype.itemsize
        if dtype.kind in "fiub" and there < wanted:
            raise ValueError(f"it is cut short: {there:,} of {wanted:,} bytes of values are there")
    return shape, dtype


def _header_by(read: Callable[[BinaryIO], Any], file: BinaryIO) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type. Raises ValueError; a header is Python's notation, and what is wrong comes in many kinds."""
    try:
        shape, _, dtype = read(file)
    except (ValueError, TypeError, OverflowError, SyntaxError, RecursionError, tokenize.TokenError):
        raise ValueError("its header cannot be understood") from None
    if any(type(size) is not int for size in shape):
        raise ValueError(f"its header gives the sizes {size_text(shape)}")
    return shape, dtype


def array(path: str) -> np.ndarray:
    """The array in a file, with no pickle ever loaded. Raises NoImage, MemoryError."""
    with _array_file(path) as file:
        found: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    return found


def _refuse_others(path: str, file: BinaryIO) -> None:
    """Raises NoImage for a file that does not begin as those of numpy.save do; leaves it at its beginning."""
    begins = file.read(len(np.lib.format.MAGIC_PREFIX))
    file.seek(0)
    if not begins:
        raise NoImage(f"{path} is empty: there is no array in it")
    if begins.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise NoImage(f"{path} is an .npz archive, or another zip: save one array with numpy.save, as a .npy file")
    if begins != np.lib.format.MAGIC_PREFIX:
        raise NoImage(f"{path} is not a .npy file: save the array with numpy.save")


@contextmanager
def _array_file(path: str) -> Iterator[BinaryIO]:
    """A file that an array is read from. Raises NoImage for one that cannot be read or holds something else."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode) and not os.path.isdir(path):
            raise NoImage(f"{path} cannot be read: it is not a regular file")
        with open(path, "rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # files of Python 2 are as good as others
            _refuse_others(path, file)
            yield file
    except NoImage:
        raise
    except OSError as problem:
        raise NoImage(f"{path} cannot be read: {reason(problem)}") from None
    except (ValueError, EOFError) as problem:
        why = " ".join(str(problem).split())
        raise NoImage(f"{path} is not an array of numbers in NumPy's .npy format: {why}") from None

"""Threads of our own: parts of a layer side by side, with BLAS kept to one thread in each.

BLAS' own threads meet at a barrier in every product and spin there, which costs small layers most of their time, and
more on a busy machine; parts that need nothing of each other do not meet.
"""

from __future__ import annotations

import contextvars
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_BLAS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def keep_blas_single() -> None:
    """Tells BLAS to use one thread, unless the environment says otherwise; too late once NumPy is imported."""
    if "numpy" not in sys.modules:
        for name in _BLAS:
            os.environ.setdefault(name, "1")


@cache
def workers() -> int:
    """How many parts run side by side: SHAPECALC_THREADS or the processors; 1 where BLAS has threads itself."""
    if os.environ.get(_BLAS[0]) != "1":
        return 1
    try:
        wanted = int(os.environ.get("SHAPECALC_THREADS", "0"))
    except ValueError:
        wanted = 0
    if wanted > 0:
        return wanted
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_here = threading.local()
"""Whether this thread is one of ours: it does parts of a part itself, since a worker that waits may wait for itself."""


def _begin() -> None:
    _here.ours = True


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers() - 1, "shapecalc", initializer=_begin)


def side_by_side(function: Callable[[T], R], parts: Sequence[T]) -> list[R]:
    """The results of a function for all parts, in order; NumPy's error state is that of the caller.

    The caller takes parts too: to wake one thread more and to wait for it takes longer than many a layer.
    """
    if len(parts) < 2 or workers() == 1 or getattr(_here, "ours", False):
        return [function(part) for part in parts]
    left, results = iter(range(len(parts))), dict[int, R]()

    def work() -> None:
        for number in left:
            results[number] = function(parts[number])

    helpers = min(workers(), len(parts)) - 1
    others = [_pool().submit(contextvars.copy_context().run, work) for _ in range(helpers)]
    _begin()
    try:
        work()
    finally:
        _here.ours = False
        begun = [other for other in others if not other.cancel()]  # what no thread has come to is done by now
        wait(begun)
    for other in begun:
        other.result()
    return [results[number] for number in range(len(parts))]


def split(count: int, least: int) -> list[slice]:
    """A slice for each worker over `count` things, none of fewer than `least` where it can be helped."""
    parts = max(1, min(workers(), count // least))
    ends = [count * i // parts for i in range(parts + 1)]
    return [slice(a, b) for a, b in pairwise(ends)]

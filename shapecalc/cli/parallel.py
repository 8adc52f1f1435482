"""Shares work out to several processes; the results come in the order of the work."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from shapecalc.cli.refused import Refused

Item = TypeVar("Item")
Result = TypeVar("Result")

ENOUGH = 48
"""Items from which on processes are started: fewer are done before these would be ready."""
_CHUNK = 8
"""Items that a process takes at a time."""

_work: tuple[Callable[[Any], Any], Sequence[Any]] | None = None
"""What processes do: they are copies of this one, and find it here."""


def cores() -> int:
    """How many processes can run at a time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(function: Callable[[Item], Result], items: Sequence[Item], processes: int) -> Iterator[Result]:
    """What a function gives for every item. With several processes results have to be values that can be sent.

    Where a process cannot be copied all is done in this one. Raises Refused where a process is killed.
    """
    processes = min(processes, len(items) // _CHUNK)
    if processes < 2 or len(items) < ENOUGH or not hasattr(os, "fork"):
        for number, item in enumerate(items):
            if number:
                gc.collect(0)  # the last one's cycles: none are looked for while it is done
            yield function(item)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    global _work
    _work = function, items
    pool = ProcessPoolExecutor(processes, get_context("fork"), initializer=_follow_parent)
    try:
        yield from pool.map(_one, range(len(items)), chunksize=_CHUNK)
    except BrokenProcessPool:
        raise Refused("a process that checks files was killed", help="give -j 1, or fewer files") from None
    finally:
        pool.shutdown(cancel_futures=True)
        _work = None


def _follow_parent() -> None:
    """Ctrl-C ends the process that was started, which ends the others; they end, too, where it is killed."""
    import signal
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _one(index: int) -> Any:
    assert _work is not None
    gc.collect(0)
    function, items = _work
    return function(items[index])

"""A line on standard error for what takes longer than a second, if a terminal shows it."""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shapecalc.core.phrases import shortened
from shapecalc.display.characters import clean

EVERY = 1.0
"""Seconds until there is a line, and until it is written anew: what is quicker needs none."""
_NARROW = 60
"""Columns below which what is worked on and the count have the line to themselves."""
_USUAL = 80
"""Columns of a terminal that does not say how wide it is."""

Progress = Callable[[int, str], None]
"""Called with how many layers are done, and the name of the last of them."""


@contextmanager
def progress(what: str, count: int | None, every: float = EVERY) -> Iterator[Progress | None]:
    """Writes the line while the block runs, again and again, even while nothing is reported.

    `what` is being worked on, `count` the number of layers; without one the line only says for how long. Yields None
    where nothing is shown to people, or on a terminal that cannot move its cursor.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") in ("dumb", "unknown"):
        yield None
        return
    at = [(0, "")]
    begun, over = time.monotonic(), threading.Event()

    def write() -> None:
        while not over.wait(every):
            # The cursor is left at the beginning, where whatever comes next is written.
            sys.stderr.write(f"{_line(what, count, *at[0], int(time.monotonic() - begun))}\x1b[K\r")
            sys.stderr.flush()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield lambda done, layer: at.__setitem__(0, (done, layer))
    finally:
        over.set()
        writer.join()
        sys.stderr.write("\x1b[K")


def _line(what: str, count: int | None, done: int, layer: str, seconds: int) -> str:
    """As much as there is room for: what is worked on is cut, the time and the last layer are left out."""
    given = os.environ.get("COLUMNS", "")
    width = int(given) if given.isdecimal() else os.get_terminal_size(sys.stderr.fileno()).columns
    width = width or _USUAL
    parts = [] if count is None else [f"{done}/{count}"]
    if width >= _NARROW or count is None:
        parts.append(f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}")
    if width >= _NARROW:
        parts.append(shortened(clean(layer), width // 3))
    rest = "  ".join(["", *parts]).rstrip()
    return shortened(what, max(3, width - len(rest) - 1)) + rest


@contextmanager
def without_warnings() -> Iterator[None]:
    """Values that leave float32 are reported in our own words, by the layer that they leave it in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield

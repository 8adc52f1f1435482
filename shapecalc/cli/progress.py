"""A bar on standard error for what takes longer than a second, if a terminal shows it."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

AFTER = 1.0
"""Seconds until there is a bar: what is quicker needs none."""

_NARROW = 60
"""Columns below which what is worked on and the count have the line to themselves."""

Progress = Callable[[int, str], None]
"""Called with how many layers are done, and the name of the last of them."""


@contextmanager
def progress(what: str, count: int | None, after: float = AFTER) -> Iterator[Progress | None]:
    """Draws the bar while the block runs, from `after` seconds on, even while nothing is reported.

    `what` is being worked on, `count` the number of layers; without one the bar only says that work goes on. Yields
    None where nothing is shown to people, or on a terminal that cannot move its cursor.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") in ("dumb", "unknown"):
        yield None
        return
    waiting = _Waiting(what, count)
    timer = threading.Timer(after, waiting.start)
    timer.daemon = True
    timer.start()
    try:
        yield waiting.show
    finally:
        timer.cancel()
        waiting.close()


@contextmanager
def without_warnings() -> Iterator[None]:
    """Values that leave float32 are reported in our own words, by the layer that they leave it in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


class _Waiting:
    """A bar that a timer starts, in a thread of its own, while layers are reported in another."""

    def __init__(self, what: str, count: int | None) -> None:
        self._what, self._count = what, count
        self._lock = threading.Lock()
        self._bar: Any = None
        self._closed = False
        self._at: tuple[int, str] = (0, "")

    def show(self, done: int, layer: str) -> None:
        with self._lock:
            self._at = done, layer
            self._update()

    def start(self) -> None:
        bar = _bar(self._what, self._count)
        with self._lock:
            if not self._closed:
                self._bar = bar
                self._update()
                bar.start()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._bar is not None:
                self._bar.stop()

    def _update(self) -> None:
        if self._bar is not None:
            done, layer = self._at
            self._bar.update(self._bar.task_ids[0], completed=done, layer=layer)


def _bar(what: str, count: int | None) -> Any:
    """A bar of one line, whatever the width of the terminal: what has no room is cut or left out."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    wide = console.width >= _NARROW
    room = console.width - len(f"{count}/{count}    ") - (20 + 8 if wide else 0)

    def text(shown: str, most: int) -> ProgressColumn:
        return TextColumn(shown, markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", max_width=most))

    columns = [text("{task.description}", max(3, room // 2 if wide else room))]
    if wide:
        columns.append(BarColumn(bar_width=20))
    if count is not None:
        columns.append(MofNCompleteColumn())
    if wide or count is None:
        columns.append(TimeElapsedColumn())
    if wide:
        columns.append(text("{task.fields[layer]}", max(3, room // 2)))
    bar = Bar(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    bar.add_task(what, total=count, layer="")
    return bar

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

BETWEEN = 0.1
"""Seconds between two looks at how far it is."""
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
    at: list[Any] = [0, ""]
    ended = threading.Event()
    waiting = threading.Thread(target=_draw, args=(what, count, after, at, ended), daemon=True)
    waiting.start()

    def show(done: int, layer: str) -> None:
        at[:] = done, layer

    try:
        yield show
    finally:
        ended.set()
        waiting.join()


@contextmanager
def without_warnings() -> Iterator[None]:
    """Values that leave float32 are reported in our own words, by the layer that they leave it in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _draw(what: str, count: int | None, after: float, at: list[Any], ended: threading.Event) -> None:
    """Draws the bar, from `after` seconds on, as far as `at` says, in a thread of its own: layers run in another."""
    if ended.wait(after):
        return
    with _bar(what, count) as bar:
        while not ended.wait(BETWEEN):
            done, layer = at
            bar.update(bar.task_ids[0], completed=done, layer=layer)


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

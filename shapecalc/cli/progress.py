"""A bar on standard error for what takes longer than a second, if somebody is watching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, str], None]
"""Told how many layers are done, and the name of the one that is next."""


@contextmanager
def progress(what: str, count: int | None) -> Iterator[Progress | None]:
    """Draws the bar while the block runs, once it has run for a second; None to tell where nobody is watching.

    `what` is being worked on, `count` the number of layers; without one the bar only says that work goes on. A timer
    starts it, so that there is one while nothing is told.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    texts = [TextColumn("{task.description}", markup=False), TextColumn("{task.fields[layer]}", markup=False)]
    counted = [MofNCompleteColumn()] if count is not None else []
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    bar = Bar(texts[0], BarColumn(), *counted, texts[1], console=console, transient=True)
    task = bar.add_task(what, total=count, layer="")
    timer = Timer(1, bar.start)
    timer.daemon = True
    timer.start()

    def show(done: int, layer: str) -> None:
        bar.update(task, completed=done, layer=layer)

    try:
        yield show
    finally:
        timer.cancel()
        timer.join()
        if bar.live.is_started:
            bar.stop()

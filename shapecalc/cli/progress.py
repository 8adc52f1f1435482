"""A bar on standard error for what takes longer than a second, if somebody is watching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, str], None]
"""Called with how many layers are done, and the name of the last one."""


@contextmanager
def progress(count: int) -> Iterator[Progress | None]:
    """Draws the bar while the block runs; None to call where nobody is watching. `count` is the number of layers."""
    if not sys.stderr.isatty():
        yield None
        return
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    name = TextColumn("{task.fields[layer]}", markup=False)
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    bar = Bar(name, BarColumn(), MofNCompleteColumn(), console=console, transient=True)
    task = bar.add_task("", total=count, layer="")
    begun = time.monotonic()

    def show(done: int, layer: str) -> None:
        if not bar.live.is_started and time.monotonic() - begun > 1:
            bar.start()
        bar.update(task, completed=done, layer=layer)

    try:
        yield show
    finally:
        bar.stop()

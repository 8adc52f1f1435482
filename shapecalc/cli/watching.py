"""`--watch`: a command runs again when a file that it read changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable

import click

from shapecalc.cli.known import forget_baselines
from shapecalc.configuration.configuration_file import read_configuration
from shapecalc.configuration.search import forget_configurations, nearest_configuration

EVERY = 0.3
"""Seconds between two looks at the files."""
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def watch(run: Callable[[], object], files: Callable[[], Iterable[str]]) -> None:
    """Runs a function again and again, whenever the files or their configurations differ; ended by Ctrl-C.

    What is wrong with a configuration is said, and the watching goes on.
    """
    while True:
        if sys.stdout.isatty():
            click.echo(_CLEAR, nl=False)
        _forget()
        before = _state(files)
        try:
            run()
        except click.ClickException as problem:
            problem.show()
        sys.stdout.flush()
        click.echo("watching for changes; Ctrl-C ends it", err=True)
        while _state(files) == before:
            time.sleep(EVERY)
            _forget()


def _forget() -> None:
    """Configurations and baselines are read once a run."""
    read_configuration.cache_clear()
    forget_configurations()
    forget_baselines()


def _state(files: Callable[[], Iterable[str]]) -> dict[str, tuple[int, int] | None]:
    """When every file was written last, and how long it is."""
    try:
        paths = list(files())
    except click.ClickException:  # there is no network now, or a configuration is wrong: it may be corrected
        return {}
    known = {nearest_configuration(path) for path in paths}
    return {path: _stamp(path) for path in (*paths, *filter(None, known))}


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size

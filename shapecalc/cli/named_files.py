"""What the paths of a command line name: files, the networks in folders, standard input."""

from __future__ import annotations

import os
import sys
from io import BufferedReader
from itertools import count

import click

from shapecalc.core.phrases import listed, plural
from shapecalc.formats.discover import OTHER_KINDS, Wants, find_networks

_LOOKED_AT = 1_000
"""Files that are looked into for networks of other kinds: a folder may hold any number of files."""


def network_files(paths: tuple[str, ...], wants: Wants = lambda path, usual: usual) -> list[str]:
    """What is to be read: files, and the networks in folders; standard input where nothing is named and it is piped.

    Raises UsageError where there is nothing.
    """
    found = list(find_networks(paths or (piped(),), wants))
    if not found:
        where = ", ".join(paths) + _passed_over(paths, wants)
        raise click.UsageError(f"there are no networks (*.net, *.net.yaml, *.txt with a diagram) in {where}")
    return found


def _passed_over(paths: tuple[str, ...], wants: Wants) -> str:
    """Which files of other kinds may hold networks in the folders, and how to name them; empty where there are none."""
    import json  # where nothing is wrong, it is not loaded

    seen = count()

    def is_looked_at(path: str, usual: bool) -> bool:
        return path.endswith(OTHER_KINDS) and next(seen) < _LOOKED_AT and wants(path, True)

    others = list(find_networks(paths, is_looked_at))
    if not others:
        return ""
    globs = {f"*{os.path.splitext(path)[1]}" for path in others}
    them = plural(len(others), "it", "them")
    return (
        f"; of other kinds there {plural(len(others), 'is', 'are')} {listed(others, 3)}: name {them}; "
        f"check also takes what include = {json.dumps(sorted(globs))} in shapecalc.toml names"
    )


def piped() -> str:
    """`-` where a program writes to standard input. Raises UsageError on a terminal, and where nothing comes."""
    stream = sys.stdin and sys.stdin.buffer
    if stream is None or stream.isatty() or (isinstance(stream, BufferedReader) and not stream.peek(1)):
        raise click.UsageError("there is nothing to read: give a file, a folder, or the text of a network")
    return "-"

"""What the paths of a command line name: files, the networks in folders, standard input."""

from __future__ import annotations

import sys
from io import BufferedReader

import click

from shapecalc.formats.discover import Wants, find_networks


def network_files(paths: tuple[str, ...], wants: Wants = lambda path, usual: usual) -> list[str]:
    """What is to be read: files, and the networks in folders; standard input where nothing is named and it is piped.

    Raises UsageError where there is nothing.
    """
    found = list(find_networks(paths or (piped(),), wants))
    if not found:
        raise click.UsageError(f"there are no networks (*.net, *.net.yaml, *.txt with a diagram) in {', '.join(paths)}")
    return found


def piped() -> str:
    """`-` where a program writes to standard input. Raises UsageError on a terminal, and where nothing comes."""
    stream = sys.stdin and sys.stdin.buffer
    if stream is None or stream.isatty() or (isinstance(stream, BufferedReader) and not stream.peek(1)):
        raise click.UsageError("there is nothing to read: give a file, a folder, or the text of a network")
    return "-"

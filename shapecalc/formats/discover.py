"""Finds the networks in folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

Wants = Callable[[str, bool], bool]
SUFFIXES = (".net", ".net.yaml", ".net.yml")


def find_networks(paths: Sequence[str], wants: Wants = lambda path, usual: usual) -> Iterator[str]:
    """Files as they are named; for a folder every network below it, in order. Hidden folders are left out.

    `wants` says of a file in a folder, given whether its ending is that of a network, whether it is one.
    """
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            yield path
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for file in sorted(files):
                at = os.path.join(folder, file)
                if not file.startswith(".") and wants(at, file.endswith(SUFFIXES)):
                    yield at

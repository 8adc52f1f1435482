"""Finds the networks in folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

SUFFIXES = (".net", ".net.yaml", ".net.yml")


def find_networks(paths: Sequence[str]) -> Iterator[str]:
    """Files as they are named; for a folder every network below it, in order. Hidden folders are left out."""
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            yield path
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for file in sorted(files):
                if file.endswith(SUFFIXES) and not file.startswith("."):
                    yield os.path.join(folder, file)

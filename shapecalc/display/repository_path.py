"""Paths as the tools of a CI want them."""

from __future__ import annotations

import os
from functools import cache


def repository_path(path: str) -> str:
    """A path from the root of its repository (or from the working folder), without `./`; others as they are."""
    if path.startswith("<"):
        return path
    full = os.path.abspath(path)
    root = _root(os.path.dirname(full)) or os.getcwd()
    inside = full.startswith(os.path.join(root, ""))
    return (os.path.relpath(full, root) if inside else full).replace(os.sep, "/")


@cache
def _root(folder: str) -> str | None:
    """The root of the repository that a folder is in."""
    above = os.path.dirname(folder)
    if above == folder:
        return None
    return folder if os.path.lexists(os.path.join(folder, ".git")) else _root(above)

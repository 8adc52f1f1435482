"""Paths as the tools of a CI want them."""

from __future__ import annotations

import os


def repository_path(path: str) -> str:
    """A path from the root of its repository (or from the working folder), without `./`; others as they are."""
    if path.startswith("<"):
        return path
    full = os.path.abspath(path)
    above = os.path.dirname(full)
    while not os.path.lexists(os.path.join(above, ".git")) and above != os.path.dirname(above):
        above = os.path.dirname(above)
    root = above if above != os.path.dirname(above) else os.getcwd()
    inside = full.startswith(os.path.join(root, ""))
    return (os.path.relpath(full, root) if inside else full).replace(os.sep, "/")

"""`--changed-since REF`: the files that `git diff --name-only REF` names."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache, partial

from shapecalc.cli.git import GitFailed, git
from shapecalc.cli.refused import refusing


def changed(paths: Iterable[str], ref: str) -> list[str]:
    """Those of some files that differ from what they were. Raises Refused where git does not know the reference."""
    root_of = cache(partial(_root, ref=ref))
    below = cache(partial(_changed_below, ref=ref))
    real = {path: os.path.realpath(path) for path in paths}
    return [path for path, full in real.items() if full in below(root_of(os.path.dirname(full)))]


def _root(folder: str, *, ref: str) -> str:
    """The root of the repository that a folder is in."""
    return os.path.realpath(os.fsdecode(_git(folder, ref, "rev-parse", "--show-toplevel")).rstrip("\n"))


def _changed_below(root: str, *, ref: str) -> frozenset[str]:
    words = ("diff", "--name-only", "--no-relative", "--no-ext-diff", "-z", "--end-of-options", ref, "--")
    names = os.fsdecode(_git(root, ref, *words)).split("\0")
    return frozenset(os.path.realpath(os.path.join(root, name)) for name in names if name)


def _git(folder: str, ref: str, *words: str) -> bytes:
    with refusing(GitFailed, of=f"git does not say what changed since {ref}"):
        return git(folder, *words)

"""Which files `check` is about: those that are named, as the configuration of each wants them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import click

from shapecalc.cli.named_files import network_files, piped
from shapecalc.cli.refused import refusing
from shapecalc.configuration.search import nearest_configuration

if TYPE_CHECKING:
    from shapecalc.configuration.configuration import Configuration


def files(paths: Sequence[str], context: click.Context) -> list[str]:
    """The files to check: those of folders as the configuration wants them, of these the ones that changed.

    Raises UsageError where there are none to begin with.
    """
    ref = context.params["changed_since"]
    found = network_files(tuple(paths) or (("." if ref else piped()),), partial(_wants, chosen=context.params))
    if ref is None:
        return found
    return changed(found, ref)


def _wants(path: str, usual: bool, *, chosen: dict[str, Any]) -> bool:
    configuration = configuration_of(path, chosen)
    return configuration.wants(path, usual=usual) if configuration else usual


def named(path: str, chosen: dict[str, Any]) -> str:
    """The path by which globs know a file: the name that was given to standard input."""
    return str(chosen["stdin_filename"] or "stdin") if path == "-" else path


def configuration_of(path: str, chosen: dict[str, Any]) -> Configuration | None:
    """The configuration that holds for a file, if there is one. Raises UsageError."""
    found = None if chosen["no_config"] else nearest_configuration(path)
    if found is None:
        return None
    from shapecalc.configuration.configuration import ConfigurationError
    from shapecalc.configuration.configuration_file import read_configuration

    with refusing(ConfigurationError, usage=True):
        return read_configuration(found)


# --- since a reference of git -----------------------------------------------------------------------


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
    from shapecalc.cli.git import GitFailed, git

    with refusing(GitFailed, of=f"git does not say what changed since {ref}"):
        return git(folder, *words)

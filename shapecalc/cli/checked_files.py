"""Which files `check` is about: those that are named, as the configuration of each wants them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
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
    from shapecalc.cli.changed_files import changed

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

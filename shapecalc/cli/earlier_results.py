"""A run of `check` over files, and what earlier runs of the same command have found out about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from shapecalc.core.record import NamedTuple
from shapecalc.display.style import Style
from shapecalc.renderers import OutputFormat

if TYPE_CHECKING:
    from shapecalc.cli.result_key import ResultKey
    from shapecalc.cli.result_store import ResultStore

Print = tuple[OutputFormat, Style]


class CheckedFile(NamedTuple):
    """A file that was checked, in plain values."""

    parts: list[list[Any]]
    """For every output what its format has to say of each network."""
    code: int
    """The exit code if there were no other file."""


class Earlier(NamedTuple):
    """The results of earlier runs of the same command."""

    store: ResultStore
    key: ResultKey

    def data_of(self, path: str) -> bytes | None:
        """What is in a file now; None where its result is not kept."""
        from shapecalc.cli.result_key import read_regular

        return read_regular(path)

    def key_of(self, path: str) -> str | None:
        """The key of a file as it is now; None where its result is not kept."""
        data = self.data_of(path)
        return None if data is None else self.key.of(path, data)


class CheckRun(NamedTuple):
    """How all files of a run are checked and printed."""

    context: click.Context
    prints: Sequence[Print]
    many: bool
    earlier: Earlier | None

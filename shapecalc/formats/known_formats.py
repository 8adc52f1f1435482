"""The readers of formats/, found by listing the folder: which of them takes a file, and how its files are called."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from shapecalc.diagnostics.registration import load_file, modules_of

if TYPE_CHECKING:
    from shapecalc.diagnostics.diagnostic import Diagnostic, Source
    from shapecalc.expansion.options import Options
    from shapecalc.language import syntax
    from shapecalc.passes.graph import Graph

BESIDE = ("read", "known_formats", "discover", "sources", "unread_files")
"""What is in this folder and is no format."""

MEMBERS = {
    "RANK": "RANK = 50, a whole number: formats with a lower one are asked first",
    "accepts": "def accepts(path: str, head: Head) -> bool",
    "read": "def read(source: Source, problems: list[Diagnostic], options: Options) -> Network",
}
"""What a format must define."""

Head: TypeAlias = str | bytes
"""The beginning of a text or of a binary file."""
Network: TypeAlias = "syntax.Diagram | Graph"


class Format(Protocol):
    """A module of this folder."""

    RANK: int

    def accepts(self, path: str, head: Head) -> bool:
        """Whether it takes the file, by its path and the first bytes or characters in it; looks at nothing else."""

    def read(self, source: Source, problems: list[Diagnostic], options: Options) -> Network:
        """The syntax tree or the graph of a file that was accepted; what is wrong and leaves one goes to `problems`.

        Raises Diagnosed where there is none.
        """


@cache
def readers() -> dict[str, Format]:
    """Every format by the name of its file, in the order in which they are asked.

    Raises RegistrationError where one lacks a member.
    """
    names = [name for name in modules_of(os.path.dirname(__file__)) if name not in BESIDE]
    found = {name: cast("Format", load_file("shapecalc.formats", name, MEMBERS)) for name in names}
    return dict(sorted(found.items(), key=lambda item: item[1].RANK))


@cache
def suffixes() -> tuple[str, ...]:
    """How the names of networks end in folders."""
    return tuple(suffix for module in readers().values() for suffix in vars(module).get("SUFFIXES", ()))


def format_of(path: str, head: Head) -> str | None:
    """The name of the first format that takes a file, by its beginning and its name."""
    return next((name for name, reader in readers().items() if reader.accepts(path, head)), None)

"""Programs in Python that make a model of PyTorch or Keras: read from their text, and never run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics.diagnostic import Diagnostic, Source

if TYPE_CHECKING:
    from shapecalc.formats.read import Head, Options
    from shapecalc.passes.graph import Graph

RANK = 70
"""Assignments, imports, classes: what no diagram has in many lines."""

_MARKS = ("Sequential", ".add(", ")(", "import ", "class ", "def ", " in range(", "print(")


def accepts(path: str, head: Head) -> bool:
    """Whether a text is Python with a statement in it that no diagram has, or a file of Python without layers."""
    if not isinstance(head, str) or not (path.endswith(".py") or any(mark in head for mark in _MARKS)):
        return False
    from shapecalc.formats.python_program.program_reader import is_program, makes_nothing

    return is_program(head) or (path.endswith(".py") and makes_nothing(head))


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The network of the program.

    Raises Diagnosed SHP020 where a part that the network hangs on is not known, or there is no network in it.
    """
    from shapecalc.formats.python_program.program_reader import network

    return network(source, problems, options)

"""A row of the tables of notations and of mistakes, and what its replacement may ask of the text around it."""

from __future__ import annotations

import re
from collections.abc import Callable

from shapecalc.core.record import NamedTuple, Record

BETWEEN = "  =>  "
"""The arrow between what two parts of another notation become."""


class Surroundings(NamedTuple):
    """What is around a match."""

    arrow: str
    """The arrow that the writer uses."""
    call: str = ""
    """The name of the layer in whose arguments the match is; empty outside of round brackets."""
    given: str = ""
    """Its arguments up to the match."""


class Rewrite(Record):
    """A notation that is not ours: its pattern, the sentence about it, and what is written here.

    Without a code it is read as what it says, and the sentence says where it comes from.
    Texts may name groups of the match (`{1}`), the replacement (`{new}`), what is around it (`{item}`,
    `{token}`, `{line}`, `{rest}`), the numbers of the match as a size (`{size}`) and the writer's arrow.
    The group `at`, if there is one, is what is pointed at; `layer` says that the first group is this layer, or
    one with this argument.
    """

    code: str
    pattern: str
    sentence: str
    replacement: str | Callable[[re.Match[str], Surroundings], str | None]
    where: str
    """Where it is tried: at the last `item`, at the `token` that does not fit, at one in `front` of it; `before` asks
    that the match ends where that begins."""
    label: str = "expected {new}"
    help: str | Callable[[re.Match[str]], str] = "write {new}"
    title: str = "write {new}"
    """What the fix is called; empty where the replacement only stands for something unknown."""
    layer: str | None = None
    inside: str = ""
    """The bracket that has to be the innermost; `-` for none, `!` for none or a square one."""
    safe: bool = False
    after: str = ""
    """The terminals of which one has to be the last before the match."""
    needs: str = ""
    """The terminal that has to be possible there."""
    instead: str | None = None
    """What the fix writes, where the replacement only stands for something unknown."""
    parts: str = ""
    """What a part of the match looks like, of which each becomes what is between two `BETWEEN`."""

"""A configuration, read: which rules, budgets and defaults hold for which networks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise, takewhile
from typing import Any

from shapecalc.passes.budgets import Budget
from shapecalc.rules.catalogue import NEWEST, Level, Selection


class ConfigurationError(ValueError):
    """What is wrong with a configuration file, with its path and the key."""


@dataclass(frozen=True)
class Configuration:
    """What one file says. Globs are relative to its folder."""

    path: str = ""
    """The file; empty where there is none."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    preview: bool = False
    ruleset: str = NEWEST
    severity: tuple[tuple[str, Level], ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    budgets: tuple[tuple[str, tuple[Budget, ...]], ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Values of options of `check`, by their names without --."""
    baseline: str | None = None
    """A path, relative to the folder of the file."""
    keys: tuple[str, ...] = ()
    """Those that the file has."""

    @property
    def folder(self) -> str:
        """Where its globs begin."""
        return os.path.dirname(self.path)

    @property
    def known(self) -> str | None:
        """The path of the baseline."""
        return os.path.join(self.folder, self.baseline) if self.baseline else None

    def relative(self, path: str) -> str:
        """A path as its globs see it."""
        return os.path.relpath(path, self.folder or ".").replace(os.sep, "/")

    def ignored_in(self, path: str) -> list[tuple[str, tuple[str, ...]]]:
        """The globs that name a file, with what each ignores there."""
        return [(glob, words) for glob, words in self.per_file_ignores if matches(glob, self.relative(path))]

    def selection(self, path: str) -> Selection:
        """The rules for a file."""
        ignored = (word for _, words in self.ignored_in(path) for word in words)
        return Selection(self.select, (*self.ignore, *ignored), self.preview, self.ruleset, self.severity)

    def budgets_of(self, path: str) -> tuple[Budget, ...]:
        """The budgets for a file: of two globs that name it the one below holds, key by key."""
        found: dict[str, Budget] = {}
        for glob, budgets in self.budgets:
            if matches(glob, self.relative(path)):
                found.update({budget.key: budget for budget in budgets})
        return tuple(found.values())

    def wants(self, path: str, *, usual: bool) -> bool:
        """Whether a file in a folder is checked: a usual one or one that is included, and not excluded."""
        name = self.relative(path)
        included = usual or any(matches(glob, name) for glob in self.include)
        return included and not any(matches(glob, name) for glob in self.exclude)


def matches(glob: str, path: str) -> bool:
    """Whether a path (relative, with /) is named: itself, or a folder that it lies in.

    `*` and `?` stay within a name, `**` goes over folders; a glob without / names files anywhere below.

    >>> matches("*.net", "old/a.net"), matches("old/*.net", "old/b/a.net"), matches("old/**/*.net", "old/b/a.net")
    (True, False, True)
    >>> matches("old", "old/b/a.net"), matches("old/", "old/a.net"), matches("[ab].net", "b.net")
    (True, True, True)
    >>> matches("old/", "a/old/b.net"), matches("a?b.net", "a/b.net")
    (True, False)
    """
    return _pattern(glob).fullmatch(path) is not None


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """Parts between two `**`, or two `*` of a name, are looked for once: after the first place there is most left."""
    glob = glob.removeprefix("./")
    glob = ("" if "/" in glob.rstrip("/") else "**/") + glob.strip("/")
    pieces = re.findall(r"(?:^|(?<=/))\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|.", glob, re.DOTALL)
    starts = [0, *(i for i, piece in enumerate(pieces) if piece in _ACROSS), len(pieces)]
    *others, last = ("".join(_parts(pieces[i:j])) for i, j in pairwise(starts))
    return re.compile(f"{''.join(f'(?>{part})' for part in others)}{last}(?:/.*)?", re.DOTALL)


_ACROSS = {"**/": "(?:.*?/)??", "**": ".*?"}
"""What goes over folders."""


def _parts(pieces: list[str]) -> Iterator[str]:
    """What is between two `**`; what is between two `*` of a name is found once."""
    is_open = False
    for i, piece in enumerate(pieces):
        if piece == "*":
            yield ")" * is_open
            is_open = "*" in takewhile("/".__ne__, pieces[i + 1 :])
            yield "(?>" * is_open
        yield _translated(piece)


def _translated(piece: str) -> str:
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        within = re.escape(piece[1:-1].removeprefix("!")).replace(r"\-", "-")
        return f"[^{within}]" if piece[1] == "!" else f"[{within}]"
    return {"*": "[^/]*?", "?": "[^/]", **_ACROSS}.get(piece) or re.escape(piece)

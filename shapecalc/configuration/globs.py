"""Globs of a configuration: paths with / between folders, relative to the file that holds them."""

from __future__ import annotations

import re
from functools import cache


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
    glob = glob.removeprefix("./")
    anywhere = "" if "/" in glob.rstrip("/") else "(?:.*/)?"
    pieces = re.findall(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|.", glob.strip("/"), re.DOTALL)
    return re.compile(f"{anywhere}{''.join(map(_translated, pieces))}(?:/.*)?", re.DOTALL)


def _translated(piece: str) -> str:
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        within = re.escape(piece[1:-1].removeprefix("!")).replace(r"\-", "-")
        return f"[^{within}]" if piece[1] == "!" else f"[{within}]"
    return {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece) or re.escape(piece)

"""Finds the configuration file that holds for a network."""

from __future__ import annotations

import errno
import os
import re
from functools import cache
from typing import Any

NAMES = (".shapecalc.toml", "shapecalc.toml", "pyproject.toml")
"""In one folder the first of these that there is."""
_MOST_BYTES = 32_000_000
"""What a file of a project may have: a device goes on for ever."""
_LONG_KEY = re.compile(r"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*){99}")
"""A key of a hundred parts: the time that tomllib takes for one grows with their square."""
_TABLES = (b"tool.shapecalc", b"[tool]", b"tool={")
"""How a table for shapecalc may begin, without blanks and quotes: to read TOML takes half as long as a small check."""


def bytes_of(path: str) -> bytes:
    """The bytes of a configuration or a baseline. Raises OSError for what cannot be read, or is too large for one."""
    with open(path, "rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return data


def read_toml(data: bytes) -> dict[str, Any]:
    """The table of a configuration. Raises ValueError for what is none, RecursionError where brackets nest deeply."""
    import tomllib

    text = data.decode("utf-8-sig")
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise ValueError(f"a key has more than 99 parts (at line {line}); a key of shapecalc has at most 5")
    return tomllib.loads(text)


def nearest_configuration(path: str) -> str | None:
    """The file of the nearest folder that has one, from that of a network up to the root of its repository."""
    return _nearest(os.path.dirname(os.path.abspath(path)))


@cache
def _nearest(folder: str) -> str | None:
    for name in NAMES:
        path = os.path.join(folder, name)
        if os.path.isfile(path) and (name != "pyproject.toml" or _speaks_of_shapecalc(path)):
            return path
    above = os.path.dirname(folder)
    if above == folder or os.path.exists(os.path.join(folder, ".git")):
        return None
    return _nearest(above)


def _speaks_of_shapecalc(path: str) -> bool:
    """Whether a pyproject.toml has a table for shapecalc; one that cannot be read has none.

    Where one that names shapecalc is no TOML nobody can tell: whoever reads it says so.
    """
    try:
        data = bytes_of(path)
    except OSError:
        return False
    bare = data.translate(None, b" \t\"'")
    if b"shapecalc" not in bare or not any(start in bare for start in _TABLES):
        return False
    try:
        return "shapecalc" in read_toml(data).get("tool", {})
    except (ValueError, RecursionError):
        return True


def forget_configurations() -> None:
    """Looks for them again when they are needed next."""
    _nearest.cache_clear()

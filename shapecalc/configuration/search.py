"""Finds the configuration file that holds for a network."""

from __future__ import annotations

import errno
import os
from functools import cache

NAMES = (".shapecalc.toml", "shapecalc.toml", "pyproject.toml")
"""In one folder the first of these that there is."""
_MOST_BYTES = 32_000_000
"""What a file of a project may have: a device goes on for ever."""
_TABLES = (b"tool.shapecalc", b"[tool]", b"tool={")
"""How a table for shapecalc may begin, without blanks and quotes: to read TOML takes half as long as a small check."""


def bytes_of(path: str) -> bytes:
    """The bytes of a configuration or a baseline. Raises OSError for what cannot be read, or is too large for one."""
    with open(path, "rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return data


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
    import tomllib

    try:
        return "shapecalc" in tomllib.loads(data.decode("utf-8-sig")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return True


def forget_configurations() -> None:
    """Looks for them again when they are needed next."""
    _nearest.cache_clear()

"""Reads one member of a zip, and not more of it than a description of a network can have."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from shapecalc.diagnostics.diagnostic import unreadable

MOST_BYTES = 12_000_000
"""How long the description of a model may be; that of the largest networks has less than two million."""


def member_text(file: BinaryIO, wanted: Callable[[str], bool], what: str) -> str:
    """The text of the first member whose name is wanted; nothing else is opened, and nothing is unpickled.

    Raises Diagnosed SHP010 where the zip is damaged, has no such member (`what` says which), or it is too long.
    """
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(file) as archive:
            name = next((name for name in archive.namelist() if wanted(name)), None)
            data = None
            if name is not None:
                with archive.open(name) as member:
                    data = member.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError) as problem:
        raise unreadable(f"the zip {_state(problem)}") from None
    if data is None:
        raise unreadable(f"the file is a zip without {what}")
    return decoded(data)


def _state(problem: Exception) -> str:
    """What is wrong with a zip, by how zipfile says it."""
    if isinstance(problem, NotImplementedError):
        return "is packed in a way that is not read"
    return "is encrypted" if isinstance(problem, RuntimeError) else "is damaged or cut short"


def decoded(data: bytes) -> str:
    """A description as text. Raises Diagnosed SHP010."""
    if len(data) > MOST_BYTES:
        raise unreadable(f"the description of the model is longer than {MOST_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable("the description of the model is not UTF-8") from None

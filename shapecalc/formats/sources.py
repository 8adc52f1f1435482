"""Reads files and standard input: bytes to a text that can be checked."""

from __future__ import annotations

import sys

from shapecalc.diagnostics.diagnostic import Diagnosed, Source, report
from shapecalc.formats.read import MOST_CHARACTERS


def read_source(path: str, stdin_filename: str | None = None) -> Source:
    """The text of a file, or of standard input for `-`.

    UTF-8 with or without a BOM; CR and CRLF count as one newline. Raises Findings SHP010 or SHP011, without a
    place, for what cannot be read.
    """
    name = (stdin_filename or "<stdin>") if path == "-" else path
    data = _read(path, name)
    if len(data) > 4 * MOST_CHARACTERS:
        raise Diagnosed(report("SHP011", f"{name} is larger than the {4 * MOST_CHARACTERS:,} bytes that are read"))
    _refuse_binary(name, data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise Diagnosed(
            report("SHP010", f"{name} is not UTF-8: byte 0x{data[problem.start]:02x} in line {line}")
        ) from None
    if len(text) > MOST_CHARACTERS:
        message = f"{name} has {len(text):,} characters, and {MOST_CHARACTERS:,} is the most that is read"
        raise Diagnosed(report("SHP011", message))
    return Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))


def _refuse_binary(name: str, data: bytes) -> None:
    """Raises Findings SHP010 for what is no text in UTF-8, by the bytes that such a text does not have."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Diagnosed(report("SHP010", f"{name} is UTF-16, and only UTF-8 is read"))
    first = data.find(b"\0", 0, 8192)
    if first >= 0:
        raise Diagnosed(report("SHP010", f"{name} is not text: it has NUL bytes, the first one at byte {first + 1:,}"))


def _read(path: str, name: str) -> bytes:
    limit = 4 * MOST_CHARACTERS + 1
    try:
        if path == "-":
            if sys.stdin is None:
                raise Diagnosed(report("SHP010", f"{name} cannot be read: it is closed"))
            return sys.stdin.buffer.read(limit)
        with open(path, "rb") as file:
            return file.read(limit)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise Diagnosed(report("SHP010", f"{name} cannot be read: {reason}")) from None

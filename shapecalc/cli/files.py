"""Reads what the command line names: files, folders of networks, standard input."""

from __future__ import annotations

import os
import sys

from shapecalc.diagnostics import Findings, Source, finding
from shapecalc.parse import MOST_CHARACTERS


def read_source(path: str, stdin_filename: str | None = None) -> Source:
    """The text of a file, or of standard input for `-`.

    UTF-8 with or without a BOM; CR and CRLF count as one newline. Raises Findings SHP010 or SHP011, without a
    place, for what cannot be read.
    """
    name = (stdin_filename or "<stdin>") if path == "-" else path
    data = _read(path, name)
    if len(data) > 4 * MOST_CHARACTERS:
        raise Findings(finding("SHP011", f"{name} is larger than the {4 * MOST_CHARACTERS:,} bytes that are read"))
    if b"\0" in data[:8192]:
        raise Findings(finding("SHP010", f"{name} is not text: it has zero bytes in it"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise Findings(
            finding("SHP010", f"{name} is not UTF-8: byte 0x{data[problem.start]:02x} in line {line}")
        ) from None
    return Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))


def _read(path: str, name: str) -> bytes:
    limit = 4 * MOST_CHARACTERS + 1
    try:
        if path == "-":
            return sys.stdin.buffer.read(limit)
        with open(path, "rb") as file:
            return file.read(limit)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise Findings(finding("SHP010", f"{name} cannot be read: {reason}")) from None


def is_folder(path: str) -> bool:
    """Whether a path is a folder (standard input is none)."""
    return path != "-" and os.path.isdir(path)

"""Reads files and standard input: bytes to a text that can be checked."""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from functools import partial
from typing import BinaryIO

from shapecalc.core.phrases import reason
from shapecalc.diagnostics.diagnostic import Diagnosed, Source, report, unreadable
from shapecalc.diagnostics.spelling import nearest
from shapecalc.formats.discover import is_text, names_layers
from shapecalc.formats.known_formats import format_of
from shapecalc.formats.read import LONGEST_HEAD, MOST_CHARACTERS
from shapecalc.published import PREFIX, find_published, published_as

LONGEST = 4 * MOST_CHARACTERS
"""Bytes that a text may have, and a binary file that comes through a pipe."""
_TYPED = "to check a network that is typed, write arrows in it: 'INPUT(32x32x3) => CONV(8, 3) => FC(10)'"
_MOST_NAMES = 2_000
"""Files of a folder that a name which is not there is compared with."""
_CONTROLS = bytes(sorted({*range(32)} - {*b"\t\n\f\r\x1b"}))
"""Bytes that a text has seldom, and a binary file nearly always."""


def read_source(path: str, stdin_filename: str | None = None) -> Source:
    """The text of a file, or of standard input for `-`; a binary file of a format that is read stays closed.

    UTF-8 with or without a BOM; CR and CRLF count as one newline. `zoo:NAME` is a published network. Raises Diagnosed
    SHP010 or SHP011, without a place, for what cannot be read.
    """
    name = (stdin_filename or "<stdin>") if path == "-" else path
    if is_text(path):
        return Source("<text>", plain(path))
    if path.startswith(PREFIX):
        return Source(path, find_published(path.removeprefix(PREFIX)).text)
    try:
        if path == "-":
            return _of_stream(name)
        with open(path, "rb") as file:
            head = file.read(LONGEST_HEAD)
            if _is_binary(name, head):
                return Source(name, open_bytes=partial(_opened, path))
            return Source(name, _text(name, head + file.read(LONGEST + 1 - len(head))), has_folder=True)
    except OSError as problem:
        help = _instead_of(path) if isinstance(problem, FileNotFoundError | IsADirectoryError) else ()
        raise unreadable(f"{name} cannot be read: {reason(problem)}", help=help) from None


def _opened(path: str) -> BinaryIO:
    return open(path, "rb")


def _instead_of(path: str) -> tuple[str, ...]:
    """What to write for a folder, or for what is not there: a file beside it, a published network, or a diagram."""
    if os.path.isdir(path):
        return ("write one of its files; check, verify and fmt take folders",)
    if (near := _near(path)) is not None:
        return (f"write {near}",)
    if names_layers(path) and not re.search(r"[/\\.]", path):
        return (_TYPED,)
    if (name := published_as(os.path.splitext(path)[0])) is not None:
        return (f"write {PREFIX}{name} for the published network",)
    return ()


def _near(path: str) -> str | None:
    """The path that is most like one, spelled right in every folder; its suffix may be missing."""
    folder, name = os.path.split(path)
    if folder and not os.path.isdir(folder):
        found = _near(folder)
        if found is None:
            return None
        path = os.path.join(found, name)
        return path if os.path.exists(path) else _near(path)
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return None
    if len(names) > _MOST_NAMES or not name:
        return None
    stems = {} if "." in name else {os.path.splitext(other)[0]: other for other in reversed(names)}
    guess = nearest(name, [*names, *stems])
    return os.path.join(folder, stems.get(guess, guess)) if guess else None


def _of_stream(name: str) -> Source:
    """Standard input. Raises Diagnosed, and OSError where it cannot be read."""
    if sys.stdin is None:
        raise unreadable(f"{name} cannot be read: it is closed")
    return of_bytes(name, sys.stdin.buffer.read(LONGEST + 1))


def of_bytes(name: str, data: bytes) -> Source:
    """The bytes of a text, or of a binary file of a format that is read. Raises Diagnosed SHP010 or SHP011."""
    if len(data) <= LONGEST and _is_binary(name, data[:LONGEST_HEAD]):
        return Source(name, open_bytes=partial(io.BytesIO, data))
    return Source(name, _text(name, data))


def _is_binary(name: str, head: bytes) -> bool:
    """Whether the first bytes of a file are none of a text, and a format takes them."""
    odd = head.translate(None, _CONTROLS) != head or not head.isascii()
    return odd and format_of(name, head) is not None


def _text(name: str, data: bytes) -> str:
    """Raises Diagnosed for what is too long, or no text in UTF-8."""
    if len(data) > LONGEST:
        _refuse_known(name, data)
        raise Diagnosed(report("SHP011", f"{name} is larger than the {LONGEST:,} bytes that are read"))
    _refuse_binary(name, data)
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as problem:
        _refuse_known(name, data)
        line = data.count(b"\n", 0, problem.start) + 1
        raise unreadable(f"{name} is not UTF-8: byte 0x{data[problem.start]:02x} in line {line}") from None
    if len(text) > MOST_CHARACTERS:
        message = f"{name} has {len(text):,} characters, and {MOST_CHARACTERS:,} is the most that is read"
        raise Diagnosed(report("SHP011", message))
    return plain(text)


def plain(text: str) -> str:
    r"""A text with one kind of newline and of space, without the colours of a terminal, which notebooks keep.

    >>> plain("\x1b[1mINPUT\x1b[0m\r\n")
    'INPUT\n'
    """
    if "\x1b" in text:
        text = re.sub(r"\x1b\[[\d;]*m", "", text)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")


def _refuse_binary(name: str, data: bytes) -> None:
    """Raises Diagnosed SHP010 for what is no text in UTF-8, by the bytes that such a text does not have."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise unreadable(f"{name} is UTF-16, and only UTF-8 is read")
    first = data.find(b"\0", 0, 8192)
    if first >= 0:
        _refuse_known(name, data)
        raise unreadable(f"{name} is not text: it has NUL bytes, the first one at byte {first + 1:,}")


def _refuse_known(name: str, data: bytes) -> None:
    """Raises Diagnosed SHP010 for a binary file whose program is known."""
    from shapecalc.formats.unread_files import unread_file

    known = unread_file(name, data)
    if known:
        raise Diagnosed(known)

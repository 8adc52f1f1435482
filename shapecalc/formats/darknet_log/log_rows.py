"""The rows of Darknet's start-up log, each with its place in the text."""

from __future__ import annotations

import re
from fractions import Fraction

from shapecalc.core.phrases import counted, plural
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Span, unreadable

_ROW = re.compile(r"[>\s]*(\d+)\s+([A-Za-z][A-Za-z_]*)(.*)$")
_WITHOUT_NUMBER = re.compile(r"[>\s]*+([a-z]++)\s++(.*\d\s*+->\s*\d.*)$")
"""A row whose number is on a line before it, with a warning or what a library says there."""
_SAID_BETWEEN = re.compile(r"size$|stride$|padding$|[A-Z](?!.*\bLayer\b)")
"""`6 size: Using default '2'`, `0 Create CUDA-stream - 0`: layers have small letters, or end in `Layer`."""
_VOLUME = re.compile(r"(?<!\d)(\d++)\s*+x\s*+(\d++)\s*+x\s*(\d+)")
_FILTER = re.compile(r"(?<!\d)(\d++)\s*+x\s*+(\d++)\s*+/\s*(\d+)(?:x\s*(\d+))?\s*(?:\(\s*(\d+)\s*\))?(?=\s)")
_WORK = re.compile(r"(?<![\d.])([\d.]++)\s*+BF(?:LOPs?)?\b")


class LogRow(Record):
    """One layer as it is printed."""

    index: int
    kind: str
    numbers: tuple[int, ...]
    """What is printed between its name and its filter or volume: filters, or layers that it reads."""
    extent: tuple[int, ...]
    """Width and height of the filter, and its stride; empty where none is printed."""
    dilation: int
    read: tuple[int, ...]
    """Width x height x depth; a row of values has one number."""
    gives: tuple[int, ...]
    work: Fraction | None
    """Billions of operations, to three digits."""
    part: tuple[int, int] | None
    """Which of how many parts of the depth a route takes."""
    span: Span


def log_rows(text: str) -> list[LogRow]:
    """The rows in order. Raises Diagnosed SHP010 where one is missing, or there is none."""
    rows: list[LogRow] = []
    begun, at = False, 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        head = re.search(r"layer\s+filters\s+size", line) is not None
        begun = begun or head
        if head and rows:
            message = "a second log begins here, and one network is read at a time"
            raise unreadable(message, (start, at), help=("paste one log, from its head on",))
        found = _ROW.match(line.rstrip()) if begun else None
        pool = _WITHOUT_NUMBER.match(line.rstrip()) if begun else None
        span = (start + len(line) - len(line.lstrip()), start + len(line.rstrip()))
        if found and _SAID_BETWEEN.match(found[2] + found[3].partition(":")[0] if found[2][0].isupper() else found[2]):
            continue
        if found and int(found[1]) == len(rows):
            rows.append(_row(len(rows), found[2], found[3] + " ", span))
        elif found and int(found[1]) > len(rows) and ("->" in line or _VOLUME.search(line)):
            gap = int(found[1]) - len(rows)
            missing = f"{counted(gap, 'row')} {plural(gap, 'is', 'are')} missing"
            message = f"layer {found[1]} comes after layer {len(rows) - 1}: {missing}"
            raise unreadable(message, span, help=("paste the whole log",))
        elif pool:
            rows.append(_row(len(rows), pool[1], pool[2] + " ", span))
    if not rows:
        raise unreadable("the log has a head and no rows")
    return rows


def _row(index: int, kind: str, rest: str, span: Span) -> LogRow:
    factor = re.match(r"\s*(\d+)x\s", rest) if kind == "upsample" else None
    rest = rest[factor.end() :] if factor else rest
    filter_ = _FILTER.search(rest)
    work = _WORK.search(rest)
    before, arrow, after = rest.partition("->")
    volumes = [tuple(map(int, found)) for found in _VOLUME.findall(rest)]
    read = _volume(before) if arrow else ()
    gives = _volume(after) if arrow else (volumes[-1] if volumes else ())
    head = rest[: filter_.start()] if filter_ else _VOLUME.split(before)[0]
    part = re.search(r"(?<!\d)(\d++)/(\d++)\s*->", rest)
    head = re.sub(r"(?<!\d)\d++/\d++\s*$|(?<![a-z])[a-z]++ = [\d.]+,?", "", head)
    numbers = (int(factor[1]),) if factor else tuple(map(int, re.findall(r"\d+", head)))
    extent: tuple[int, ...] = ()
    if filter_:
        width, height, stride, other, _ = filter_.groups()
        extent = (int(width), int(height), int(stride), int(other or stride))
    elif stride_alone := re.search(r"/\s*(\d+)\s+\d+\s*x", rest):
        extent = (0, 0, int(stride_alone[1]), int(stride_alone[1]))
    dilation = int(filter_[5] or 1) if filter_ else 1
    pair = (int(part[1]), int(part[2])) if part else None
    return LogRow(index, kind, numbers, extent, dilation, read, gives, Fraction(work[1]) if work else None, pair, span)


def _volume(text: str) -> tuple[int, ...]:
    """The volume in a text, or the number of values at its end or beginning."""
    found = _VOLUME.findall(text)
    if found:
        return tuple(map(int, found[-1]))
    alone = re.findall(r"(?<![\d.x/])\b\d+\b(?![\d.])", text)
    return (int(alone[-1]),) if alone and not re.search(r"\bp = |\bBF", text[-8:]) else ()

"""Copies a model without the values of its weights: what is large in a tensor is passed over, not read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from shapecalc.diagnostics.diagnostic import Diagnosed, unreadable

MOST_BYTES = 64_000_000
"""How long a model may be without its weights."""
SMALL = 1_024
"""Bytes of values that are kept: what may be a shape, a scale or a bound."""
_GRAPH = 7
"""The field of a model that holds its graph. Source: onnx.proto."""
_INITIALIZER = 5
_NAME = 8
"""The field of a tensor that holds its name."""
_VALUES = (4, 5, 6, 7, 9, 10, 11)
"""Fields of a tensor that hold its values."""


def without_weights(file: BinaryIO, size: int) -> bytes:
    """The bytes of a model in which tensors have no long values. Raises Diagnosed SHP010 where they make no sense."""
    made: list[bytes] = []
    for number, tag, start, end in _fields(file, 0, size):
        if number == _GRAPH and end > start:
            graph = [_graph_part(file, *part) for part in _fields(file, start, end)]
            content = b"".join(graph)
            made += [tag, _varint(len(content)), content]
        else:
            made.append(_whole(file, tag, start, end))
    return b"".join(made)


def initializers(file: BinaryIO, size: int) -> dict[str, tuple[int, int]]:
    """Where each initializer of a model begins and ends, by its name; the values are not read. Raises Diagnosed."""
    found = {}
    for number, _, start, end in _fields(file, 0, size):
        for part, _, first, last in _fields(file, start, end) if number == _GRAPH else ():
            if part == _INITIALIZER:
                found[_name_of(file, first, last)] = (first, last)
    return found


def _name_of(file: BinaryIO, start: int, end: int) -> str:
    for number, _, first, last in _fields(file, start, end):
        if number == _NAME:
            file.seek(first)
            return file.read(min(last - first, MOST_BYTES)).decode("utf-8", "replace")
    return ""


def _graph_part(file: BinaryIO, number: int, tag: bytes, start: int, end: int) -> bytes:
    if number != _INITIALIZER or end - start <= SMALL:
        return _whole(file, tag, start, end)
    kept = [_whole(file, part[1], part[2], part[3]) for part in _fields(file, start, end)
            if part[0] not in _VALUES or part[3] - part[2] <= SMALL]  # fmt: skip
    content = b"".join(kept)
    return tag + _varint(len(content)) + content


def _whole(file: BinaryIO, tag: bytes, start: int, end: int) -> bytes:
    """A field as it is: with its length where it has one."""
    if end - start > MOST_BYTES:
        raise unreadable(f"the model is longer than {MOST_BYTES:,} bytes without its weights")
    file.seek(start)
    content = file.read(end - start)
    return tag + _varint(len(content)) + content if tag[0] & 7 == 2 else tag + content


def _fields(file: BinaryIO, at: int, end: int) -> Iterator[tuple[int, bytes, int, int]]:
    """The fields between two offsets: number, tag, and where the content begins and ends. Raises Diagnosed."""
    while at < end:
        tag, after = _read_varint(file, at)
        kind = tag & 7
        if kind == 2:
            length, start = _read_varint(file, after)
            stop = start + length
        elif kind in (0, 1, 5):
            start, stop = after, after + {1: 8, 5: 4}.get(kind, 0)
            if kind == 0:
                _, stop = _read_varint(file, after)
        else:
            raise _damaged()
        if stop > end or not tag >> 3:
            raise _damaged()
        yield tag >> 3, _varint(tag), start, stop
        at = stop


def _read_varint(file: BinaryIO, at: int) -> tuple[int, int]:
    """A number and the offset after it."""
    file.seek(at)
    value = 0
    for place, byte in enumerate(file.read(10)):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise _damaged()


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _damaged() -> Diagnosed:
    message = "the file is not an ONNX model, or it is damaged or cut short"
    advice = "if it is a graph of TensorFlow, python -m tf2onnx.convert writes an ONNX model of it"
    return unreadable(message, help=(advice,))

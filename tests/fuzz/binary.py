"""Spoils binary files by their structure: members of zips, values of JSON, fields of protocol buffers.

A file is a text as Python reads bytes of any kind (`surrogateescape`), so that all else handles it as any text.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.hostile_onnx import varint
from tests.fuzz.mutate import mutate

FOREIGN = Path(__file__).parents[1] / "foreign"
LONGEST = 10_000
"""Bytes of a file; a text to begin from is cut there."""
VALUES = (
    None, True, 0, -1, 1, 3, 1.5, 1e308, 2**31, 2**63, -(2**63), 10**30, float("nan"), "", "a", "\x1b[31m", "x\ny",
    "same", [], {}, [3, 3], [[1]], [None, 8, 8, 3], {"a": 1},
)  # fmt: skip
NUMBERS = (0, 1, 2, 3, 7, 100, 2**31 - 1, 2**31, 2**62, 2**63, 2**64 - 1)
LENGTH_DELIMITED, FIXED = 2, {1: 8, 5: 4}
"""Ways in which a field is written, and bytes of those that have a fixed number."""


def as_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    """The bytes of a text; one in which `mutate` has put other surrogates is none that bytes make."""
    lone = any("\ud800" <= c < "\udc80" or "\udcff" < c <= "\udfff" for c in text)
    return text.encode("utf-8", "surrogatepass" if lone else "surrogateescape")


def zipped(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return made.getvalue()


def files(kind: str) -> Iterator[str]:
    """The files of a kind to begin from: Keras' are made of its JSON, others are small ones of tests/foreign."""
    if kind in ("keras_zip", "h5"):
        for path in sorted(FOREIGN.glob("keras/*[a-z].json")):
            data = path.read_bytes()
            yield as_text(
                zipped(("config.json", data)) if kind == "keras_zip" else b"\x89HDF\r\n\x1a\n" + data + bytes(9)
            )
    else:
        for path in sorted(FOREIGN.glob(f"*/*.{kind}")):
            if path.stat().st_size <= LONGEST:
                yield as_text(path.read_bytes())


def flipped(text: str, others: Sequence[str], random: Random) -> str:
    """Bytes changed, lost, doubled or cut off."""
    data = bytearray(as_bytes(text))
    for _ in range(random.choice((1, 1, 2, 8)) if data else 0):
        at, length = random.randrange(len(data) + 1), random.choice((1, 4, 8, 50))
        data[at : at + length] = random.choice(
            (b"", bytes(length), b"\xff" * length, random.randbytes(length), data[at:])
        )
    return as_text(bytes(data))


def spoil_json(text: str, random: Random) -> str:
    """A JSON with some of its values replaced, lost, doubled, or moved."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        places = list(_places(value))
        if not places:
            break
        (within, key), (other, its) = random.choice(places), random.choice(places)
        old, new = within[key], other[its]
        match random.randrange(5):
            case 0:
                within[key] = random.choice(VALUES)
            case 1 if isinstance(old, int):
                within[key] = random.choice((old + 1, -old, old * 1_000_003, float(old), str(old)))
            case 2:
                del within[key]
            case 3:
                within[key] = json.loads(json.dumps(new))
            case _:
                within[key] = [old, old]
    return json.dumps(value)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every value in lists and objects, as what it is in and its key there."""
    keys: Any = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def spoil_zip(text: str, others: Sequence[str], random: Random) -> str:
    """A zip with a member spoiled, the largest above all; sometimes with its own bytes changed."""
    try:
        with zipfile.ZipFile(io.BytesIO(as_bytes(text))) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError):
        return flipped(text, others, random)
    if not members or random.random() < 0.1:
        return flipped(text, others, random)
    name = max(members, key=lambda name: len(members[name])) if random.random() < 0.8 else random.choice([*members])
    members[name] = as_bytes(_spoil_text(as_text(members[name]), random))
    return as_text(zipped(*members.items()))


def spoil_h5(text: str, others: Sequence[str], random: Random) -> str:
    """The JSON in an HDF5 file, spoiled; sometimes the bytes around it."""
    head, brace, rest = text.partition("{")
    inner, end, tail = rest.rpartition("}")
    if not brace or not end or random.random() < 0.2:
        return flipped(text, others, random)
    return head + _spoil_text(brace + inner + end, random) + tail


def _spoil_text(text: str, random: Random) -> str:
    return spoil_json(text, random) if random.random() < 0.7 else mutate(text, [text], random)


Field = tuple[int, int, Any]
"""Its number, how it is written, and an int, bytes, or the fields of a message."""


def spoil_onnx(text: str, others: Sequence[str], random: Random) -> str:
    """A protocol buffer with fields lost, doubled, exchanged, or of other values."""
    message = _fields(as_bytes(text))
    if not message or random.random() < 0.1:
        return flipped(text, others, random)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        lists = list(_messages(message))
        if not lists:
            break
        fields = random.choice(lists)
        at = random.randrange(len(fields))
        number, way, value = fields[at]
        match random.randrange(5):
            case 0:
                del fields[at]
            case 1:
                fields.append(fields[at])
            case 2:
                number, way, value = random.choice(random.choice(lists))
                fields[at] = (number, way, _written(value) if isinstance(value, list) else value)
            case _ if isinstance(value, int):
                fields[at] = (number, way, random.choice((*NUMBERS, value + 1)))
            case _ if isinstance(value, bytes):
                fields[at] = (number, way, as_bytes(flipped(as_text(value), others, random)))
            case _:
                random.shuffle(value)
    return as_text(_written(message))


def _messages(fields: list[Field]) -> Iterator[list[Field]]:
    """The fields of a message and of every message in it that has any."""
    if fields:
        yield fields
    for _, _, value in fields:
        if isinstance(value, list):
            yield from _messages(value)


def _fields(data: bytes, depth: int = 0) -> list[Field] | None:
    """The fields of a message; None for bytes that are none."""
    found: list[Field] = []
    at = 0
    while at < len(data):
        key, at = _number(data, at)
        number, way = key >> 3, key & 7
        value: Any
        if not number or way not in (0, LENGTH_DELIMITED, *FIXED):
            return None
        if way == 0:
            value, at = _number(data, at)
        else:
            length, at = _number(data, at) if way == LENGTH_DELIMITED else (FIXED[way], at)
            value, at = data[at : at + length], at + length
            if len(value) < length:
                return None
            if way == LENGTH_DELIMITED and depth < 9:
                value = _fields(value, depth + 1) or value
        found.append((number, way, value))
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to ten bytes, and where it ends."""
    value = 0
    for place in range(10):
        if at + place >= len(data):
            break
        value |= (data[at + place] & 127) << 7 * place
        if data[at + place] < 128:
            break
    return value, at + place + 1


def _written(fields: Sequence[Field]) -> bytes:
    made = bytearray()
    for number, way, value in fields:
        made += varint(number << 3 | way)
        content = _written(value) if isinstance(value, list) else value
        if isinstance(content, int):
            made += varint(content)
        else:
            made += (varint(len(content)) if way == LENGTH_DELIMITED else b"") + content
    return bytes(made)

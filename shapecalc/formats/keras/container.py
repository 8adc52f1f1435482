"""Gets the JSON of a model out of a binary file that holds it, a zip or HDF5."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import BinaryIO

from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.lowering.json_values import value_at

LONGEST = 4_000_000
"""Bytes that the JSON in an HDF5 file may have; those of the networks of Keras have less than half of it."""
MOST_CANDIDATES = 50
"""Places of an HDF5 file at which JSON may begin."""
_CHUNK, _PIECE = 1 << 20, 1 << 16
_BEGINNING = re.compile(rb'\{"(?:(?:class_name|module|keras_version|backend)": ?"|config": ?[\[{])')


def model_text(open_bytes: Callable[[], BinaryIO]) -> str:
    """The JSON in a file of bytes. Raises Diagnosed SHP010."""
    with open_bytes() as file:
        zipped = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        if not zipped:
            return _from_hdf5(file)
        from shapecalc.lowering.archive import member_text

        return member_text(file, _is_config, "the config.json of a Keras model")


def _from_hdf5(file: BinaryIO) -> str:
    """The attribute `model_config`, which HDF5 keeps in one piece: the JSON with layers in it.

    One that was written later stands nearer to the end, and the old one stays in the file. No library of HDF5 is asked:
    that in C may run without end in a damaged file.
    """
    size, found, at = file.seek(0, os.SEEK_END), "", 0
    while model := _next_model(file, at):
        found, end = model
        at = max(end, size - LONGEST)
    if not found:
        message = "the .h5 has no model_config: it has weights only, or it is damaged or cut short"
        raise Diagnosed(report("SHP010", message))
    return found


def _next_model(file: BinaryIO, at: int) -> tuple[str, int] | None:
    """The first JSON of a model from an offset on, and where it ends."""
    import json

    for start in islice(_beginnings(file, at), MOST_CANDIDATES):
        try:
            text = _text_at(file, start)
            value, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            continue
        config = value_at(value, "config")
        if isinstance(config, list) or value_at(config, "layers") is not None:
            return text[:end], start + len(text[:end].encode())
    return None


def _text_at(file: BinaryIO, start: int) -> str:
    """What is before the next byte of zero."""
    file.seek(start)
    data = b""
    while len(data) < LONGEST and b"\0" not in data[-_PIECE:] and (piece := file.read(_PIECE)):
        data += piece
    return data.partition(b"\0")[0].decode("utf-8", "replace")


def _beginnings(file: BinaryIO, at: int) -> Iterator[int]:
    """Offsets from one on at which the JSON of a model may begin."""
    before = b""
    while True:
        file.seek(at)
        chunk = file.read(_CHUNK)
        if not chunk:
            return
        data = before + chunk
        for found in _BEGINNING.finditer(data):
            if found.end() > len(before):
                yield at - len(before) + found.start()
        at += len(chunk)
        before = data[-64:]


def _is_config(name: str) -> bool:
    return name == "config.json"

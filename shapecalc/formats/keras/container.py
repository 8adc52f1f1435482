"""Gets the JSON of a model out of a binary file that holds it, a zip or HDF5."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.lowering.json_values import value_at

LONGEST = 4_000_000
"""Bytes that the JSON in an HDF5 file may have; those of the networks of Keras have less than half of it."""
MOST_CANDIDATES = 50
"""Places of an HDF5 file at which JSON may begin."""
_CHUNK = 1 << 20
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

    No library of HDF5 is asked: that in C may run without end in a damaged file.
    """
    import json

    decoder = json.JSONDecoder()
    for place, start in enumerate(_beginnings(file)):
        if place >= MOST_CANDIDATES:
            break
        file.seek(start)
        text = file.read(LONGEST).decode("utf-8", "replace")
        try:
            value, end = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            continue
        config = value_at(value, "config")
        if isinstance(config, list) or value_at(config, "layers") is not None:
            return text[:end]
    raise Diagnosed(report("SHP010", "the .h5 has no model_config: it has weights only, or it is damaged or cut short"))


def _beginnings(file: BinaryIO) -> Iterator[int]:
    """Offsets at which the JSON of a model may begin."""
    at, before = 0, b""
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

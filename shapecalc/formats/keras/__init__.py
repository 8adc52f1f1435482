"""Keras models: what `to_json()` and `to_yaml()` write, .keras, .h5, and TensorFlow.js' model.json, of Keras 1 to 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics.diagnostic import Diagnostic, Source

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from shapecalc.formats.read import Head, LoadArray, Options
    from shapecalc.passes.graph import Graph

RANK = 9
"""JSON or YAML with the keys of a Keras model, a zip with the files of one, or HDF5; before our own configs in YAML."""
HDF5 = b"\x89HDF\r\n\x1a\n"


def accepts(path: str, head: Head) -> bool:
    """Whether the beginning is that of a model; a zip whose first file is none of Keras' by the name .keras."""
    if isinstance(head, str):
        if head[:2] == '"{':  # JSON in a text of JSON: json.dump of what to_json() gives
            return "class_name" in head
        if head[:1] == "{":
            return '"class_name"' in head or '"modelTopology"' in head
        return "class_name:" in head and {"class_name", "config"} <= {
            line.partition(":")[0] for line in head.split("\n")
        }
    if head[:4] == b"PK\x03\x04":
        return head[30:43] == b"metadata.json" or head[30:41] == b"config.json" or path.lower().endswith(".keras")
    return head[:8] == HDF5


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The graph. Raises Diagnosed SHP010 for what is no whole model. No code of the file is run, no pickle read."""
    from shapecalc.formats.keras.models import read_model

    if source.open_bytes is None:
        return read_model(source.text, options)
    from shapecalc.formats.keras.container import model_text

    return read_model(model_text(source.open_bytes), options, source)


def open_weights(source: Source) -> AbstractContextManager[LoadArray]:
    """Gives arrays by the place of their layer. Raises Diagnosed SHP010."""
    from shapecalc.formats.keras.hdf5_process import open_keras_weights

    return open_keras_weights(source)

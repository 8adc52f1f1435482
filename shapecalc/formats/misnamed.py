"""Files called as those of another program, of which they are none: refused by name, not read as a diagram."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnostic, Source, unreadable
from shapecalc.formats.read import Head, Network, Options

RANK = 99
"""After all that takes a text for what it holds."""
WANTED = {
    ".onnx": "an ONNX model is not text",
    ".pt2": "a program of torch.export is a zip, and this is text",
    ".keras": "a .keras is a zip, and this is text",
    ".h5": "HDF5 is not text",
    ".hdf5": "HDF5 is not text",
    ".json": "the JSON of a Keras model has class_name and layers",
    ".cfg": "a Darknet network begins with [net] and the size of its input",
    ".prototxt": "a Caffe network has layers with a type, and blobs between them",
}
"""What a network in a file of this name has."""
_ARROWS = ("=>", "->", "→", "⇒")


def accepts(path: str, head: Head) -> bool:
    """Whether the name is that of a format which has not taken the text; a diagram may have any name."""
    return _wanted(path) is not None and isinstance(head, str) and not any(arrow in head for arrow in _ARROWS)


def read(source: Source, problems: list[Diagnostic], options: Options) -> Network:
    """Raises Diagnosed SHP010."""
    why = _wanted(source.path) if source.text.strip() else "it is empty"
    raise unreadable(f"{source.path} holds no network: {why}")


def _wanted(path: str) -> str | None:
    return next((why for suffix, why in WANTED.items() if path.lower().endswith(suffix)), None)

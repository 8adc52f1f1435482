"""ONNX models, of opset 7 to 21: the shapes of weights are read, and their values left on the disk."""

from __future__ import annotations

from contextlib import AbstractContextManager

from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.formats.read import Head, LoadArray, Options
from shapecalc.passes.graph import Graph

RANK = 90
"""A protocol buffer has no magic number: the name says it, and the first byte must fit."""


_VERSION, _NEWEST_VERSION = 0x08, 64
"""The tag of the version in a model, and a number that no version has."""
_AFTER_VERSION = frozenset((0x12, 0x3A, 0x42))
"""Tags that follow it: who made the model, its graph where nobody is named, its operators."""


def accepts(path: str, head: Head) -> bool:
    """Whether bytes are called .onnx, or begin as exporters write a model: its version, and what follows that."""
    if isinstance(head, str):
        return False
    version, number, after = (*head[:3], 0, 0, 0)[:3]
    begins = version == _VERSION and 0 < number < _NEWEST_VERSION and after in _AFTER_VERSION
    return begins or path.lower().endswith(".onnx")


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The graph. Raises Diagnosed SHP010 for what is no whole model, and without the extra that reads them."""
    from shapecalc.formats.onnx_model.model_graph import read_onnx

    return read_onnx(source, options)


def open_weights(source: Source) -> AbstractContextManager[LoadArray]:
    """Gives arrays by name. Raises Diagnosed SHP010."""
    from shapecalc.formats.onnx_model.tensor_values import open_onnx_weights

    return open_onnx_weights(source)

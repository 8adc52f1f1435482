"""ONNX models, of opset 7 to 21: the shapes of weights are read, and their values left on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics.diagnostic import Diagnostic, Source

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from shapecalc.formats.read import Head, LoadArray, Options
    from shapecalc.passes.graph import Graph

RANK = 90
"""A protocol buffer has no magic number: the name says it, and the first byte must fit."""
SUFFIXES: tuple[str, ...] = ()


def accepts(path: str, head: Head) -> bool:
    """Whether bytes are called .onnx, or begin as exporters write a model: its version, then who made it."""
    if isinstance(head, str):
        return False
    begins = head[:1] == b"\x08" and 0 < head[1:2][0:1][0] < 64 and head[2:3] == b"\x12" if len(head) > 3 else False
    return path.lower().endswith(".onnx") or begins


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The graph. Raises Diagnosed SHP010 for what is no whole model, and without the extra that reads them."""
    from shapecalc.formats.onnx_model.model_graph import read_onnx

    return read_onnx(source, options)


def open_weights(source: Source) -> AbstractContextManager[LoadArray]:
    """Gives arrays by name. Raises Diagnosed SHP010."""
    from shapecalc.formats.onnx_model.tensor_values import open_onnx_weights

    return open_onnx_weights(source)

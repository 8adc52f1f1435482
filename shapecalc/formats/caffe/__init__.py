"""Caffe's .prototxt files: networks to train and to deploy, with `layers` of the first version and `layer`."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.formats.read import Head, Options
from shapecalc.passes.graph import Graph

RANK = 34
"""Fields of a network in the text format of protocol buffers."""


def accepts(path: str, head: Head) -> bool:
    """Whether a text has layers with types, and blobs that they read or give."""
    if not isinstance(head, str) or "layer" not in head or "type" not in head:
        return False
    packed = "".join(head.split())
    layered = any(f"{word}{brace}" in packed for word in ("layer", "layers", "layer:", "layers:") for brace in "{<")
    return layered and "type:" in packed and ("top:" in packed or "bottom:" in packed)


def read(source: Source, problems: list[Diagnostic], options: Options) -> Graph:
    """The graph of the TEST phase. Raises Diagnosed SHP010 for what is no such file, or refers to no blob."""
    from shapecalc.formats.caffe.blobs import read_network
    from shapecalc.formats.caffe.text_format import parse_message

    return read_network(parse_message(source.text), options)

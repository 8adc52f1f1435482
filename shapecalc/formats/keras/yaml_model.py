"""The model in what `to_yaml()` of Keras 1 and 2 writes: the tree of the JSON, and the place of each layer's name."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Span
from shapecalc.settings.yaml_nodes import Mapping, Scalar, Sequence, YamlNode, value_of
from shapecalc.settings.yaml_reader import REMOVE_TAG, read_yaml


def read_yaml_model(text: str, spans: dict[tuple[str, ...], Span]) -> Any:
    """Tags such as !!python/tuple say nothing that the values do not. Raises Diagnosed SHP013 for other problems."""
    problems: list[Diagnostic] = []
    root = read_yaml(text, 0, len(text), problems)
    if others := [problem for problem in problems if problem.help != REMOVE_TAG]:
        raise Diagnosed(*others)
    _find_names(root, (), spans)
    return root and value_of(root)


def _part(node: YamlNode | None, name: str) -> YamlNode | None:
    return node.get(name) if isinstance(node, Mapping) else None


def _find_names(model: YamlNode | None, path: tuple[str, ...], spans: dict[tuple[str, ...], Span]) -> None:
    """The place of each layer's name, inside of models too."""
    config = _part(model, "config")
    layers = config if isinstance(config, Sequence) else _part(config, "layers")
    for layer in layers.items if isinstance(layers, Sequence) else ():
        name = _part(layer, "name") or _part(_part(layer, "config"), "name")
        if isinstance(name, Scalar):
            spans.setdefault((*path, name.text), name.span)
            _find_names(layer, (*path, name.text), spans)

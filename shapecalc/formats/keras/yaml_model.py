"""The model in what `to_yaml()` of Keras 1 and 2 writes: the tree of the JSON, and the place of each layer's name."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnostic, Span
from shapecalc.settings.yaml_nodes import Mapping, Scalar, Sequence, YamlNode
from shapecalc.settings.yaml_reader import read_yaml


def read_yaml_model(text: str, spans: dict[tuple[str, ...], Span]) -> Any:
    """Tags such as !!python/tuple say nothing that the values do not. Raises Diagnosed as `read_yaml` does."""
    problems: list[Diagnostic] = []
    root = read_yaml(text, 0, len(text), problems)
    _find_names(root, (), spans)
    return _value(root)


def _value(node: YamlNode | None) -> Any:
    """Numbers, words, lists and dictionaries."""
    match node:
        case Mapping(entries):
            return {key.text: _value(value) for key, value in entries}
        case Sequence(items):
            return [_value(item) for item in items]
        case Scalar(text, kind):
            if kind == "int":
                return int(text, 0)
            if kind == "float":
                return float(text.replace(".inf", "inf").replace(".nan", "nan"))
            return text.lower() == "true" if kind == "bool" else None if kind == "null" else text
    return None


def _part(node: YamlNode | None, name: str) -> YamlNode | None:
    entries = node.entries if isinstance(node, Mapping) else ()
    return next((value for key, value in entries if key.text == name), None)


def _find_names(model: YamlNode | None, path: tuple[str, ...], spans: dict[tuple[str, ...], Span]) -> None:
    """The place of each layer's name, inside of models too."""
    config = _part(model, "config")
    layers = config if isinstance(config, Sequence) else _part(config, "layers")
    for layer in layers.items if isinstance(layers, Sequence) else ():
        name = _part(layer, "name") or _part(_part(layer, "config"), "name")
        if isinstance(name, Scalar):
            spans.setdefault((*path, name.text), name.span)
            _find_names(layer, (*path, name.text), spans)

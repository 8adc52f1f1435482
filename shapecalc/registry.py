"""Which layer types there are: what the files of layers/ define, by name and by alias."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from shapecalc.layer import Layer


@cache
def layer_types() -> dict[str, type[Layer]]:
    """Every layer type by canonical name: the classes that the files of layers/ define."""
    found: dict[str, type[Layer]] = {}
    folder = os.path.join(os.path.dirname(__file__), "layers")
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".py") or file.startswith("_"):
            continue
        module = importlib.import_module(f"shapecalc.layers.{file[:-3]}")
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, Layer) and thing.__module__ == module.__name__:
                if thing.kind in found:
                    raise ValueError(f"two layer types are called {thing.kind}")
                found[thing.kind] = thing
    return found


@cache
def layer_names() -> dict[str, tuple[type[Layer], Mapping[str, Any]]]:
    """Every name and alias in upper case, with its type and the arguments that it implies."""
    names: dict[str, tuple[type[Layer], Mapping[str, Any]]] = {}
    for kind, layer in layer_types().items():
        for name, implied in ((kind, {}), *layer.aliases.items()):
            if name in names:
                raise ValueError(f"two layer types are called {name}")
            names[name] = (layer, implied)
    return names

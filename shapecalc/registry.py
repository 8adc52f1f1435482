"""Which layer types there are, by name and by alias: what the files of layers/ define, held to what others rely on."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from shapecalc import layers
from shapecalc.layer import Layer

WINDOW = {"F": "extent", "S": "stride", "P": "padding"}
"""The field of an argument with one of these letters: tables and rules ask for it by this name."""


@cache
def layer_types() -> dict[str, type[Layer]]:
    """Every layer type by canonical name. Raises ValueError where two have one name, and as `held_to_rules` does."""
    found: dict[str, type[Layer]] = {}
    for file in pkgutil.iter_modules(layers.__path__):
        module = importlib.import_module(f"{layers.__name__}.{file.name}")
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, Layer) and thing.__module__ == module.__name__:
                if thing.kind in found:
                    raise ValueError(f"two layer types are called {thing.kind}")
                found[thing.kind] = held_to_rules(thing)
    return found


def held_to_rules(layer: type[Layer]) -> type[Layer]:
    """The layer type itself. Raises ValueError where its signature is not what texts, tables and passes rely on."""
    kind, spellings = layer.kind, [name.lower() for a in layer.signature for name in (a.letter, *a.names)]
    if twice := sorted({name for name in spellings if spellings.count(name) > 1}):
        raise ValueError(f"{kind}: arguments are read in any case, and {', '.join(twice)} is there twice")
    fields = sorted(a.field for a in layer.signature)
    annotated = sorted(name for base in layer.__mro__[:-2] for name in base.__annotations__)
    if fields != annotated:
        raise ValueError(f"{kind}: the fields of its arguments are {fields}, and its annotations are {annotated}")
    for argument in layer.signature:
        if argument.field != WINDOW.get(argument.letter, argument.field):
            raise ValueError(f"{kind}: the field of {argument.letter} is called {WINDOW[argument.letter]}")
        if hasattr(Layer, argument.field):
            raise ValueError(f"{kind}: the field {argument.field} hides what every layer has under that name")
    return layer


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


def activation(name: str) -> Layer | None:
    """The function of single values that this is a name or an alias of, with its default arguments; None if none is."""
    layer, implied = layer_names().get(name.replace("_", "").upper(), (Layer, {}))
    return None if layer.value is Layer.value else layer(**implied)

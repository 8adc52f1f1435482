"""Which layer types there are, by name and by alias: what the files of layers/ define, checked for what others need."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from shapecalc import layers
from shapecalc.core.layer import Layer
from shapecalc.core.parameters import Parameter, Sizes, Value, show
from shapecalc.core.size_text import split_size

WINDOW = {"F": "extent", "S": "stride", "P": "padding"}
"""The field of an argument with one of these letters: tables and rules ask for it by this name."""

ASKED_FOR = ("rounding", "groups", "eps")
"""Arguments that passes ask any layer for, and that `Layer` has a value of where none is declared."""


@cache
def layer_types() -> dict[str, type[Layer]]:
    """Every layer type by canonical name. Raises ValueError where two have one name, and as `held_to_rules` does."""
    found: dict[str, type[Layer]] = {}
    for file in pkgutil.iter_modules(layers.__path__):
        module = importlib.import_module(f"{layers.__name__}.{file.name}")
        for thing in _defined_in(module):
            if thing.kind in found:
                raise ValueError(f"two layer types are called {thing.kind}")
            found[thing.kind] = held_to_rules(thing)
    return dict(sorted(found.items()))


def _defined_in(module: ModuleType) -> Iterator[type[Layer]]:
    """The layer types of a file: those that its table LAYERS lists, or else its classes."""
    for thing in vars(module).get("LAYERS") or vars(module).values():
        if isinstance(thing, type) and issubclass(thing, Layer) and thing.__module__ == module.__name__:
            yield thing


def held_to_rules(layer: type[Layer]) -> type[Layer]:
    """The layer type itself. Raises ValueError where its signature is not what texts, tables and passes rely on."""
    kind, spellings = layer.kind, [name.lower() for a in layer.signature for name in (a.letter, *a.names)]
    if twice := sorted({name for name in spellings if spellings.count(name) > 1}):
        raise ValueError(f"{kind}: arguments are read in any case, and {', '.join(twice)} is there twice")
    fields = {a.field for a in layer.signature}
    if undeclared := sorted(set(vars(layer).get("__annotations__", ())) - fields - set(vars(layer))):
        raise ValueError(f"{kind}: {', '.join(undeclared)} has a type and no argument that gives it a value")
    for argument in layer.signature:
        if argument.field != WINDOW.get(argument.letter, argument.field):
            raise ValueError(f"{kind}: the field of {argument.letter} is called {WINDOW[argument.letter]}")
        if hasattr(Layer, argument.field) and argument.field not in ASKED_FOR:
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
    return None if layer.elementwise is Layer.elementwise else layer(**implied)


@dataclass(frozen=True, slots=True)
class NamedType:
    """A layer type as a name in the text means it: with the arguments that the name implies."""

    type: type[Layer]
    implied: Mapping[str, Any]
    """By field."""
    leading: tuple[tuple[str, Value], ...] = ()
    """Arguments by letter that a short form such as `CONV3-64` holds."""
    shown: str = ""
    """The name as the report writes it."""


def resolve(name: str, short: bool = False) -> NamedType | None:
    """The layer type that a name means: canonical, an alias, or a short form; None when there is none."""
    known = by_name(name)
    if known and not short:
        return known
    if short:
        stem, _, number = name.rpartition("-")
        base = resolve(stem)
        letter = _first_of(base, "KF")
        value: Value = int(number[:_DIGITS])
    else:
        match = _SIZED.fullmatch(name)
        base = by_name(match.group(1)) if match else None
        letter = _first_of(base, "FK")
        numbers = Sizes(int(n[:_DIGITS]) for n in split_size(match.group(2))) if match else Sizes((1,))
        value = numbers if len(numbers) > 1 else numbers[0]
    if base is None or letter is None:
        return None
    return NamedType(base.type, base.implied, (*base.leading, (letter, value)), name.upper())


_SIZED = re.compile(r"(.*?[^\W\d])([0-9]+(?:[xX×][0-9]+)*)")
"""A name with a size at its end: `CONV3`, `CONV5x3`."""
_DIGITS = 12
"""Digits of a number in a name that are read; every argument refuses so large a number."""


def _first_of(named: NamedType | None, letters: str) -> str | None:
    """The first of these letters that a layer has an argument for: what a number in its name means."""
    known = {a.letter for a in named.type.signature} if named else ()
    return next((letter for letter in letters if letter in known), None)


def by_name(name: str) -> NamedType | None:
    """The layer type of a canonical name or an alias, in any case, with or without underscores."""
    names = layer_names()
    for spelling in (name.upper(), name.upper().replace("_", "")):
        if spelling in names:
            layer, implied = names[spelling]
            return NamedType(layer, implied, (), spelling if implied else layer.kind)
    return None


def find_argument(layer: type[Layer], name: str) -> Parameter | None:
    """The argument of a layer that a letter or a long name means, whatever its case."""
    lowered = name.lower()
    return next((a for a in layer.signature for known in (a.letter, *a.names) if known.lower() == lowered), None)


def signature(layer: type[Layer]) -> str:
    """How a layer is called: `CONV(K, F, S, P, dilation=1, groups=1, bias=true)`."""
    parts = []
    for a in layer.signature:
        plain = a.assumed or a.required or a.default in (None, ())
        parts.append(a.letter if plain else f"{a.letter}={show(a.default)}")
    return f"{layer.kind}({', '.join(parts)})"

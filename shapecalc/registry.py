"""Which layer types there are, by name and by alias: what the files of layers/ define, checked for what others need."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

from shapecalc import layers
from shapecalc.core.families import Elementwise
from shapecalc.core.layer import Layer
from shapecalc.core.parameters import Parameter, Sizes, Value, show
from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import split_size
from shapecalc.core.record import Record
from shapecalc.diagnostics.registration import RegistrationError, file_of, load_file, modules_of

WINDOW = {"F": "extent", "S": "stride", "P": "padding"}
"""The field of an argument with one of these letters: tables and rules ask for it by this name."""

ASKED_FOR = ("rounding", "groups", "eps")
"""Arguments that passes ask any layer for, and that `Layer` has a value of where none is declared."""


@cache
def layer_types() -> dict[str, type[Layer]]:
    """Every layer type by canonical name. Raises RegistrationError where a file has none that can be used."""
    found: dict[str, type[Layer]] = {}
    for name in _files():
        for thing in _layers_of(name):
            if thing.kind in found:
                raise _taken(thing, thing.kind, found[thing.kind])
            found[thing.kind] = thing
    return dict(sorted(found.items()))


@cache
def _files() -> list[str]:
    return modules_of(os.path.dirname(layers.__file__))


@cache
def _layers_of(name: str) -> tuple[type[Layer], ...]:
    """The layer types of a file, by its name. Raises RegistrationError."""
    module = load_file(layers.__name__, name)
    defined = tuple(map(checked_signature, _defined_in(module)))
    if not defined:
        help = 'write a class of Layer with a kind in upper case, such as kind = "LPPOOL"'
        raise RegistrationError(file_of(module.__name__), "there is no layer type in it", help)
    return defined


def _defined_in(module: ModuleType) -> Iterator[type[Layer]]:
    """The layer types of a file: those that its table LAYERS lists, or else its classes."""
    for thing in vars(module).get("LAYERS") or vars(module).values():
        if isinstance(thing, type) and issubclass(thing, Layer) and thing.__module__ == module.__name__:
            yield thing


def _taken(layer: type[Layer], name: str, other: type[Layer]) -> RegistrationError:
    return _unusable(
        layer, f"{name} is a layer of {file_of(other.__module__)} too", "write another name in one of the two"
    )


def _unusable(layer: type[Layer], message: str, help: str) -> RegistrationError:
    return RegistrationError(file_of(layer.__module__), message, help)


def checked_signature(layer: type[Layer]) -> type[Layer]:
    """The layer type itself.

    Raises RegistrationError where its name, forward or signature is not what texts, tables and passes rely on.
    """
    kind = getattr(layer, "kind", "")
    if not (kind.isascii() and kind.isalnum() and kind.isupper() and kind[0].isalpha()):
        message = f"the layer type {layer.__name__} has {f'the kind {kind!r}' if kind else 'no kind'}"
        raise _unusable(layer, message, f'write kind = "{layer.__name__.upper()}", in upper case')
    if layer.forward is Layer.forward:
        message = f"{kind} has no forward: its figures could not be proved"
        raise _unusable(layer, message, "write def forward(self, run, weights, *arrays)")
    spellings = [name.lower() for a in layer.signature for name in (a.letter, *a.names)]
    if twice := sorted({name for name in spellings if spellings.count(name) > 1}):
        message = f"two arguments of {kind} are called {', '.join(twice)}: upper and lower case do not differ"
        raise _unusable(layer, message, "write another name for one of the two")
    fields = {a.field for a in layer.signature}
    if undeclared := sorted(set(vars(layer).get("__annotations__", ())) - fields - set(vars(layer))):
        message = f"{', '.join(undeclared)} of {kind} has a type and no argument that gives it a value"
        raise _unusable(layer, message, f"write {undeclared[0]}: … = argument(…)")
    for argument in layer.signature:
        field = WINDOW.get(argument.letter, argument.field)
        if argument.field != field:
            message = f"the argument {argument.letter} of {kind} is called {argument.field} in its class"
            raise _unusable(layer, message, f"call it {field}, as other layers do")
        if hasattr(Layer, argument.field) and argument.field not in ASKED_FOR:
            message = f"the argument {argument.field} of {kind} hides a member that every layer has"
            raise _unusable(layer, message, "write another name for it")
    return layer


@cache
def layer_names() -> dict[str, tuple[type[Layer], Mapping[str, Any]]]:
    """Every name and alias in upper case, with its type and the arguments that it implies."""
    names: dict[str, tuple[type[Layer], Mapping[str, Any]]] = {}
    for layer in layer_types().values():
        for name, implied in _names_of(layer):
            if name in names:
                raise _taken(layer, name, names[name][0])
            names[name] = (layer, implied)
    return names


def _names_of(layer: type[Layer]) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    return ((layer.kind, {}), *layer.aliases.items())


@cache
def layer_named(name: str) -> tuple[type[Layer], Mapping[str, Any]] | None:
    """What a name in upper case means; None where it means no layer."""
    for layer in _that_may_have(name):
        for known, implied in _names_of(layer):
            if known == name:
                return layer, implied
    return None


def _that_may_have(name: str) -> Iterator[type[Layer]]:
    """The layer types that may have a name: most are the name of a file, or stand in one with many."""
    for file in (name.lower(), "activations", "elementwise_joins"):
        if file in _files():
            yield from _layers_of(file)
    yield from layers_with(name)


def layers_with(word: str) -> Iterator[type[Layer]]:
    """The layer types of those files that have a word in quotes in their text: no other layer knows it.

    No other file is imported, which halves the time of a small run: the names of blocks and variables are in none.
    """
    return (layer for file, text in _texts().items() if f'"{word}"'.encode() in text for layer in _layers_of(file))


@cache
def _texts() -> dict[str, bytes]:
    texts = {}
    for file in _files():
        with open(os.path.join(os.path.dirname(layers.__file__), f"{file}.py"), "rb") as stream:
            texts[file] = stream.read()
    return texts


def activation(name: str) -> Layer | None:
    """The function of single values that this is a name or an alias of, with its default arguments; None if none is."""
    known = layer_named(name.replace("_", "").upper())
    return known[0](**known[1]) if known and issubclass(known[0], Elementwise) else None


def functions() -> tuple[str, ...]:
    """The names of all functions of single values."""
    return tuple(name for name, (layer, _) in layer_names().items() if issubclass(layer, Elementwise))


class NamedType(Record):
    """A layer type as a name in the text means it: with the arguments that the name implies."""

    type: type[Layer]
    implied: Mapping[str, Any]
    """By field."""
    leading: tuple[tuple[str, Value], ...] = ()
    """Arguments by letter that a short form such as `CONV3-64` holds."""
    shown: str = ""
    """The name as the report writes it."""


@cache
def resolve(name: str, short: bool = False) -> NamedType | None:
    """The layer type that a name means: canonical, an alias, or a short form; None when there is none."""
    if not short and (known := by_name(name)):
        return known
    if short:
        stem, _, number = name.rpartition("-")
        base = resolve(stem)
        letter = _first_of(base, "KF")
        value: Value = int(number[:_DIGITS])
    else:
        match = _SIZED.fullmatch(name) if len(name) <= _LONGEST else None
        base = by_name(match.group(1)) if match else None
        letter = _first_of(base, "FK")
        numbers = Sizes(int(n[:_DIGITS]) for n in split_size(match.group(2))) if match else Sizes((1,))
        value = numbers if len(numbers) > 1 else numbers[0]
    if base is None or letter is None:
        return None
    return NamedType(base.type, base.implied, (*base.leading, (letter, value)), name.upper())


_SIZED = lazy_pattern(r"(.*?[^\W\d])([0-9]+(?:[xX×][0-9]+)*)")
"""A name with a size at its end: `CONV3`, `CONV5x3`."""
_LONGEST = 200
"""Characters of a name that is looked at for a size: one of thousands is none, and takes the square of its length."""
_DIGITS = 12
"""Digits of a number in a name that are read; every argument refuses so large a number."""


def _first_of(named: NamedType | None, letters: str) -> str | None:
    """The first of these letters that a layer has an argument for: what a number in its name means."""
    known = {a.letter for a in named.type.signature} if named else ()
    return next((letter for letter in letters if letter in known), None)


def by_name(name: str) -> NamedType | None:
    """The layer type of a canonical name or an alias, in any case, with or without underscores."""
    for spelling in (name.upper(), name.upper().replace("_", "")):
        if known := layer_named(spelling):
            layer, implied = known
            return NamedType(layer, implied, (), spelling if implied else layer.kind)
    return None


def find_argument(layer: type[Layer], name: str) -> Parameter | None:
    """The argument of a layer that a letter or a long name means, whatever its case."""
    return _arguments(layer).get(name.lower())


@cache
def _arguments(layer: type[Layer]) -> dict[str, Parameter]:
    """The arguments of a layer by all their names in lower case."""
    return {name.lower(): argument for argument in layer.signature for name in (argument.letter, *argument.names)}


def argument_at(layer: type[Layer], name: str | None, place: int) -> Parameter | None:
    """The argument that a value is given for: by its name, or by its place where it has none."""
    return find_argument(layer, name) if name else next(iter(layer.signature[place : place + 1]), None)


def signature(layer: type[Layer]) -> str:
    """How a layer is called: `CONV(K, F, S, P, dilation=1, groups=1, bias=true)`."""
    parts = []
    for a in layer.signature:
        plain = a.assumed or a.required or a.default in (None, ())
        parts.append(a.letter if plain else f"{a.letter}={show(a.default)}")
    return f"{layer.kind}({', '.join(parts)})"

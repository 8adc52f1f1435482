"""What layer a name means, and what argument of it: by any name, in any case, in short forms such as `CONV3-64`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapecalc.arguments import Argument, Sizes, Value, show
from shapecalc.diagnostics import Diagnostic, Edit, Fix, Span, finding, nearest
from shapecalc.expansion.slips import several_layers
from shapecalc.layer import Layer
from shapecalc.registry import layer_names, layer_types


@dataclass(frozen=True, slots=True)
class Named:
    """A layer type as a name in the text means it: with the arguments that the name implies."""

    type: type[Layer]
    implied: Mapping[str, Any]
    """By field."""
    leading: tuple[tuple[str, Value], ...] = ()
    """Arguments by letter that a short form such as `CONV3-64` holds."""
    shown: str = ""
    """The name as the report writes it."""


def resolve(name: str, short: bool = False) -> Named | None:
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
        numbers = Sizes(int(n[:_DIGITS]) for n in re.split("[xX×]", match.group(2))) if match else Sizes((1,))
        value = numbers if len(numbers) > 1 else numbers[0]
    if base is None or letter is None:
        return None
    return Named(base.type, base.implied, (*base.leading, (letter, value)), name.upper())


_SIZED = re.compile(r"(.*?[^\W\d])(\d+(?:[xX×]\d+)*)")
"""A name with a size at its end: `CONV3`, `CONV5x3`."""
_DIGITS = 12
"""Digits of a number in a name that are read; every argument refuses so large a number."""


def _first_of(named: Named | None, letters: str) -> str | None:
    """The first of these letters that a layer has an argument for: what a number in its name means."""
    known = {a.letter for a in named.type.signature} if named else ()
    return next((letter for letter in letters if letter in known), None)


def by_name(name: str) -> Named | None:
    """The layer type of a canonical name or an alias, in any case, with or without underscores."""
    names = layer_names()
    for spelling in (name.upper(), name.upper().replace("_", "")):
        if spelling in names:
            layer, implied = names[spelling]
            return Named(layer, implied, (), spelling if implied else layer.kind)
    return None


def unknown_layer(name: str, span: Span, blocks: tuple[str, ...] = (), *, guess: bool = True) -> Diagnostic:
    """The diagnostic for a name that is neither a layer nor a block; a known name is suggested only on wish."""
    message = f"there is no layer or block called {name}"
    stem = re.sub(r"-?\d+(?:[xX×]\d+)*", "", name)
    base = by_name(stem) if stem != name else None
    if base is not None:
        near: str | None = stem
        layers = None
        notes: tuple[str, ...] = ("only a layer with F or K takes a number in its name", signature(base.type))
    else:
        layers = several_layers(name) if guess else None
        near = nearest(name, [*blocks, *(() if layers else layer_names())]) if guess else None
        notes = ()
    if near is None:
        # A long list helps once, and not behind every name of a text that is no diagram at all.
        help = (f"write {layers}" if layers else f"the layers are {', '.join(layer_types())}",) if guess else ()
        if name.lower() == "etc":
            help = ("write the layers that stand here: nothing is filled in",)
        return finding("SHP101", message, span, label="not a layer", help=help)
    return finding(
        "SHP101",
        message,
        span,
        label=f"did you mean {near}?",
        notes=notes,
        help=(f"write {near}",),
        fixes=(Fix(f"write {near}", (Edit(span, near),)),),
    )


def find_argument(layer: type[Layer], name: str) -> Argument | None:
    """The argument of a layer that a letter or a long name means, whatever its case."""
    lowered = name.lower()
    return next((a for a in layer.signature for known in (a.letter, *a.names) if known.lower() == lowered), None)


def signature(layer: type[Layer]) -> str:
    """How a layer is called: `CONV(K, F, S, P, dilation=1, groups=1, bias=true)`."""
    parts = []
    for a in layer.signature:
        plain = a.assumed or a.required or a.default is None
        parts.append(a.letter if plain else f"{a.letter}={show(a.default)}")
    return f"{layer.kind}({', '.join(parts)})"

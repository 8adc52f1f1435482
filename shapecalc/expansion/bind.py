"""From `CONV(96, F=11)` to a layer: finds the type by any of its names and gives every argument its value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapecalc import syntax
from shapecalc.arguments import Argument, ArgumentError, Sizes, Value, Word, show
from shapecalc.diagnostics import Diagnostic, Edit, Fix, Related, Span, finding, nearest
from shapecalc.expansion.evaluate import OpenName, Scope, evaluate
from shapecalc.expansion.slips import argument_in_a_name, several_layers, size_of_product
from shapecalc.expansion.words import is_open
from shapecalc.layer import Layer
from shapecalc.padding import PRESERVE
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
    known = _known(name)
    if known and not short:
        return known
    if short:
        stem, _, number = name.rpartition("-")
        base = resolve(stem)
        letter = _first_of(base, "KF")
        value: Value = int(number[:_DIGITS])
    else:
        match = _SIZED.fullmatch(name)
        base = _known(match.group(1)) if match else None
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


def _known(name: str) -> Named | None:
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
    base = _known(stem) if stem != name else None
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


@dataclass(frozen=True, slots=True)
class Bound:
    """A layer with all its arguments, and how the report shows it."""

    layer: Layer | None
    text: str
    assumed: tuple[str, ...]
    fields_assumed: tuple[str, ...]


class Binder:
    """Gives arguments their values, with the defaults of a whole diagram behind them."""

    def __init__(self, settings: syntax.Settings, scope: Scope) -> None:
        self.findings: list[Diagnostic] = []
        self.open: list[OpenName] = []
        self.rounding = settings.rounding
        self.defaults: dict[tuple[str, frozenset[tuple[str, Any]]], dict[str, Any]] = {}
        """Values by field for each kind of layer, and for each group of aliases that imply the same arguments."""
        for name, span, arguments in settings.defaults:
            named = resolve(name)
            if named is None:
                self.findings.append(unknown_layer(name, span))
                continue
            values, _ = self._values(named, arguments, scope, span)
            self.defaults.setdefault(_group(named), {}).update(values)

    def bind(self, named: Named, call: syntax.Call, scope: Scope) -> Bound:
        """The layer that a call makes; its `layer` is None when an argument is wrong, which is reported."""
        problems = len(self.findings) + len(self.open)
        size = size_of_product(call.arguments[0].value) if named.type.starts and len(call.arguments) == 1 else None
        if size and "x" in size:
            where = call.arguments[0].value.span
            message = f"{named.shown}: the numbers of its size are multiplied, as in {size.replace('x', '*')}"
            self._complain("SHP103", message, where, label=f"expected {size}", help=(f"write {named.shown}({size})",))
            return Bound(None, named.shown, (), ())
        written, shown = self._values(named, call.arguments, scope, call.span)
        text = _text(named, shown)
        kind = named.type.kind
        values = {
            **self.defaults.get((kind, frozenset()), {}),
            **named.implied,
            **self.defaults.get(_group(named), {}),
            **written,
        }
        if self.rounding == "ceil" and "ceil" not in values and _rounds_up(named.type):
            values.setdefault("rounding", "ceil")
        for argument in named.type.signature:
            if argument.required and argument.field not in values:
                self.findings.append(
                    finding(
                        "SHP105",
                        f"{kind} needs {argument.letter}, and it is not written",
                        call.span,
                        notes=(signature(named.type),),
                    )
                )
        if len(self.findings) + len(self.open) > problems:
            return Bound(None, text, (), ())
        missing = {a.field: a.default for a in named.type.signature if a.field not in values}
        contextual = named.type.defaults(values)
        missing.update({field: value for field, value in contextual.items() if field in missing})
        assumed = [a for a in named.type.signature if a.assumed and a.field in missing]
        return Bound(
            named.type(**values, **missing),
            text,
            tuple(a.letter for a in assumed),
            tuple(a.field for a in assumed),
        )

    def _values(
        self, named: Named, arguments: tuple[syntax.Argument, ...], scope: Scope, span: Span
    ) -> tuple[dict[str, Any], list[tuple[str, Value]]]:
        """Values by field, and pairs of letter and value as they were written (positional: no letter)."""
        layer = named.type
        positional: list[tuple[Value, Span]] = []
        keyword: list[tuple[str, Value, Span]] = []
        for argument in arguments:
            try:
                value = evaluate(argument.value, scope)
            except OpenName as open_name:
                self.open.append(open_name)
                continue
            if argument.name is None:
                if keyword:
                    self._complain(
                        "SHP103",
                        f"{layer.kind} has a positional argument behind a named one",
                        argument.span,
                        help=("write the ones without a name first",),
                    )
                positional.append((value, argument.span))
            else:
                keyword.append((argument.name, value, argument.span))
        return self._assign(named, positional, keyword, span)

    def _assign(
        self,
        named: Named,
        positional: list[tuple[Value, Span]],
        keyword: list[tuple[str, Value, Span]],
        span: Span,
    ) -> tuple[dict[str, Any], list[tuple[str, Value]]]:
        layer = named.type
        loose = {name.upper(): value for name, value, _ in keyword}
        gathered = layer.gather([value for value, _ in positional], loose)
        keyword = [k for k in keyword if k[0].upper() in loose]
        if len(gathered) != len(positional):
            positional = [(value, span) for value in gathered]
        taken: dict[str, Span] = {}
        values: dict[str, Any] = {}
        shown: list[tuple[str, Value]] = []
        by_letter = {a.letter: a for a in layer.signature}
        for letter, value in named.leading:
            self._take(layer, by_letter[letter], value, span, taken, values)
        if named.leading and "P" in by_letter and "padding" in layer.defaults({}):
            values["padding"] = PRESERVE
        free = [a for a in layer.signature if a.field not in values]
        if self._swapped(layer, free, positional, span):
            return values, shown
        for place, (value, where) in enumerate(positional):
            if place >= len(free):
                self._complain(
                    "SHP106",
                    f"{layer.kind} takes {_counted(len(free))}, and {len(positional)} are given",
                    where,
                    notes=(signature(layer),),
                )
                break
            self._take(layer, free[place], value, where, taken, values)
            shown.append(("", value))
        for name, value, where in keyword:
            found = find_argument(layer, name)
            if found is None:
                self._unknown_argument(layer, name, value, where)
                continue
            extent = len(positional) > 1 or any(_is_extent(layer, other) for other, _, _ in keyword)
            instead = () if extent else _extent_instead(layer, found, value)
            self._take(layer, found, value, where, taken, values, instead)
            shown.append((found.letter, value))
        return values, shown

    def _swapped(
        self, layer: type[Layer], free: list[Argument], positional: list[tuple[Value, Span]], span: Span
    ) -> bool:
        """`CONV(3x3, 64)`: a size where the number of filters stands, and a number behind it; complains if so."""
        if len(positional) < 2 or [a.letter for a in free[:2]] != ["K", "F"]:
            return False
        (first, where), (second, _), *others = positional
        if not isinstance(first, Sizes) or not isinstance(second, int):
            return False
        values = ", ".join(show(value) for value in (second, first, *(value for value, _ in others)))
        self._complain(
            "SHP103",
            f"{layer.kind}: K must be a whole number, not '{show(first)}'",
            where,
            label=f"K comes first, then F: expected {show(second)}, {show(first)}",
            help=(f"write {layer.kind}({values})",),
        )
        return True

    def _take(
        self,
        layer: type[Layer],
        argument: Argument,
        value: Value,
        span: Span,
        taken: dict[str, Span],
        values: dict[str, Any],
        instead: tuple[str, ...] = (),
    ) -> None:
        if argument.field in taken:
            self._complain(
                "SHP104",
                f"{layer.kind} is given {argument.letter} twice",
                span,
                related=(Related(taken[argument.field], "first given here"),),
                help=(*instead, *_same(argument)),
            )
            return
        taken[argument.field] = span
        if is_open(value) and not argument.takes_words:
            self.open.append(OpenName(str(value), span, argument_in_a_name(layer, str(value))))
            return
        try:
            values[argument.field] = argument.convert(value)
        except ArgumentError as problem:
            taker = next((a.letter for a in layer.signature if str(value).lower() in a.words), None)
            sized = (
                isinstance(value, Sizes) and argument.letter == "K" and any(a.letter == "F" for a in layer.signature)
            )
            self._complain(
                problem.code,
                f"{layer.kind}: {argument.letter} {_shortened(problem.message)}",
                span,
                label=f"did you mean {taker}={value}?" if isinstance(value, Word) and taker else "",
                help=(problem.help,) if problem.help else (f"write {layer.kind}(F={show(value)})",) if sized else (),
            )

    def _unknown_argument(self, layer: type[Layer], name: str, value: Value, span: Span) -> None:
        known = [n for a in layer.signature for n in (a.letter, *a.names)]
        guess = nearest(name, known) or ("F" if name.lower() == "k" and "F" in known else None)
        other = _known(str(value)) if isinstance(value, Word) else None
        self._complain(
            "SHP102",
            f"{layer.kind} has no argument called {name}",
            span,
            label=f"did you mean {guess}?" if guess else "not an argument of this layer",
            notes=(signature(layer),),
            help=(f"write it as a layer of its own: {layer.kind} => {other.shown}",) if other and not guess else (),
        )

    def _complain(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.findings.append(finding(code, message, span, **more))


def find_argument(layer: type[Layer], name: str) -> Argument | None:
    """The argument of a layer that a letter or a long name means, whatever its case."""
    lowered = name.lower()
    exact = [a for a in layer.signature if a.letter.lower() == lowered]
    return next(iter(exact or [a for a in layer.signature if lowered in a.names]), None)


def signature(layer: type[Layer]) -> str:
    """How a layer is called: `CONV(K, F, S, P, dilation=1, groups=1, bias=true)`."""
    parts = []
    for a in layer.signature:
        plain = a.assumed or a.required or a.default is None
        parts.append(a.letter if plain else f"{a.letter}={show(a.default)}")
    return f"{layer.kind}({', '.join(parts)})"


def _counted(number: int) -> str:
    return f"{number or 'no'} argument{'' if number == 1 else 's'}"


def _same(argument: Argument) -> tuple[str, ...]:
    names = ", ".join((argument.letter, *argument.names))
    return (f"{names} mean the same: keep one",) if argument.names else ()


def _is_extent(layer: type[Layer], name: str) -> bool:
    found = find_argument(layer, name)
    return found is not None and found.letter == "F"


def _extent_instead(layer: type[Layer], argument: Argument, value: Value) -> tuple[str, ...]:
    """What is said of `CONV(64, k=3)`: k is the kernel in other places."""
    if argument.letter != "K" or not any(a.letter == "F" for a in layer.signature):
        return ()
    return (f"write F={show(value)} if the extent of the kernel is meant: K counts the filters",)


def _group(named: Named) -> tuple[str, frozenset[tuple[str, Any]]]:
    """The kind of a layer, with what its name implies."""
    return named.type.kind, frozenset(named.implied.items())


def _shortened(message: str) -> str:
    """A message without most of a value that nobody reads to its end."""
    return message if len(message) <= 200 else f"{message[:140]}…{message[-40:]}"


def _rounds_up(layer: type[Layer]) -> bool:
    return any("ceil" in getattr(a.convert, "words", ()) for a in layer.signature if a.field == "rounding")


def _text(named: Named, shown: list[tuple[str, Value]]) -> str:
    if not shown:
        return named.shown
    parts = [f"{letter}={show(value)}" if letter else show(value) for letter, value in shown]
    return f"{named.shown}({', '.join(parts)})"

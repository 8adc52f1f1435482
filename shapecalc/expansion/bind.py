"""From `CONV(96, F=11)` to a layer: gives every argument its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapecalc.core.layer import Layer
from shapecalc.core.padding import PRESERVE
from shapecalc.core.parameters import ArgumentError, Parameter, Sizes, Value, Word, count, show, whole_volume
from shapecalc.core.phrases import counted, plural, shortened
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Related, Span, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.expansion import suggestions
from shapecalc.expansion.declarations import is_open
from shapecalc.expansion.evaluate import OpenName, Scope, evaluate
from shapecalc.expansion.misreadings import MISREADINGS
from shapecalc.language import syntax
from shapecalc.notations.layer_words import letter_of
from shapecalc.passes.graph import NOT_UNDERSTOOD
from shapecalc.registry import NamedType, activation, by_name, find_argument, resolve, signature

ARRIVES = "in"
ARRIVING = frozenset({ARRIVES, "in_channels", "in_features", "in_ch", "in_planes", "inplanes", "cin", "c_in", "ic"})
"""The argument that says how many channels or values arrive."""


class BoundLayer(Record):
    """A layer with all its arguments, and how the report shows it; NOT_UNDERSTOOD where an argument is wrong."""

    layer: Layer
    text: str
    assumed: tuple[str, ...] = ()
    """Letters of arguments that were not written."""
    arrives: syntax.Claim | None = None
    """How many channels or values it is said to take, `in=3`."""


class Taken(Record, frozen=False):
    """The arguments of one call that have been read."""

    layer: type[Layer]
    values: dict[str, Any]
    """By field."""
    places: dict[str, Span]
    """Where each field was given."""
    shown: list[tuple[str, Value]]
    """Letters and values as they were written (positional: no letter)."""
    arrives: syntax.Claim | None = None

    @property
    def free(self) -> list[Parameter]:
        """The arguments that nothing has been given for, in order."""
        return [a for a in self.layer.signature if a.field not in self.values]


class Binder:
    """Gives arguments their values, over the defaults of the whole diagram."""

    def __init__(
        self,
        settings: syntax.Settings,
        scope: Scope,
        diagnostics: list[Diagnostic],
        unknown: Callable[[str, Span], None],
    ) -> None:
        """`unknown` is told names that no layer has."""
        self.diagnostics = diagnostics
        self.open: list[OpenName] = []
        self.rounding = settings.rounding
        self.defaults: dict[tuple[str, frozenset[tuple[str, Any]]], dict[str, Any]] = {}
        """Values by field for each kind of layer, and for each group of aliases that imply the same arguments."""
        for name, span, arguments in settings.defaults:
            named = resolve(name)
            if named is None:
                unknown(name, span)
                continue
            self.defaults.setdefault(_group(named), {}).update(self._taken(named, arguments, scope, span).values)

    def bind(self, named: NamedType, call: syntax.Call, scope: Scope) -> BoundLayer:
        """The layer that a call makes; NOT_UNDERSTOOD when an argument is wrong, which is reported."""
        misread = next((found for meant in MISREADINGS if (found := meant(named, call))), None)
        if misread is not None:
            self.diagnostics.append(misread)
            if misread.severity == "error":
                return BoundLayer(NOT_UNDERSTOOD, named.shown)
        problems = self.problems
        taken = self._taken(named, call.arguments, scope, call.span)
        text = _text(named, taken.shown)
        values = self._with_defaults(named, taken.values)
        missing = [a for a in named.type.signature if a.field not in values]
        if self.problems == problems:  # what is missing may be what is wrong
            self._require(named.type, missing, call.span)
        if self.problems > problems:
            return BoundLayer(NOT_UNDERSTOOD, text)
        layer = named.type(**named.type.defaults(values) | values).bound(activation)
        return BoundLayer(layer, text, tuple([a.letter for a in missing if a.assumed]), taken.arrives)

    @property
    def problems(self) -> int:
        """How much has been found to be wrong or open so far."""
        return len(self.diagnostics) + len(self.open)

    def _with_defaults(self, named: NamedType, written: dict[str, Any]) -> dict[str, Any]:
        """What was written, over what the name implies and what the diagram says of all such layers."""
        values = {
            **self.defaults.get((named.type.kind, frozenset()), {}),
            **named.implied,
            **self.defaults.get(_group(named), {}),
            **written,
        }
        if self.rounding == "ceil" and "ceil" not in values and _rounds_up(named.type):
            values.setdefault("rounding", "ceil")
        return values

    def _require(self, layer: type[Layer], missing: list[Parameter], span: Span) -> None:
        for argument in missing:
            if argument.required:
                message = f"{layer.kind} needs {argument.letter}, and it is not given"
                self._report("SHP105", message, span, notes=(signature(layer),))

    def _taken(self, named: NamedType, arguments: tuple[syntax.Argument, ...], scope: Scope, span: Span) -> Taken:
        """The arguments of a call, evaluated."""
        positional: list[tuple[Value, Span]] = []
        keyword: list[tuple[str, Value, Span]] = []
        for argument in arguments:
            try:
                value = evaluate(argument.value, scope)
            except OpenName as open_name:
                self.open.append(open_name)
                continue
            if argument.name is not None:
                span = argument.value.span if argument.name.lower() in ARRIVING else argument.span
                keyword.append((argument.name, value, span))
                continue
            if keyword:
                self._report(
                    "SHP103",
                    f"{named.type.kind} has an argument without a name after a named one",
                    argument.span,
                    help=("write the ones without a name first",),
                )
            positional.append((value, argument.span))
        given = [*positional, *[(value, span) for _, value, span in keyword]]
        sizes = [OpenName(str(value), span) for value, span in given if isinstance(value, Word) and is_open(value)]
        if sizes and any(a.convert is whole_volume for a in named.type.signature):  # the others alone are no size
            self.open += sizes
            return Taken(named.type, {}, {}, [])
        return self._assigned(named, positional, keyword, span)

    def _assigned(
        self, named: NamedType, positional: list[tuple[Value, Span]], keyword: list[tuple[str, Value, Span]], span: Span
    ) -> Taken:
        taken = Taken(named.type, {}, {}, [])
        inexact = {name.upper(): value for name, value, _ in keyword}
        gathered = named.type.gather([value for value, _ in positional], inexact)
        keyword = [k for k in keyword if k[0].upper() in inexact]
        if len(gathered) != len(positional):
            positional = [(value, span) for value in gathered]
        self._take_short_form(taken, named, span)
        if not self._swapped(taken, positional):
            self._take_positional(taken, positional)
            self._take_named(taken, keyword, among_several=len(positional) > 1)
        return taken

    def _take_short_form(self, taken: Taken, named: NamedType, span: Span) -> None:
        """What the name itself gives: `CONV3-64`, which keeps the size as a bare CONV does."""
        by_letter = {a.letter: a for a in named.type.signature}
        for letter, value in named.leading:
            self._take(taken, by_letter[letter], value, span)
        if named.leading and "P" in by_letter and "padding" in named.type.defaults({}):
            taken.values["padding"] = PRESERVE

    def _take_positional(self, taken: Taken, positional: list[tuple[Value, Span]]) -> None:
        free = taken.free
        for argument, (value, span) in zip(free, positional, strict=False):
            self._take(taken, argument, value, span)
            taken.shown.append(("", value))
        if len(positional) > len(free):
            most = counted(len(free), "argument") if free else "no arguments"
            given = f"{len(positional)} {plural(len(positional), 'is', 'are')} given"
            message = f"{taken.layer.kind} takes {most}, and {given}"
            other = "write the arguments with the layer that takes them, such as CONV(64, 3)"
            help = () if free else (NO_ARGUMENTS.get(taken.layer.kind, other),)
            self._report("SHP106", message, positional[len(free)][1], notes=(signature(taken.layer),), help=help)

    def _take_named(self, taken: Taken, keyword: list[tuple[str, Value, Span]], *, among_several: bool) -> None:
        layer = taken.layer
        extent = among_several or any(_is_extent(layer, name) for name, _, _ in keyword)
        for name, value, span in keyword:
            found = find_argument(layer, name)
            if found is None and name.lower() in ARRIVING:
                self._arrives(taken, value, span)
                continue
            if found is None:
                self._unknown_argument(taken, name, value, span)
                continue
            self._take(taken, found, value, span, () if extent else suggestions.extent_instead(layer, found, value))
            taken.shown.append((found.letter, value))

    def _arrives(self, taken: Taken, value: Value, span: Span) -> None:
        """`in=3`, which every layer takes: compared with what arrives, once that is known."""
        if is_open(value):
            self.open.append(OpenName(str(value), span))
            return
        try:
            taken.arrives = syntax.Claim(ARRIVES, str(count(value)), span)
        except ArgumentError as problem:
            self._report(problem.code, f"{taken.layer.kind}: in {shortened(problem.message)}", span)

    def _swapped(self, taken: Taken, positional: list[tuple[Value, Span]]) -> bool:
        """`CONV(3x3, 64)`: a size where the number of filters is expected, then a number; reports it if so."""
        if len(positional) < 2:
            return False
        (first, where), (second, _), *others = positional
        if not isinstance(first, Sizes) or not isinstance(second, int):
            return False
        if [a.letter for a in taken.free[:2]] != ["K", "F"]:
            return False
        values = ", ".join(show(value) for value in (second, first, *(value for value, _ in others)))
        self._report(
            "SHP103",
            f"{taken.layer.kind}: K must be a whole number, not '{show(first)}'",
            where,
            label=f"K comes first, then F: expected {show(second)}, {show(first)}",
            help=(f"write {taken.layer.kind}({values})",),
        )
        return True

    def _take(self, taken: Taken, argument: Parameter, value: Value, span: Span, instead: tuple[str, ...] = ()) -> None:
        layer = taken.layer
        if argument.field in taken.places:
            self._report(
                "SHP104",
                f"{layer.kind} is given {argument.letter} twice",
                span,
                related=(Related(taken.places[argument.field], "first given here"),),
                help=(*instead, *_same(argument)),
            )
            return
        taken.places[argument.field] = span
        if isinstance(value, Word):
            if not _takes(argument, value) and _is_activation(value):
                self._activation(taken, value, span)
                return
            if is_open(value) and not argument.takes_words:
                self.open.append(OpenName(str(value), span, self._argument_in_a_name(taken, str(value))))
                return
        try:
            taken.values[argument.field] = argument.convert(value)
        except ArgumentError as problem:
            taker = next((a.letter for a in layer.signature if str(value).lower() in a.words), None)
            self._report(
                problem.code,
                f"{layer.kind}: {argument.letter} {shortened(problem.message, 200, tail=40)}",
                span,
                label=f"did you mean {taker}={value}?" if isinstance(value, Word) and taker else "",
                help=(problem.help,) if problem.help else _instead(taken, argument, value, taker),
            )

    def _argument_in_a_name(self, taken: Taken, name: str) -> str | None:
        """`S=2` for s2; `F=3` for k3 where the filters are given."""
        found = suggestions.argument_in_a_name(taken.layer, name)
        extent = any(a.letter == "F" for a in taken.layer.signature)
        return f"F={found[2:]}" if found and found[0] == "K" and "filters" in taken.values and extent else found

    def _activation(self, taken: Taken, name: Word, span: Span) -> None:
        """`CONV(16, 3, 1, 1, relu)`: an activation among the arguments."""
        kind, before = taken.layer.kind, ", ".join(f"{n}={show(v)}" if n else show(v) for n, v in taken.shown)
        other = by_name(name)
        self._report(
            "SHP103",
            f"{kind} takes no activation: {name} is a layer of its own",
            span,
            label="not an argument of this layer",
            help=(f"write {kind}({before}) => {other.shown if other else name}",),
        )

    def _unknown_argument(self, taken: Taken, name: str, value: Value, span: Span) -> None:
        layer = taken.layer
        known = [n for a in layer.signature for n in (a.letter, *a.names)]
        word = str(value).lower() if isinstance(value, Word) else ""
        first, _, stem = name.partition("_")  # n_classes
        guess = nearest(name, known) or letter_of(layer, stem if first in ("n", "nb", "num") else name)
        guess = guess or next((a.letter for a in layer.signature if word in a.words and a.letter != "P"), None)
        guess = guess or ("F" if name.lower() == "k" and "F" in known else None)
        other = by_name(str(value)) if isinstance(value, Word) else None
        meant = find_argument(layer, guess) if guess else None
        free = meant is not None and meant.field not in taken.places
        rename = Fix(f"write {guess}", (Edit((span[0], span[0] + len(name)), guess or ""),))
        instead = f"write it as a layer of its own: {layer.kind} => {other.shown}" if other and not guess else ""
        instead = instead or ("" if guess else _elsewhere(layer, name, value))
        self._report(
            "SHP102",
            f"{layer.kind} has no argument called {name}",
            span,
            label=f"did you mean {guess}?" if guess else "not an argument of this layer",
            notes=(signature(layer),),
            help=(instead,) if instead else (rename.title,) if free else (),
            fixes=(rename,) if free else (),
        )

    def _report(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.diagnostics.append(report(code, message, span, **more))


def _is_activation(word: Word) -> bool:
    """Whether a word can only be the name of an activation, SOFTMAX among them."""
    named = by_name(word) if is_open(word) else None
    return named is not None and named.type.op_category == "activation"


PERCENT = 100
NO_ARGUMENTS = {"FLATTEN": "leave them out: FLATTEN gives all values in one row, and a claim is written FLATTEN: 1x1x…"}
"""What is said of arguments of a layer that takes none."""


def _elsewhere(layer: type[Layer], name: str, value: Value) -> str:
    """What is said of an argument that is a claim, and of one that only frameworks have, as no size hangs on it."""
    from fractions import Fraction

    from shapecalc.dialects.forms import is_without_effect  # which a text without mistakes does not load
    from shapecalc.passes.claims import figure_called

    if name.lower() == "name":
        return f"write the name after the layer: {layer.kind}(…) as {show(value)}"
    kept = name.lower() in ("keep", "keep_prob", "keep_rate")
    if kept and isinstance(value, int | Fraction) and 0 <= value <= 1:
        return f"write p={float(1 - value):g}, the part that is dropped"
    if figure := figure_called(name):
        return f"write it after the layer, as a claim: {layer.kind}(…): {figure}={show(value)}"
    return f"leave {name} out: no size and no count hangs on it" if is_without_effect(name) else ""


def _takes(argument: Parameter, word: Word) -> bool:
    """Whether a word is one of the values of an argument."""
    return word.lower() in argument.words if argument.words else argument.takes_words


def _same(argument: Parameter) -> tuple[str, ...]:
    names = ", ".join((argument.letter, *argument.names))
    return (f"{names} mean the same: keep one",) if argument.names else ()


def _is_extent(layer: type[Layer], name: str) -> bool:
    found = find_argument(layer, name)
    return found is not None and found.letter == "F"


def _instead(taken: Taken, argument: Parameter, value: Value, taker: str | None) -> tuple[str, ...]:
    """What may have been meant by a value that an argument does not take."""
    if isinstance(value, Word) and (found := suggestions.word_instead(argument, value, taker)):
        return found
    units = taken.values.get("units")
    if argument.letter == "bias" and isinstance(value, int) and isinstance(units, int):
        return suggestions.units_instead(taken.layer.kind, units, value, by_name=not taken.shown)
    if argument.letter == "last" and isinstance(value, int) and isinstance(units, int):
        return suggestions.of_recurrent(taken.layer.kind, units, value)
    if argument.letter == "p" and isinstance(value, int) and 1 < value <= PERCENT:
        return (f"write {taken.layer.kind}({value / PERCENT:g}) for {value} %",)
    alone = suggestions.ALONE.get(taken.layer.kind) if isinstance(value, int | Sizes) else None
    return (alone.format(show(value)),) if alone else suggestions.size_instead(taken.layer, argument, value)


def _group(named: NamedType) -> tuple[str, frozenset[tuple[str, Any]]]:
    """The kind of a layer, with what its name implies."""
    return named.type.kind, frozenset(named.implied.items())


def _rounds_up(layer: type[Layer]) -> bool:
    return any("ceil" in a.words for a in layer.signature if a.field == "rounding")


def _text(named: NamedType, shown: list[tuple[str, Value]]) -> str:
    if not shown:
        return named.shown
    parts = [f"{letter}={show(value)}" if letter else show(value) for letter, value in shown]
    return f"{named.shown}({', '.join(parts)})"

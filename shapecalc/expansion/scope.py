"""What the names of a diagram stand for: `let`, ranges, values from outside, and which names are still open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from shapecalc.core.exact import Exact, is_exact
from shapecalc.core.parameters import Sizes, Value, Word, show
from shapecalc.core.phrases import counted, listed, plural
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Related, Span, report
from shapecalc.diagnostics.spelling import MOST_GUESSED, nearest
from shapecalc.expansion import declarations
from shapecalc.expansion.evaluate import Open, OpenName, Scope, evaluate, length, numbers, whole
from shapecalc.language import syntax

MOST_NAMED = 20
"""Open names that are shown; of more, how many there are."""


class _Noted:
    """Goes on after an expression that is open or wrong, which is remembered. Cheaper than a generator."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> bool:
        if isinstance(problem, OpenName):
            self.names.note(problem)
        elif isinstance(problem, Diagnosed):
            self.names.diagnostics.extend(problem.diagnostics)
        else:
            return False
        return True


class Names:
    """The global scope of a diagram, and every use of a name that has no value; reports go to `diagnostics`."""

    def __init__(self, diagram: syntax.Diagram, bindings: Mapping[str, Any], diagnostics: list[Diagnostic]) -> None:
        self.diagram, self.given, self.diagnostics = diagram, tuple(bindings), diagnostics
        diagnostics.extend(declarations.declaration_diagnostics(diagram))
        self.noted = _Noted(self)
        self.ranges = Ranges(diagnostics)
        self.open: dict[str, Span] = {}
        self.meant: dict[str, str] = {}
        """What may have been meant by open names."""
        self.lets = {let.name: let for let in reversed(declarations.all_lets(diagram))}
        """The first let of each name."""
        for bound in diagram.statements:
            if isinstance(bound, syntax.Bound):
                self.ranges.narrow(Open(bound.name, bound.low, bound.high), bound.span)
        self.scope: dict[str, Any] = {}
        """Names from `let`, then those given from outside, which win."""
        for name, value in bindings.items():
            if not declarations.is_argument_word(name):
                self.scope[name] = self.ranges.keep(
                    name, declarations.GivenWord(value) if isinstance(value, Word) else value
                )
        self.bindings = dict(self.scope)
        for let in declarations.all_lets(diagram):
            self._let(let)

    @cached_property
    def used(self) -> set[str]:
        """Every name that the diagram uses and does not bind itself."""
        return declarations.free_names(self.diagram)

    def note(self, problem: OpenName) -> None:
        """Remembers the first place where an open name is needed."""
        self.open.setdefault(problem.name, problem.span)
        if problem.meant:
            self.meant.setdefault(problem.name, problem.meant)

    def argument(self, expression: syntax.Expression, scope: Scope) -> Value | Open:
        """The value of an expression under another name: 1 where it is wrong; an open one stays open."""
        with self.noted:
            try:
                return evaluate(expression, scope)
            except OpenName as problem:
                self.note(problem)
                return Open(problem.name)
        return 1

    def count(self, expression: syntax.Expression, scope: Scope) -> int:
        """How often a part is repeated; 1 where that is open or wrong, which is remembered."""
        count = self.whole(expression, scope)
        if count < 0:
            self.diagnostics.append(report("SHP103", f"a repeat count cannot be negative: {count}", expression.span))
        return max(0, count)

    def whole(self, expression: syntax.Expression, scope: Scope) -> int:
        """A whole number; 1 where it is open or wrong, which is remembered."""
        with self.noted:
            return whole(expression, scope)
        return 1

    def close(self) -> tuple[Diagnostic, ...]:
        """Reports ranges and values from outside that nothing uses; returns SHP114 when names are open."""
        self.diagnostics.extend(self._unused_ranges())
        self.diagnostics.extend(self._unused_bindings())
        return (self._open_diagram(),) if self.open else ()

    # --- lets ---------------------------------------------------------------------------------

    def _let(self, let: syntax.Let) -> None:
        value = self._let_value(let)
        if isinstance(value, Open) and isinstance(let.value, syntax.Range):
            value = self.ranges.narrow(value, let.span)
        self.scope[let.name] = self.ranges.keep(let.name, self.bindings.get(let.name, value))

    def _let_value(self, let: syntax.Let) -> Any:
        """What a let gives its name; 1 where it is wrong, which is remembered."""
        given = let.name in self.bindings
        late = [
            name for name in sorted(declarations.names_in(let.value)) if name in self.lets and name not in self.scope
        ]
        if late and not given:
            self.diagnostics.append(self._too_early(let, late[0]))
            return 1
        with self.noted:
            try:
                if not isinstance(let.value, syntax.Range):
                    return evaluate(let.value, self.scope)
                low, high = (None if end is None else whole(end, self.scope) for end in (let.value.low, let.value.high))
                return Open(let.name, low, high)
            except OpenName as problem:
                if not given:
                    self.note(problem)
                return Open(let.name)
        return 1

    def _too_early(self, let: syntax.Let, name: str) -> Diagnostic:
        """A let whose value needs itself, or one after it."""
        if name == let.name:
            message = f"{name} is used in its own definition"
            return report("SHP107", message, let.value.span, label=f"{name} has no value yet")
        return report(
            "SHP107",
            f"{let.name} uses {name}, which is defined below it",
            let.value.span,
            label=f"{name} has no value yet",
            related=(Related(self.lets[name].span, f"{name} is defined here"),),
            help=(f"write let {name} above let {let.name}",),
        )

    # --- what is left -------------------------------------------------------------------------

    def _unused_ranges(self) -> Iterator[Diagnostic]:
        if not self.ranges.places:
            return
        used = sorted(self.used)
        known = {*self.lets, *used}
        unused = ((name, at) for name, at in self.ranges.places.items() if name not in known)
        for number, (name, span) in enumerate(unused):
            guess = nearest(name, used) if number < MOST_GUESSED else None
            label = f"did you mean {guess}?" if guess else "not used"
            message = f"{name} has a range, and the diagram does not use it"
            yield report("SHP107", message, span, label=label, help=(f"use {name}, or remove its range",))

    def _unused_bindings(self) -> Iterator[Diagnostic]:
        if not self.given:
            return
        names = {n for n in (*self.ranges.known, *self.lets, *self.used) if not declarations.is_argument_word(n)}
        for name in self.given:
            if name not in names and not self._of_other_case(name):
                yield report(
                    "SHP107", f"the diagram has no name {name} that can be set", help=(_instead_of(name, names),)
                )

    def _of_other_case(self, name: str) -> list[str]:
        """The open names, or the names that are given from outside in vain, which differ from a name in case alone."""
        others = {*self.open, *self.given} - {name}
        return sorted(o for o in others if o.lower() == name.lower() and (o in self.open) != (name in self.open))

    def _open_diagram(self) -> Diagnostic:
        first, *others = islice(self.open.items(), MOST_NAMED)
        ranges = self.ranges.known
        named = [f"{name} ({show_range(ranges[name])})" if name in ranges else name for name in self.open]
        sets = " ".join(f"--set {name}={self.ranges.example(name)}" for name, _ in (first, *others))
        more = " …" if len(named) > MOST_NAMED else ""
        return report(
            "SHP114",
            f"the diagram is open: {listed(named, MOST_NAMED)} {plural(len(named), 'has', 'have')} no value",
            first[1],
            label=f"{first[0]} has no value",
            related=tuple(Related(span, f"{name} has no value") for name, span in others),
            notes=("a diagram with open names describes a family of networks: choose one of them",),
            help=(*self._instead(), f"give values with {sets}{more}, or write let {first[0]} = … above it"),
        )

    def _instead(self) -> Iterator[str]:
        """What may have been meant by the open names without a range."""
        known = [name for name, value in self.scope.items() if name in self.lets and not isinstance(value, Open)]
        for name in islice(self.open, MOST_NAMED):
            for given in self._of_other_case(name):
                yield f"upper and lower case differ in names: {given} is given, and {name} has no value"
            if name in self.ranges.known or self._of_other_case(name):
                continue
            if guess := nearest(name, known):
                yield f"{name} is not defined; did you mean {guess}?"
            elif count := re.fullmatch(r"[xX](\d+)", name):
                yield f"{name} is a name; write *{count[1]} after a layer or a group to repeat it"
            elif depth := COLOURS.get(name.lower()):
                yield f"{name} is a name, and no number: write {depth} for the channels of the image"
            elif re.fullmatch(r"[A-Za-z](?:[xX×](?:[A-Za-z]|\d+))+", name):
                yield f"{name} is one name, and no size: write its numbers, such as 224x224x3, without the batch"
            elif name.lower() in WORDS:
                yield f"{name} is read as a name: {WORDS[name.lower()]}"
            elif name.lower() in NO_VALUES:
                yield f"{name} is a name, and no number: leave the argument out, or write what it stands for"
            elif name in self.meant:
                yield f"{name} is a name; write {self.meant[name]} if the argument is meant"


# --- ranges of open names ---------------------------------------------------------------------


COLOURS = {"rgb": 3, "color": 3, "colour": 3, "gray": 1, "grey": 1, "grayscale": 1, "greyscale": 1, "rgba": 4}
"""How many channels images have, by what they are called."""
WORDS = {
    "dilated": "write dilation=2 for a window with gaps", "dilation": "write dilation=2 for a window with gaps",
    "depthwise": "write DWCONV(3) for a window of each channel by itself", "global": "write GAP for all positions",
    "all": "write its number", "separable": "write SEPCONV(64, 3)", "transposed": "write UPCONV(64, 3)",
    "grouped": "write groups=2", "strided": "write S=2", "padded": "write P=1, or P=same",
    "one": "write 1", "two": "write 2", "three": "write 3", "four": "write 4", "five": "write 5", "ten": "write 10",
}  # fmt: skip
"""Words among arguments that say what another argument, or another layer, is for."""
NO_VALUES = frozenset({"none", "null", "nil", "nan"})
"""What languages have for no value, and a size of PyTorch's for the one that arrives."""


class Ranges:
    """The range of every name that has one; SHP118 for what does not keep to it goes to `diagnostics`."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        self.known: dict[str, Open] = {}
        self.places: dict[str, Span] = {}
        """Where each range was written first."""
        self._refused: set[str] = set()
        """Names whose value was reported as wrong."""

    def narrow(self, known: Open, span: Span) -> Open:
        """The range of a name with one more that it has to keep to; any number where the two leave nothing."""
        name = known.name
        before = self.known.get(name, Open(name))
        lows = [end for end in (before.low, known.low) if end is not None]
        highs = [end for end in (before.high, known.high) if end is not None]
        both = Open(name, max(lows, default=None), min(highs, default=None))
        if both.low is not None and both.high is not None and both.low > both.high:
            first = self.places.get(name)
            related = (Related(first, "the other range is written here"),) if first else ()
            message = f"no number is in the range of {name}: at least {both.low} and at most {both.high}"
            help = ("write a range that both keep to, or remove one of the two",)
            self.diagnostics.append(report("SHP118", message, span, related=related, help=help))
            both = Open(name)
        self.known[name] = both
        self.places.setdefault(name, span)
        return both

    def keep(self, name: str, value: Any) -> Any:
        """A value that keeps to the range of its name: the nearest end where it does not, which is reported once."""
        known = self.known.get(name)
        if known is None or isinstance(value, Open) or declarations.is_open(value):
            return value
        kept = _nearest(value, known)
        if kept != value and name not in self._refused:
            self._refused.add(name)
            what = "is outside its range" if is_exact(value) else "is not a number in its range"
            message = f"{name} = {show(value)} {what}, {show_range(known)}"
            self.diagnostics.append(report("SHP118", message, self.places[name]))
        return kept

    def example(self, name: str) -> int:
        """A value that closes an open name: 2 where the range allows it."""
        known = self.known.get(name, Open(name))
        low = 0 if known.low is None else known.low
        high = 2 if known.high is None else known.high
        return max(low, min(2, high))


def _nearest(value: Any, known: Open) -> Exact:
    """The number in a range that is nearest to a value; one of its ends for what is no number."""
    if not is_exact(value):
        return next((end for end in (known.low, known.high) if end is not None), 1)
    low = value if known.low is None else max(value, known.low)
    return low if known.high is None else min(low, known.high)


def _instead_of(name: str, names: set[str]) -> str:
    """What to do where a value is given to a name that the diagram does not have."""
    if declarations.is_argument_word(name):
        return declarations.word_for_arguments(name)
    if guess := nearest(name, sorted(names)):
        return f"did you mean {guess}?"
    return f"names that can be set: {listed(sorted(names), MOST_NAMED)}" if names else f"leave the value of {name} out"


def show_range(known: Open) -> str:
    """A range in words."""
    if known.low is not None and known.high is not None:
        return f"{known.low} to {known.high}"
    if known.high is not None:
        return f"at most {known.high}"
    return f"{known.low} or more" if known.low is not None else "any number"


# --- iterations of a `for` --------------------------------------------------------------------


def iterations(
    item: syntax.Comprehension, scope: Scope, names: Names, most: int
) -> tuple[int, Iterator[dict[str, Any]]]:
    """How many iterations there are, and the values of the names in each; what is wrong is reported to `names`.

    Raises Diagnosed SHP109 where there are more than `most`.
    """
    runs = [run for expression in item.values for run in _runs(expression, item, scope, names, most)]
    values = (value if len(item.names) > 1 else (value,) for run in runs for value in run)
    return sum(map(len, runs)), (dict(zip(item.names, parts, strict=True)) for parts in values)


def _runs(
    expression: syntax.Expression, item: syntax.Comprehension, scope: Scope, names: Names, most: int
) -> Iterator[Sequence[Any]]:
    """The values of an expression, if each is as many as there are names."""
    values = _values(expression, scope, names, most)
    first = values[0] if values else None
    given = len(first) if isinstance(first, tuple) and not isinstance(first, Sizes) else 1
    if not values or given == len(item.names):
        yield values
    else:
        names.diagnostics.append(_wrong_number(item, given, expression))


def _wrong_number(item: syntax.Comprehension, given: int, expression: syntax.Expression) -> Diagnostic:
    wanted = len(item.names)
    return report(
        "SHP103",
        f"{counted(wanted, 'name')} ({', '.join(item.names)}) {plural(wanted, 'is', 'are')} "
        f"given {counted(given, 'value')}",
        expression.span,
        label=f"expected {counted(wanted, 'value')}, found {given}",
    )


def _values(expression: syntax.Expression, scope: Scope, names: Names, most: int) -> Sequence[Value | Open]:
    if not isinstance(expression, syntax.Range):
        return (names.argument(expression, scope),)
    span = range(0)
    with names.noted:
        span = numbers(expression, scope)
    if (count := length(span)) > most:
        message = f"the loop has {count:,} iterations, more than --max-layers ({most:,})"
        raise Diagnosed(report("SHP109", message, expression.span))
    return span

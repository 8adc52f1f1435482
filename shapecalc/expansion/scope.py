"""What the names of a diagram stand for: `let`, ranges, values from outside, and which names are still open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

from shapecalc.core.parameters import Value, Word, show
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Related, Span, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.expansion.evaluate import Open, OpenName, Scope, evaluate, whole
from shapecalc.expansion.free_names import all_lets, declaration_diagnostics, free_names, names_in
from shapecalc.expansion.open_words import GivenWord, is_argument_word, is_open
from shapecalc.language import syntax


class Names:
    """The global scope of a diagram, and every use of a name that has no value."""

    def __init__(self, diagram: syntax.Diagram, bindings: Mapping[str, Any]) -> None:
        self.diagram, self.given = diagram, tuple(bindings)
        self.diagnostics: list[Diagnostic] = list(declaration_diagnostics(diagram))
        self.ranges: dict[str, Open] = {}
        self.places: dict[str, Span] = {}
        """Where each range was written first."""
        self.open: dict[str, Span] = {}
        self.meant: dict[str, str] = {}
        """What may have been meant by open names."""
        self.lets = {let.name: let for let in reversed(all_lets(diagram))}
        """The first let of each name."""
        self._refused: set[str] = set()
        """Names whose value was said to be wrong."""
        for bound in diagram.statements:
            if isinstance(bound, syntax.Bound):
                self._narrow(Open(bound.name, bound.low, bound.high), bound.span)
        self.scope: dict[str, Any] = {}
        """Names from `let`, then those given from outside, which win."""
        for name, value in bindings.items():
            if not is_argument_word(name):
                self.scope[name] = self._held(name, GivenWord(value) if isinstance(value, Word) else value)
        self.bindings = dict(self.scope)
        for let in all_lets(diagram):
            self._let(let)

    @cached_property
    def used(self) -> set[str]:
        """Every name that the diagram uses and does not bind itself."""
        return free_names(self.diagram)

    def note(self, problem: OpenName) -> None:
        """Remembers the first place where an open name is needed."""
        self.open.setdefault(problem.name, problem.span)
        if problem.meant:
            self.meant.setdefault(problem.name, problem.meant)

    def value(self, expression: syntax.Expression, scope: Scope) -> Value:
        """The value of an expression; 1 where it is open or wrong, which is remembered."""
        try:
            return evaluate(expression, scope)
        except OpenName as problem:
            self.note(problem)
        except Diagnosed as problem:
            self.diagnostics.extend(problem.diagnostics)
        return 1

    def argument(self, expression: syntax.Expression, scope: Scope) -> Value | Open:
        """The value of an expression under another name; an open one stays open, and is remembered."""
        try:
            return evaluate(expression, scope)
        except OpenName as problem:
            self.note(problem)
            return Open(problem.name)
        except Diagnosed as problem:
            self.diagnostics.extend(problem.diagnostics)
        return 1

    def count(self, expression: syntax.Expression, scope: Scope) -> int:
        """How often a part stands; 1 where that is open or wrong, which is remembered."""
        count = self.whole(expression, scope)
        if count < 0:
            self.diagnostics.append(report("SHP103", f"a part cannot stand {count} times", expression.span))
            return 0
        return count

    def whole(self, expression: syntax.Expression, scope: Scope) -> int:
        """A whole number; 1 where it is open or wrong, which is remembered."""
        try:
            return whole(expression, scope)
        except OpenName as problem:
            self.note(problem)
        except Diagnosed as problem:
            self.diagnostics.extend(problem.diagnostics)
        return 1

    def close(self) -> tuple[Diagnostic, ...]:
        """Notes ranges and values from outside that nothing uses; returns SHP114 when names are open."""
        self.diagnostics.extend(self._unused())
        return (self._open_diagram(),) if self.open else ()

    # --- lets and ranges ----------------------------------------------------------------------

    def _let(self, let: syntax.Let) -> None:
        value = self._let_value(let)
        if isinstance(value, Open) and isinstance(let.value, syntax.Range):
            value = self._narrow(value, let.span)
        self.scope[let.name] = self._held(let.name, self.bindings.get(let.name, value))

    def _let_value(self, let: syntax.Let) -> Any:
        """What a let gives its name; 1 where it is wrong, which is remembered."""
        given = let.name in self.bindings
        late = [name for name in sorted(names_in(let.value)) if name in self.lets and name not in self.scope]
        if late and not given:
            self.diagnostics.append(self._too_early(let, late[0]))
            return 1
        try:
            if not isinstance(let.value, syntax.Range):
                return evaluate(let.value, self.scope)
            low, high = (None if end is None else whole(end, self.scope) for end in (let.value.low, let.value.high))
            return Open(let.name, low, high)
        except OpenName as problem:
            if not given:
                self.note(problem)
            return Open(let.name)
        except Diagnosed as problem:
            self.diagnostics.extend(problem.diagnostics)
        return 1

    def _too_early(self, let: syntax.Let, name: str) -> Diagnostic:
        """A let whose value hangs on itself, or on one behind it."""
        if name == let.name:
            return report("SHP107", f"{name} is defined by itself", let.value.span, label=f"{name} has no value yet")
        return report(
            "SHP107",
            f"{let.name} uses {name}, which is defined below it",
            let.value.span,
            label=f"{name} has no value yet",
            related=(Related(self.lets[name].span, f"{name} is defined here"),),
            help=(f"write let {name} above let {let.name}",),
        )

    def _narrow(self, known: Open, span: Span) -> Open:
        """The range of a name with one more that it has to keep to; any number where the two leave nothing."""
        name = known.name
        before = self.ranges.get(name, Open(name))
        lows = [end for end in (before.low, known.low) if end is not None]
        highs = [end for end in (before.high, known.high) if end is not None]
        both = Open(name, max(lows, default=None), min(highs, default=None))
        if both.low is not None and both.high is not None and both.low > both.high:
            first = self.places.get(name)
            self.diagnostics.append(
                report(
                    "SHP118",
                    f"no value of {name} lies in its range, {show_range(both)}",
                    span,
                    related=(Related(first, "and this holds too"),) if first else (),
                )
            )
            both = Open(name)
        self.ranges[name] = both
        self.places.setdefault(name, span)
        return both

    def _held(self, name: str, value: Any) -> Any:
        """A value that keeps to the range of its name: the nearest end where it does not, which is remembered once."""
        known = self.ranges.get(name)
        if known is None or isinstance(value, Open) or is_open(value):
            return value
        number = value if isinstance(value, int | Fraction) else None
        ends = [end for end in (known.low, known.high) if end is not None]
        if number is None:
            kept: int | Fraction = ends[0] if ends else 1
        else:
            low = number if known.low is None else max(number, known.low)
            kept = low if known.high is None else min(low, known.high)
        if kept != value and name not in self._refused:
            self._refused.add(name)
            what = "lies outside its range" if number is not None else "is no number in its range"
            message = f"{name} = {show(value)} {what}, {show_range(known)}"
            self.diagnostics.append(report("SHP118", message, self.places[name]))
        return kept

    # --- what is left -------------------------------------------------------------------------

    def _unused(self) -> Iterator[Diagnostic]:
        for name in self.ranges:
            if name not in self.lets and name not in self.used:
                guess = nearest(name, sorted(self.used))
                yield report(
                    "SHP107",
                    f"nothing in the diagram is called {name}, which has a range",
                    self.places[name],
                    label=f"did you mean {guess}?" if guess else "not used",
                )
        if not self.given:
            return
        names = {n for n in (*self.ranges, *self.lets, *self.used) if not is_argument_word(n)}
        for name in self.given:
            if name not in names:
                guess = nearest(name, sorted(names))
                yield report(
                    "SHP107",
                    f"the diagram has no name {name} that could be set",
                    help=(f"did you mean {guess}?",) if guess else (),
                )

    def _open_diagram(self) -> Diagnostic:
        parts, sets, helps = [], [], []
        known_names = [n for n, v in self.scope.items() if not isinstance(v, Open)]
        for name in self.open:
            known = self.ranges.get(name)
            parts.append(f"{name} ({show_range(known)})" if known else name)
            sets.append(f"--set {name}={_example(known)}")
            guess = nearest(name, known_names)
            if guess and not known:
                helps.append(f"{name} is not defined; did you mean {guess}?")
            elif name in self.meant and not known:
                helps.append(f"{name} is a name; write {self.meant[name]} if the argument is meant")
        first, *others = self.open.items()
        return report(
            "SHP114",
            f"the diagram is open: {', '.join(parts)} {'have' if others else 'has'} no value",
            first[1],
            label=f"{first[0]} is open",
            related=tuple(Related(span, f"{name} is open") for name, span in others),
            notes=("a diagram with open names describes a family of networks, of which one is to be chosen",),
            help=(*helps, f"close it with {' '.join(sets)}, or write let {first[0]} = … above it"),
        )


def _example(known: Open | None) -> int:
    """A value that closes an open name: 2 where the range allows it."""
    low = known.low if known and known.low is not None else 0
    high = known.high if known and known.high is not None else 2
    return max(low, min(2, high))


def show_range(known: Open) -> str:
    """A range in words."""
    if known.low is not None and known.high is not None:
        return f"{known.low} to {known.high}"
    if known.high is not None:
        return f"at most {known.high}"
    return f"{known.low} or more" if known.low is not None else "any number"

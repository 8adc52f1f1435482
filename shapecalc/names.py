"""What the names of a diagram stand for: `let`, ranges, values from outside, and which names are still open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from shapecalc import syntax
from shapecalc.arguments import Value, show
from shapecalc.diagnostics import Diagnostic, Findings, Related, Span, finding, nearest
from shapecalc.evaluate import Open, OpenName, Scope, evaluate, whole


class Names:
    """The global scope of a diagram, and every use of a name that has no value."""

    def __init__(self, diagram: syntax.Diagram, bindings: Mapping[str, Any]) -> None:
        self.diagram, self.bindings = diagram, dict(bindings)
        self.findings: list[Diagnostic] = []
        self.ranges: dict[str, Open] = {}
        self.open: dict[str, Span] = {}
        self.scope: dict[str, Any] = {}
        """Names from `let`, then those given from outside, which win."""
        lets = (*diagram.settings.lets, *(s for s in diagram.statements if isinstance(s, syntax.Let)))
        for bound in diagram.statements:
            if isinstance(bound, syntax.Bound):
                self._range(Open(bound.name, bound.low, bound.high))
        for let in lets:
            self._let(let)
        self.scope.update(self.bindings)

    def note(self, problem: OpenName) -> None:
        """Remembers the first place where an open name is needed."""
        self.open.setdefault(problem.name, problem.span)

    def value(self, expression: syntax.Expression, scope: Scope) -> Value:
        """The value of an expression; 1 where it is open or wrong, which is remembered."""
        try:
            return evaluate(expression, scope)
        except OpenName as problem:
            self.note(problem)
        except Findings as problem:
            self.findings.extend(problem.diagnostics)
        return 1

    def argument(self, expression: syntax.Expression, scope: Scope) -> Value | Open:
        """The value of an expression under another name; an open one stays open, and is remembered."""
        try:
            return evaluate(expression, scope)
        except OpenName as problem:
            self.note(problem)
            return Open(problem.name)
        except Findings as problem:
            self.findings.extend(problem.diagnostics)
        return 1

    def count(self, expression: syntax.Expression, scope: Scope) -> int:
        """How often a part stands; 1 where that is open or wrong, which is remembered."""
        try:
            count = whole(expression, scope)
        except OpenName as problem:
            self.note(problem)
            return 1
        except Findings as problem:
            self.findings.extend(problem.diagnostics)
            return 1
        if count < 0:
            self.findings.append(finding("SHP103", f"a part cannot stand {count} times", expression.span))
            return 0
        return count

    def close(self) -> tuple[Diagnostic, ...]:
        """Notes values from outside that nothing uses; returns SHP114 when names are open."""
        self.findings.extend(self._unused())
        return (self._open_diagram(),) if self.open else ()

    def _let(self, let: syntax.Let) -> None:
        scope = {**self.scope, **self.bindings}
        try:
            if isinstance(let.value, syntax.Range):
                low = None if let.value.low is None else whole(let.value.low, scope)
                high = None if let.value.high is None else whole(let.value.high, scope)
                self.scope[let.name] = Open(let.name, low, high)
                self._range(self.scope[let.name])
            else:
                self.scope[let.name] = evaluate(let.value, scope)
        except OpenName as problem:
            self.scope[let.name] = Open(let.name)
            if let.name not in self.bindings:
                self.note(problem)
        except Findings as problem:
            self.findings.extend(problem.diagnostics)
            self.scope[let.name] = 1

    def _range(self, known: Open) -> None:
        """Takes note of a range and holds the value from outside against it; its nearest end stands for a wrong one."""
        name = known.name
        self.ranges[name] = known
        value = self.bindings.get(name)
        if not isinstance(value, int | Fraction):
            return
        ends = [end for end in (known.low, known.high) if end is not None]
        below = known.low is not None and value < known.low
        above = known.high is not None and value > known.high
        if below or above:
            self.bindings[name] = min(ends) if below else max(ends)
            places = (
                s.span
                for s in (*self.diagram.settings.lets, *self.diagram.statements)
                if isinstance(s, syntax.Let | syntax.Bound) and s.name == name
            )
            self.findings.append(
                finding(
                    "SHP118",
                    f"{name} = {show(value)} lies outside its range, {show_range(known)}",
                    next(places, (0, 0)),
                )
            )

    def _unused(self) -> Iterator[Diagnostic]:
        if not self.bindings:
            return
        names = set(self.ranges) | {let.name for let in self.diagram.settings.lets}
        names = names.union(*(names_in(statement) for statement in self.diagram.statements))
        for name in self.bindings:
            if name not in names:
                guess = nearest(name, sorted(names))
                yield finding(
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
        first, *others = self.open.items()
        return finding(
            "SHP114",
            f"the diagram is open: {', '.join(parts)} {'have' if others else 'has'} no value",
            first[1],
            label=f"{first[0]} is open",
            related=tuple(Related(span, f"{name} is open") for name, span in others),
            notes=("a diagram with open names describes a family of networks; a check needs one member of it",),
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


def names_in(part: Any) -> set[str]:
    """Every name that a part of the syntax tree mentions as a value."""
    names: set[str] = {part.name} if isinstance(part, syntax.Let | syntax.Bound) else set()
    stack: list[Any] = [part]
    while stack:
        thing = stack.pop()
        if isinstance(thing, syntax.Name):
            names.add(thing.name)
        elif isinstance(thing, tuple):
            stack += thing
        elif hasattr(thing, "__slots__"):
            stack += [getattr(thing, slot) for slot in thing.__slots__]
    return names

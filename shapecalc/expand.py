"""Syntax tree to graph: repeats written out, blocks inlined, branches and taps joined, every layer bound."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from shapecalc import syntax
from shapecalc.arguments import Sizes, Value, Word
from shapecalc.bind import Binder, Bound, Named, resolve, unknown_layer
from shapecalc.blocks import Blocks
from shapecalc.diagnostics import Diagnostic, Edit, Findings, Fix, Related, Span, finding, nearest
from shapecalc.evaluate import Open, OpenName, Scope, numbers
from shapecalc.finish import give_classes, give_names
from shapecalc.graph import Graph, Loop, Node
from shapecalc.layer import layer_types
from shapecalc.names import Names, names_in

MOST_LAYERS = 1_000_000
DEFAULT_CLASSES = 1000
DEEPEST = 120
"""How deep groups, branches and blocks may nest when they are followed."""


@dataclass(frozen=True)
class Options:
    """What the command line may fix about a diagram."""

    bindings: Mapping[str, int | Fraction | Sizes | Word] = field(default_factory=dict)
    """Values of open names, `--set N=3`."""
    input: Sizes | None = None
    classes: int | None = None
    optional: str | None = None
    """keep or drop."""
    most_layers: int = MOST_LAYERS


def expand(diagram: syntax.Diagram, options: Options | None = None) -> Graph:
    """The graph that a diagram describes.

    What is wrong with single layers is in the graph's diagnostics and leaves them unknown. Raises Findings where
    there is no graph to speak of: open names, a cycle of blocks, no INPUT, too many layers.
    """
    return _Expander(diagram, options or Options()).run()


class _Expander:
    def __init__(self, diagram: syntax.Diagram, options: Options) -> None:
        self.diagram, self.options, self.settings = diagram, options, diagram.settings
        self.findings: list[Diagnostic] = []
        self.names = Names(diagram, options.bindings)
        self.blocks = Blocks(diagram, self.names)
        self.binder = Binder(diagram.settings, self.names.scope)
        self.called_names: dict[int, list[str]] = {}
        self.calls: dict[tuple[int, tuple[Any, ...]], Bound] = {}
        self.nodes: list[Node] = []
        self.claims: list[tuple[int, syntax.Claim]] = []
        self.taps: dict[str, int] = {}
        self.tap_places: dict[str, tuple[Span, str]] = {}
        self.wanted_names: dict[int, str] = {}
        self.stack: list[str] = []
        """Names of the blocks that are being inlined."""
        self.loops: tuple[Loop, ...] = ()
        self.multiplier = 1
        self.depth = 0
        self.keep_optional = (options.optional or self.settings.optional or "keep") == "keep"

    def run(self) -> Graph:
        for statement in self.diagram.statements:
            if isinstance(statement, syntax.Chain):
                self.chain(statement, self.names.scope, None)
        for problem in self.binder.open:
            self.names.note(problem)
        classes = self.options.classes or self._classes()
        open_names = self.names.close()
        if open_names:
            raise self._stop(*open_names)
        found = self._all_findings()
        if not self.nodes and not found:
            raise Findings(
                finding("SHP009", "there is no diagram here", help=("write one, such as INPUT => CONV => FC",))
            )
        give_classes(self.nodes, classes)
        give_names(self.nodes, self.wanted_names)
        return Graph(tuple(self.nodes), tuple(self.claims), self.settings, found)

    def _classes(self) -> int:
        if self.settings.classes is None:
            return DEFAULT_CLASSES
        return max(1, self.names.count(self.settings.classes, self.names.scope))

    def _all_findings(self) -> tuple[Diagnostic, ...]:
        """What every part has found so far, each thing once."""
        parts = (self.names.findings, self.blocks.findings, self.binder.findings, self.findings)
        return tuple(dict.fromkeys(d for part in parts for d in part))

    def _stop(self, *diagnostics: Diagnostic) -> Findings:
        """Where no graph can be made: everything found so far, and why it ends here."""
        return Findings(*self._all_findings(), *diagnostics)

    # --- chains -------------------------------------------------------------------------------

    def chain(self, chain: syntax.Chain, scope: Scope, current: int | None) -> int | None:
        for item in chain.items:
            current = self.item(item, scope, current)
        return current

    def item(self, item: syntax.Item, scope: Scope, current: int | None) -> int | None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Findings(
                finding("SHP012", f"blocks, groups and branches nest more than {DEEPEST} levels deep", item.span)
            )
        try:
            return self._item(item, scope, current)
        finally:
            self.depth -= 1

    def _item(self, item: syntax.Item, scope: Scope, current: int | None) -> int | None:
        match item:
            case syntax.Call():
                return self._call(item, scope, current)
            case syntax.Group(chain):
                return self.chain(chain, scope, current)
            case syntax.Repeat():
                return self._repeat(item, scope, current)
            case syntax.Comprehension():
                return self._comprehension(item, scope, current)
            case syntax.Optional(inner):
                return self.item(inner, scope, current) if self.keep_optional else current
            case syntax.Named(inner):
                current = self.item(inner, scope, current)
                self._tap(item, current)
                return current
            case syntax.Claimed():
                return self._claimed(item, scope, current)
            case syntax.Branch():
                return self._branch(item, scope, current)
            case syntax.Tap():
                return self._from_tap(item, current)

    def _claimed(self, item: syntax.Claimed, scope: Scope, current: int | None) -> int | None:
        inner, claims = item.item, item.claims
        if isinstance(inner, syntax.Call) and not inner.arguments and claims[0].key == "volume":
            named = resolve(inner.name) if self.blocks.find(inner.name) is None else None
            if named and named.type.starts:
                # `INPUT: [32x32x3]` gives the size rather than claiming it.
                sizes = tuple(int(n) for n in re.split(r"\s*[xX×]\s*", claims[0].text))
                literal = syntax.SizeLiteral(sizes, claims[0].span)
                inner = replace(inner, arguments=(syntax.Argument(None, literal, literal.span),))
                claims = claims[1:]
        before = len(self.nodes)
        current = self.item(inner, scope, current)
        if current is not None and len(self.nodes) > before:
            self.claims.extend((current, claim) for claim in claims)
        return current

    def _call(self, call: syntax.Call, scope: Scope, current: int | None) -> int | None:
        block = None if call.short else self.blocks.find(call.name)
        if block is not None:
            return self._block(block, call, scope, current)
        named = resolve(call.name, call.short)
        if named is None:
            self.findings.append(unknown_layer(call.name, call.name_span, list(self.blocks.known)))
            return self._add(call.name.upper(), Bound(None, call.name, (), ()), current, call.span)
        if named.type.merges:
            self._complain(
                "SHP119",
                f"{named.type.kind} joins branches, and none are written",
                call.span,
                help=(f"write {named.type.kind}[ first | second ], where an empty branch is the identity",),
            )
            return self._add(named.type.kind, Bound(None, named.type.kind, (), ()), current, call.span)
        if named.type.starts:
            return self._input(named, call, scope, current)
        bound = self._bound(named, call, scope)
        return self._add(named.type.kind, bound, current, call.span, literal=_is_literal(call, scope))

    def _bound(self, named: Named, call: syntax.Call, scope: Scope) -> Bound:
        """The layer of a call; the same object wherever the same call has the same values."""
        names = self.called_names.get(id(call))
        if names is None:
            names = self.called_names[id(call)] = sorted(names_in(call.arguments))
        key = (id(call), tuple(scope.get(name) for name in names))
        found = self.calls.get(key)
        if found is None:
            try:
                found = self.binder.bind(named, call, scope)
            except Findings as problem:
                self.findings.extend(problem.diagnostics)
                found = Bound(None, call.name, (), ())
            self.calls[key] = found
        return found

    def _input(self, named: Named, call: syntax.Call, scope: Scope, current: int | None) -> int | None:
        if current is not None:
            self._complain(
                "SHP115",
                f"{named.type.kind} stands behind {self.nodes[current].text}, and a network begins with it",
                call.span,
                help=("begin a new chain with it, or start a branch with it",),
            )
        bound = self._bound(named, call, scope)
        literal = _is_literal(call, scope)
        given = self.options.input or (None if call.arguments else self._settings_input())
        if given is not None and bound.layer is not None:
            size = syntax.SizeLiteral(tuple(given), call.span)
            again = replace(call, arguments=(syntax.Argument(None, size, call.span),))
            bound = self.binder.bind(named, again, scope)
            literal = False
        return self._add(named.type.kind, bound, None, call.span, literal=literal)

    def _settings_input(self) -> Sizes | None:
        return Sizes(self.settings.input.sizes) if self.settings.input else None

    def _implied_input(self, span: Span) -> int:
        """The INPUT of a chain that has none, if its size is known. Raises Findings SHP110."""
        given = self.options.input or self._settings_input()
        if given is None:
            raise self._stop(
                finding(
                    "SHP110",
                    "the diagram has no INPUT, so there is no size to begin with",
                    span,
                    label="INPUT(width x height x depth) is expected before this",
                    help=("begin with INPUT(224x224x3) =>, or give --input 224x224x3",),
                    fixes=(Fix("begin with an INPUT", (Edit((span[0], span[0]), "INPUT(224x224x3) => "),)),),
                ),
            )
        named = resolve("INPUT")
        assert named is not None
        literal = syntax.SizeLiteral(tuple(given), span)
        call = syntax.Call("INPUT", (syntax.Argument(None, literal, span),), span, span)
        return self._add(named.type.kind, self.binder.bind(named, call, {}), None, span)

    def _add(
        self,
        kind: str,
        bound: Bound,
        current: int | None,
        span: Span,
        inputs: tuple[int, ...] = (),
        *,
        literal: bool = False,
    ) -> int:
        starts = bound.layer is not None and bound.layer.starts
        if current is None and not inputs and not starts and kind not in _STARTERS:
            current = self._implied_input(span)
        if len(self.nodes) + self.multiplier > self.options.most_layers:
            raise Findings(
                finding(
                    "SHP109",
                    f"the diagram has more than {self.options.most_layers:,} layers",
                    span,
                    label=f"this one alone stands {self.multiplier:,} times" if self.multiplier > 1 else "",
                    help=("check the counts, or allow more with --max-layers",),
                )
            )
        index = len(self.nodes)
        if not inputs and current is not None and not starts:
            inputs = (current,)
        self.nodes.append(
            Node(
                index,
                kind,
                bound.layer,
                inputs,
                bound.text,
                span,
                tuple(self.stack),
                self.loops,
                bound.assumed,
                literal=literal and not self.stack and not self.loops,
            )
        )
        return index

    # --- repeats ------------------------------------------------------------------------------

    def _repeat(self, item: syntax.Repeat, scope: Scope, current: int | None) -> int | None:
        count = self.names.count(item.count, scope)
        outer, multiplier = self.loops, self.multiplier
        for turn in range(1, count + 1):
            before = len(self.nodes)
            self.loops = (*outer, Loop(item.span[0], turn, count))
            # While the first turn is written out, each of its layers stands for all turns: too many are
            # refused before they are made.
            self.multiplier = multiplier * count if turn == 1 else multiplier
            current = self.item(item.item, scope, current)
            if len(self.nodes) == before:
                break
        self.loops, self.multiplier = outer, multiplier
        return current

    def _comprehension(self, item: syntax.Comprehension, scope: Scope, current: int | None) -> int | None:
        turns = self._turns(item, scope)
        outer = self.loops
        for turn, values in enumerate(turns, 1):
            inner = {**scope, **values}
            self.loops = (*outer, Loop(item.span[0], turn, len(turns)))
            current = self.chain(item.chain, inner, current)
        self.loops = outer
        return current

    def _turns(self, item: syntax.Comprehension, scope: Scope) -> list[dict[str, Any]]:
        """What the names of a comprehension stand for, turn by turn."""
        turns: list[dict[str, Any]] = []
        for expression in item.values:
            for value in self._turn_values(expression, scope):
                parts = value if isinstance(value, tuple) and not isinstance(value, Sizes) else (value,)
                if len(parts) == len(item.names):
                    turns.append(dict(zip(item.names, parts, strict=True)))
                    continue
                self._complain(
                    "SHP103",
                    f"{len(item.names)} names ({', '.join(item.names)}) are given {len(parts)} values",
                    expression.span,
                    label=f"expected {len(item.names)} values, found {len(parts)}",
                )
        return turns

    def _turn_values(self, expression: syntax.Expression, scope: Scope) -> Sequence[Value | Open]:
        if not isinstance(expression, syntax.Range):
            return (self.names.argument(expression, scope),)
        try:
            span = numbers(expression, scope)
        except OpenName as problem:
            self.names.note(problem)
            return ()
        except Findings as problem:
            self.findings.extend(problem.diagnostics)
            return ()
        if len(span) > self.options.most_layers:
            raise self._stop(
                finding("SHP109", f"{len(span):,} turns are more than there may be layers", expression.span)
            )
        return span

    # --- blocks, branches, taps ---------------------------------------------------------------

    def _block(self, block: syntax.Block, call: syntax.Call, scope: Scope, current: int | None) -> int | None:
        name = block.name.lower()
        if name in self.stack:
            cycle = " → ".join([*self.stack[self.stack.index(name) :], name])
            raise self._stop(
                finding(
                    "SHP113",
                    f"blocks cannot contain themselves: {cycle}",
                    call.span,
                    label="this closes the cycle",
                ),
            )
        inner = self.blocks.scope(block, call, scope)
        self.stack.append(name)
        current = self.chain(block.body, inner, current)
        self.stack.pop()
        return current

    def _branch(self, branch: syntax.Branch, scope: Scope, current: int | None) -> int | None:
        named = resolve(branch.name)
        if named is None or not named.type.merges:
            self.findings.append(unknown_layer(branch.name, branch.name_span, []))
            return self._add(branch.name.upper(), Bound(None, branch.name, (), ()), current, branch.name_span)
        if len(branch.chains) < 2:
            self._complain(
                "SHP119",
                f"{named.type.kind} joins branches, and there is only one",
                branch.span,
                help=(f"separate them with |: {named.type.kind}[ first | second ]",),
            )
        if current is None and any(not chain.items for chain in branch.chains):
            current = self._implied_input(branch.span)
        ends = [self.chain(chain, scope, current) for chain in branch.chains]
        inputs = tuple(end for end in ends if end is not None)
        bound = Bound(named.type(), named.shown, (), ())
        return self._add(named.type.kind, bound, None, branch.name_span, inputs or (self._implied_input(branch.span),))

    def _tap(self, item: syntax.Named, current: int | None) -> None:
        if current is None:
            self._complain("SHP111", f"there is nothing yet that could be called {item.name}", item.name_span)
            return
        within = self.stack[-1] if self.stack else ""
        place = self.tap_places.setdefault(item.name, (item.name_span, within))
        if place[0] != item.name_span and place[1] == within:
            self._complain(
                "SHP112",
                f"two points are called {item.name}",
                item.name_span,
                related=(Related(place[0], "first used here"),),
            )
        self.tap_places[item.name] = (item.name_span, within)
        self.taps[item.name] = current
        self.wanted_names.setdefault(current, item.name)

    def _from_tap(self, tap: syntax.Tap, current: int | None) -> int | None:
        if tap.name not in self.taps:
            guess = nearest(tap.name, list(self.taps))
            raise self._stop(
                finding(
                    "SHP111",
                    f"no point before this is called {tap.name}",
                    tap.span,
                    label=f"did you mean @{guess}?" if guess else "not named before",
                    help=(f"name a point with `as {tap.name}` behind the layer",),
                ),
            )
        return self.taps[tap.name]

    def _complain(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.findings.append(finding(code, message, span, **more))


_STARTERS = frozenset(kind for kind, layer in layer_types().items() if layer.starts)


def _is_literal(call: syntax.Call, scope: Scope) -> bool:
    """Whether the place of a call holds all of it, with no name in it that stands for a value."""
    values = [argument.value for argument in call.arguments]
    inside = all(call.span[0] <= v.span[0] and v.span[1] <= call.span[1] for v in values)
    return inside and not (scope and names_in(call.arguments) & scope.keys())

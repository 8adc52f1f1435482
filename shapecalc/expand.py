"""Syntax tree to graph: repeats written out, blocks inlined, branches and taps joined, every layer bound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from shapecalc import syntax
from shapecalc.bind import Binder, Bound, Named, resolve, unknown_layer
from shapecalc.diagnostics import Diagnostic, Edit, Findings, Fix, Related, Span, finding, nearest
from shapecalc.evaluate import Open, OpenName, Scope, evaluate, numbers, whole
from shapecalc.graph import Graph, Loop, Node
from shapecalc.layer import Sizes, Value, Word, layer_names, layer_types, show

MOST_LAYERS = 1_000_000
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
        self.nodes: list[Node] = []
        self.claims: list[tuple[int, syntax.Claim]] = []
        self.blocks: dict[str, syntax.Block] = {}
        self.taps: dict[str, int] = {}
        self.tap_places: dict[str, tuple[Span, str]] = {}
        self.wanted_names: dict[int, str] = {}
        self.open: dict[str, list[Span]] = {}
        self.ranges: dict[str, Open] = {}
        self.used: set[str] = set()
        self.calls: dict[tuple[int, tuple[Any, ...]], Bound] = {}
        self.stack: list[str] = []
        self.loops: tuple[Loop, ...] = ()
        self.multiplier = 1
        self.depth = 0
        self.keep_optional = (options.optional or self.settings.optional or "keep") == "keep"

    # --- the whole diagram --------------------------------------------------------------------

    def run(self) -> Graph:
        chains = [s for s in self.diagram.statements if isinstance(s, syntax.Chain)]
        self._declare_blocks()
        scope = self._global_scope()
        self.binder = Binder(self.settings, scope)
        for chain in chains:
            self.chain(chain, scope, None)
        self._close(scope)
        if not self.nodes and not self.findings:
            raise Findings(
                finding(
                    "SHP009", "there is no diagram here", help=("write one, such as INPUT => CONV => FC",)
                )
            )
        self._last_classes()
        self._name_nodes()
        return Graph(tuple(self.nodes), tuple(self.claims), self.settings, tuple(self.findings))

    def _declare_blocks(self) -> None:
        for block in self.diagram.statements:
            if not isinstance(block, syntax.Block):
                continue
            name = block.name.lower()
            if name in self.blocks:
                earlier = Related(self.blocks[name].name_span, "first defined here")
                self._complain(
                    "SHP112", f"the block {block.name} is defined twice", block.name_span, related=(earlier,)
                )
            if block.name.upper() in layer_names():
                self._complain(
                    "SHP112",
                    f"{block.name} is the name of a layer, and a block cannot have it too",
                    block.name_span,
                    help=(f"call the block {block.name.lower()}_block, say",),
                )
            self.blocks[name] = block

    def _global_scope(self) -> dict[str, Any]:
        scope: dict[str, Any] = {}
        for statement in self.diagram.statements:
            if isinstance(statement, syntax.Bound):
                self.ranges[statement.name] = Open(statement.name, statement.low, statement.high)
        for let in (*self.settings.lets, *(s for s in self.diagram.statements if isinstance(s, syntax.Let))):
            self._let(let, scope)
        for name, value in self.options.bindings.items():
            self._hold_range(name, value)
            scope[name] = value
        return scope

    def _let(self, let: syntax.Let, scope: dict[str, Any]) -> None:
        try:
            if isinstance(let.value, syntax.Range):
                low = None if let.value.low is None else whole(let.value.low, scope)
                high = None if let.value.high is None else whole(let.value.high, scope)
                self.ranges[let.name] = scope[let.name] = Open(let.name, low, high)
                return
            scope[let.name] = evaluate(let.value, {**scope, **self.options.bindings})
        except OpenName as name:
            if let.name not in self.options.bindings:
                scope[let.name] = Open(let.name)
                self._note_open(name)
        except Findings as problem:
            self.findings.extend(problem.diagnostics)
            scope[let.name] = 1

    def _hold_range(self, name: str, value: Any) -> None:
        known = self.ranges.get(name)
        if known is None:
            return
        below = known.low is not None and value < known.low
        above = known.high is not None and value > known.high
        if below or above:
            span = next(
                (s.span for s in (*self.settings.lets, *self.diagram.statements)
                 if isinstance(s, syntax.Let | syntax.Bound) and s.name == name), (0, 0)
            )  # fmt: skip
            self._complain("SHP118", f"{name} = {show(value)} lies outside its range, {_range(known)}", span)

    def _close(self, scope: Scope) -> None:
        """Raises Findings when names are still open, or when something the user set is not used."""
        for problem in self.binder.open:
            self._note_open(problem)
        self.findings = [*self.binder.findings, *self.findings]
        self.findings.extend(self._unused_bindings(scope))
        if self.open:
            raise Findings(*self.findings, self._open_diagram(scope))
        unique = dict.fromkeys(self.findings)
        self.findings = list(unique)

    def _unused_bindings(self, scope: Scope) -> Iterator[Diagnostic]:
        names = set(self.ranges) | {x.name for x in self.settings.lets}
        for statement in self.diagram.statements:
            names |= _names_in(statement)
        for name in self.options.bindings:
            if name not in names:
                guess = nearest(name, sorted(names))
                yield finding(
                    "SHP107",
                    f"the diagram has no name {name} that could be set",
                    help=(f"did you mean {guess}?",) if guess else (),
                )

    def _open_diagram(self, scope: Scope) -> Diagnostic:
        parts, sets, related, helps = [], [], [], []
        for name, spans in self.open.items():
            known = self.ranges.get(name)
            parts.append(f"{name} ({_range(known)})" if known else name)
            low = known.low if known and known.low is not None else 1
            sets.append(
                f"--set {name}={max(low, min(known.high, 2) if known and known.high is not None else 2)}"
            )
            related.append(Related(spans[0], f"{name} is open"))
            guess = nearest(name, [n for n, v in scope.items() if n != name and not isinstance(v, Open)])
            if guess and not known:
                helps.append(f"{name} is not defined; did you mean {guess}?")
        many = len(parts) > 1
        return finding(
            "SHP114",
            f"the diagram is open: {', '.join(parts)} {'have' if many else 'has'} no value",
            next(iter(self.open.values()))[0],
            label="open here",
            related=tuple(related[1:]),
            notes=(
                "a diagram with open names describes a family of networks; a check needs one member of it",
            ),
            help=(
                *helps,
                f"close it with {' '.join(sets)}, or write let {next(iter(self.open))} = … above it",
            ),
        )

    def _note_open(self, problem: OpenName) -> None:
        self.open.setdefault(problem.name, []).append(problem.span)

    # --- chains -------------------------------------------------------------------------------

    def chain(self, chain: syntax.Chain, scope: Scope, current: int | None) -> int | None:
        for item in chain.items:
            current = self.item(item, scope, current)
        return current

    def item(self, item: syntax.Item, scope: Scope, current: int | None) -> int | None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Findings(
                finding(
                    "SHP012", f"blocks, groups and branches nest more than {DEEPEST} levels deep", item.span
                )
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
            named = resolve(inner.name) if inner.name.lower() not in self.blocks else None
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
        block = None if call.short else self.blocks.get(call.name.lower())
        if block is not None:
            return self._block(block, call, scope, current)
        named = resolve(call.name, call.short)
        if named is None:
            self.findings.append(unknown_layer(call.name, call.name_span, list(self.blocks)))
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
        return self._add(named.type.kind, self._bound(named, call, scope), current, call.span)

    def _bound(self, named: Named, call: syntax.Call, scope: Scope) -> Bound:
        """The layer of a call; the same object wherever the same call has the same values."""
        names = _names_of(call)
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
        given = self.options.input or (None if call.arguments else self._settings_input())
        if given is not None and bound.layer is not None:
            size = syntax.SizeLiteral(tuple(given), call.span)
            again = replace(call, arguments=(syntax.Argument(None, size, call.span),))
            bound = self.binder.bind(named, again, scope)
        return self._add(named.type.kind, bound, None, call.span)

    def _settings_input(self) -> Sizes | None:
        return Sizes(self.settings.input.sizes) if self.settings.input else None

    def _implied_input(self, span: Span) -> int:
        """The INPUT of a chain that has none, if its size is known. Raises Findings SHP110."""
        given = self.options.input or self._settings_input()
        if given is None:
            raise Findings(
                *self.findings,
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
        self, kind: str, bound: Bound, current: int | None, span: Span, inputs: tuple[int, ...] = ()
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
            )
        )
        return index

    # --- repeats ------------------------------------------------------------------------------

    def _count(self, expression: syntax.Expression, scope: Scope) -> int:
        try:
            count = whole(expression, scope)
        except OpenName as name:
            self._note_open(name)
            return 1
        except Findings as problem:
            self.findings.extend(problem.diagnostics)
            return 1
        if count < 0:
            self._complain("SHP103", f"a part cannot stand {count} times", expression.span)
            return 0
        return count

    def _repeat(self, item: syntax.Repeat, scope: Scope, current: int | None) -> int | None:
        count = self._count(item.count, scope)
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
        values = self._values(item, scope)
        outer = self.loops
        for turn, value in enumerate(values, 1):
            inner = {**scope, **value}
            self.loops = (*outer, Loop(item.span[0], turn, len(values)))
            current = self.chain(item.chain, inner, current)
        self.loops = outer
        return current

    def _values(self, item: syntax.Comprehension, scope: Scope) -> list[dict[str, Any]]:
        """What the names of a comprehension stand for, turn by turn."""
        turns: list[Value] = []
        for expression in item.values:
            try:
                if isinstance(expression, syntax.Range):
                    span = numbers(expression, scope)
                    if len(span) > self.options.most_layers:
                        self._complain(
                            "SHP109",
                            f"{len(span):,} turns are more than there may be layers",
                            expression.span,
                        )
                        continue
                    turns.extend(span)
                else:
                    value = evaluate(expression, scope)
                    if isinstance(value, Word) and len(item.names) == 1 and value not in _WORDS:
                        raise OpenName(str(value), expression.span)
                    turns.append(value)
            except OpenName as name:
                self._note_open(name)
            except Findings as problem:
                self.findings.extend(problem.diagnostics)
        result = []
        for value, expression in zip(turns, _spread(item.values, len(turns)), strict=True):
            parts = value if isinstance(value, tuple) and not isinstance(value, Sizes) else (value,)
            if len(parts) != len(item.names):
                self._complain(
                    "SHP103",
                    f"{len(item.names)} names ({', '.join(item.names)}) take {len(parts)} values",
                    expression.span,
                    label=f"expected {len(item.names)} values, found {len(parts)}",
                )
                continue
            result.append(dict(zip(item.names, parts, strict=True)))
        return result

    # --- blocks, branches, taps ---------------------------------------------------------------

    def _block(self, block: syntax.Block, call: syntax.Call, scope: Scope, current: int | None) -> int | None:
        name = block.name.lower()
        if name in self.stack:
            cycle = " → ".join([*self.stack[self.stack.index(name) :], name])
            raise Findings(
                *self.findings,
                finding(
                    "SHP113",
                    f"blocks cannot contain themselves: {cycle}",
                    call.span,
                    label="this closes the cycle",
                ),
            )
        inner = self._block_scope(block, call, scope)
        self.stack.append(name)
        current = self.chain(block.body, inner, current)
        self.stack.pop()
        return current

    def _block_scope(self, block: syntax.Block, call: syntax.Call, scope: Scope) -> dict[str, Any]:
        inner = {k: v for k, v in scope.items() if k in self._globals(scope)}
        names = [p.name for p in block.parameters]
        given: dict[str, Any] = {}
        shown = f"{block.name.lower()}({', '.join(names)})"
        place = 0
        for argument in call.arguments:
            key = argument.name
            if key is None:
                key = names[place] if place < len(names) else None
                place += 1
            elif key not in names:
                guess = nearest(key, names)
                self._complain(
                    "SHP102",
                    f"the block {block.name} has no parameter called {key}",
                    argument.span,
                    label=f"did you mean {guess}?" if guess else "not a parameter of this block",
                    notes=(shown,),
                )
                continue
            if key is None:
                self._complain(
                    "SHP106",
                    f"the block {block.name} takes {len(names)} values, and more are given",
                    argument.span,
                    notes=(shown,),
                )
                break
            if key in given:
                self._complain(
                    "SHP104", f"the block {block.name} is given {key} twice", argument.span, notes=(shown,)
                )
            try:
                given[key] = evaluate(argument.value, scope)
            except OpenName as name:
                self._note_open(name)
                given[key] = 1
            except Findings as problem:
                self.findings.extend(problem.diagnostics)
                given[key] = 1
        for parameter in block.parameters:
            if parameter.name in given:
                inner[parameter.name] = given[parameter.name]
            elif parameter.default is not None:
                try:
                    inner[parameter.name] = evaluate(parameter.default, inner)
                except OpenName as name:
                    self._note_open(name)
                    inner[parameter.name] = 1
            else:
                self._complain(
                    "SHP105", f"the block {block.name} needs {parameter.name}", call.span, notes=(shown,)
                )
                inner[parameter.name] = 1
        return inner

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
        return self._add(
            named.type.kind, bound, None, branch.name_span, inputs or (self._implied_input(branch.span),)
        )

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
            raise Findings(
                *self.findings,
                finding(
                    "SHP111",
                    f"no point before this is called {tap.name}",
                    tap.span,
                    label=f"did you mean @{guess}?" if guess else "not named before",
                    help=(f"name a point with `as {tap.name}` behind the layer",),
                ),
            )
        return self.taps[tap.name]

    # --- once all nodes are there -------------------------------------------------------------

    def _last_classes(self) -> None:
        """Gives the last of the layers that take the number of classes that number, if it has none."""
        below = [False] * len(self.nodes)
        classes = self.options.classes or self._settings_classes() or 1000
        for node in reversed(self.nodes):
            layer = node.layer
            takes = next((a for a in layer.signature if a.classes), None) if layer else None
            if layer is not None and takes is not None:
                if not below[node.index] and takes.letter in node.assumed:
                    node.layer = type(layer)(**{**vars(layer), takes.field: classes})
                below[node.index] = True
            if below[node.index]:
                for source in node.inputs:
                    below[source] = True

    def _settings_classes(self) -> int | None:
        if self.settings.classes is None:
            return None
        return whole(self.settings.classes, self.options.bindings)

    def _name_nodes(self) -> None:
        """The names from the text, then kind and running number; names used more than once are numbered."""
        counts: dict[str, int] = {}
        for name in self.wanted_names.values():
            counts[name] = counts.get(name, 0) + 1
        taken: set[str] = set()
        seen: dict[str, int] = {}
        for index in sorted(self.wanted_names):
            name = self.wanted_names[index]
            if counts[name] > 1:
                seen[name] = seen.get(name, 0) + 1
                name = f"{name}_{seen[name]}"
            self.nodes[index].name = name
            taken.add(name)
        running: dict[str, int] = {}
        for node in self.nodes:
            kind = node.kind.lower()
            running[kind] = running.get(kind, 0) + 1
            if not node.name:
                while f"{kind}{running[kind]}" in taken:
                    running[kind] += 1
                node.name = f"{kind}{running[kind]}"

    def _globals(self, scope: Scope) -> set[str]:
        names = set(self.options.bindings) | {let.name for let in self.settings.lets}
        return names | {s.name for s in self.diagram.statements if isinstance(s, syntax.Let)}

    def _complain(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.findings.append(finding(code, message, span, **more))


_STARTERS = frozenset(kind for kind, layer in layer_types().items() if layer.starts)
_WORDS = frozenset(
    word
    for layer in layer_types().values()
    for argument in layer.signature
    for word in getattr(argument.convert, "words", ())
) | {"same", "same_lower", "valid", "full", "true", "false"}


def _spread(values: tuple[syntax.Expression, ...], count: int) -> list[syntax.Expression]:
    """One expression for each turn, for messages: a range stands for all of its numbers."""
    if len(values) == count:
        return list(values)
    return [values[0]] * count


def _range(known: Open) -> str:
    if known.low is not None and known.high is not None:
        return f"{known.low} to {known.high}"
    if known.high is not None:
        return f"at most {known.high}"
    return f"{known.low} or more" if known.low is not None else "any number"


def _names_of(call: syntax.Call) -> list[str]:
    names: list[str] = []
    stack: list[Any] = [argument.value for argument in call.arguments]
    while stack:
        match stack.pop():
            case syntax.Name(name):
                names.append(name)
            case syntax.Unary(operand):
                stack.append(operand)
            case syntax.Binary(_, left, right):
                stack += (left, right)
            case syntax.Tuple(items):
                stack += items
    return names


def _names_in(statement: Any) -> set[str]:
    """Every name that a part of the tree mentions."""
    names: set[str] = set()
    stack: list[Any] = [statement]
    while stack:
        thing = stack.pop()
        if isinstance(thing, syntax.Name):
            names.add(thing.name)
        elif isinstance(thing, tuple):
            stack += thing
        elif hasattr(thing, "__slots__"):
            stack += [getattr(thing, slot) for slot in thing.__slots__]
    if isinstance(statement, syntax.Let | syntax.Bound):
        names.add(statement.name)
    return names

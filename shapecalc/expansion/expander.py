"""Syntax tree to graph: repeats written out, blocks inlined, branches and taps joined, every layer bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from shapecalc.core.parameters import Sizes, Word
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Span, report
from shapecalc.expansion.bind import Binder, BoundLayer
from shapecalc.expansion.blocks import Blocks
from shapecalc.expansion.call_cache import Calls
from shapecalc.expansion.errors import no_chain, no_input, nothing_left, too_many, unknown_layer, wrong_rank
from shapecalc.expansion.evaluate import Scope
from shapecalc.expansion.free_names import free_names
from shapecalc.expansion.iterations import iterations
from shapecalc.expansion.minimum_size import Fewest
from shapecalc.expansion.naming import give_classes, give_names
from shapecalc.expansion.scope import Names
from shapecalc.expansion.suggestions import joined
from shapecalc.expansion.taps import Taps
from shapecalc.language import syntax
from shapecalc.passes.claims import VOLUME_KEYS, claimed_sizes
from shapecalc.passes.graph import Graph, Loop, Node
from shapecalc.registry import NamedType, layer_types, resolve

MOST_LAYERS = 1_000_000
DEFAULT_CLASSES = 1000
DEEPEST = 120
"""How deep groups, branches and blocks may nest when they are followed."""
IDLE_STEPS = 30_000
"""How many items may be visited beyond those that layers explain: what makes no layer ends too."""
STEPS_A_LAYER = 20


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
        self.diagnostics: list[Diagnostic] = []
        self.names = Names(diagram, options.bindings)
        self.blocks = Blocks(diagram, self.names)
        self.binder = Binder(diagram.settings, self.names.scope)
        self.calls = Calls(self.binder, tuple(self.blocks.known))
        self.nodes: list[Node] = []
        self.claims: list[tuple[int, syntax.Claim]] = []
        self.taps = Taps()
        self.wanted_names: dict[int, str] = {}
        self.stack: list[str] = []
        """Names of the blocks that are being inlined."""
        self.loops: tuple[Loop, ...] = ()
        self.multiplier = 1
        self.constant: dict[int, bool] = {}
        self.depth = self.steps = 0
        self.begins = True
        """Whether nothing stands yet in front, in this chain of the diagram or of a branch."""
        self.keep_optional = (options.optional or self.settings.optional or "keep") == "keep"

    def run(self) -> Graph:
        if not any(isinstance(statement, syntax.Chain) for statement in self.diagram.statements):
            raise Diagnosed(
                *(d for d in self._all_diagnostics() if d.code != "SHP120"), no_chain(self.diagram.statements)
            )
        try:
            self._follow()
        except Diagnosed as problem:
            raise Diagnosed(*dict.fromkeys((*self._all_diagnostics(), *problem.diagnostics))) from None
        found = self._all_diagnostics()
        if not self.nodes and not any(problem.severity == "error" for problem in found):
            raise Diagnosed(*found, *nothing_left(self.diagram.statements))
        give_names(self.nodes, self.wanted_names)
        return Graph(tuple(self.nodes), tuple(self.claims), self.settings, found)

    def _follow(self) -> None:
        """Makes the nodes of every chain. Raises Findings where that has no end, or names are open."""
        fewest = Fewest(self.blocks, self.names.scope, optional=self.keep_optional)
        for statement in self.diagram.statements:
            if isinstance(statement, syntax.Chain):
                fewest.hold(statement, self.options.most_layers)
                self.begins = True
                self.chain(statement, self.names.scope, None)
        for problem in self.binder.open:
            self.names.note(problem)
        classes = self.options.classes or self._classes()
        open_names = self.names.close()
        if open_names and "let" not in self.settings.lost:
            raise Diagnosed(*open_names)
        give_classes(self.nodes, classes)

    def _classes(self) -> int:
        if self.settings.classes is None:
            return DEFAULT_CLASSES
        classes = self.names.whole(self.settings.classes, self.names.scope)
        if classes < 1:
            message = f"a network has at least 1 class, and this is {classes}"
            self._report("SHP118", message, self.settings.classes.span)
        return max(1, classes)

    def _all_diagnostics(self) -> tuple[Diagnostic, ...]:
        """What every part has found so far, each thing once."""
        parts = (
            self.names.diagnostics,
            self.blocks.diagnostics,
            self.binder.diagnostics,
            self.calls.diagnostics,
            self.diagnostics,
        )
        return tuple(dict.fromkeys(d for part in parts for d in part))

    # --- chains -------------------------------------------------------------------------------

    def chain(self, chain: syntax.Chain, scope: Scope, current: int | None) -> int | None:
        for item in chain.items:
            current = self.item(item, scope, current)
        return current

    def item(self, item: syntax.Item, scope: Scope, current: int | None) -> int | None:
        self.depth += 1
        self.steps += 1
        if self.steps > IDLE_STEPS + STEPS_A_LAYER * len(self.nodes):
            message = f"the repeats and blocks around this part take more than {IDLE_STEPS:,} steps that make no layer"
            raise Diagnosed(report("SHP109", message, item.span, help=("check the counts around it",)))
        if self.depth > DEEPEST:
            raise Diagnosed(
                report("SHP012", f"blocks, groups and branches nest more than {DEEPEST} levels deep", item.span)
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
        if isinstance(inner, syntax.Optional) and not self.keep_optional:
            return current
        sizes = claimed_sizes(claims[0]) if self._is_bare_input(inner) else None
        if sizes and isinstance(inner, syntax.Call):
            # `INPUT: [32x32x3]` gives the size rather than claiming it.
            literal = syntax.SizeLiteral(sizes, claims[0].span)
            inner = replace(inner, arguments=(syntax.Argument(None, literal, literal.span),))
            claims = claims[1:]
        before = len(self.nodes)
        current = self.item(inner, scope, current)
        if current is not None:
            # Where no layer was made there still is a volume, and there are no figures.
            made = len(self.nodes) > before or isinstance(inner, syntax.Tap)
            self.claims.extend((current, c) for c in claims if made or c.key.lower() in VOLUME_KEYS)
        return current

    def _is_bare_input(self, item: syntax.Item) -> bool:
        if not isinstance(item, syntax.Call) or item.arguments or self.blocks.find(item.name):
            return False
        named = resolve(item.name, item.short)
        return named is not None and named.type.starts

    def _call(self, call: syntax.Call, scope: Scope, current: int | None) -> int | None:
        block = None if call.short else self.blocks.find(call.name)
        if block is not None:
            return self._block(block, call, scope, current)
        named = resolve(call.name, call.short)
        if named is None:
            return self._add(call.name.upper(), self.calls.unknown(call), current, call.span)
        if named.type.merges:
            first_and_second = f"{named.type.kind}[ first | second ], where an empty branch is the identity"
            self._report(
                "SHP119",
                f"{named.type.kind} joins branches, and none are written",
                call.span,
                help=(f"write {joined(call) or first_and_second}",),
            )
            return self._add(named.type.kind, BoundLayer(None, named.type.kind), current, call.span)
        if named.type.starts:
            return self._input(named, call, scope, current)
        bound = self.calls.bound(named, call, scope)
        return self._add(
            named.type.kind, bound, current, call.span, call=call, literal=self.calls.is_literal(call, scope)
        )

    def _input(self, named: NamedType, call: syntax.Call, scope: Scope, current: int | None) -> int | None:
        if not self.begins:
            self._report(
                "SHP115",
                f"{named.type.kind} stands behind {self._shown(current)}, and a network begins with it",
                call.span,
                help=("begin a new chain with it, or start a branch with it",),
            )
        bound = self.calls.bound(named, call, scope)
        if not call.arguments and not self.options.input and "input" in self.settings.lost:
            bound = BoundLayer(None, bound.text)
        literal = self.calls.is_literal(call, scope)
        given = self.options.input or (None if call.arguments else self._settings_input())
        if given is not None and bound.layer is not None:
            if call.arguments and (refused := list(wrong_rank(bound.layer, given, call.span))):
                self.diagnostics += refused
                return self._add(named.type.kind, BoundLayer(None, bound.text), None, call.span)
            size = syntax.SizeLiteral(tuple(given), call.span)
            again = replace(call, arguments=(syntax.Argument(None, size, call.span),))
            bound = self.binder.bind(named, again, scope)
            literal = False
        return self._add(named.type.kind, bound, None, call.span, call=call, literal=literal)

    def _settings_input(self) -> Sizes | None:
        return Sizes(self.settings.input.sizes) if self.settings.input else None

    def _implied_input(self, span: Span) -> int:
        """The INPUT of a chain that has none, if its size is known. Raises Findings SHP110."""
        given = self.options.input or self._settings_input()
        if given is None and "input" in self.settings.lost:
            return self._add("INPUT", BoundLayer(None, "INPUT"), None, span)
        if given is None:
            raise Diagnosed(no_input(span))
        named = resolve("INPUT")
        assert named is not None
        literal = syntax.SizeLiteral(tuple(given), span)
        call = syntax.Call("INPUT", (syntax.Argument(None, literal, span),), span, span)
        return self._add(named.type.kind, self.binder.bind(named, call, {}), None, span)

    def _add(
        self,
        kind: str,
        bound: BoundLayer,
        current: int | None,
        span: Span,
        inputs: tuple[int, ...] = (),
        *,
        call: syntax.Call | None = None,
        literal: bool = False,
    ) -> int:
        starts = bound.layer is not None and bound.layer.starts
        if current is None and not inputs and not starts and kind not in _STARTERS:
            current = self._implied_input(span)
        if len(self.nodes) + self.multiplier > self.options.most_layers:
            stands = f"this one alone stands {self.multiplier:,} times" if self.multiplier > 1 else ""
            raise Diagnosed(too_many(self.options.most_layers, span, stands))
        self.begins = False
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
                call=call,
                literal=literal and not self.stack and not self.loops,
            )
        )
        return index

    # --- repeats ------------------------------------------------------------------------------

    def _repeat(self, item: syntax.Repeat, scope: Scope, current: int | None) -> int | None:
        count = self.names.count(item.count, scope)
        outer, multiplier = self.loops, self.multiplier
        for iteration in range(1, count + 1):
            before = len(self.nodes)
            self.loops = (*outer, Loop(item.span[0], iteration, count))
            # While the first turn is written out, each of its layers stands for all turns: too many are
            # refused before they are made.
            self.multiplier = multiplier * count if iteration == 1 else multiplier
            current = self.item(item.item, scope, current)
            if len(self.nodes) == before:
                break
        self.loops, self.multiplier = outer, multiplier
        return current

    def _comprehension(self, item: syntax.Comprehension, scope: Scope, current: int | None) -> int | None:
        count, found = iterations(item, scope, self.names, self.options.most_layers)
        outer, inner = self.loops, dict(scope)
        for iteration, values in enumerate(found, 1):
            before = len(self.nodes)
            inner.update(values)
            self.loops = (*outer, Loop(item.span[0], iteration, count))
            current = self.chain(item.chain, inner, current)
            if iteration == 1 and len(self.nodes) == before and self._is_constant(item):
                break
        self.loops = outer
        return current

    def _is_constant(self, item: syntax.Comprehension) -> bool:
        """Whether every turn is like the first, as nothing in it asks for the names of the `for`."""
        if id(item) not in self.constant:
            self.constant[id(item)] = not free_names(item.chain) & set(item.names)
        return self.constant[id(item)]

    # --- blocks, branches, taps ---------------------------------------------------------------

    def _block(self, block: syntax.Block, call: syntax.Call, scope: Scope, current: int | None) -> int | None:
        name = block.name.lower()
        if name in self.stack:
            cycle = " → ".join([*self.stack[self.stack.index(name) :], name])
            raise Diagnosed(
                report(
                    "SHP113",
                    f"blocks cannot contain themselves: {cycle}",
                    call.span,
                    label="this closes the cycle",
                ),
            )
        inner = self.blocks.scope(block, call, scope)
        self.stack.append(name)
        self.taps.enter()
        current = self.chain(block.body, inner, current)
        self.taps.leave(block.name)
        self.stack.pop()
        return current

    def _branch(self, branch: syntax.Branch, scope: Scope, current: int | None) -> int | None:
        named = resolve(branch.name)
        if named is None or not named.type.merges:
            self.diagnostics.append(unknown_layer(branch.name, branch.name_span))
            return self._add(branch.name.upper(), BoundLayer(None, branch.name), current, branch.name_span)
        if len(branch.chains) < 2:
            self._report(
                "SHP119",
                f"{named.type.kind} joins branches, and there is only one",
                branch.span,
                help=(f"separate them with |: {named.type.kind}[ first | second ]",),
            )
        if current is None and any(not chain.items for chain in branch.chains):
            current = self._implied_input(branch.span)
        ends = [self._alternative(chain, scope, current) for chain in branch.chains]
        inputs = tuple(end for end in ends if end is not None)
        bound = BoundLayer(named.type(), named.shown)
        return self._add(named.type.kind, bound, None, branch.name_span, inputs or (self._implied_input(branch.span),))

    def _alternative(self, chain: syntax.Chain, scope: Scope, current: int | None) -> int | None:
        self.begins = True
        return self.chain(chain, scope, current)

    def _tap(self, item: syntax.Named, current: int | None) -> None:
        if current is None:
            self._report("SHP111", f"there is nothing yet that could be called {item.name}", item.name_span)
            return
        problem = self.taps.name(item, current)
        if problem:
            self.diagnostics.append(problem)
        self.wanted_names.setdefault(current, item.name)

    def _from_tap(self, tap: syntax.Tap, current: int | None) -> int | None:
        if not self.begins:
            self._report(
                "SHP121",
                f"@{tap.name} stands behind {self._shown(current)}, which would lead nowhere",
                tap.span,
                label="a tap begins a chain or a branch",
                help=(f"join the two with ADD[ | @{tap.name}] or CONCAT[ | @{tap.name}], or begin a new chain",),
            )
        self.begins = False
        return self.taps.find(tap)

    def _shown(self, current: int | None) -> str:
        return "the beginning" if current is None else self.nodes[current].text

    def _report(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.diagnostics.append(report(code, message, span, **more))


_STARTERS = frozenset(kind for kind, layer in layer_types().items() if layer.starts)

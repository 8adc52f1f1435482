"""Syntax tree to graph: repeats written out, blocks inlined, branches and taps joined, every layer bound."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Span, report
from shapecalc.expansion.bind import Binder, BoundLayer
from shapecalc.expansion.blocks import Blocks
from shapecalc.expansion.call_cache import CallCache
from shapecalc.expansion.declarations import free_names
from shapecalc.expansion.evaluate import Scope
from shapecalc.expansion.graph_builder import (
    GraphBuilder,
    Inputs,
    block_cycle,
    no_branches,
    no_chain,
    no_layer,
    nothing_left,
    one_branch,
    too_deep,
    usual_size,
)
from shapecalc.expansion.naming import give_classes, give_names
from shapecalc.expansion.options import MOST_LAYERS, Options
from shapecalc.expansion.scope import Names, iterations
from shapecalc.expansion.suggestions import repeated_window
from shapecalc.expansion.taps import Taps, share_weights
from shapecalc.language import syntax
from shapecalc.language.walk import inner_items
from shapecalc.passes.claims import VOLUME_KEYS, claimed_sizes
from shapecalc.passes.graph import NOT_UNDERSTOOD, Graph
from shapecalc.registry import NamedType, resolve

if TYPE_CHECKING:
    from shapecalc.expansion.unknown_layers import UnknownLayers

__all__ = ["MOST_LAYERS", "Options", "expand"]

DEFAULT_CLASSES = 1000
DEEPEST = 120
"""How deep groups, branches and blocks may nest when they are followed."""
IDLE_STEPS = 30_000
"""How many items may be visited beyond those that layers explain: what makes no layer ends too."""
STEPS_A_LAYER = 20


def expand(diagram: syntax.Diagram, options: Options | None = None) -> Graph:
    """The graph that a diagram describes.

    What is wrong with single layers is in the graph's diagnostics and leaves them unknown. Raises Diagnosed where
    there is no graph to speak of: open names, a cycle of blocks, no INPUT, too many layers.
    """
    return _Expander(diagram, options or Options()).run()


class _Expander:
    """Follows the items of a diagram. Each gives the node that its successor reads, from the one that it reads."""

    def __init__(self, diagram: syntax.Diagram, options: Options) -> None:
        self.diagram, self.options, self.settings = diagram, options, diagram.settings
        self.diagnostics: list[Diagnostic] = []
        """What every part has found so far."""
        self.names = Names(diagram, options.bindings, self.diagnostics)
        self.blocks = Blocks(diagram, self.names)
        self.unknown_layers: UnknownLayers | None = None
        """What reports names that mean nothing: most texts have none."""
        self.binder = Binder(diagram.settings, self.names.scope, self.diagnostics, self._unknown)
        self.calls = CallCache(self.binder)
        self.plain: dict[int, NamedType] = {}
        """The layer types of calls that make a layer of what is before them, by the identity of each."""
        self.graph = GraphBuilder(options.limit)
        self.inputs = Inputs(self.graph, self.calls, self.settings, options)
        self.taps = Taps()
        self.wanted_names: dict[int, str] = {}
        self.constant: dict[int, bool] = {}
        self.block_scopes: dict[Hashable, Scope] = {}
        """What the names in a block stand for, by the call of it."""
        self.joining: dict[int, syntax.Call] = {}
        """What stands in front of the branches of a place, by its identity."""
        self.depth = self.steps = 0
        self.keep_optional = (options.optional or self.settings.optional or "keep") == "keep"

    def run(self) -> Graph:
        first = next((s for s in self.diagram.statements if isinstance(s, syntax.Chain)), None)
        if first is None:
            self.diagnostics = [d for d in self.diagnostics if d.code != "SHP120"]
            raise Diagnosed(*self._found(), no_chain(self.diagram.statements))
        try:
            self._follow()
        except Diagnosed as problem:
            raise Diagnosed(*dict.fromkeys((*self._found(), *problem.diagnostics))) from None
        found, nodes = self._found(), self.graph.nodes
        if not nodes and not any(problem.severity == "error" for problem in found):
            raise Diagnosed(*found, nothing_left(first))
        give_names(nodes, self.wanted_names)
        return Graph(tuple(nodes), tuple(self.graph.claims), self.settings, found)

    def _follow(self) -> None:
        """Makes the nodes of every chain. Raises Diagnosed where that has no end, or names are open."""
        for statement in self.diagram.statements:
            if isinstance(statement, syntax.Chain):
                self._chain(statement, self.names.scope, None, begins=True)
        for problem in self.binder.open:
            self.names.note(problem)
        classes = self.options.classes or self._classes()
        open_names = self.names.close()
        if open_names and "let" not in self.settings.lost:
            raise Diagnosed(*open_names)
        give_classes(self.graph.nodes, classes)

    def _classes(self) -> int:
        if self.settings.classes is None:
            return DEFAULT_CLASSES
        classes = self.names.whole(self.settings.classes, self.names.scope)
        if classes < 1:
            self._report("SHP118", f"classes must be at least 1, and this is {classes}", self.settings.classes.span)
        return max(1, classes)

    def _found(self) -> tuple[Diagnostic, ...]:
        """What has been found so far, each thing once."""
        if self.unknown_layers is not None:
            self.unknown_layers.close()
        return tuple(dict.fromkeys(self.diagnostics))

    def _unknown(self, name: str, span: Span) -> None:
        if self.unknown_layers is None:
            from shapecalc.expansion.unknown_layers import UnknownLayers

            self.unknown_layers = UnknownLayers(self.diagnostics, self.blocks.known)
        self.unknown_layers.add(name, span)

    # --- chains and items ---------------------------------------------------------------------

    def _chain(self, chain: syntax.Chain, scope: Scope, current: int | None, *, begins: bool = False) -> int | None:
        """`begins` for a chain that a network or a branch begins with, where an INPUT or a tap may be."""
        self.graph.begins = begins or self.graph.begins
        for item in chain.items:
            current = self._item(item, scope, current)
        return current

    def _item(self, item: syntax.Item, scope: Scope, current: int | None) -> int | None:
        self.depth += 1
        self.steps += 1
        if self.depth > DEEPEST or self.steps > IDLE_STEPS + STEPS_A_LAYER * len(self.graph.nodes):
            raise Diagnosed(too_deep(DEEPEST, item.span) if self.depth > DEEPEST else no_layer(IDLE_STEPS, item.span))
        current = self._followed(item, scope, current)
        self.depth -= 1
        return current

    def _followed(self, item: syntax.Item, scope: Scope, current: int | None) -> int | None:
        match item:
            case syntax.Call():
                return self._call(item, scope, current)
            case syntax.Tap():
                return self._from_tap(item, current)
            case syntax.Branch():
                return self._branch(item, scope, current)
            case syntax.Repeat():
                return self._repeat(item, scope, current)
            case syntax.Comprehension():
                return self._comprehension(item, scope, current)
            case syntax.Claimed():
                return self._claimed(item, scope, current)
            case syntax.Named():
                return self._named(item, scope, current)
            case syntax.Shared():
                return self._shared(item, scope, current)
            case syntax.Optional() if not self.keep_optional:
                return current
        for inner in inner_items(item):
            current = self._item(inner, scope, current)
        return current

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
        before = len(self.graph.nodes)
        current = self._item(inner, scope, current)
        if current is not None:
            # Where no layer was made there still is a volume, and there are no figures.
            made = len(self.graph.nodes) - before
            layers = made if current == len(self.graph.nodes) - 1 else 1
            for claim in claims:
                if claim.key.lower() in VOLUME_KEYS:
                    self.graph.claims.append((current, claim))
                elif made or isinstance(inner, syntax.Tap):
                    self.graph.claims.append((current, replace(claim, layers=layers) if layers > 1 else claim))
        return current

    def _is_bare_input(self, item: syntax.Item) -> bool:
        if not isinstance(item, syntax.Call) or item.arguments or self.blocks.find(item.name):
            return False
        named = resolve(item.name, item.short)
        return named is not None and named.type.starts

    # --- layers -------------------------------------------------------------------------------

    def _call(self, call: syntax.Call, scope: Scope, current: int | None) -> int | None:
        named = self.plain.get(id(call))
        return self._other_call(call, scope, current) if named is None else self._plain(named, call, scope, current)

    def _plain(self, named: NamedType, call: syntax.Call, scope: Scope, current: int | None) -> int:
        literal = self.graph.is_outside and self.calls.is_literal(call, scope)
        bound = self.calls.bound(named, call, scope)
        index = self._layer(named.type.kind, bound, current, call, literal=literal)
        if bound.arrives is not None:
            self.graph.claims.append((index, bound.arrives))
        return index

    def _other_call(self, call: syntax.Call, scope: Scope, current: int | None) -> int | None:
        """A call that is met for the first time, or makes no layer of its own."""
        if call.refused and current is None and self.inputs.given is None:
            # It may have said the size of the input: that there is none is not another error.
            return self.graph.add(call.name.upper(), BoundLayer(NOT_UNDERSTOOD, call.name), (), call.span, call=call)
        if call.refused:
            return self._layer(call.name.upper(), BoundLayer(NOT_UNDERSTOOD, call.name), current, call)
        block = None if call.short else self.blocks.find(call.name)
        if block is not None:
            return self._block(block, call, scope, current)
        named = resolve(call.name, call.short)
        if named is None:
            self._unknown(call.name, call.name_span)
            return self._layer(call.name.upper(), BoundLayer(NOT_UNDERSTOOD, call.name), current, call)
        kind = named.type.kind
        if named.type.merges:
            self.diagnostics.append(no_branches(kind, call))
            return self._layer(kind, BoundLayer(NOT_UNDERSTOOD, kind), current, call)
        if named.type.starts:
            return self.inputs.written(named, call, scope, current)
        if syntax.Tap in [type(argument.value) for argument in call.arguments]:
            call = self.taps.sized(call, self.graph.nodes)
            return self._layer(kind, self.calls.bound(named, call, scope), current, call)
        self.plain[id(call)] = named  # which `calls` keeps, so that no other gets its identity
        return self._plain(named, call, scope, current)

    def _layer(
        self, kind: str, bound: BoundLayer, current: int | None, call: syntax.Call, *, literal: bool = False
    ) -> int:
        """A layer that reads the current node, or an input that is implied."""
        inputs = (self.inputs.implied(call.span, usual_size(kind, call)) if current is None else current,)
        return self.graph.add(kind, bound, inputs, call.span, call=call, literal=literal)

    # --- repeats ------------------------------------------------------------------------------

    def _repeat(self, item: syntax.Repeat, scope: Scope, current: int | None) -> int | None:
        if (two_readings := repeated_window(item)) is not None:
            self.diagnostics.append(two_readings)
        count = self.names.count(item.count, scope)
        for _ in self.graph.iterations(item.span, count, alike=True):
            current = self._item(item.item, scope, current)
        return current

    def _comprehension(self, item: syntax.Comprehension, scope: Scope, current: int | None) -> int | None:
        count, found = iterations(item, scope, self.names, self.options.limit)
        inner = dict(scope)
        rounds = self.graph.iterations(item.span, count, alike=self._is_constant(item))
        for _, values in zip(rounds, found, strict=False):
            inner.update(values)
            current = self._chain(item.chain, inner, current)
        return current

    def _is_constant(self, item: syntax.Comprehension) -> bool:
        """Whether every iteration is like the first, as nothing in it asks for the names of the `for`."""
        if id(item) not in self.constant:
            self.constant[id(item)] = not free_names(item.chain) & set(item.names)
        return self.constant[id(item)]

    # --- blocks, branches, taps ---------------------------------------------------------------

    def _block(self, block: syntax.Block, call: syntax.Call, scope: Scope, current: int | None) -> int | None:
        name = block.name.lower()
        if name in self.graph.blocks:
            raise Diagnosed(block_cycle(self.graph.blocks, name, call.span))
        key = self.calls.key(call, scope)
        inner = self.block_scopes.get(key)
        if inner is None:
            inner = self.block_scopes[key] = self.blocks.scope(block, call, scope)
        self.graph.blocks.append(name)
        self.taps.enter()
        current = self._chain(block.body, inner, current)
        self.taps.leave(block.name)
        self.graph.blocks.pop()
        return current

    def _branch(self, branch: syntax.Branch, scope: Scope, current: int | None) -> int:
        named = resolve(branch.name)
        if named is None or not (named.type.merges or named.type.may_join):
            self._unknown(branch.name, branch.name_span)
            call = syntax.Call(branch.name, (), branch.name_span, branch.name_span)
            return self._layer(branch.name.upper(), BoundLayer(NOT_UNDERSTOOD, branch.name), current, call)
        if len(branch.chains) < 2 and not named.type.joins_one:
            self.diagnostics.append(one_branch(named.type.kind, branch.span))
        if current is None and any(not chain.items for chain in branch.chains):
            current = self.inputs.implied(branch.span)
        ends = [self._chain(chain, scope, current, begins=True) for chain in branch.chains]
        inputs = tuple(end for end in ends if end is not None) or (self.inputs.implied(branch.span),)
        bound = self._joining(named, branch, scope)
        return self.graph.add(named.type.kind, bound, inputs, branch.name_span, branch=branch)

    def _joining(self, named: NamedType, branch: syntax.Branch, scope: Scope) -> BoundLayer:
        """The layer that joins branches, with its arguments."""
        if not branch.arguments:
            return BoundLayer(named.type(**named.implied), named.shown)
        call = self.joining.get(id(branch))
        if call is None:
            call = syntax.Call(branch.name, branch.arguments, branch.name_span, branch.name_span)
            self.joining[id(branch)] = call
        return self.calls.bound(named, call, scope)

    def _named(self, item: syntax.Named, scope: Scope, current: int | None) -> int | None:
        before = len(self.graph.nodes)
        current = self._item(item.item, scope, current)
        if current is None:
            self._report("SHP111", f"{item.name} comes before the first layer, so it names nothing", item.name_span)
            return None
        made = self.graph.nodes[before:]
        if len(made) > 1:
            for node in made:
                node.parts = (item.name, *node.parts)
        problem = self.taps.name(item, current, range(before, len(self.graph.nodes)))
        if problem:
            self.diagnostics.append(problem)
        self.wanted_names.setdefault(current, item.name)
        return current

    def _shared(self, item: syntax.Shared, scope: Scope, current: int | None) -> int | None:
        """Follows an item; its layers use the weights of those that have the name, one after the other."""
        owners = self.taps.made(item)
        before = len(self.graph.nodes)
        current = self._item(item.item, scope, current)
        problem = share_weights(item, self.graph.nodes, owners, range(before, len(self.graph.nodes)))
        if problem:
            self.diagnostics.append(problem)
        return current

    def _from_tap(self, tap: syntax.Tap, current: int | None) -> int:
        if not self.graph.begins:
            self._report(
                "SHP121",
                f"@{tap.name} must come first, and here it follows {self.graph.shown(current)}",
                tap.span,
                label="a tap begins a chain or a branch",
                help=(f"join the two with ADD[ | @{tap.name}] or CONCAT[ | @{tap.name}], or begin a new chain",),
            )
        self.graph.begins = False
        return self.taps.find(tap)

    def _report(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.diagnostics.append(report(code, message, span, **more))

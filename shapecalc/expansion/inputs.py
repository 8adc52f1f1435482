"""The inputs of a network: written as INPUT, with a size from the settings or the command line, or implied by one."""

from __future__ import annotations

from shapecalc.core.parameters import Sizes
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Span, report
from shapecalc.expansion.bind import BoundLayer
from shapecalc.expansion.call_cache import CallCache
from shapecalc.expansion.evaluate import Scope
from shapecalc.expansion.graph_builder import GraphBuilder, no_input, wrong_rank
from shapecalc.expansion.options import Options
from shapecalc.language import syntax
from shapecalc.passes.graph import NOT_UNDERSTOOD
from shapecalc.registry import NamedType, resolve


class Inputs:
    """Adds INPUT nodes to a graph; what is wrong goes to the diagnostics of `calls`."""

    def __init__(self, graph: GraphBuilder, calls: CallCache, settings: syntax.Settings, options: Options) -> None:
        self.graph, self.calls, self.settings = graph, calls, settings
        self.forced = options.input
        """A size from the command line, which wins over what is written."""
        self.given = options.input or (Sizes(settings.input.sizes) if settings.input else None)
        """The size of an input that does not say its own."""

    def written(self, named: NamedType, call: syntax.Call, scope: Scope, before: int | None) -> int:
        """The node of an INPUT in the text, which comes after `before`."""
        if not self.graph.begins:
            self.calls.diagnostics.append(
                report(
                    "SHP115",
                    f"{named.type.kind} must come first, and here it follows {self.graph.shown(before)}",
                    call.span,
                    help=(
                        (f"begin a new chain or a branch with {named.type.kind}",)
                        if call.span != call.name_span or not call.arguments
                        else ("remove this argument: the size that arrives is known",)
                    ),
                )
            )
        bound, literal = self.calls.bound(named, call, scope), self.calls.is_literal(call, scope)
        size = self.forced if call.arguments else self.given
        if not call.arguments and not self.forced and "input" in self.settings.lost:
            bound = BoundLayer(NOT_UNDERSTOOD, bound.text)
        elif size is not None and bound.layer.understood:
            refused = list(wrong_rank(bound.layer, size, call.span)) if call.arguments else []
            self.calls.diagnostics.extend(refused)
            bound = BoundLayer(NOT_UNDERSTOOD, bound.text) if refused else self._bound(named, call, size)
            literal = False
        return self.graph.add(named.type.kind, bound, (), call.span, call=call, literal=literal)

    def implied(self, span: Span) -> int:
        """The INPUT of a chain that has none, if its size is known. Raises Diagnosed SHP110."""
        if self.given is None and "input" not in self.settings.lost:
            raise Diagnosed(no_input(span))
        named = resolve("INPUT")
        assert named is not None
        call = syntax.Call(named.type.kind, (), span, span)
        bound = self._bound(named, call, self.given) if self.given else BoundLayer(NOT_UNDERSTOOD, named.type.kind)
        return self.graph.add(named.type.kind, bound, (), span)

    def _bound(self, named: NamedType, call: syntax.Call, size: Sizes) -> BoundLayer:
        """The layer of an INPUT with this size, whatever is written."""
        literal = syntax.SizeLiteral(tuple(size), call.span)
        sized = replace(call, arguments=(syntax.Argument(None, literal, call.span),))
        return self.calls.binder.bind(named, sized, {})

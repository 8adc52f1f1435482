"""A graph while it is built: its nodes, INPUTs among them, their blocks, and what is said where there can be none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecalc.core.layer import Layer
from shapecalc.core.parameters import Sizes, show
from shapecalc.core.phrases import counted, size_text
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Edit, Fix, Related, Span, report
from shapecalc.expansion.bind import BoundLayer
from shapecalc.expansion.call_cache import CallCache
from shapecalc.expansion.evaluate import Scope
from shapecalc.expansion.options import Options
from shapecalc.expansion.suggestions import joined
from shapecalc.language import syntax
from shapecalc.passes.graph import NOT_UNDERSTOOD, Loop, Node
from shapecalc.registry import NamedType, resolve


def too_many(most: int, span: Span, label: str) -> Diagnostic:
    """A diagram with more layers than it may have."""
    return report(
        "SHP109",
        f"the diagram has more than {most:,} layers",
        span,
        label=label,
        help=("check the repeat counts, or allow more with --max-layers",),
    )


def too_deep(most: int, span: Span) -> Diagnostic:
    """A part in more of those that hold others than are followed."""
    return report("SHP012", f"blocks, groups and branches nest more than {most} levels deep", span)


def no_layer(steps: int, span: Span) -> Diagnostic:
    """A part that is followed again and again and makes nothing."""
    message = f"the repeats and blocks around this part run {steps:,} times without making a layer"
    return report("SHP109", message, span, help=("check their counts",))


SEQUENCES = frozenset({"EMBEDDING", "LSTM", "GRU", "RNN"})
"""Layers that read steps, and no image."""


def channels_read(call: syntax.Call) -> int | None:
    """How many channels or values a call says that it reads: `Linear(784, 10)`."""
    values = [one.value for one in call.arguments if one.name == "in"]
    return int(values[0].value) if values and isinstance(values[0], syntax.Number) else None


def usual_size(kind: str, call: syntax.Call) -> str:
    """An input that the first layer of a chain may read: an image, values or steps."""
    depth = channels_read(call)
    if kind in SEQUENCES:
        return f"100x{depth or 1}"
    return f"1x1x{depth}" if kind == "FC" and depth else f"224x224x{depth or 3}"


def no_input(span: Span, size: str) -> Diagnostic:
    """A chain that begins at `span` without an INPUT, where no size is given from elsewhere; `size` is usual."""
    return report(
        "SHP110",
        "the diagram has no INPUT, so there is no size to begin with",
        span,
        label="INPUT(width x height x depth) is expected before this",
        help=(f"begin with INPUT({size}) =>, or give --input {size}",),
        fixes=(Fix("begin with an INPUT", (Edit((span[0], span[0]), f"INPUT({size}) => "),)),),
    )


def no_chain(statements: Sequence[syntax.Statement]) -> Diagnostic:
    """A diagram of definitions alone, where a block may have taken the chain on the line below for its body."""
    block = next((s for s in statements[::-1] if isinstance(s, syntax.Block)), None)
    first = block.body.items[0] if block and block.body.items else None
    named = resolve(first.name) if isinstance(first, syntax.Call) else None
    if block and first and named and named.type.starts:
        return report(
            "SHP009",
            f"the diagram has no chain of layers: the one that begins with INPUT is the body of the block {block.name}",
            block.name_span,
            label="its '=' takes the chain after it, from the next line too",
            related=(Related(first.span, "the body begins here"),),
            help=(f"write the body of {block.name} after its =, such as CONV(64) => RELU",),
        )
    return report(
        "SHP009",
        "the diagram has no chain of layers, only definitions",
        statements[-1].span if statements else (0, 0),
        help=("write one, such as INPUT(32x32x3) => CONV(64) => RELU => FC(10)",),
    )


def no_branches(kind: str, call: syntax.Call) -> Diagnostic:
    """A layer that joins, written as others are: ADD(CONV, RELU)."""
    branches = joined(call) or f"{kind}[ first | second ], where an empty branch is the identity"
    pool = ("or write POOL(2) for the largest value of each window",) if kind == "MAX" else ()
    return report("SHP119", f"{kind} joins branches, and none is written", call.span, help=(f"write {branches}", *pool))


def one_branch(kind: str, span: Span) -> Diagnostic:
    """A layer that joins a branch with nothing."""
    help = (f"separate them with |: {kind}[ first | second ]",)
    return report("SHP119", f"{kind} joins branches, and there is only one", span, help=help)


def block_cycle(blocks: Sequence[str], name: str, span: Span) -> Diagnostic:
    """A block that is used inside of itself; `blocks` are those around the use."""
    cycle = " → ".join([*blocks[blocks.index(name) :], name])
    return report("SHP113", f"blocks cannot contain themselves: {cycle}", span, label="this closes the cycle")


def nothing_left(chain: syntax.Chain) -> Diagnostic:
    """A diagram of which every part is left out, beginning with its first chain."""
    return report(
        "SHP009",
        "the diagram has no layers left",
        chain.span,
        label="every part of it is left out, or repeated 0 times",
        help=("keep a part: --optional keep, or a repeat count of at least 1",),
    )


def wrong_rank(written: Layer, given: Sizes, span: Span) -> Iterator[Diagnostic]:
    """SHP209 for an --input with another number of axes than the text has."""
    sizes, rank = written.output().sizes, len(given) - 1
    if len(sizes) - 1 != rank:
        yield report(
            "SHP209",
            f"--input {show(given)} has {counted(rank, 'axis', 'axes')} and a depth, "
            f"and the diagram has {counted(len(sizes) - 1, 'axis', 'axes')} and a depth",
            span,
            label=f"{written.output()}: the last number is the depth",
            help=(f"write --input {size_text((*given, sizes[-1]))}",) if len(sizes) == rank + 2 else (),
        )


class GraphBuilder:
    """Makes nodes, at most so many."""

    def __init__(self, most_layers: int) -> None:
        self.most_layers = most_layers
        self.nodes: list[Node] = []
        self.claims: list[tuple[int, syntax.Claim]] = []
        self.blocks: list[str] = []
        """Names of the blocks that are being inlined, the innermost last."""
        self.loops: tuple[Loop, ...] = ()
        self.begins = True
        """Whether the next node is the first in its chain of the diagram, or of a branch."""

    @property
    def is_outside(self) -> bool:
        """Whether the next node is in no block and in no loop."""
        return not self.blocks and not self.loops

    def add(
        self,
        kind: str,
        bound: BoundLayer,
        inputs: tuple[int, ...],
        span: Span,
        *,
        call: syntax.Call | None = None,
        branch: syntax.Branch | None = None,
        literal: bool = False,
    ) -> int:
        """The index of a new node. Raises Diagnosed SHP109 where there are too many."""
        if len(self.nodes) >= self.most_layers:
            raise Diagnosed(too_many(self.most_layers, span, ""))
        self.begins = False
        index = len(self.nodes)
        literal = literal and self.is_outside
        place = tuple(self.blocks), self.loops
        node = Node(
            index, kind, bound.layer, inputs, bound.text, span, *place, bound.assumed, "", call, literal, branch
        )
        self.nodes.append(node)
        return index

    def iterations(self, span: Span, count: int, *, alike: bool) -> Iterator[int]:
        """The iterations of a loop, while each of which the nodes that are added are of it.

        Where all are `alike`, none follows one that adds nothing, and too many layers are refused after the second: the
        first may have added an INPUT too. Raises Diagnosed SHP109.
        """
        outer, start = self.loops, len(self.nodes)
        for iteration in range(1, count + 1):
            before = len(self.nodes)
            self.loops = (*outer, Loop(span[0], iteration, count))
            yield iteration
            made = len(self.nodes) - before
            if alike and not made:
                break
            in_all = len(self.nodes) + made * (count - iteration)
            if alike and iteration == 2 and in_all > self.most_layers:
                least = counted(in_all - start, "layer")
                raise Diagnosed(too_many(self.most_layers, span, f"this part alone has at least {least}"))
        self.loops = outer

    def shown(self, index: int | None) -> str:
        """A node as the text has it."""
        return "the beginning" if index is None else self.nodes[index].text


# --- inputs ---------------------------------------------------------------------------------------


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

    def implied(self, span: Span, size: str = "224x224x3") -> int:
        """The INPUT of a chain that has none, if its size is known. Raises Diagnosed SHP110."""
        if self.given is None and "input" not in self.settings.lost:
            raise Diagnosed(no_input(span, size))
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

"""A change that may fix a problem, with what to write for it; and the edits that write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Parameter, Sizes
from shapecalc.core.record import Record, replace
from shapecalc.diagnostics.diagnostic import Edit, Span
from shapecalc.language import syntax
from shapecalc.language.unparse import show_call
from shapecalc.language.value_text import show_expression
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import Row
from shapecalc.registry import argument_at
from shapecalc.repairs.trial import Change, Tried

Argument = int | Sizes | Padding | str
"""A value that a repair gives an argument."""


class Candidate(Record):
    """A change to try."""

    change: Change
    title: str
    """What to write: `P=2`, `INPUT(227x227x3)`."""
    says: Callable[[Tried], str]
    """The advice, once it has been tried."""
    edits: Callable[[], tuple[Edit, ...]]
    """What writes it, made for what is offered alone; nothing where no text stands for just this."""
    order: int = 0
    """Which kind of change people expect first; smaller is earlier."""
    distance: int = 0
    """How far it is from what was written."""


class RepairTarget(Record):
    """A layer for which something is looked for, with all that it reads."""

    graph: Graph
    rows: Sequence[Row]
    row: Row
    layer: Layer
    volumes: tuple[Volume, ...]

    @property
    def volume(self) -> Volume:
        """The first that it reads."""
        return self.volumes[0]

    @property
    def before(self) -> Row:
        """The row that gives it."""
        return self.rows[self.row.node.inputs[0]]


def target_of(graph: Graph, rows: Sequence[Row], row: Row) -> RepairTarget | None:
    """None where the layer is not understood, reads nothing, or reads what is unknown."""
    layer, volumes = row.node.layer, row.volumes
    known = layer.understood and volumes and len(volumes) == len(row.inputs)
    return RepairTarget(graph, rows, row, layer, volumes) if known else None


def same_call(graph: Graph, node: Node) -> list[int]:
    """The nodes that an edit of the call of a node changes: all that repeats and blocks make of it."""
    if node.call is None:
        return [node.index]
    return [other.index for other in graph.nodes if other.call is node.call]


def written(node: Node, values: Mapping[str, Argument]) -> tuple[Edit, ...]:
    """The edit of a call that gives some arguments, by letter, other values; none where names stand for them."""
    call, layer = node.call, node.layer
    if call is None or not call.span[0] <= call.name_span[0] < call.span[1]:
        return ()
    if call.short and any(letter in "KF" for letter in values):
        return ()
    given = call.arguments
    if len(given) > 1 and len(type(layer).gather([0] * len(given), {})) == 1:  # RESHAPE(4, 4, 512): one size
        return _whole_size(call, values)
    edits, left = [], dict(values)
    for place, argument in enumerate(given):
        found = argument_at(type(layer), argument.name, place)
        if found and found.letter in left:
            inside = call.span[0] <= argument.value.span[0] and argument.value.span[1] <= call.span[1]
            if not inside or argument.value.span == call.span or not _is_literal(argument.value, found):
                return ()
            edits.append(Edit(argument.value.span, _text(call, left.pop(found.letter))))
    if not left or _is_open_ended(call):
        return (*edits, *_added(call, left))
    return _again(call, values, layer)


def _whole_size(call: syntax.Call, values: Mapping[str, Argument]) -> tuple[Edit, ...]:
    """The edit of numbers that are one size together."""
    if any(argument.name or not isinstance(argument.value, syntax.Number) for argument in call.arguments):
        return ()
    (value,) = values.values()
    return (Edit((call.arguments[0].span[0], call.arguments[-1].span[1]), shown(value)),)


def _is_open_ended(call: syntax.Call) -> bool:
    """Whether an argument can be added after the last one: a bracket closes the call, or that one has a name."""
    if not call.arguments or call.short:
        return False
    return call.arguments[-1].span[1] < call.span[1] or call.arguments[-1].name is not None


def _added(call: syntax.Call, values: Mapping[str, Argument]) -> tuple[Edit, ...]:
    """The edit that adds arguments after those of a call; its comments and line ends stay."""
    if not values:
        return ()
    end = call.arguments[-1].span[1]
    return (Edit((end, end), "".join(f", {letter}={_text(call, value)}" for letter, value in values.items())),)


def _text(call: syntax.Call, value: Argument) -> str:
    return show_expression(expression(value, call.span))


def _again(call: syntax.Call, values: Mapping[str, Argument], layer: Layer) -> tuple[Edit, ...]:
    """The edit that writes a call without brackets anew: `CONV`, `CONV3-64`, `Conv 3x3, 64`."""
    arguments, left = [], dict(values)
    for place, argument in enumerate(call.arguments):
        found = argument_at(type(layer), argument.name, place)
        value = left.pop(found.letter, None) if found else None
        arguments.append(argument if value is None else replace(argument, value=expression(value, call.span)))
    arguments += [syntax.Argument(letter, expression(value, call.span), call.span) for letter, value in left.items()]
    return (Edit(call.span, show_call(replace(call, arguments=tuple(arguments)))),)


def _is_literal(value: syntax.Expression, parameter: Parameter) -> bool:
    """Whether no name in a value stands for another one: an edit would change what others use too."""
    match value:
        case syntax.Number() | syntax.SizeLiteral():
            return True
        case syntax.Name(name):
            return name.lower() in parameter.words
        case syntax.Tuple(items):
            return all(_is_literal(item, parameter) for item in items)
    return False


def expression(value: Argument, span: Span) -> syntax.Expression:
    """A value as the tree has it: `1`, `1x2`, `(left,right,top,bottom)`, `same`."""
    match value:
        case bool():
            return syntax.Name("true" if value else "false", span)
        case str():
            return syntax.Name(value, span)
        case int():
            return syntax.Number(value, span)
        case Padding(name, pairs):
            if name:
                return syntax.Name(name, span)
            if any(before != after for before, after in pairs):
                return syntax.Tuple(tuple(syntax.Number(n, span) for pair in pairs for n in pair), span)
            return expression(Sizes(before for before, _ in pairs), span)
        case _:
            sizes = set(value)
            return syntax.Number(value[0], span) if len(sizes) == 1 else syntax.SizeLiteral(tuple(value), span)


def shown(value: Argument) -> str:
    """The same as text: `1`, `1x2`, `(1,2,1,2)`, `same`."""
    if isinstance(value, Sizes) and len(set(value)) == 1:
        return str(value[0])
    return str(value).lower() if isinstance(value, bool) else str(value)


def pads(pairs: Sequence[tuple[int, int]]) -> Padding:
    """Numeric padding; one pair for all axes where they are equal and both ends are alike."""
    alike = len(set(pairs)) == 1 and pairs[0][0] == pairs[0][1]
    return Padding("", tuple(pairs[:1] if alike else pairs))

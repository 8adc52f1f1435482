"""The layers of a network in the JSON report, as text; what equal layers share is made once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from shapecalc.core.exact import Exact
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.window import decimal
from shapecalc.diagnostics.diagnostic import Source, Span
from shapecalc.display.json_text import json_text, string_text
from shapecalc.passes.graph import Node
from shapecalc.passes.memory import im2col
from shapecalc.passes.report import ReceptiveField, Report, Row


def fields_of(thing: object, names: str) -> dict[str, Any]:
    """What JSON has under the same names as the thing; null for each where there is none."""
    return {name: None if thing is None else getattr(thing, name) for name in names.split()}


def volumes_of(row: Row) -> dict[str, Any]:
    """The sizes that go into a layer and come out; null where they are unknown."""
    given = [list(volume.sizes) if volume else None for volume in row.inputs]
    return {"input": given, "output": list(row.output.sizes) if row.output else None}


def layer_texts(report: Report, *, unicode: bool) -> Iterator[str]:
    """The layers as JSON; what equal ones have in common is written once."""
    made = _Members(report.source, unicode=unicode)
    known: dict[Hashable, Any] = {}
    for row in report.rows:
        node = row.node
        key: Hashable = (node.kind, node.shares, node.text, node.block)
        if (written := known.get(key)) is None:
            written = known[key] = made.written(node)
        if (place := known.get(node.span[0])) is None:
            place = known[node.span[0]] = made.place(node.span)
        key = (-1 - node.index if row.like is None else row.like, node.assumed, node.frozen)
        if (derived := known.get(key)) is None:
            derived = known[key] = made.figures(row), made.tiling(row), _list(im2col(row))
        key = ("field", id(row.field))
        if (field := known.get(key)) is None:
            field = known[key] = _seen(row.field)
        figures, tiling, buffer = derived
        kept = "null" if row.kept is None else row.kept
        yield (
            f'{{"index":{node.index},"name":{string_text(node.name, unicode=unicode)},{written}'
            f',"repeat":{_list([loop.iteration for loop in node.loops])},{place}'
            f',"inputs":{_list(node.inputs)},{figures}'
            f',"kept":{kept},"in_place":{"true" if row.in_place else "false"}'
            f',"tiling":{tiling},"receptive_field":{field},"im2col":{buffer}}}'
        )


def _list(numbers: Sequence[int | float] | None) -> str:
    return "null" if numbers is None else f"[{','.join(map(repr, numbers))}]"


class _Members:
    """Members of the objects of layers as text, without the braces around them."""

    def __init__(self, source: Source, *, unicode: bool) -> None:
        self.source, self.unicode = source, unicode

    def string(self, text: str) -> str:
        return string_text(text, unicode=self.unicode)

    def written(self, node: Node) -> str:
        """What the text says of a layer."""
        opaque = ',"opaque":true' if node.layer.opaque else ""
        shares = "" if node.shares is None else f',"shares":{node.shares}'
        block = ",".join(map(self.string, node.block))
        return f'"kind":{self.string(node.kind)}{opaque}{shares},"text":{self.string(node.text)},"block":[{block}]'

    def place(self, span: Span) -> str:
        """Where it stands."""
        line, column = self.source.position(span[0])
        inner = inner_path(span, self.source)
        path = f",{json_text(inner, unicode=self.unicode)[1:-1]}" if inner else ""
        return f'"line":{line},"column":{column}{path}'

    def figures(self, row: Row) -> str:
        """What follows from the layer and its inputs."""
        read = ",".join([_list(volume and volume.sizes) for volume in row.inputs])
        made = _list(row.output and row.output.sizes)
        given = json_text(arguments(row), unicode=self.unicode)
        assumed = ",".join(map(self.string, row.node.assumed))
        counts = row.weights, row.biases, row.params, row.trainable, row.buffers, row.macs, row.activations
        weights, biases, params, trainable, buffers, macs, activations = ["null" if n is None else n for n in counts]
        return (
            f'"input":[{read}],"output":{made},"arguments":{given},"assumed":[{assumed}],"weights":{weights}'
            f',"biases":{biases},"params":{params},"trainable":{trainable},"frozen":{"true" if row.frozen else "false"}'
            f',"buffers":{buffers},"macs":{macs},"activations":{activations}'
        )

    def tiling(self, row: Row) -> str:
        """How its windows tile the input."""
        if not row.tilings:
            return "null"
        quotients = ",".join([f'"{decimal(t.quotient)}"' for t in row.tilings])
        unread, trimmed = _list([t.unread for t in row.tilings]), _list([t.trimmed for t in row.tilings])
        return f'{{"class":"{row.tiling}","quotient":[{quotients}],"unread":{unread},"trimmed":{trimmed}}}'


def inner_path(span: Span, source: Source) -> dict[str, str]:
    """Where in a binary file something stands, or in which other file; a text has lines and columns for that."""
    if source.open_bytes is not None:
        return {"source_path": source.inner_path(span[0])}
    file, _ = source.place(span[0])
    return {} if file is source else {"source_path": file.path}


def arguments(row: Row) -> dict[str, Any]:
    """Every argument of a layer by its letter, sizes and paddings per axis where the rank is known."""
    layer, volume = row.node.layer, row.arriving
    if not layer.signature:
        return {}
    rank = len(volume.spatial) if volume else 0
    effective_arguments = layer.effective_arguments(volume if row.output else None)
    given, values = layer.arguments, dict[str, Any]()
    for argument in layer.signature:
        value = effective_arguments.get(argument.letter, given[argument.field])
        if value is not None:
            values[argument.letter] = _argument(value, rank)
    return values


def _argument(value: Any, rank: int) -> Any:
    if isinstance(value, Sizes):
        numbers = [_number(v) for v in value]
        return numbers * rank if len(value) == 1 and rank else numbers
    if isinstance(value, Padding):
        if value.name:
            return value.name
        pairs = value.pairs * rank if len(value.pairs) == 1 and rank else value.pairs
        return [list(pair) for pair in pairs]
    return list(value) if isinstance(value, tuple) else value


def _number(value: Exact) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _seen(field: ReceptiveField | None) -> str:
    """What an output sees of the input."""
    if field is None:
        return "null"
    sizes = _list([axis.size for axis in field.axes])
    steps = _list([axis.advance if len(axis.intervals) == 1 else _number(axis.step) for axis in field.axes])
    offsets = _list([axis.low for axis in field.axes])
    return f'{{"size":{sizes},"stride":{steps},"offset":{offsets},"status":"{field.status}"}}'

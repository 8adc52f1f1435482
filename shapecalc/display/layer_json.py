"""The layers of a network in the JSON report: as objects, and as text that writes once what equal layers share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
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


def layer_object(row: Row, source: Source) -> dict[str, Any]:
    """One layer as it is under `layers`."""
    node = row.node
    return {
        **fields_of(node, "index name"),
        **_written(node),
        "repeat": [loop.iteration for loop in node.loops],
        **_place(node.span, source),
        "inputs": list(node.inputs),
        **_figures(row),
        **fields_of(row, "kept in_place"),
        **_tiling(row),
        **_seen(row.field),
        **_im2col(row),
    }


def layer_texts(report: Report, *, unicode: bool) -> Iterator[str]:
    """The layers as text, which is what `json_text` makes of their objects."""
    made = _Members(unicode=unicode)
    known = made.known
    for row in report.rows:
        node = row.node
        like = row.like if row.like is not None else -1 - node.index
        key: Hashable = (node.kind, node.shares, node.text, node.block)
        (written,) = known.get(key) or made.texts(key, (_written,), node)
        key = node.span[0]
        (place,) = known.get(key) or made.texts(key, (_place,), node.span, report.source)
        key = (like, node.assumed, node.frozen)
        figures, tiling, buffer = known.get(key) or made.texts(key, (_figures, _tiling, _im2col), row)
        key = ("field", id(row.field))
        (field,) = known.get(key) or made.texts(key, (_seen,), row.field)
        kept = "null" if row.kept is None else row.kept
        yield (
            f'{{"index":{node.index},"name":{string_text(node.name, unicode=unicode)},{written}'
            f',"repeat":[{",".join([str(loop.iteration) for loop in node.loops])}],{place}'
            f',"inputs":[{",".join(map(str, node.inputs))}],{figures}'
            f',"kept":{kept},"in_place":{"true" if row.in_place else "false"},{tiling},{field},{buffer}}}'
        )


class _Members:
    """Members of objects as text, without the braces, each made once."""

    def __init__(self, *, unicode: bool) -> None:
        self.unicode = unicode
        self.known: dict[Hashable, tuple[str, ...]] = {}

    def texts(self, key: Hashable, members: Sequence[Callable[..., dict[str, Any]]], *parts: Any) -> tuple[str, ...]:
        """What each of `members` gives for these parts, of which `key` is all that matters."""
        self.known[key] = tuple([json_text(one(*parts), unicode=self.unicode)[1:-1] for one in members])
        return self.known[key]


def _written(node: Node) -> dict[str, Any]:
    return {
        "kind": node.kind,
        **({"opaque": True} if node.layer is not None and node.layer.opaque else {}),
        **({} if node.shares is None else {"shares": node.shares}),
        "text": node.text,
        "block": list(node.block),
    }


def _place(span: Span, source: Source) -> dict[str, Any]:
    line, column = source.position(span[0])
    return {"line": line, "column": column, **inner_path(span, source)}


def _figures(row: Row) -> dict[str, Any]:
    return {
        "input": [list(v.sizes) if v else None for v in row.inputs],
        "output": list(row.output.sizes) if row.output else None,
        "arguments": arguments(row),
        "assumed": list(row.node.assumed),
        **fields_of(row, "weights biases params trainable frozen buffers macs activations"),
    }


def inner_path(span: Span, source: Source) -> dict[str, str]:
    """Where in a binary file something stands; a text has lines and columns for that."""
    return {"source_path": source.inner_path(span[0])} if source.open_bytes is not None else {}


def arguments(row: Row) -> dict[str, Any]:
    """Every argument of a layer by its letter, sizes and paddings per axis where the rank is known."""
    layer = row.node.layer
    if layer is None:
        return {}
    volume = row.inputs[0] if row.inputs else None
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


def _tiling(row: Row) -> dict[str, Any]:
    if not row.tilings:
        return {"tiling": None}
    found = {
        "class": row.tiling,
        "quotient": [decimal(t.quotient) for t in row.tilings],
        "unread": [t.unread for t in row.tilings],
        "trimmed": [t.trimmed for t in row.tilings],
    }
    return {"tiling": found}


def _im2col(row: Row) -> dict[str, Any]:
    return {"im2col": list(im2col(row) or ()) or None}


def _number(value: Exact) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _seen(field: ReceptiveField | None) -> dict[str, Any]:
    if field is None:
        return {"receptive_field": None}
    found = {
        "size": [axis.size for axis in field.axes],
        "stride": [axis.advance if len(axis.intervals) == 1 else _number(axis.step) for axis in field.axes],
        "offset": [axis.low for axis in field.axes],
        "status": field.status,
    }
    return {"receptive_field": found}

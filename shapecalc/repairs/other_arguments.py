"""Other values of a layer's own arguments that fix it: padding, extent, stride, rounding, groups, filters.

One axis at a time: the first value, in the order of the table, with which the layer reaches its goal along the axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import PRESERVE, Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import size_text
from shapecalc.core.record import NamedTuple
from shapecalc.core.window import ShapeError
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Row
from shapecalc.repairs.candidate import Argument, Candidate, RepairTarget, pads, same_call, shown, written
from shapecalc.repairs.trial import Change, Tried

Goal = Callable[[Layer, tuple[Volume, ...], int], bool]
"""Whether a layer along one axis, given its inputs along it, does what it should; the axis counts from the width.
May raise ShapeError where it does not."""

MOST_PADDING = 64
"""Wider borders are not offered: who lacks so much has another network in mind."""

LARGEST_STRIDE = 4
"""Strides that are tried together with a padding."""
WITH_PADDING = 6
"""The order of a stride and a padding together: as another stride."""
MOST_VALUES = 1_000
"""How many values of an argument are tried along an axis: what is farther from the present one is another layer."""


class Kind(NamedTuple):
    """One way to change a layer: the field, and the values to try along an axis, in order."""

    field: str
    values: Callable[[Layer, Volume], Iterable[Any]]
    order: int
    """As a candidate has it; INPUT is 0."""


def _around(field: str, wider: int) -> Callable[[Layer, Volume], Iterable[int]]:
    """Other numbers than the present one, up to `wider` more, the nearest first, of two equally near the larger."""

    def values(layer: Layer, volume: Volume) -> Iterable[int]:
        present = int(layer.arguments[field][0])
        for distance in range(1, max(present, wider + 1)):
            if distance <= wider:
                yield present + distance
            if distance < present:
                yield present - distance

    return values


def _strides(layer: Layer, volume: Volume) -> Iterable[int]:
    """Other strides, but not one that makes nothing smaller any more: that is another network, unless it is dilated."""
    least = 1 if int(layer.arguments["stride"][0]) == 1 or layer.arguments.get("dilation", (1,))[0] > 1 else 2
    return (value for value in _around("stride", 2)(layer, volume) if value >= least)


def _most_padding(layer: Layer, volume: Volume) -> int:
    windows = layer.windows(volume)
    effective = windows[0].effective if windows else int(layer.arguments.get("extent", (1,))[0])
    return min(effective // 2 if layer.op_category == "pool" else effective - 1, MOST_PADDING)


def _symmetric(layer: Layer, volume: Volume) -> Iterable[tuple[int, int]]:
    """The nearest to the present padding first."""
    present = layer.arguments["padding"]
    now = present.pairs[0][0] if present.pairs else 0
    most = max(_most_padding(layer, volume), min(now, MOST_PADDING))
    return [(n, n) for n in sorted(range(most + 1), key=lambda n: abs(n - now))]


def _one_sided(layer: Layer, volume: Volume) -> Iterator[tuple[int, int]]:
    """The odd position after, as TensorFlow's `same` has it; then the whole of it after."""
    most = _most_padding(layer, volume)
    yield from ((n, n + 1) for n in range(most))
    yield from ((0, n) for n in range(2, most + 1))


KINDS: tuple[Kind, ...] = (
    Kind("output_padding", lambda layer, volume: range(int(layer.arguments["stride"][0])), 1),
    Kind("padding", _symmetric, 2),
    Kind("padding", _one_sided, 3),
    Kind("ceil", lambda layer, volume: ("ceil",), 4),
    Kind("extent", _around("extent", 3), 5),
    Kind("stride", _strides, 6),
    Kind("dilation", lambda layer, volume: range(int(layer.arguments["dilation"][0]) - 1, 0, -1), 6),
)
"""The smallest intervention first."""


FOR_CLAIMS: tuple[Kind, ...] = tuple(
    kind._replace(values=_around("stride", 2)) if kind.field == "stride" else kind for kind in KINDS
)
"""For a claimed volume: a stride of 1 is what a volume as large as the input claims."""


def candidates(
    target: RepairTarget, goal: Goal, kinds: Sequence[Kind] = KINDS, besides: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[Candidate]:
    """Other values of single arguments with which the layer reaches its goal along every axis.

    `besides` are values of other arguments that change too, and have no part in the goal.
    """
    layer, axes = target.layer, list[OneAxis]()
    for kind in kinds:
        if isinstance(layer.arguments.get(kind.field), int) or kind.field not in layer.arguments:
            continue  # a window over the depth is another matter
        try:
            axes = axes or _axes(layer, target.volumes, goal)
            value = _value(axes, kind, goal)
        except ShapeError:  # an argument has sizes for another number of axes
            return
        if value is not None:
            yield candidate(target.graph, target.row, {**besides, kind.field: value}, kind.order)


def half_padded(target: RepairTarget, goal: Goal, besides: Mapping[str, Any]) -> Iterator[Candidate]:
    """Another stride with padding of half the extent, both at once: `S=2, P=1` gives 16x16 on 32x32."""
    layer, row, volume = target.layer, target.row, target.volume
    if not row.windows or not {"stride", "padding"} <= layer.arguments.keys():
        return
    rank = len(volume.spatial)
    padding = pads([((w.effective - 1) // 2, w.effective // 2) for w in row.windows])
    for stride in range(1, LARGEST_STRIDE + 1):
        values = {**besides, "stride": Sizes((stride,)), "padding": padding}
        changed = layer.changed(**values)
        axes = ((changed.along(i, rank), Volume((n,), volume.depth, volume.flat)) for i, n in enumerate(volume.spatial))
        if all(_reached(alone, (along,), axis, goal) for axis, (alone, along) in enumerate(axes)):
            yield candidate(target.graph, row, values, WITH_PADDING)


class OneAxis(NamedTuple):
    """A layer along one axis, counted from the width."""

    alone: Layer
    inputs: tuple[Volume, ...]
    number: int
    reached: bool
    """Whether it does there what it should as it is."""


def _axes(layer: Layer, volumes: tuple[Volume, ...], goal: Goal) -> list[OneAxis]:
    """The layer along every axis."""
    rank, axes = len(volumes[0].spatial), []
    for axis in range(rank):
        alone = layer.along(axis, rank)
        inputs = tuple(Volume((v.spatial[axis],), v.depth, v.flat) for v in volumes)
        axes.append(OneAxis(alone, inputs, axis, _reached(alone, inputs, axis, goal)))
    return axes


def _value(axes: Sequence[OneAxis], kind: Kind, goal: Goal) -> Argument | None:
    """The value of an argument over all axes; None where an axis cannot reach the goal, or all have reached it."""
    found: list[Any] = []
    for alone, inputs, axis, reached in axes:
        if reached:
            found.append(_present(alone, kind.field, inputs[0]))
            continue
        fits = (
            value
            for value in islice(kind.values(alone, inputs[0]), MOST_VALUES)
            if _reached(alone.changed(**{kind.field: _typed(kind.field, [value])}), inputs, axis, goal)
        )
        value = next(fits, None)
        if value is None:
            return None
        found.append(value)
    changed = not all(axis.reached for axis in axes)
    return _typed(kind.field, found) if changed and None not in found else None


def _present(layer: Layer, field: str, volume: Volume) -> Any:
    """What the argument is along an axis that needs no change; None where it cannot be said as a number."""
    value = layer.arguments[field]
    if field == "padding":
        windows = layer.windows(volume)
        return value.pairs[0] if not value.name else (windows[0].before, windows[0].after) if windows else None
    if field == "output_padding":
        return value[0] if value else 0
    return value[0] if isinstance(value, tuple) else value or "ceil"


def _typed(field: str, values: list[Any]) -> Any:
    if field == "padding":
        return pads(values)
    if field == "ceil":
        return "ceil"
    return Sizes(values[:1] if len(set(values)) == 1 else values)


def _reached(layer: Layer, inputs: tuple[Volume, ...], axis: int, goal: Goal) -> bool:
    try:
        return goal(layer, inputs, axis)
    except ShapeError:
        return False


def candidate(graph: Graph, row: Row, values: dict[str, Any], order: int, advice: str = "") -> Candidate:
    """The candidate that gives arguments other values, by field, in every layer that the same call makes."""
    node = row.node
    text = _written(row, node.layer, values)
    layers = {i: graph.nodes[i].layer.changed(**values) for i in same_call(graph, node)}
    title = ", ".join(f"{letter}={shown(value)}" for letter, value in text.items())
    edits = partial(written, node, text)

    def says(tried: Tried) -> str:
        return advice or _advice(title, row, tried.rows[node.index])

    distance = sum(_distance(node.layer.arguments[field], value) for field, value in values.items())
    return Candidate(Change(layers), f"write {title}", says, edits, order, distance)


def _written(row: Row, layer: Layer, values: dict[str, Any]) -> dict[str, Argument]:
    """What to write, by letter: the values, and what was not written and would follow them if it still were not.

    `POOL(3)` has a stride of 3, and one with F=2 keeps it with S=3; CONV alone is padded, and CONV(F=5) is not.
    """
    parameters = {p.field: p for p in layer.signature}
    assumed = {p.field for p in layer.signature if p.letter in row.node.assumed}
    given = {field: value for field, value in layer.arguments.items() if field not in assumed}
    follow = type(layer).defaults({**given, **values})
    text: dict[str, Argument] = {}
    for field in parameters:
        if field not in values and field not in assumed:
            continue
        value = values.get(field, layer.arguments[field])
        others = {k: v for k, v in values.items() if k != field}
        follows = type(layer).defaults({**given, **others}) if field in values else follow
        if field in assumed and value == follows.get(field, parameters[field].default):
            continue
        if isinstance(value, Padding) and value == PRESERVE and row.arriving is not None:
            value = pads([(w.before, w.after) for w in layer.changed(**values).windows(row.arriving)])
        text[parameters[field].letter] = _language(value)
    return text


def _language(value: Any) -> Argument:
    return "true" if value == "ceil" else value  # the field of `ceil=true` has the mode that it stands for


def _distance(before: Any, after: Any) -> int:
    if isinstance(before, Padding) and isinstance(after, Padding):
        return sum(a + b for a, b in after.pairs)
    if isinstance(before, tuple) and isinstance(after, tuple):
        return sum(abs(a - b) for a, b in zip(before, after, strict=False))
    return abs(after - before) if isinstance(before, int) and isinstance(after, int) else 0


def _advice(title: str, row: Row, after: Row) -> str:
    if title.startswith("ceil") and after.output is not None:
        return "ceil=true rounds up and reads everything"
    if after.output is None:
        return f"{title} fits"
    sizes = size_text(after.output.spatial)
    if title.startswith("P=") and row.arriving is not None:
        return f"{title} keeps {size_text(row.arriving.spatial)} and gives {sizes}"
    return f"{title} gives {after.output}"

"""The edges of a functional model: which call of a layer reads which tensors, in an order in which they can be run."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import Any, TypeAlias

from shapecalc.core.phrases import shortened
from shapecalc.core.record import NamedTuple, Record, replace
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.lowering.json_values import list_in, value_at

TensorName: TypeAlias = tuple[str, int, int]
"""Layer, call of the layer, output of the call."""


class Operand(NamedTuple):
    """A number that a function of two arguments is given besides a tensor."""

    number: float
    before: bool
    """It is the first argument."""


class LayerCall(Record):
    """One use of a layer: the tensors that it reads, and the one number that it joins with one of them."""

    layer: str
    number: int
    reads: tuple[TensorName, ...]
    operand: Operand | None = None
    given: tuple[Any, ...] = ()
    """The arguments of the call in their order; the first is what it reads."""
    named: Mapping[str, Any] = MappingProxyType({})
    """The arguments of the call by name."""
    masks: int = 0
    """How many of the tensors, the last ones, say which positions count."""

    def with_arguments(self, named: Mapping[str, Any], operand: Operand | None) -> LayerCall:
        """The same call with other arguments by name."""
        return replace(self, named=named, operand=operand)


class WithoutBatch(tuple[Any, ...]):
    """The shape of a tensor that has no batch, such as a table of distances; other shapes are without it."""


class Edges:
    """All calls of a model, and the shapes that the file states of tensors."""

    def __init__(self, *, open_batch: bool = False) -> None:
        self.open_batch = open_batch
        """How many images there are is open, so that a shape with a number for it has no batch."""
        self.calls: list[LayerCall] = []
        self.ends: list[TensorName] = []
        """The outputs of the model."""
        self.shapes: dict[TensorName, Sequence[Any]] = {}

    def state(self, tensor: TensorName, shape: Sequence[Any]) -> None:
        """Takes down the shape of a tensor, unless another one is known; an axis of 1 in front is like a batch."""
        alone = self.open_batch and type(shape[0]) is int and shape[0] > 1
        self.shapes.setdefault(tensor, WithoutBatch(shape) if alone else shape[1:])


def edges_of(layers: Sequence[tuple[str, Mapping[str, Any]]], models: set[str], outputs: Any) -> Edges:
    """The calls of layers by name; `models` are those that are models themselves, `outputs` what the file says of them.

    Keras 2 counts the calls of a model from the one that made it, which is not in the file.
    """
    first = [list_in(layer, "config", key)[:1] for _, layer in layers for key in ("batch_shape", "batch_input_shape")]
    edges, known = Edges(open_batch=[None] in first), {name for name, _ in layers}
    for name, layer in layers:
        for number, entry in enumerate(list_in(layer, "inbound_nodes") or [[]]):
            masks: list[TensorName] = []
            values = tuple(_tensors(entry, known, edges, masks))
            given, named = _arguments(entry)
            operand = operand_of(given, named) if len(values) == 1 else None
            edges.calls.append(LayerCall(name, number, (*values, *masks), operand, given, named, len(masks)))
            for tensor, shape in zip(values, () if number else built_shapes(layer), strict=False):
                edges.state(tensor, shape)
    edges.ends = named_tensors(outputs, known)
    if numbers := _numbers(edges, models):
        edges.calls[:] = [replace(call, reads=_numbered(call.reads, numbers)) for call in edges.calls]
        edges.ends[:] = _numbered(edges.ends, numbers)
    return edges


def _numbered(tensors: Sequence[TensorName], numbers: Mapping[tuple[str, int], int]) -> tuple[TensorName, ...]:
    return tuple((name, numbers.get((name, number), number), output) for name, number, output in tensors)


def _numbers(edges: Edges, models: set[str]) -> dict[tuple[str, int], int]:
    """What the calls of models that others read are called, where fewer are in the file than their numbers say."""
    there = {name: sum(call.layer == name for call in edges.calls) for name in models}
    read: dict[str, set[int]] = {name: set() for name in models}
    for tensors in (edges.ends, *(call.reads for call in edges.calls)):
        for name, number, _ in tensors:
            if name in models:
                read[name].add(number)
    return {
        (name, number): place
        for name, numbers in read.items()
        if numbers and max(numbers) >= there[name] >= len(numbers)
        for place, number in enumerate(sorted(numbers))
    }


def in_running_order(calls: Sequence[LayerCall]) -> Iterator[LayerCall]:
    """Each call after those that it reads. Raises Diagnosed SHP010 where there is no such order."""
    places = {(call.layer, call.number): place for place, call in enumerate(calls)}
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for place, call in enumerate(calls):
        for layer, number, _ in call.reads:
            if (layer, number) not in places:
                what = f"{shortened(layer)}, call {number + 1}, which is not in the file"
                raise Diagnosed(report("SHP010", f"{shortened(call.layer)} reads {what}"))
        sorter.add(place, *(places[layer, number] for layer, number, _ in call.reads))
    try:
        sorter.prepare()
    except CycleError as circle:
        one = calls[min(circle.args[1])].layer
        raise Diagnosed(report("SHP010", f"layers read each other in a circle, {shortened(one)} among them")) from None
    ready: list[int] = []
    while sorter.is_active():
        for place in sorter.get_ready():
            heapq.heappush(ready, place)
        place = heapq.heappop(ready)
        sorter.done(place)
        yield calls[place]


def named_tensors(value: Any, known: set[str]) -> list[TensorName]:
    """The tensors of `input_layers` or `output_layers`: one, a list, or a dictionary of them."""
    return list(_tensors(value, known, Edges(), []))


def _tensors(value: Any, known: set[str], edges: Edges, masks: list[TensorName]) -> Iterator[TensorName]:
    """Every tensor in what a call is given, in order: Keras 3 marks them, Keras 2 writes [layer, call, output].

    Those of an argument called a mask are added to `masks` instead.
    """
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            name, shape = name_of(value_at(value, "config", "keras_history")), list_in(value, "config", "shape")
            if name is not None:
                if shape:
                    edges.state(name, shape)
                yield name
            return
        for key, part in value.items():
            found = _tensors(part, known, edges, masks)
            if key.endswith("mask"):
                masks.extend(found)
            else:
                yield from found
    elif isinstance(value, list):
        name = name_of(value)
        if name is not None and name[0] in known:
            yield name
            value = value[3:]
        for part in value:
            if isinstance(part, dict | list):
                yield from _tensors(part, known, edges, masks)


def _arguments(entry: Any) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """The arguments of a call in their order and by name. Keras 2 has the named ones after the first tensor."""
    if isinstance(entry, dict):
        named = entry.get("kwargs")
        return tuple(list_in(entry, "args")), named if isinstance(named, dict) else {}
    while isinstance(entry, list) and entry and isinstance(entry[0], list):
        entry = entry[0]
    named = entry[3] if isinstance(entry, list) and len(entry) > 3 and isinstance(entry[3], dict) else {}
    return tuple(entry[2:3] if isinstance(entry, list) and entry[:1] == [CONSTANT] else [None]), named


CONSTANT = "_CONSTANT_VALUE"
"""What Keras 2 writes for the name of a layer where the first argument is a number."""


def operand_of(given: Sequence[Any], named: Mapping[str, Any]) -> Operand | None:
    """The number that one of two arguments is."""
    values = [*given, *(value for key, value in named.items() if key != "name")]
    numbers = [(place, n) for place, n in enumerate(values[:2]) if type(n) in (int, float)]
    return Operand(float(numbers[0][1]), numbers[0][0] == 0) if len(numbers) == 1 and len(values) == 2 else None


def built_shapes(layer: Any) -> list[list[Any]]:
    """The shapes of what a layer was made for, with their batch, where the file has them: Keras does from 2.13 on."""
    shape = list_in(layer, "build_config", "input_shape")
    shapes = shape if shape and all(isinstance(part, list) for part in shape) else [shape]
    return [part for part in shapes if len(part) > 1]


def name_of(value: Any) -> TensorName | None:
    """The tensor that an argument of Keras 2 names; None for any other value."""
    if not isinstance(value, list) or len(value) < 3 or not isinstance(value[0], str):
        return None
    layer, call, output = value[:3]
    return (layer, call, output) if type(call) is int and type(output) is int else None

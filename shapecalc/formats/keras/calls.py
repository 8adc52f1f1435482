"""The edges of a functional model: which call of a layer reads which tensors, in an order in which they can be run."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from shapecalc.core.named_tuple import NamedTuple
from shapecalc.core.phrases import shortened
from shapecalc.core.record import Record, replace
from shapecalc.diagnostics.diagnostic import Diagnosed, report

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
    causal: bool = False
    """It is told that positions look back alone."""
    masks: int = 0
    """How many of the tensors, the last ones, say which positions count."""


class Edges:
    """All calls of a model, and the shapes that the file states of tensors."""

    def __init__(self) -> None:
        self.calls: list[LayerCall] = []
        self.shapes: dict[TensorName, Sequence[Any]] = {}


def edges_of(layers: Sequence[tuple[str, Mapping[str, Any]]], models: set[str]) -> Edges:
    """The calls of layers by name; `models` are those that are models themselves.

    Keras 2 counts the calls of a model from the one that made it, which is not in the file.
    """
    edges = Edges()
    known = {name for name, _ in layers}
    for name, layer in layers:
        entries = layer.get("inbound_nodes")
        found = entries if isinstance(entries, list) else []
        for number, entry in enumerate(found or [[]]):
            masks: list[TensorName] = []
            values = tuple(_tensors(entry, known, edges.shapes, masks))
            operand = _operand(entry) if len(values) == 1 else None
            edges.calls.append(LayerCall(name, number, (*values, *masks), operand, _is_causal(entry), len(masks)))
    numbers = _numbers(edges.calls, models)
    edges.calls[:] = [
        replace(call, reads=tuple((name, numbers.get((name, n), n), output) for name, n, output in call.reads))
        for call in edges.calls
    ]
    return edges


def _numbers(calls: Sequence[LayerCall], models: set[str]) -> dict[tuple[str, int], int]:
    """What the calls of models that others read are called, where fewer are in the file than their numbers say."""
    there = {name: sum(call.layer == name for call in calls) for name in models}
    read: dict[str, set[int]] = {name: set() for name in models}
    for call in calls:
        for name, number, _ in call.reads:
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
    missing: list[set[int]] = []
    readers: dict[int, list[int]] = {}
    for place, call in enumerate(calls):
        needed = set()
        for layer, number, _ in call.reads:
            source = places.get((layer, number))
            if source is None:
                what = f"{shortened(layer)}, call {number + 1}, which is not in the file"
                raise Diagnosed(report("SHP010", f"{shortened(call.layer)} reads {what}"))
            needed.add(source)
            readers.setdefault(source, []).append(place)
        missing.append(needed)
    ready = [place for place, needed in enumerate(missing) if not needed]
    done = 0
    while ready:
        place = heapq.heappop(ready)
        done += 1
        yield calls[place]
        for reader in readers.get(place, ()):
            if place in missing[reader]:
                missing[reader].discard(place)
                if not missing[reader]:
                    heapq.heappush(ready, reader)
    if done < len(calls):
        waiting = next(call.layer for call, needed in zip(calls, missing, strict=True) if needed)
        raise Diagnosed(report("SHP010", f"layers read each other in a circle, {shortened(waiting)} among them"))


def named_tensors(value: Any, known: set[str]) -> list[TensorName]:
    """The tensors of `input_layers` or `output_layers`: one, a list, or a dictionary of them."""
    return list(_tensors(value, known, {}, []))


def _tensors(
    value: Any, known: set[str], shapes: dict[TensorName, Sequence[Any]], masks: list[TensorName]
) -> Iterator[TensorName]:
    """Every tensor in what a call is given, in order: Keras 3 marks them, Keras 2 writes [layer, call, output].

    Those of an argument called a mask are added to `masks` instead.
    """
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            config = value.get("config")
            history = config.get("keras_history") if isinstance(config, dict) else None
            name = _name_of(history)
            if name is not None:
                shape = config.get("shape") if isinstance(config, dict) else None
                if isinstance(shape, list):
                    shapes.setdefault(name, shape[1:])
                yield name
            return
        for key, part in value.items():
            found = _tensors(part, known, shapes, masks)
            if key.endswith("mask"):
                masks.extend(found)
            else:
                yield from found
    elif isinstance(value, list):
        name = _name_of(value)
        if name is not None and name[0] in known:
            yield name
            value = value[3:]
        for part in value:
            if isinstance(part, dict | list):
                yield from _tensors(part, known, shapes, masks)


def _operand(entry: Any) -> Operand | None:
    """The number in a call: Keras 3 has two arguments, Keras 2 the second one by name."""
    if isinstance(entry, dict):
        given = entry.get("args")
        kwargs = entry.get("kwargs")
        args = [*(given if isinstance(given, list) else ()), *(kwargs.values() if isinstance(kwargs, dict) else ())]
    else:
        read = entry[0] if isinstance(entry, list) and entry and isinstance(entry[0], list) else entry
        named = read[3] if isinstance(read, list) and len(read) > 3 else None
        args = [None, named.get("y")] if isinstance(named, dict) else []
    numbers = [(place, n) for place, n in enumerate(args[:2]) if type(n) in (int, float)]
    return Operand(float(numbers[0][1]), numbers[0][0] == 0) if len(numbers) == 1 and len(args) == 2 else None


def _is_causal(entry: Any) -> bool:
    """Keras 3 has it among the arguments by name, Keras 2 at the end of the first tensor."""
    if isinstance(entry, dict):
        named = entry.get("kwargs")
    else:
        read = entry[0] if isinstance(entry, list) and entry else None
        named = read[3] if isinstance(read, list) and len(read) > 3 else None
    return isinstance(named, dict) and named.get("use_causal_mask") is True


def _name_of(value: Any) -> TensorName | None:
    if not isinstance(value, list) or len(value) < 3 or not isinstance(value[0], str):
        return None
    layer, call, output = value[:3]
    return (layer, call, output) if type(call) is int and type(output) is int else None

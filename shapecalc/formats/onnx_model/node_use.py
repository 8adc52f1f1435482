"""A node of an ONNX graph on its tensors: how its attributes, weights and constants are read."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import Diagnosed, unreadable
from shapecalc.formats.onnx_model.quantised_operators import QUANTISED
from shapecalc.formats.read import LoadArray
from shapecalc.lowering.arrangements import positions_outwards, reversed_axes, table_of
from shapecalc.lowering.flow import Flowing, Weights
from shapecalc.lowering.operator_call import OperatorCall
from shapecalc.lowering.operator_products import multiplies
from shapecalc.passes.graph import Arrange, StoredArray, as_it_is

LEARNING = {"LN": False, "GN": False, "IN": None, "PRELU": False}
"""Layers that have weights which others may be in the place of, and their `affine` where they have none."""
HIDES = -50
"""What a mask adds to a product at most: the weight of a position in a softmax is below 1e-20 then."""


@dataclass(frozen=True, kw_only=True)
class NodeUse(OperatorCall):
    """One node on some tensors."""

    onnx: Any
    node: Any
    initial: Mapping[str, Any]
    """The tensors of constants, by name."""
    array: Callable[[str], Any]
    """The values of a short constant; None for another tensor."""
    same: Mapping[str, str]
    """Constants that are another one under a name of their own."""
    opset: int
    readers: Mapping[str, Sequence[Any]]
    """The nodes that read each tensor; None stands for who asked for an output."""
    fills: Mapping[str, float]
    """Tensors that the program fills with one number."""
    load: LoadArray
    """Gives an array of the file."""
    parameters: Container[str]
    """Weights that are known to be parameters of the program."""
    absorbed: dict[str, str]
    """Tensors that another one is already: what a layer gives with a bias that a node of its own adds."""

    def input(self, place: int) -> str:
        """The name of an input; empty where it is left out."""
        return self.tensors[place] if place < len(self.tensors) else ""

    def is_read(self, place: int) -> bool:
        """Whether a node or who asked for an output reads a tensor that it gives."""
        return place >= len(self.node.output) or bool(self.readers.get(self.node.output[place]))

    @property
    def equation(self) -> str:
        return str(self.attribute("equation", ""))

    def add(self, kind: str, inputs: Sequence[int] | None = None, /, **arguments: Any) -> int:
        """As elsewhere; what reads a buffer for its weights, and a product with those of another kind, is opaque."""
        if not self.shapes:
            return super().add(kind, inputs, **arguments)
        named = all(name in self.parameters for name, _, trained in self.weights if trained)
        other = multiplies(self.kind) and (self.is_of_another(kind) or (self.has_computed_weights and named))
        learns = kind in LEARNING and arguments.get("affine") is not LEARNING[kind]
        if other or (learns and any(not trained for *_, trained in self.weights)):
            return self.as_stated(inputs)
        return super().add(kind, inputs, **arguments)

    @property
    def has_computed_weights(self) -> bool:
        """Also where it multiplies with what is not trained; a kernel divided by a norm with steps is whole."""
        made = [(sum(size for _, size, trained in w.arrays if trained), w) for w in self.constants if w.arrays]
        return any(trained != prod(value.shape) for trained, value in made)

    def new_weights(self) -> tuple[int, int]:
        """A number of an operator on single values is no weight, unless it is known to be a parameter."""
        known = tuple(w for w in self.weights if w[1] > 1 or w[0] in self.parameters)
        kept = self if multiplies(self.kind) else replace(self, weights=known)
        return OperatorCall.new_weights(kept)

    def weight(self, place: int) -> tuple[int, ...]:
        """The shape of a weight; empty where the input is none."""
        value = self.values.get(self.input(place))
        return value.shape if isinstance(value, Weights) else ()

    def holding(self, made: list[Flowing], **roles: int | tuple[int, Arrange]) -> list[Flowing]:
        """What it made, and of which inputs the arrays of its layer are: a place alone where they lie as ours do."""
        node = made[0].node
        layer = self.assembler.nodes[node]
        if self.node.doc_string == QUANTISED:
            return self.differing(made, "its weights are whole numbers of a scale")
        if layer.shares is None and layer.layer.understood and not layer.layer.opaque:
            found = {}
            for role, given in roles.items():
                place, arrange = given if isinstance(given, tuple) else (given, as_it_is)
                name = self.input(place)
                name = self.same.get(name, name)
                needed = (self.arrays_of(node) or {}).get(role)
                if needed is not None and self.weight(place):
                    self.compare_weights(node, shortened(name), prod(self.weight(place)), needed)
                value = self.values.get(name)
                if name in self.initial or (isinstance(value, Weights) and value.is_whole):
                    found[role] = StoredArray((name,), arrange)
            self.assembler.stored.hold(node, found)
        return made

    def hold_values(self, node: int, name: str) -> None:
        name = self.same.get(name, name)
        if name in self.initial and self.assembler.nodes[node].shares is None:
            arrange = positions_outwards if self.first.last else reversed_axes
            self.assembler.stored.hold(node, {"value": StoredArray((name,), arrange)})

    def loaded(self, name: str) -> Any:
        """The values of a tensor; None where they are computed, or not there."""
        with suppress(Diagnosed):
            return self.load((self.same.get(name, name),))
        return None

    def counts_up(self) -> bool:
        """Whether the second input is 0, 1, 2, … for all values of the first, which are in one row."""
        size, value = self.values[self.input(0)].shape, self.values.get(self.input(1))
        if not isinstance(value, Weights) or len(size) != 1 or prod(value.shape) != size[0]:
            return False
        places = self.loaded(self.input(1))
        return places is not None and list(places.reshape(-1)) == [*range(*size)]

    def holds_mask(self, name: str, *, likely: bool) -> bool:
        values = self.loaded(name)
        if values is None:
            return likely
        hidden = values <= HIDES
        return bool((hidden | (values == 0)).all() and (likely or hidden.any()))

    def hides_later(self, place: int, *, when: bool = False) -> bool:
        """Whether an input hides from every position all that comes after it, and nothing else.

        It is far below zero there, or, of yes and no, the one of `when`.
        """
        value = self.values.get(self.input(place))
        if not isinstance(value, Weights) or len(value.shape) < 2 or prod(value.shape) != value.shape[-1] ** 2:
            return False
        values = self.loaded(self.input(place))
        if values is None:
            return False
        mask = values.reshape(value.shape[-2:])
        plain = mask.dtype == bool or ((mask <= HIDES) | (mask == 0)).all()
        hidden = mask == when if mask.dtype == bool else mask <= HIDES
        return bool(plain and (hidden == np.triu(np.ones_like(hidden), 1)).all())

    def holds_table(self, name: str, window: Sequence[int]) -> bool:
        values = self.loaded(name)
        with suppress(ValueError):  # which are no table
            return values is not None and table_of(window)(values) is not None
        return False

    def hold_table(self, node: int, name: str, window: Sequence[int], *, width_first: bool) -> None:
        found = StoredArray((self.same.get(name, name),), table_of(window, width_first=width_first))
        self.assembler.stored.hold(node, {"distances": found})

    def with_sum_after(self, channels: int, ones_after: int = 0) -> NodeUse:
        """With what its only reader adds to each channel as one more input; that reader is done with then."""
        readers = self.readers.get(self.node.output[0], ())
        if len(readers) != 1 or readers[0] is None or readers[0].op_type != "Add" or len(readers[0].input) != 2:
            return self
        other = next((name for name in readers[0].input if name != self.node.output[0]), "")
        value = self.values.get(other)
        if not isinstance(value, Weights) or len(value.arrays) != 1 or prod(value.shape) != channels:
            return self
        known = channels > 1 or not self.parameters or value.arrays[0][0] in self.parameters
        owner = self.owners.get(value.arrays[0][0])
        joined = owner is not None and self.assembler.nodes[owner].kind == "LEARNED"  # as a token that is joined on too
        if value.shape[-1 - ones_after :] != (channels, *(1,) * ones_after) or not known or joined:
            return self
        self.absorbed[readers[0].output[0]] = self.node.output[0]
        return replace(self, tensors=(*filter(None, self.tensors), other), weights=(*self.weights, *value.arrays))

    def is_filled(self, place: int, number: float) -> bool:
        """Whether the program itself fills an input with a number, which is no weight then."""
        name, value = self.input(place), self.values.get(self.input(place))
        untrained = isinstance(value, Weights) and not any(trained for *_, trained in value.arrays)
        values = self.loaded(name) if untrained else None
        return self.fills.get(name) == number if values is None else bool((values == number).all())

    def differing(self, made: list[Flowing], why: str) -> list[Flowing]:
        """What it made; where there is a reason, its values are others than those of the layer."""
        if why:
            self.assembler.differs(made[0].node, why)
        return made

    def attribute(self, name: str, default: Any = None) -> Any:
        """The value of an attribute."""
        for attribute in self.node.attribute:
            if attribute.name == name:
                value = self.onnx.helper.get_attribute_value(attribute)
                if isinstance(value, float):
                    return in_fewest_digits(value)
                return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        return default

    def constant(self, place: int) -> list[Any] | None:
        """The values of a short constant; None where it is unknown."""
        found = self.array(self.input(place)) if self.input(place) else None
        return None if found is None else list(found.reshape(-1).tolist())

    def setting(self, name: str, place: int) -> list[Any] | None:
        """What was an attribute in older opsets and is an input in newer ones."""
        value = self.attribute(name)
        if value is None:
            return self.constant(place)
        return list(value) if isinstance(value, list | tuple) else [value]

    def each(self, name: str, rank: int, default: int) -> tuple[int, ...]:
        """One number for every spatial axis. Raises Diagnosed SHP010."""
        value = tuple(self.attribute(name) or (default,) * rank)
        if len(value) != rank or not all(isinstance(n, int) for n in value):
            raise unreadable(f"{self.outputs[0][0]}: {name} has {len(value)} numbers for {rank} axes")
        return value


def in_fewest_digits(value: float) -> float:
    """The shortest number that is stored as this one in 32 bits.

    >>> in_fewest_digits(9.999999747378752e-06)
    1e-05
    """
    return float(str(np.float32(value)))

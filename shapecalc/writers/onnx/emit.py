"""What is at hand where a layer is written: nodes, constants, weights, and the two forms of volumes between layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import untaken
from shapecalc.core.record import Record
from shapecalc.passes.report import Row
from shapecalc.writers.onnx.export_options import Unwritable


class Tensor(Record):
    """A tensor between layers: batch, depth, then the spatial axes from the last to the width; or rows of values."""

    name: str
    volume: Volume

    @property
    def flat(self) -> bool:
        """Batch and values only, as FC and FLATTEN leave it."""
        return self.volume.flat


MOST_NODES = 50_000
"""Nodes of a model, some 300 MB of protocol buffers: an ADAPTIVEPOOL whose windows differ is one for each of them."""


@dataclass
class ModelParts:
    """The parts of a model, as they come."""

    opset: int
    batch: int | str
    weights: Mapping[int, Mapping[str, np.ndarray]] | None
    """By node and name of the array; None leaves them to be inputs."""
    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)
    inputs: list[ValueInfoProto] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    padded: set[str] = field(default_factory=set)
    """Tensors that come straight out of a Pad."""
    weight_names: dict[tuple[int, str, tuple[int, ...]], str] = field(default_factory=dict)
    """The tensor of every array, by the node that owns it, its name and its shape."""

    def unique(self, name: str) -> str:
        """The name, with a number after it if it is taken."""
        found = untaken(name, self.names, "_")
        self.names.add(found)
        return found

    def add_input(self, name: str, shape: Sequence[int | str]) -> str:
        """A tensor that comes from outside."""
        name = self.unique(name)
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))
        return name

    def add_constant(self, name: str, array: np.ndarray) -> str:
        """A tensor that the model holds."""
        name = self.unique(name)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name


@dataclass
class Emit:
    """Writes one layer: what a function of `ops.OPS` has at hand."""

    parts: ModelParts
    row: Row
    layer: Any
    """The layer with its arguments: the row's own, or what it stands for."""
    label: str
    """The name of the layer, and of the tensor that comes out."""
    values: tuple[Tensor, ...]

    @property
    def value(self) -> Tensor:
        """The one input."""
        return self.values[0]

    @property
    def volume(self) -> Volume:
        """The volume of the one input."""
        return self.values[0].volume

    @property
    def out(self) -> Volume:
        """The volume that comes out."""
        assert self.row.output is not None
        return self.row.output

    @property
    def opset(self) -> int:
        """The version of the operators."""
        return self.parts.opset

    @property
    def rank(self) -> int:
        """Number of spatial axes."""
        return len(self.out.spatial)

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Adds a node with one output; the name of that. Raises Unwritable where there are very many."""
        if len(self.parts.nodes) >= MOST_NODES:
            raise self.refuse(f"the model would have more than {MOST_NODES:,} nodes")
        output = self.parts.unique(f"{self.label}/{kind.lower()}")
        self.parts.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        if kind == "Pad" or (kind == "Identity" and inputs[0] in self.parts.padded):
            self.parts.padded.add(output)
        return output

    def refuse(self, why: str) -> Unwritable:
        """The error that names this layer."""
        return Unwritable(f"{self.label}, {self.row.node.text}, cannot be written as ONNX: {why}")

    # --- tensors ------------------------------------------------------------------------------

    def floats(self, what: str, array: Any) -> str:
        """A constant of float32."""
        return self.parts.add_constant(f"{self.label}.{what}", np.asarray(array, np.float32))

    def integers(self, what: str, numbers: Sequence[int] | np.ndarray) -> str:
        """A constant list of whole numbers."""
        return self.parts.add_constant(f"{self.label}.{what}", np.asarray(numbers, np.int64))

    def has(self, name: str) -> bool:
        """Whether the layer owns such an array."""
        return any(weight.name == name for weight in self.row.used_arrays)

    def weight(self, name: str, shape: Sequence[int], arrange: Callable[[np.ndarray], np.ndarray]) -> str:
        """An array of the layer in the order of axes that ONNX has; an input of that shape if it is left open.

        Layers that share an array have one tensor.
        """
        owner, names = self.row.node.owner, self.parts.weight_names
        key = (owner, name, tuple(shape))
        if key not in names:
            if self.parts.weights is None:
                names[key] = self.parts.add_input(f"{self.label}.{name}", tuple(shape))
            else:
                array = arrange(np.asarray(self.parts.weights[owner][name], np.float32))
                names[key] = self.floats(name, array.reshape(tuple(shape)))
        return names[key]

    def vector(self, name: str, length: int, otherwise: float = 0.0) -> str:
        """A number for each channel; filled in by the model where the layer has no such array, as it is no weight."""
        if self.has(name):
            return self.weight(name, (length,), lambda a: a)
        number = numpy_helper.from_array(np.full(1, otherwise, np.float32))
        return self.op("ConstantOfShape", self.integers("length", (length,)), value=number)

    def per_channel(self, name: str, value: Tensor) -> str:
        """An array with a number for each channel, shaped to go with a value; one number may stand for all."""
        given = next(w for w in self.row.used_arrays if w.name == name)
        shape = (given.size,) if value.flat else (given.size, *(1,) * self.rank)
        return self.weight(name, shape, lambda a: a)

    # --- forms --------------------------------------------------------------------------------

    def image(self, value: Tensor | None = None) -> str:
        """A value as batch, depth, spatial axes."""
        value = value or self.value
        if not value.flat:
            return value.name
        return self.reshape(value.name, (value.volume.depth, *(1,) * len(value.volume.spatial)))

    def rows(self) -> str:
        """The value as batch and values, in the order width, height, depth."""
        value = self.value
        if value.flat:
            return value.name
        name = value.name
        if value.volume.positions > 1:
            name = self.op("Transpose", name, perm=turned(len(value.volume.spatial)))
        return self.op("Flatten", name, axis=1)

    def reshape(self, name: str, shape: Sequence[int]) -> str:
        """The same values as another shape after the batch; one number may be -1."""
        return self.op("Reshape", name, self.integers("shape", (0, *shape)))

    def slices(self, name: str, *lists: Any) -> str:
        """Part of a tensor: from where, to where, on which axes and in which steps; a number is a list of one."""
        return self.op("Slice", name, *(self.integers("slice", np.atleast_1d(numbers)) for numbers in lists))

    def concat(self, names: Sequence[str], axis: int) -> str:
        """Tensors one after the other; a single one is itself."""
        return names[0] if len(names) == 1 else self.op("Concat", *names, axis=axis)

    def apart(self, name: str) -> str:
        """A tensor that a pool reads, kept apart from the Pad that it may come from by a reshape to its own shape.

        onnxruntime moves a Pad into the pool after it, where a maximum takes other values for padding and more of it
        than the pool is wide is refused.
        """
        return self.reshape(name, (0,) * (1 + self.rank)) if name in self.parts.padded else name

    def reduced_mean(self, name: str, axes: Sequence[int]) -> str:
        """The mean over axes, which stay with a length of 1."""
        if self.opset < 18:
            return self.op("ReduceMean", name, axes=list(axes), keepdims=1)
        return self.op("ReduceMean", name, self.integers("axes", axes), keepdims=1)


def turned(rank: int) -> list[int]:
    """The axes after the batch in reverse: from width, height, depth to depth, height, width, and back."""
    return [0, *range(rank + 1, 0, -1)]


def outwards(volume: Volume) -> tuple[int, ...]:
    """Depth, then the spatial axes from the last to the width."""
    return volume.sizes[::-1]


def formed(volume: Volume) -> tuple[int, ...]:
    """The shape after the batch in which a volume passes between layers."""
    return (volume.depth,) if volume.flat else outwards(volume)

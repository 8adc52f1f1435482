"""The tensors of a model: which are weights, which are inputs, and the shapes of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import prod
from typing import Any

import numpy as np

from shapecalc.expansion.options import Options
from shapecalc.formats.onnx_model.branches import taken_branch
from shapecalc.formats.onnx_model.exported_origins import origins
from shapecalc.formats.onnx_model.folding import Ints, Numbers, exactly, folded, of_tensor
from shapecalc.formats.onnx_model.fusions import readers_of
from shapecalc.formats.onnx_model.input_layout import verdict
from shapecalc.formats.onnx_model.long_shapes import may_be_long
from shapecalc.formats.onnx_model.tensor_values import tensor_of
from shapecalc.formats.read import LoadArray
from shapecalc.lowering.flow import Weights
from shapecalc.lowering.pending import Values
from shapecalc.lowering.program_inputs import LAST, STEPS, layout_of

MOST_NODES = 400_000
"""Nodes that are looked at in all, however often shapes are computed from shapes: Swin takes 28 rounds."""
MANY_INPUTS = 8
"""From how many inputs without values on a model was written without its weights, which are inputs then."""
_WEIGHED = (
    "Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "InstanceNormalization", "LayerNormalization",
    "GroupNormalization", "PRelu", "LSTM", "GRU", "RNN",
)  # fmt: skip
"""Operators whose inputs after the first are weights."""
_FLOWING = (*_WEIGHED[:5], "MaxPool", "AveragePool", "Relu", "Pad")
"""Operators whose first input flows."""
_FRACTIONS = (1, 10, 11)
"""FLOAT, FLOAT16 and DOUBLE."""


class ModelTensors:
    """What is known of the tensors of a model before its nodes become layers; `shapes` are by name, with the batch.

    `opened` gives what loads arrays, which few models need to be read.
    """

    def __init__(self, onnx: Any, model: Any, options: Options, opened: Callable[[], LoadArray]) -> None:
        self.onnx, self.graph, self.options, self.opened = onnx, model.graph, options, opened
        self.origins = origins(model, opened)
        self.values = Values()
        self.constants: dict[str, Any] = {}
        """Short tensors by name, for shapes and bounds."""
        self.ints: dict[str, Ints] = {}
        """Known shapes and parts of them."""
        self.fractions: dict[str, Numbers] = {}
        """Those that have a type with fractions."""
        self.constant_nodes = {n.output[0]: n for n in self.graph.node if n.op_type == "Constant" and n.output}
        self._declare(self.graph.initializer)
        self.given = self._inputs()
        readers = readers_of(self.graph.node, [value.name for value in self.graph.output])
        fixed = set(self.values) | set(self.constant_nodes)
        for node in self.graph.node:  # what is computed from weights is a weight
            fixed.update(node.output if node.input and fixed.issuperset(filter(None, node.input)) else ())
        self.layouts: dict[str, str] = {}
        for value in self.given:
            sizes = dims_of(value)
            of_reader = partial(verdict, sizes=sizes, constants=fixed, shapes=self.ints)
            self.layouts[value.name] = layout_of(value.name, sizes, readers, of_reader)
        self.shapes = self._shapes(model)

    def _declare(self, tensors: Iterable[Any]) -> None:
        """Initializers are weights where they have fractions; whole numbers are shapes and indices."""
        types = self.onnx.TensorProto
        floats = (types.FLOAT, types.FLOAT16, types.DOUBLE, types.BFLOAT16)
        quantised = (types.INT8, types.UINT8)
        steps = ("QuantizeLinear", "DequantizeLinear")
        points = {name for node in self.graph.node if node.op_type in steps for name in node.input[1:]}
        read = {name for node in self.graph.node for name in node.input} - points
        scaled = {node.input[0] for node in self.graph.node if node.op_type == "DequantizeLinear" and node.input}
        for tensor in tensors:
            shape = tuple(int(n) for n in tensor.dims)
            row = len(shape) == 1 < prod(shape) and tensor.name in read
            counts = tensor.data_type in floats or (tensor.data_type in quantised and (len(shape) > 1 or row))
            counts = counts or (tensor.data_type == types.INT32 and tensor.name in scaled)
            self.constants[tensor.name] = tensor
            array = self.origins.copies.get(tensor.name, tensor.name)
            arrays = ((array, prod(shape), tensor.name not in self.origins.untrained),) if counts else ()
            self.values[tensor.name] = Weights(arrays, shape)
            self._take_number(tensor.name, tensor)
            values = of_tensor(self.onnx, tensor)
            if values is not None:
                self.ints[tensor.name] = values

    def _take_number(self, name: str, tensor: Any) -> None:
        """A constant that is one number with a fraction, as shapes are divided by."""
        if tensor is not None and tensor.data_type in _FRACTIONS and prod(tensor.dims) == 1:
            with suppress(Exception):  # values that are stored elsewhere, or that do not fit their shape
                self.fractions[name] = self.onnx.numpy_helper.to_array(tensor).astype(np.float64)

    def _inputs(self) -> list[Any]:
        """The inputs of a run; inputs in a weight's place are weights."""
        free = [value for value in self.graph.input if value.name not in self.values]
        second = {name for node in self.graph.node if node.op_type in _WEIGHED for name in node.input[1:]}
        firsts = {node.input[0] for node in self.graph.node if node.input and node.op_type in _FLOWING}
        given = []
        for place, value in enumerate(free):
            shape = dims_of(value)
            many = len(free) > MANY_INPUTS and place > 0 and value.name not in firsts
            weight = value.name in second and value.name not in firsts and place > 0 and None not in shape and shape
            if many or weight:
                known = tuple(n or 1 for n in shape)
                self.values[value.name] = Weights(((value.name, prod(known), True),), known)
            else:
                given.append(value)
        return given

    def _shapes(self, model: Any) -> dict[str, tuple[int, ...]]:
        """The shape of every tensor: as ONNX infers them for the sizes of the inputs, else as the file states them."""
        wanted = self.options.input
        changed = False
        for value in self.given:
            dims = dims_of(value)
            new = _closed(dims, wanted, self.layouts[value.name])
            for dim, size in zip(value.type.tensor_type.shape.dim, new, strict=True):
                if size is not None and (not dim.HasField("dim_value") or dim.dim_value != size):
                    changed = changed or (dim.HasField("dim_value") and dim.dim_value > 0)
                    dim.dim_value = size
        if changed:
            del self.graph.value_info[:]
        found, seen = self._inferred(model), 0
        while seen <= MOST_NODES and self._fold_shapes(found):
            seen += len(self.graph.node)
            found = self._inferred(model)
        return found

    def _inferred(self, model: Any) -> dict[str, tuple[int, ...]]:
        """The shapes that ONNX infers, or those that the file states where it cannot."""
        inferred = model
        with suppress(Exception):
            inferred = self.onnx.shape_inference.infer_shapes(model, data_prop=not may_be_long(self.graph, self.ints))
        found = {}
        for value in (*inferred.graph.value_info, *inferred.graph.output, *inferred.graph.input):
            dims = dims_of(value)
            if value.type.tensor_type.HasField("shape") and None not in dims:
                found[value.name] = tuple(n or 0 for n in dims)
        return found

    def _fold_shapes(self, shapes: dict[str, tuple[int, ...]]) -> bool:
        """Puts constants in the place of nodes that compute shapes; whether there were any."""
        kept, made, taken = [], [], False
        names = set(self.values).union(*(node.output for node in self.graph.node))
        for node in self.graph.node:
            branch = taken_branch(self.onnx, node, self.ints, names)
            if branch is not None:
                taken = True
                kept += branch.node
                self._declare(branch.initializer)
                self.graph.initializer.extend(branch.initializer)
                self.constant_nodes |= {n.output[0]: n for n in branch.node if n.op_type == "Constant" and n.output}
                continue
            value = self._folded(node, shapes) if len(node.output) == 1 else None
            if value is None:
                kept.append(node)
                continue
            name = node.output[0]
            self.ints[name] = value
            self.values[name] = Weights((), tuple(value.shape))
            made.append(self.onnx.numpy_helper.from_array(value, name))
        if made or taken:
            del self.graph.node[:]
            self.graph.node.extend(kept)
            self.graph.initializer.extend(made)
        return bool(made or taken)

    def _folded(self, node: Any, shapes: dict[str, tuple[int, ...]]) -> Ints | None:
        """What a node makes of known shapes."""
        attributes = {a.name: self.onnx.helper.get_attribute_value(a) for a in node.attribute if not a.ref_attr_name}
        name = node.input[0] if node.input else ""
        shape = self.ints[name].shape if name in self.ints else shapes.get(name, (0,))
        if node.op_type == "Shape" and 0 not in shape:
            sizes = shape[int(attributes.get("start", 0)) : attributes.get("end")]
            return np.array(sizes, np.int64)
        if node.op_type == "Constant":
            self._take_number(node.output[0], tensor_of(self.onnx, node))
            if "value" in attributes:
                return of_tensor(self.onnx, attributes["value"])
            given = attributes.get("value_ints", attributes.get("value_int"))
            return None if given is None else np.array(given, np.int64)
        if node.op_type == "ConstantOfShape" and "value" in attributes:
            attributes["value"] = of_tensor(self.onnx, attributes["value"])
            if attributes["value"] is None:
                return None
        whole = folded(node, attributes, [self.ints.get(name) for name in node.input if name])
        return self._exact(node, attributes, whole)

    def _exact(self, node: Any, attributes: Mapping[str, Any], whole: Ints | None) -> Ints | None:
        """What a node makes where numbers with fractions are among what it reads; else what it makes of whole ones."""
        to = attributes.get("to") if node.op_type == "Cast" else None
        if to not in _FRACTIONS and not any(name in self.fractions for name in node.input):
            return whole
        known = [self.fractions.get(name, self.ints.get(name)) for name in node.input if name]
        numbers = None if "" in node.input[:-1] else exactly(node, attributes, known)
        if numbers is None or not np.isfinite(numbers).all():
            return whole
        if to is not None and to not in _FRACTIONS:
            return np.trunc(numbers).astype(np.int64)
        self.fractions[node.output[0]] = numbers
        return whole if (numbers == np.trunc(numbers)).all() else None


def dims_of(value: Any) -> list[int | None]:
    """The sizes of an input or a tensor; None is open."""
    dims = value.type.tensor_type.shape.dim
    return [int(d.dim_value) if d.HasField("dim_value") and d.dim_value > 0 else None for d in dims]


def _closed(dims: Sequence[int | None], wanted: Sequence[int] | None, layout: str) -> list[int | None]:
    """An open batch is 1; other sizes are those of --input, where it has as many axes."""
    if layout == STEPS:
        closed = [dims[0], dims[1] or 1, dims[2]]
        return [wanted[0], closed[1], wanted[-1]] if wanted is not None and len(wanted) == 2 else closed
    closed = [dims[0] or 1, *dims[1:]] if dims else []
    if wanted is not None and len(dims) == len(wanted) + 1:
        outwards = list(reversed(wanted[:-1]))
        return [closed[0], *outwards, wanted[-1]] if layout == LAST else [closed[0], wanted[-1], *outwards]
    if wanted is not None and len(dims) == 2 and all(n == 1 for n in wanted[:-1]):
        return [closed[0], wanted[-1]]
    if wanted is not None and len(dims) == 2 and len(wanted) == 2 and wanted[-1] == 1:
        return [closed[0], wanted[0]]
    return closed

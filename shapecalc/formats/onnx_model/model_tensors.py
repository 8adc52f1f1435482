"""The tensors of a model: which are weights, which are inputs, and the shapes of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from math import prod
from typing import Any

import numpy as np

from shapecalc.expansion.options import Options
from shapecalc.formats.onnx_model.branches import taken_branch
from shapecalc.formats.onnx_model.exported_origins import origins
from shapecalc.formats.onnx_model.folding import WHOLE, Numbers, folded, of_tensor
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


class ModelTensors:
    """What is known of the tensors of a model before its nodes become layers; `shapes` are by name, with the batch.

    `opened` gives what loads arrays, which few models need to be read.
    """

    def __init__(self, onnx: Any, model: Any, options: Options, opened: Callable[[], LoadArray]) -> None:
        self.onnx, self.graph, self.options, self.opened = onnx, model.graph, options, opened
        self.opset, self.opsets = opset_of(model), model.opset_import
        self.origins = origins(model, opened)
        self.values = Values()
        self.constants: dict[str, Any] = {}
        """Short tensors by name, for shapes and bounds."""
        self.known: dict[str, Numbers] = {}
        """Shapes, parts of them, and what they are computed of."""
        self.ints: dict[str, Numbers] = {}
        """Those of whole numbers."""
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
            self._take(tensor.name, of_tensor(self.onnx, tensor))

    def _take(self, name: str, values: Numbers | None) -> bool:
        """Takes down what is known of a tensor; whether these are whole numbers."""
        if values is None:
            return False
        self.known[name] = values
        if values.dtype.kind in WHOLE:
            self.ints[name] = values.astype(np.int64)
        return name in self.ints

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
        with np.errstate(all="ignore"):
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
        ifs = any(node.op_type == "If" for node in self.graph.node)
        names = set(self.values).union(*(node.output for node in self.graph.node)) if ifs else set()
        for node in self.graph.node:
            branch = taken_branch(self.onnx, node, self.ints, names) if ifs else None
            if branch is not None:
                taken = True
                kept += branch.node
                self._declare(branch.initializer)
                self.graph.initializer.extend(branch.initializer)
                self.constant_nodes |= {n.output[0]: n for n in branch.node if n.op_type == "Constant" and n.output}
                continue
            name = node.output[0] if len(node.output) == 1 else ""
            value = self._folded(node, shapes) if name and name not in self.known else None
            if value is None or not self._take(name, value):  # numbers with fractions stay where they are
                kept.append(node)
                continue
            self.values[name] = Weights((), tuple(value.shape))
            made.append(self.onnx.numpy_helper.from_array(value, name))
        if made or taken:
            del self.graph.node[:]
            self.graph.node.extend(kept)
            self.graph.initializer.extend(made)
        return bool(made or taken)

    def _folded(self, node: Any, shapes: dict[str, tuple[int, ...]]) -> Numbers | None:
        """What a node makes of known shapes."""
        name = node.input[0] if node.input else ""
        if node.op_type == "Shape":
            shape = self.known[name].shape if name in self.known else shapes.get(name, (0,))
            ends = {attribute.name: attribute.i for attribute in node.attribute}
            return None if 0 in shape else np.array(shape[ends.get("start", 0) : ends.get("end")], np.int64)
        if node.op_type == "Constant":
            tensor = tensor_of(self.onnx, node)
            return None if tensor is None else of_tensor(self.onnx, tensor)
        return folded(self.onnx, node, self.opset, self.known)


def opset_of(model: Any) -> int:
    """The version of ONNX' own operators."""
    return max((int(o.version) for o in model.opset_import if o.domain in ("", "ai.onnx")), default=1)


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

"""The tensors of a model: which are weights, which are inputs and how these lie, and the shapes of all of them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from shapecalc.expansion.options import Options
from shapecalc.formats.onnx_model.branches import FLOATS, taken_branch
from shapecalc.formats.onnx_model.exported_origins import origins
from shapecalc.formats.onnx_model.fusions import readers_of
from shapecalc.formats.onnx_model.node_types import NodeTypes
from shapecalc.formats.onnx_model.tensor_values import WHOLE, Numbers, folded, of_tensor, opset_of, tensor_of
from shapecalc.formats.read import LoadArray
from shapecalc.lowering.flow import Weights
from shapecalc.lowering.pending import Values
from shapecalc.lowering.program_inputs import ALONG, FIRST, LAST, SEQUENCE_RANK, STEPS, layout_of, without_batch

SINGLE = ("Cast", "Identity", "Add", "Sub", "Mul", "Div", "Dropout", "QuantizeLinear", "DequantizeLinear")
RECURRENT = ("LSTM", "GRU", "RNN")
CHANNELS_FIRST = (
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "PRelu",
    "BatchNormalization", "InstanceNormalization", "GroupNormalization", "Resize", "Upsample", "DepthToSpace", "LRN",
)  # fmt: skip
"""Operators whose channels follow the batch."""


def verdict(
    node: Any, _: str, sizes: Sequence[int | None], constants: Container[str], shapes: Mapping[str, Any]
) -> str | Sequence[str]:
    """Of a node that reads a tensor of some sizes; `shapes` are constants, of which one may put all rows into one."""
    rank = len(sizes)
    if node is None or node.op_type == "Shape":
        return ""
    if node.op_type in SINGLE and len(node.input) < 4:
        return list(node.output[:1])
    given = {attribute.name: attribute for attribute in node.attribute}
    if rank == SEQUENCE_RANK and node.op_type == "Reshape" and len(node.input) > 1:
        wanted = shapes.get(node.input[1])
        return ALONG if wanted is not None and wanted.size == 2 and wanted[-1] == sizes[-1] else ""
    if node.op_type in RECURRENT and rank == SEQUENCE_RANK:
        return LAST if "layout" in given and given["layout"].i else STEPS
    if node.op_type == "Transpose" and "perm" in given:
        order = list(given["perm"].ints)
        turned = rank == SEQUENCE_RANK and order == [1, 0, 2]
        front = rank > SEQUENCE_RANK and order == [0, rank - 1, *range(1, rank - 1)]
        return LAST if turned or front else ""
    if node.op_type == "LayerNormalization" and rank >= SEQUENCE_RANK:
        return ALONG if "axis" not in given or given["axis"].i in (-1, rank - 1) else FIRST
    weighed = node.op_type == "MatMul" and len(node.input) > 1 and node.input[1] in constants
    if weighed and rank >= SEQUENCE_RANK:
        return ALONG
    return FIRST if node.op_type in CHANNELS_FIRST else ""


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
        self.opset = opset_of(model)
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
        self._close_inputs()
        self.types = NodeTypes(onnx, model, dict(self.constants))
        with np.errstate(all="ignore"):
            self._infer()
        self.shapes = {name: shape for name in self.types.values if (shape := self.types.shape(name)) is not None}
        """Those that are known."""
        for value in self.given:
            if any(self._adds_batch(reader, readers) for reader in readers.get(value.name, ())):
                raise without_batch(dims_of(value))

    def _adds_batch(self, node: Any, readers: Mapping[str, Sequence[Any]]) -> bool:
        """Whether a node puts an axis in front, for a convolution or a pool."""
        if node is None or node.op_type != "Unsqueeze":
            return False
        axes = [n for attribute in node.attribute for n in attribute.ints] or self.ints.get(node.input[-1], [])
        return [*axes] == [0] and any(
            one and one.op_type in CHANNELS_FIRST[:4] for one in readers.get(node.output[0], ())
        )

    def _declare(self, tensors: Iterable[Any]) -> None:
        """Initializers are weights where they have fractions; whole numbers are shapes and indices."""
        types = self.onnx.TensorProto
        quantised = (types.INT8, types.UINT8)
        steps = ("QuantizeLinear", "DequantizeLinear")
        points = {name for node in self.graph.node if node.op_type in steps for name in node.input[1:]}
        read = {name for node in self.graph.node for name in node.input} - points
        scaled = {node.input[0] for node in self.graph.node if node.op_type == "DequantizeLinear" and node.input}
        for tensor in tensors:
            shape = tuple(int(n) for n in tensor.dims)
            row = len(shape) == 1 < prod(shape) and tensor.name in read
            counts = tensor.data_type in FLOATS or (tensor.data_type in quantised and (len(shape) > 1 or row))
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

    def _close_inputs(self) -> None:
        """Gives the inputs the sizes that are asked for; what the file states of other tensors holds for its own."""
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

    def _infer(self) -> None:
        """The types of all tensors, with constants in the place of nodes that compute shapes."""
        waiting, kept = list(self.graph.node)[::-1], []
        ifs = any(node.op_type == "If" for node in self.graph.node)
        names = set(self.values).union(*(node.output for node in self.graph.node)) if ifs else set()
        while waiting:
            node = waiting.pop()
            branch = taken_branch(self.onnx, node, self.ints, names)
            if branch is not None:
                self._declare(branch.initializer)
                self.types.constants |= {tensor.name: tensor for tensor in branch.initializer}
                self.constant_nodes |= {n.output[0]: n for n in branch.node if n.op_type == "Constant" and n.output}
                waiting += list(branch.node)[::-1]
                continue
            name = node.output[0]
            value = self._folded(node) if len(node.output) == 1 else None
            if value is not None:
                self.types.constants[name] = self.onnx.numpy_helper.from_array(value, name)
            if self._take(name, value):
                self.values[name] = Weights((), self.known[name].shape)
            else:  # numbers with fractions stay where they are
                self.types.infer(node)
                kept.append(node)
        del self.graph.node[:]
        self.graph.node.extend(kept)

    def _folded(self, node: Any) -> Numbers | None:
        """What a node makes of known shapes."""
        name = node.input[0] if node.input else ""
        if node.op_type == "Shape":
            shape, ends = self.types.shape(name), {attribute.name: attribute.i for attribute in node.attribute}
            return None if shape is None else np.array(shape[ends.get("start", 0) : ends.get("end")], np.int64)
        if node.op_type == "Constant" and (tensor := tensor_of(self.onnx, node)) is not None:
            self.types.constants[node.output[0]] = tensor
            return of_tensor(self.onnx, tensor)
        return folded(self.onnx, node, self.opset, self.known)


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

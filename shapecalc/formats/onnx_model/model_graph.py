"""A model's graph: its inputs, which of them are weights, the shapes of all tensors, and the nodes in order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np

from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import Diagnosed, Source, report
from shapecalc.expansion.options import Options
from shapecalc.formats.onnx_model.damaged_nodes import check_nodes
from shapecalc.formats.onnx_model.folding import Ints, folded, number_of, of_tensor
from shapecalc.formats.onnx_model.fusions import Fusions, readers_of
from shapecalc.formats.onnx_model.input_layout import FIRST, LAST, STEPS, layout_of
from shapecalc.formats.onnx_model.lazy_operators import left_for_later
from shapecalc.formats.onnx_model.long_shapes import may_be_long
from shapecalc.formats.onnx_model.node_use import NodeUse
from shapecalc.formats.onnx_model.operators import OPERATORS
from shapecalc.formats.onnx_model.own_exports import graph_of_diagram
from shapecalc.formats.onnx_model.own_functions import inlined
from shapecalc.formats.onnx_model.tensor_values import tensor_of
from shapecalc.formats.onnx_model.wire import without_weights
from shapecalc.language.syntax import Settings
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.common_operators import opaque
from shapecalc.lowering.flow import Flowing, Weights, weight_parts
from shapecalc.lowering.lazy_steps import Lazy
from shapecalc.lowering.pending import Held, Value, Values
from shapecalc.lowering.sequence_views import axes_of_steps
from shapecalc.lowering.views import TensorView, whole
from shapecalc.passes.graph import Graph
from shapecalc.passes.stored import StoredTensor

MOST_NODES = 400_000
"""Nodes that are looked at in all, however often shapes are computed from shapes: Swin takes 28 rounds."""
MANY_INPUTS = 8
"""From how many inputs without values on a model was written without its weights, which are inputs then."""
WORDS = (
    ("F", "kernel_shape={}"), ("S", "strides={}"), ("P", "pads={}"), ("ceil", "ceil_mode={}"), ("true", "1"),
    ("false", "0"), ("groups", "group={}"), ("dilation", "dilations={}"),
    ("bias", "bias={}"), ("INPUT", "an input of {d}, {h}, {w}"),
)  # fmt: skip
"""How ONNX spells attributes."""
MOST_VALUES = 256
"""Values of a constant that are looked at."""
NAMELESS = frozenset({"", "main_graph", "torch_jit", "torch-jit-export", "graph", "tf2onnx"})
"""What exporters call every graph."""
_SHAPES = ("Shape", "Size", "NonZero")
"""Operators whose result is a shape and no volume."""


def read_onnx(source: Source, options: Options) -> Graph:
    """The graph of an ONNX model. Raises Diagnosed SHP010."""
    try:
        import onnx
    except ImportError:
        message = "reading .onnx needs the package onnx: pip install 'shapecalc[onnx]'"
        raise Diagnosed(report("SHP010", message)) from None
    if source.open_bytes is None:
        raise Diagnosed(report("SHP010", "an ONNX model is not text"))
    with source.open_bytes() as file:
        data = without_weights(file, file.seek(0, os.SEEK_END))
    try:
        model = onnx.ModelProto.FromString(data)
    except Exception as problem:  # protobuf's own error has another name in every version
        message = f"the file is not an ONNX model, or it is damaged ({type(problem).__name__})"
        raise Diagnosed(report("SHP010", message)) from None
    if not model.graph.node:
        raise Diagnosed(report("SHP010", "the file is not an ONNX model, or it has no nodes"))
    own = graph_of_diagram(model, options)
    if own is not None:
        return own
    model = inlined(model)
    check_nodes(onnx, model.graph, opset_of(model))
    return _Reader(onnx, model, options).run()


def opset_of(model: Any) -> int:
    """The version of ONNX' own operators."""
    return max((int(o.version) for o in model.opset_import if o.domain in ("", "ai.onnx")), default=1)


class _Reader:
    def __init__(self, onnx: Any, model: Any, options: Options) -> None:
        self.onnx, self.graph, self.options = onnx, model.graph, options
        self.assembler = Assembler(options, binary=True)
        self.assembler.words = WORDS
        self.values = Values()
        self.constants: dict[str, Any] = {}
        """Short tensors by name, for shapes and bounds."""
        self.ints: dict[str, Ints] = {}
        """Known shapes and parts of them."""
        self.owners: dict[str, int] = {}
        self.same: dict[str, str] = {}
        """Constants under the name of another one."""
        self.readers: dict[str, list[Any]] = {}
        """The nodes that read each tensor, and None for its outputs."""
        self.constant_nodes = {n.output[0]: n for n in self.graph.node if n.op_type == "Constant" and n.output}
        self.fills: dict[str, float] = {}
        """Tensors that the program itself fills with one number."""
        self.absorbed: dict[str, str] = {}
        self.opset = opset_of(model)
        self._declare()
        self.given = self._inputs()
        readers = readers_of(self.graph.node, [value.name for value in self.graph.output])
        fixed = set(self.values) | set(self.constant_nodes)
        self.layouts = {value.name: layout_of(value.name, _dims(value), readers, fixed) for value in self.given}
        self.shapes = self._shapes(model)

    def _declare(self) -> None:
        """Initializers are weights where they have fractions; whole numbers are shapes and indices."""
        types = self.onnx.TensorProto
        floats = (types.FLOAT, types.FLOAT16, types.DOUBLE, types.BFLOAT16)
        quantised = (types.INT8, types.UINT8)
        scaled = {node.input[0] for node in self.graph.node if node.op_type == "DequantizeLinear" and node.input}
        for tensor in self.graph.initializer:
            shape = tuple(int(n) for n in tensor.dims)
            counts = tensor.data_type in floats or (tensor.data_type in quantised and len(shape) > 1)
            counts = counts or (tensor.data_type == types.INT32 and tensor.name in scaled)
            size = prod(shape)
            self.values[tensor.name] = Weights(((tensor.name, size, True),) if counts else (), shape)
            self.constants[tensor.name] = tensor
            values = of_tensor(self.onnx, tensor)
            if values is not None:
                self.ints[tensor.name] = values

    def _inputs(self) -> list[Any]:
        """The inputs of a run; inputs in a weight's place are weights."""
        free = [value for value in self.graph.input if value.name not in self.values]
        second = {name for node in self.graph.node if node.op_type in _WEIGHED for name in node.input[1:]}
        firsts = {node.input[0] for node in self.graph.node if node.input and node.op_type in _FLOWING}
        given = []
        for place, value in enumerate(free):
            shape = _dims(value)
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
            dims = _dims(value)
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
            dims = _dims(value)
            if value.type.tensor_type.HasField("shape") and None not in dims:
                found[value.name] = tuple(n or 0 for n in dims)
        return found

    def _fold_shapes(self, shapes: dict[str, tuple[int, ...]]) -> bool:
        """Puts constants in the place of nodes that compute shapes; whether there were any."""
        kept, made = [], []
        for node in self.graph.node:
            value = self._folded(node, shapes) if len(node.output) == 1 else None
            if value is None:
                kept.append(node)
                continue
            name = node.output[0]
            self.ints[name] = value
            self.values[name] = Weights((), tuple(value.shape))
            made.append(self.onnx.numpy_helper.from_array(value, name))
        if made:
            del self.graph.node[:]
            self.graph.node.extend(kept)
            self.graph.initializer.extend(made)
        return bool(made)

    def _folded(self, node: Any, shapes: dict[str, tuple[int, ...]]) -> Ints | None:
        """What a node makes of known shapes."""
        attributes = {a.name: self.onnx.helper.get_attribute_value(a) for a in node.attribute if not a.ref_attr_name}
        name = node.input[0] if node.input else ""
        shape = self.ints[name].shape if name in self.ints else shapes.get(name, (0,))
        if node.op_type == "Shape" and 0 not in shape:
            sizes = shape[int(attributes.get("start", 0)) : attributes.get("end")]
            return np.array(sizes, np.int64)
        if node.op_type == "Constant":
            if "value" in attributes:
                return of_tensor(self.onnx, attributes["value"])
            given = attributes.get("value_ints", attributes.get("value_int"))
            return None if given is None else np.array(given, np.int64)
        if node.op_type == "ConstantOfShape" and "value" in attributes:
            attributes["value"] = of_tensor(self.onnx, attributes["value"])
            if attributes["value"] is None:
                return None
        return folded(node, attributes, [self.ints.get(name) for name in node.input if name])

    def run(self) -> Graph:
        batch = 1
        for value in self.given:
            self._input(value)
            shape = _dims(value)
            if len(shape) > 1:
                batch = shape[1 if self.layouts[value.name] == STEPS else 0] or 1
        asked = [value.name for value in self.graph.output]
        fusions = Fusions(self.onnx, self.graph.node, asked, self._number)
        nodes = fusions.applied()
        self.readers = readers_of(nodes, asked)
        for node in nodes:
            self._node(node, batch)
        for value in self.graph.output:
            self.values.give(value.name)
            found = self.values.get(value.name)
            if isinstance(found, Flowing):
                self.assembler.stored.outputs[value.name] = (found.node, StoredTensor(value.name, found.last))
        name = None if self.graph.name in NAMELESS else self.graph.name
        return self.assembler.graph(Settings(name=name), has_weights=True)

    def _input(self, value: Any) -> None:
        """An INPUT with its axes in the order width, height, channels."""
        shape, layout = _dims(value), self.layouts[value.name]
        spatial, depth = (shape[1:-1], shape[-1:]) if layout == LAST else (shape[2:], shape[1:2])
        if layout == STEPS:
            spatial, depth = shape[:1], shape[2:]
        sizes = [1, 1, *shape[1:]] if len(shape) == 2 else [*reversed(spatial), *depth]
        node = self.assembler.input(sizes or [1, 1, 1], value.name, value.name)
        known = tuple(n or 0 for n in shape)
        self.assembler.stored.inputs[node] = StoredTensor(value.name, layout != FIRST, layout == STEPS)
        self.values[value.name] = Flowing(node, known, layout == LAST)
        volume = self.assembler.volumes[node]
        if layout == STEPS and volume is not None and 0 not in known:
            groups = axes_of_steps(known[1], known[0], known[2])
            self.values.given(value.name, Held(node, TensorView(whole(volume.sizes), groups)), known)

    def _array(self, name: str) -> Any:
        """The values of a short constant; those of nodes are known before they are read. None for another tensor."""
        if name not in self.constants and name in self.constant_nodes:
            self._node(self.constant_nodes[name], 1)
        tensor = self.constants.get(name)
        if name in self.ints or tensor is None or prod(tensor.dims) > MOST_VALUES:
            return self.ints.get(name)
        with suppress(Exception):  # values that are stored elsewhere, or that do not fit their shape
            return self.onnx.numpy_helper.to_array(tensor)
        return None

    def _number(self, name: str) -> float | None:
        """The value of a constant that is one number."""
        array = self._array(name)
        return None if array is None or array.size != 1 else float(array.reshape(-1)[0])

    def _node(self, node: Any, batch: int) -> None:
        if node.output and node.output[0] in self.absorbed:
            self.values[node.output[0]] = self.values[self.absorbed[node.output[0]]]
            return
        reads: list[Value] = []
        for name in node.input:
            if name and name not in self.values:
                what = f"{shortened(node.name or node.op_type)} reads {shortened(name)}, which nothing before it gives"
                raise Diagnosed(report("SHP010", what))
            reads += [self.values[name]] if name else []
        shapes = [self.shapes.get(name, ()) for name in node.output]
        weights = tuple(dict.fromkeys(w for value in reads if isinstance(value, Weights) for w in value.arrays))
        if all(isinstance(value, Weights) for value in reads) or node.op_type in _SHAPES:
            self._constant(node, shapes, weights)
            return
        path = str(node.name) or (node.output[0] if node.output else node.op_type)
        outputs = tuple((name if place else path, "" if place else node.name) for place, name in enumerate(node.output))
        use = NodeUse(
            self.assembler, self.owners, self.values, node.op_type, node.input, outputs, tuple(shapes), batch, weights,
            onnx=self.onnx, node=node, initial=self.constants, ints=self.ints, same=self.same, opset=self.opset,
            readers=self.readers, fills=self.fills, absorbed=self.absorbed,
        )  # fmt: skip
        self.values.update(zip(node.output, self._made(use, tuple(node.output)), strict=False))

    def _made(self, use: NodeUse, names: tuple[str, ...]) -> Sequence[Value]:
        """What a node gives: tensors of layers, or tensors that are left until a layer reads them."""
        own = use.node.domain in ("", "ai.onnx")
        apply: Any = OPERATORS.get(use.kind, opaque) if own else opaque
        found = left_for_later(Lazy(self.values, use, apply, names), use) if own else None
        if found is not None:
            return found
        self.values.resolve(use.tensors)
        return (apply if use.batch_first else opaque)(use)

    def _constant(self, node: Any, shapes: Sequence[tuple[int, ...]], weights: Any) -> None:
        """What hangs on weights and constants only; one of a Constant node is a weight where it is long."""
        tensor = tensor_of(self.onnx, node) if node.op_type == "Constant" else None
        if tensor is not None:
            shape = tuple(int(n) for n in tensor.dims)
            is_float = tensor.data_type in (1, 10, 11, 16)
            counts = is_float and len(shape) > 0 and prod(shape) > 1
            arrays = ((node.output[0], prod(shape), True),) if counts else ()
            self.values[node.output[0]] = Weights(arrays, shape)
            self.constants[node.output[0]] = tensor
            return
        number = None if weights or len(node.output) != 1 else number_of(node, [self._number(n) for n in node.input])
        if number is not None:
            made = np.array(number, np.float32).reshape(shapes[0] if prod(shapes[0]) == 1 else ())
            self.constants[node.output[0]] = self.onnx.numpy_helper.from_array(made, node.output[0])
        values = self._array(node.input[0]) if node.op_type == "Expand" else None
        if values is not None and values.size and not values.any():
            self.constants[node.output[0]] = self.constants[node.input[0]]
        if node.op_type == "ConstantOfShape":
            self.constants[node.output[0]] = next((a.t for a in node.attribute if a.name == "value"), None)
            number = self._number(node.output[0])
            self.fills.update({node.output[0]: number} if number is not None else {})
            del self.constants[node.output[0]]  # it has another shape than what is filled
        if node.op_type == "Shape":
            weights = ()
        first = self.values.get(node.input[0]) if node.input else None
        kept = first.shape if isinstance(first, Weights) and node.op_type in _KEEPING else ()
        parts = weight_parts(weights, [shape or kept for shape in shapes])
        for name, shape, value in zip(node.output, shapes, parts, strict=True):
            self.values[name] = value
            same = node.op_type in _RENAMING or (node.op_type == "Expand" and shape == self.values[node.input[0]].shape)
            if same and node.input[0] in self.constants:
                self.constants[name] = self.constants[node.input[0]]
                self.same[name] = self.same.get(node.input[0], node.input[0])


_KEEPING = ("Identity", "Cast", "DequantizeLinear", "QuantizeLinear")
"""Operators that keep the shape of a constant."""
_RENAMING = ("Identity", "Dropout")
"""Operators that give a constant as it is."""
_WEIGHED = (
    "Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "InstanceNormalization", "LayerNormalization",
    "GroupNormalization", "PRelu", "LSTM", "GRU", "RNN",
)  # fmt: skip
"""Operators whose inputs after the first are weights."""
_FLOWING = (*_WEIGHED[:5], "MaxPool", "AveragePool", "Relu", "Pad")
"""Operators whose first input flows."""


def _dims(value: Any) -> list[int | None]:
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

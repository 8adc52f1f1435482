"""A model's graph: its inputs, which of them are weights, the shapes of all tensors, and the nodes in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import cache
from math import prod
from typing import Any

import numpy as np

from shapecalc.core.phrases import counted, listed, shortened
from shapecalc.diagnostics.diagnostic import Source, unreadable
from shapecalc.expansion.options import Options
from shapecalc.formats.onnx_model.branches import FLOATS, read_inside, weights_inside
from shapecalc.formats.onnx_model.damaged_nodes import check_nodes
from shapecalc.formats.onnx_model.fusions import Fusions, readers_of
from shapecalc.formats.onnx_model.lazy_operators import step_of
from shapecalc.formats.onnx_model.model_tensors import ModelTensors, dims_of
from shapecalc.formats.onnx_model.node_use import NodeUse
from shapecalc.formats.onnx_model.operators import OPERATORS
from shapecalc.formats.onnx_model.own_exports import graph_of_diagram
from shapecalc.formats.onnx_model.own_functions import inlined
from shapecalc.formats.onnx_model.quantised_operators import without_scales
from shapecalc.formats.onnx_model.tensor_values import evaluated, most_values, open_onnx_weights, opset_of, tensor_of
from shapecalc.formats.onnx_model.wire import without_weights
from shapecalc.formats.read import LoadArray
from shapecalc.language.syntax import Settings
from shapecalc.layers.recurrent import GATES
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.common_operators import opaque, or_opaque
from shapecalc.lowering.flow import Flowing, Weights, weight_parts
from shapecalc.lowering.lazy_steps import Lazy
from shapecalc.lowering.pending import Value
from shapecalc.lowering.program_inputs import STEPS, begin
from shapecalc.passes.graph import ArrayKey, Graph, StoredTensor

WORDS = (
    ("F", "kernel_shape={}"), ("S", "strides={}"), ("P", "pads={}"), ("ceil", "ceil_mode={}"), ("true", "1"),
    ("false", "0"), ("groups", "group={}"), ("dilation", "dilations={}"),
    ("bias", "bias={}"), ("INPUT", "an input of {d}, {h}, {w}"),
    ("RESIZE", "a Resize to {h}, {w}"), ("PAD", "a Pad of {} on every side"),
    ("CONV", "a Conv of 1x1 with {} filters{stride}"), ("CONV.stride", " and strides={}"),
)  # fmt: skip
"""How ONNX spells attributes."""
MOST_VALUES = 256
"""Values of a constant that are looked at."""
MOST_COMPUTED = 2**24
"""Values of masks that are computed, all together."""
NAMELESS = frozenset({"", "main_graph", "torch_jit", "torch-jit-export", "graph", "tf2onnx"})
"""What exporters call every graph."""
_SHAPES = ("Shape", "Size", "NonZero")
"""Operators whose result is a shape and no volume."""


def read_onnx(source: Source, options: Options) -> Graph:
    """The graph of an ONNX model. Raises Diagnosed SHP010."""
    try:
        import onnx
    except ImportError:
        raise unreadable("reading .onnx needs the package onnx: pip install 'shapecalc[onnx]'") from None
    assert source.open_bytes is not None
    with source.open_bytes() as file:
        data = without_weights(file, file.seek(0, os.SEEK_END))
    try:
        model = onnx.ModelProto.FromString(data)
    except Exception as problem:  # protobuf's own error has another name in every version
        raise unreadable(f"the file is not an ONNX model, or it is damaged ({type(problem).__name__})") from None
    if not model.graph.node:
        raise unreadable("the file is not an ONNX model, or it has no nodes")
    own = graph_of_diagram(model, options)
    if own is not None:
        return own
    model = inlined(model)
    check_nodes(onnx, model.graph, opset_of(model))
    if without_scales(onnx, model):
        check_nodes(onnx, model.graph, opset_of(model))
    with ExitStack() as opened:
        return _Reader(onnx, model, options, cache(lambda: opened.enter_context(open_onnx_weights(source)))).run()


class _Reader(ModelTensors):
    def __init__(self, onnx: Any, model: Any, options: Options, opened: Callable[[], LoadArray]) -> None:
        super().__init__(onnx, model, options, opened)
        self.assembler = Assembler(options, binary=True)
        self.assembler.words = WORDS
        self.owners: dict[str, int] = {}
        self.same: dict[str, str] = {}
        """Constants under the name of another one."""
        self.readers: dict[str, list[Any]] = {}
        """The nodes that read each tensor, and None for its outputs."""
        self.makers: dict[str, Any] = {}
        """The node that gives each tensor."""
        self.fills: dict[str, float] = {}
        """Tensors that the program itself fills with one number."""
        self.absorbed: dict[str, str] = {}
        self.computed: dict[str, Any] = {}
        """Masks and what they are made of."""
        self.left = MOST_COMPUTED

    def run(self) -> Graph:
        batch = 1
        for value in self.given:
            shape, layout = dims_of(value), self.layouts[value.name]
            begin(self.assembler, self.values, value.name, shape, layout)
            if len(shape) > 1:
                batch = shape[1 if layout == STEPS else 0] or 1
        asked = [value.name for value in self.graph.output]
        fixed = {*self.values, *self.constant_nodes} - {value.name for value in self.given}
        for node in self.graph.node:
            fixed.update(node.output if node.op_type == "Identity" and fixed.issuperset(node.input) else ())
        fusions = Fusions(self.onnx, self.graph.node, asked, self._array, fixed, self.shapes, self.origins.parameters)
        nodes = fusions.applied()
        self.readers, self.makers = readers_of(nodes, asked), fusions.makers
        for node in nodes:
            self._node(node, batch)
        for value in self.graph.output:
            self.values.give(value.name)
            found = self.values.get(value.name)
            if isinstance(found, Flowing):
                self.assembler.stored.outputs[value.name] = (found.node, StoredTensor(value.name, found.last))
        self._say_what_was_computed()
        name = None if self.graph.name in NAMELESS else self.graph.name
        return self.assembler.graph(Settings(name=name), has_weights=True)

    def _say_what_was_computed(self) -> None:
        """Notes where the program may have other parameters than the file, which says nothing of their sizes."""
        read = sorted(
            (node, name)
            for name in self.origins.computed
            if (node := self.owners.get(name)) is not None and self.assembler.nodes[node].kind not in GATES
        )  # kernels of recurrent layers are several parameters in one array
        lost = self.origins.lost
        if read:
            names = listed([shortened(name) for _, name in read], 1)
            message = f"the exporter computed {names}: the program may have more or fewer parameters than the file"
            self.assembler.report("SHP302", message, read[0][0], severity="note")
        unsaid = sorted((self.owners[name], name) for name in self.origins.unsaid if name in self.owners)
        if unsaid:
            names = listed([shortened(name) for _, name in unsaid], 2)
            message = f"the file does not say whether {names} are parameters or buffers: they count as parameters"
            self.assembler.report("SHP302", message, unsaid[0][0], severity="note")
        if lost:
            names = listed([shortened(name) for name in lost], 2)
            how_many = counted(len(lost), "array")
            message = f"the program has {how_many} of parameters that the file lacks or calls differently: {names}"
            self.assembler.report("SHP302", message, 0, severity="note")

    def _load(self, key: ArrayKey) -> Any:
        """An array of the file, or one of a mask that the program makes of constants. Raises Diagnosed."""
        name = str(key[0])
        known = self.computed.get(name, self.ints.get(name))
        if known is not None:
            return known
        node = self.makers.get(name)
        if node is None or node.op_type not in _MASKING:
            return self.opened()(key)
        try:
            given = {one: self._load((one,)) for one in node.input if one}
        except RecursionError:
            raise unreadable(f"{shortened(name)} is computed in too many steps") from None
        self.left -= most_values(node, given)
        if self.left < 0:
            raise unreadable(f"{shortened(name)} and other masks have more than {MOST_COMPUTED:,} values")
        self.computed[name] = evaluated(self.onnx, node, name, given, self.opset)
        return self.computed[name]

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
        tensors = (*node.input, *read_inside(node, self.values))
        for name in tensors:
            if name and name not in self.values:
                what = f"{shortened(node.name or node.op_type)} reads {shortened(name)}, which nothing before it gives"
                raise unreadable(what)
            reads += [self.values[name]] if name else []
        shapes = [self.shapes.get(name, ()) for name in node.output]
        weights = tuple(dict.fromkeys(w for value in reads if isinstance(value, Weights) for w in value.arrays))
        weights += tuple(weights_inside(node))
        if all(isinstance(value, Weights) for value in reads) or node.op_type in _SHAPES:
            self._constant(node, shapes, weights)
            return
        if node.op_type.startswith("Reduce") or all(prod(v.shape) == 1 for v in reads if isinstance(v, Flowing)):
            shapes = [
                (1,) if self.shapes.get(name) == () else shape for name, shape in zip(node.output, shapes, strict=True)
            ]
        path = str(node.name) or (node.output[0] if node.output else node.op_type)
        outputs = tuple((name if place else path, "" if place else node.name) for place, name in enumerate(node.output))
        use = NodeUse(
            self.assembler, self.owners, self.values, node.op_type, tensors, outputs, tuple(shapes), batch, weights,
            onnx=self.onnx, node=node, initial=self.constants, array=self._array, same=self.same, opset=self.opset,
            readers=self.readers, fills=self.fills, parameters=self.origins.parameters, absorbed=self.absorbed,
            load=self._load,
        )  # fmt: skip
        own = node.domain in ("", "ai.onnx")
        apply = or_opaque(OPERATORS.get(use.kind, opaque) if own else opaque)
        Lazy(self.values, use, apply, tuple(node.output)).follow(step_of(use) if own else None)

    def _constant(self, node: Any, shapes: Sequence[tuple[int, ...]], weights: Any) -> None:
        """What hangs on weights and constants only."""
        tensor = tensor_of(self.onnx, node) if node.op_type == "Constant" else None
        if tensor is not None:
            self._written(node.output[0], tensor)
            return
        known = None if weights else self.known.get(node.output[0])
        if known is not None:
            self.constants[node.output[0]] = self.onnx.numpy_helper.from_array(known, node.output[0])
        values = self._array(node.input[0]) if node.op_type == "Expand" else None
        if values is not None and values.size and not values.any():
            self.constants[node.output[0]] = self.constants[node.input[0]]
        if node.op_type == "ConstantOfShape":
            self.constants[node.output[0]] = next((a.t for a in node.attribute if a.name == "value"), None)
            number = self._number(node.output[0])
            self.fills.update({node.output[0]: number} if number is not None else {})
            del self.constants[node.output[0]]  # it has another shape than what is filled
        if node.op_type in _COMPARING:
            weights = ()  # nothing is trained through yes and no
        if node.op_type in _MOVING:
            moved = node.input if node.op_type == "Concat" else node.input[:1]
            filled = {self.fills.get(name, self._number(name)) for name in moved}
            number = filled.pop() if len(filled) == 1 else None
            self.fills |= {} if number is None else dict.fromkeys(node.output, number)
        first = self.values.get(node.input[0]) if node.input else None
        if node.op_type in _SCALING and isinstance(first, Weights):
            weights = first.arrays  # and no scales
            self.fills |= {node.output[0]: self.fills[node.input[0]]} if node.input[0] in self.fills else {}
        kept = first.shape if isinstance(first, Weights) and node.op_type in _KEEPING else ()
        parts = weight_parts(weights, [shape or kept for shape in shapes])
        for name, shape, value in zip(node.output, shapes, parts, strict=True):
            self.values[name] = value
            same = node.op_type in _RENAMING or (node.op_type in _REPEATING and first and shape == first.shape)
            if same and node.input[0] in self.constants:
                self.constants[name] = self.constants[node.input[0]]
                self.same[name] = self.same.get(node.input[0], node.input[0])

    def _written(self, name: str, tensor: Any) -> None:
        """What a Constant node has, which is a weight where its numbers differ."""
        shape = tuple(int(n) for n in tensor.dims)
        self.constants[name] = tensor
        values = self._array(name)
        varied = values is None or (np.ravel(values) != np.ravel(values)[:1]).any()
        counts = tensor.data_type in FLOATS and prod(shape) > 1 and varied
        self.fills |= {} if varied or not values.size else {name: float(values.flat[0])}
        self.values[name] = Weights(((name, prod(shape), not self.origins.parameters),) if counts else (), shape)


_MASKING = frozenset({
    "Equal", "Trilu", "Where", "Expand", "Slice", "Cast", "Not", "Less", "Greater", "LessOrEqual", "GreaterOrEqual",
    "And", "Or", "Unsqueeze", "Squeeze", "Reshape", "Transpose", "Identity", "ConstantOfShape",
})  # fmt: skip
"""Operators of which programs make masks."""
_COMPARING = ("Shape", "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Not", "And", "Or", "Xor")
"""Operators whose results are whole numbers, or yes and no."""
_MOVING = (
    "Expand", "Tile", "Slice", "Concat", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Cast", "Split",
)  # fmt: skip
"""Operators that give a number where they are given it everywhere."""
_SCALING = ("QuantizeLinear", "DequantizeLinear")
"""Operators that give what they read in other steps."""
_KEEPING = ("Identity", "Cast", *_SCALING)
"""Operators that keep the shape of a constant."""
_REPEATING = ("Expand", "Tile")
"""Operators that give a constant as it is where it stays as large."""
_RENAMING = ("Identity", "Dropout")
"""Operators that give a constant as it is."""

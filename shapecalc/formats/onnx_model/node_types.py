"""The sizes of tensors, node by node in their order: as ONNX infers them, and what the file states besides."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from shapecalc.formats.onnx_model.branches import graphs_of


class NodeTypes:
    """The types of tensors, of which an operator that reads computed shapes makes others.

    `constants` are tensors of the file, with their values where they are short.
    """

    def __init__(self, onnx: Any, model: Any, constants: dict[str, Any]) -> None:
        self.onnx, self.constants = onnx, constants
        self.alone = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
        inferred = model
        with suppress(Exception):  # what is damaged has the types that it states
            inferred = onnx.shape_inference.infer_shapes(model)
        values = (*inferred.graph.value_info, *inferred.graph.output, *inferred.graph.input)
        self.values = {value.name: value for value in values}

    def infer(self, node: Any) -> None:
        """The types of what a node gives, where sizes are open that follow from what has been computed since."""
        if all(self.shape(name) is not None for name in node.output if name):
            return
        graph = self.alone.graph
        graph.Clear()
        graph.node.append(node)
        inside = next(graphs_of(node), None) is not None  # which may read anything
        for name in dict.fromkeys((*self.values, *self.constants) if inside else filter(None, node.input)):
            if name in self.constants:
                graph.initializer.append(self.constants[name])
                graph.initializer[-1].name = name
            elif name in self.values:
                graph.input.append(self.values[name])
        graph.output.extend(self.values[name] for name in node.output if name in self.values)
        with suppress(Exception):  # operators on tensors that do not fit them
            made = self.onnx.shape_inference.infer_shapes(self.alone).graph
            self.values |= {value.name: value for value in (*made.value_info, *made.output)}

    def shape(self, name: str) -> tuple[int, ...] | None:
        """The sizes of a tensor; None where one is unknown."""
        if name in self.constants:
            return tuple(self.constants[name].dims)
        found = self.values[name].type.tensor_type if name in self.values else None
        if found is None or not found.HasField("shape"):
            return None
        sizes = tuple(int(dim.dim_value) for dim in found.shape.dim if dim.dim_value > 0)
        return sizes if len(sizes) == len(found.shape.dim) else None

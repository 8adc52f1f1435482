"""A network as an ONNX model: layer after layer, under their names. Imported only where onnx is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onnx import ModelProto, TensorProto, helper

from shapecalc import __version__
from shapecalc.passes.report import Report, Row
from shapecalc.writers.onnx.emit import Emit, ModelParts, Tensor, formed, outwards
from shapecalc.writers.onnx.export_options import Unwritable
from shapecalc.writers.onnx.ops import OPS

if TYPE_CHECKING:
    from shapecalc.writers.onnx.export_options import ExportOptions, Weights

IR_VERSIONS = {17: 8, 18: 8, 19: 9, 20: 9, 21: 10}
"""The format's version that came with each version of the operators; older programs read it too."""

MOST_POSITIONS, MOST_CHANNELS = 1 << 22, 1 << 24
"""Of an axis, and of a volume: some constants have a number for each."""


def model_of(report: Report, options: ExportOptions, weights: Weights | None) -> ModelProto:
    """The model of a report, with these weights or with inputs for them. Raises Unwritable."""
    parts = ModelParts(options.opset, options.batch or "N", weights)
    values: list[Tensor] = []
    for row in report.rows:
        values.append(_layer(parts, row, tuple(values[source] for source in row.node.inputs)))
    read = {source for row in report.rows for source in row.node.inputs}
    outputs = [
        helper.make_tensor_value_info(value.name, TensorProto.FLOAT, [parts.batch, *formed(value.volume)])
        for row, value in zip(report.rows, values, strict=True)
        if row.node.inputs and (options.every_layer or row.node.index not in read)
    ]
    name = report.name.encode("utf-8", "backslashreplace").decode()  # a file's name need not be UTF-8
    made = helper.make_model(
        helper.make_graph(parts.nodes, name or "network", parts.inputs, outputs),
        producer_name="shapecalc",
        producer_version=__version__,
        ir_version=IR_VERSIONS[options.opset],
        opset_imports=[helper.make_opsetid("", options.opset)],
    )
    # Last, as a graph is copied when it becomes a model.
    made.graph.initializer.extend(parts.constants)
    return made


def _layer(parts: ModelParts, row: Row, values: tuple[Tensor, ...]) -> Tensor:
    """Adds a layer; the value that comes out, under the layer's name."""
    node, output = row.node, row.output
    assert output is not None
    if max(output.spatial, default=0) > MOST_POSITIONS or output.depth > MOST_CHANNELS:
        most = f"at most {MOST_POSITIONS:,} positions of an axis and {MOST_CHANNELS:,} channels are written"
        raise Unwritable(f"{node.name}, {node.text}, cannot be written as ONNX: {most}")
    if node.layer.starts:
        return Tensor(parts.add_input(node.name, [parts.batch, *outwards(output)]), output)
    emit = Emit(parts, row, node.layer, node.name, values)
    if node.layer.kind not in OPS:  # an opaque layer may be called as one of ours
        raise emit.refuse(f"there is no operator for {node.kind}")
    before = len(parts.nodes)
    return Tensor(_named(emit, OPS[node.kind](emit), before), output)


def _named(emit: Emit, found: str, before: int) -> str:
    """Gives the tensor that a layer gives the layer's own name; one that it hands on keeps the name that it has."""
    parts = emit.parts
    if len(parts.nodes) == before or found != parts.nodes[-1].output[0]:
        found = emit.op("Identity", found)
    name = parts.unique(emit.label)
    if found in parts.padded:
        parts.padded.add(name)
    parts.nodes[-1].output[0] = name
    return name

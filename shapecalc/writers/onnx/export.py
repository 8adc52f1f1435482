"""Writes a checked network as an ONNX model. Loads onnx only when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onnx import ModelProto, TensorProto, helper

from shapecalc import __version__
from shapecalc.core.bytes import distinct_byte_texts
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Source
from shapecalc.expansion.expander import Options, expand
from shapecalc.formats.read import read_part
from shapecalc.language import syntax
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Report, Row
from shapecalc.writers.diagram.flat import flat_diagram
from shapecalc.writers.diagram.resolved_settings import closed_settings
from shapecalc.writers.onnx.emit import Emit, ModelParts, Tensor, formed, outwards
from shapecalc.writers.onnx.export_options import ExportOptions, TooLarge, Unwritable, require
from shapecalc.writers.onnx.ops import OPS

if TYPE_CHECKING:
    from onnx import ModelProto

    from shapecalc.verification.verify import Progress
    from shapecalc.writers.onnx.export_options import ExportOptions, Weights


MOST_BYTES = 2**31 - 1
"""A model is one protobuf message, and those are no larger."""
COPIES = 3
"""How often the weights lie in memory, beside the arrays themselves, until a model is bytes."""


def build(
    report: Report,
    options: ExportOptions,
    weights: Weights | None = None,
    *,
    scaled: Report | None = None,
    progress: Progress | None = None,
) -> ModelProto:
    """The model of a report, checked by ONNX's own checker with shape inference.

    INPUT(WxHxD) becomes a tensor of batch, D, H, W, named like the layer. Without `weights` they are random, from
    the seed, and scaled by a run, which `progress` follows: of the network itself, or of `scaled`, the same one
    for another size of the input. Raises MissingOnnx without the packages, Unwritable where ONNX has no such layer.

    Checked is the model that takes its weights as inputs: the values change nothing, and the checker copies them
    several times.
    """
    require("onnx")
    import onnx

    from shapecalc.formats.onnx_model.own_exports import stamped

    if not any(row.node.inputs for row in report.rows):
        raise Unwritable(f"{report.name} has no layer after its input, so there is nothing to write")
    check_weights(report, options)
    model = model_of(report, options, None)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as problem:
        said = " ".join(str(problem).split())
        raise Unwritable(f"ONNX's checker does not accept the model of {report.name}: {said}") from None
    if options.holds_weights:
        if weights is None:
            weights = seeded_weights(scaled or report, options.seed, progress)
        model = model_of(report, options, weights)
    diagram = _diagram_of(report)
    return model if diagram is None else stamped(model, diagram)


def _diagram_of(report: Report) -> str | None:
    """The report's network as a diagram of its own; None where no diagram says all of it."""
    graph = report.graph
    assert graph is not None
    try:
        # What is wrong in print is about the text, and takes more lines than many a network.
        own = replace(graph.settings, errata=())
        options = Options(most_layers=len(graph.nodes))
        settings = closed_settings(syntax.Diagram((), own), options)
        text = flat_diagram(graph, settings)
        read = read_part(Source("model.net", text), [], options)
        again = expand(read, options) if isinstance(read, syntax.Diagram) else read
    except Diagnosed:
        return None
    return text if _as_written(again) == _as_written(graph) else None


def _as_written(graph: Graph) -> list[tuple[object, ...]]:
    return [
        (node.name, node.kind, node.layer and node.layer.arguments, node.inputs, node.owner, node.frozen)
        for node in graph.nodes
    ]


def seeded_weights(report: Report, seed: int, progress: Progress | None = None) -> Weights:
    """The weights that `verify` runs with for this seed: scaled by what reaches each layer, so the network is run once.

    Raises NotVerifiable where a volume is unknown, LayerFailed where a layer cannot be run, Unwritable where that
    takes more memory than there is.
    """
    from shapecalc.verification.execute import execute
    from shapecalc.verification.memory_estimate import available
    from shapecalc.verification.seeding import SeededWeights
    from shapecalc.verification.verify import images_for

    wanted, free = export_bytes(report), available()
    if wanted > free * 9 // 10:
        much, little = distinct_byte_texts(wanted, free)
        raise TooLarge(f"scaling the weights of {report.name} takes about {much}, and {little} is free")
    weights = SeededWeights(report.rows, seed, keeps_all=True)
    images = images_for(report, seed)
    assert report.graph is not None
    for step in execute(report.graph, weights, images):
        if progress:
            progress(step.node.index + 1, step.node.name)
    return weights.arrays


def export_bytes(report: Report) -> int:
    """Bytes that it takes to scale weights and to write them."""
    from shapecalc.verification.memory_estimate import needed

    copied = COPIES * 4 * sum(array.size for row in report.rows for array in row.weight_arrays)
    return needed(report, report.conventions.batch, keeps_weights=True) + copied


def check_weights(report: Report, options: ExportOptions) -> None:
    """Raises TooLarge for weights that no file can hold."""
    size = 4 * sum(array.size for row in report.rows for array in row.weight_arrays)
    if options.holds_weights and size > MOST_BYTES - 2**20:
        raise TooLarge(f"the weights take {size:,} bytes, and an ONNX file has at most {MOST_BYTES:,}")


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
    assert node.layer is not None
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

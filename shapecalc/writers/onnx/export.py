"""Writes a checked network as an ONNX model. Loads onnx only when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.core.bytes import distinct_byte_texts
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Source
from shapecalc.expansion.expander import Options, expand
from shapecalc.formats.read import read_part
from shapecalc.language import syntax
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import Report
from shapecalc.writers.diagram.flat import closed_settings, flat_diagram
from shapecalc.writers.onnx.export_options import ExportOptions, TooLarge, Unwritable, require

if TYPE_CHECKING:
    from onnx import ModelProto

    from shapecalc.verification.verify import Progress
    from shapecalc.writers.onnx.export_options import Weights

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
    from shapecalc.writers.onnx.model import model_of

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
    return [(node.name, node.kind, node.layer.arguments, node.inputs, node.owner, node.frozen) for node in graph.nodes]


def seeded_weights(report: Report, seed: int, progress: Progress | None = None) -> Weights:
    """The weights that `verify` runs with for this seed: scaled by what reaches each layer, so the network is run once.

    Raises NotVerifiable where a volume is unknown, LayerFailed where a layer cannot be run, Unwritable where that
    takes more memory than there is.
    """
    from shapecalc.verification.estimates import available
    from shapecalc.verification.execute import execute
    from shapecalc.verification.run_weights import SeededWeights
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
    from shapecalc.verification.estimates import needed

    copied = COPIES * 4 * sum(array.size for row in report.rows for array in row.weight_arrays)
    return needed(report, report.conventions.batch, keeps_weights=True) + copied


def check_weights(report: Report, options: ExportOptions) -> None:
    """Raises TooLarge for weights that no file can hold."""
    size = 4 * sum(array.size for row in report.rows for array in row.weight_arrays)
    if options.holds_weights and size > MOST_BYTES - 2**20:
        raise TooLarge(f"the weights take {size:,} bytes, and an ONNX file has at most {MOST_BYTES:,}")

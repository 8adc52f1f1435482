"""Writes a checked network as an ONNX model. Loads onnx only when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from shapecalc import __version__
from shapecalc.report import Report, Row

if TYPE_CHECKING:
    import numpy as np

    from shapecalc.verify import Progress

    Weights = Mapping[int, Mapping[str, np.ndarray]]
    """Arrays by the index of their node and their name, in the shapes of `Row.weight_arrays`."""

MOST_BYTES = 2**31 - 1
"""A model is one protobuf message, and those are no larger."""
COPIES = 3
"""How often the weights lie in memory, beside the arrays themselves, until a model is bytes."""
IR_VERSIONS = {17: 8, 18: 8, 19: 9, 20: 9, 21: 10}
"""The format's version that came with each version of the operators; older programs read it too."""
INSTALL = "pip install 'shapecalc[onnx]'"


class MissingOnnx(ImportError):
    """The packages of the extra are not installed."""


class Unwritable(ValueError):
    """A layer that ONNX cannot express, or a model that is too large; the message names it and says why."""


class TooLarge(Unwritable):
    """A model that could be written without its weights."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How a model is written."""

    weights: bool = True
    """Whether the model holds weights, or takes them as inputs."""
    seed: int = 0
    opset: int = 17
    batch: int | None = None
    """Images at once; None leaves their number open, as N."""
    every_layer: bool = False
    """Whether every layer's output is one of the model's, or only the last ones."""


def export(
    report: Report, options: ExportOptions, weights: Weights | None = None, progress: Progress | None = None
) -> bytes:
    """The model of a report, checked by ONNX's own checker with shape inference, as the bytes of a file.

    INPUT(WxHxD) becomes a tensor of batch, D, H, W, named like the layer. Without `weights` they are random, from
    the seed, and `progress` is told of the run that scales them. Raises MissingOnnx without the packages, Unwritable
    where ONNX has no such layer.
    """
    model = build(report, options, weights, progress)
    return model.SerializeToString()  # type: ignore[no-any-return]


def build(
    report: Report, options: ExportOptions, weights: Weights | None = None, progress: Progress | None = None
) -> Any:
    """The same as a ModelProto.

    Checked is the model that takes its weights as inputs: the values change nothing, and the checker copies them
    several times.
    """
    require("onnx")
    import onnx

    if not any(row.node.inputs for row in report.rows):
        raise Unwritable(f"{report.name} has no layer behind its input, and so nothing to write")
    _hold_size(report, options)
    model = _model(report, options, None)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as problem:
        said = " ".join(str(problem).split())
        raise Unwritable(f"ONNX's checker does not accept the model of {report.name}: {said}") from None
    if not options.weights:
        return model
    return _model(report, options, weights if weights is not None else seeded_weights(report, options.seed, progress))


def require(*packages: str) -> None:
    """Raises MissingOnnx, which says how to get them, unless onnx and these packages are installed."""
    for package in dict.fromkeys(("onnx", *packages)):
        try:
            import_module(package)
        except ImportError:
            raise MissingOnnx(f"this needs {package}, which is not installed: {INSTALL}") from None


def seeded_weights(report: Report, seed: int, progress: Progress | None = None) -> Weights:
    """The weights that `verify` runs with for this seed: scaled by what reaches each layer, so the network is run once.

    Raises NotVerifiable where a volume is unknown, LayerFailed where a layer cannot be run, Unwritable where that
    takes more memory than there is.
    """
    from shapecalc.running.execute import execute
    from shapecalc.running.footprint import available, needed
    from shapecalc.running.seeding import SeededWeights
    from shapecalc.verify import images_for

    copied = COPIES * 4 * sum(array.size for row in report.rows for array in row.weight_arrays)
    wanted, free = needed(report, report.conventions.batch) + copied, available()
    if wanted > free * 9 // 10:
        raise TooLarge(
            f"scaling the weights of {report.name} takes about {wanted / 2**20:,.0f} MiB, and {free / 2**20:,.0f} MiB "
            "is free"
        )
    weights = SeededWeights(report.rows, seed)
    images = images_for(report, seed)
    assert report.graph is not None
    for step in execute(report.graph, weights, images):
        if progress:
            progress(step.node.index + 1, step.node.name)
    return weights.arrays


def _hold_size(report: Report, options: ExportOptions) -> None:
    size = 4 * sum(array.size for row in report.rows for array in row.weight_arrays)
    if options.weights and size > MOST_BYTES - 2**20:
        raise TooLarge(f"the weights take {size:,} bytes, and an ONNX file holds at most {MOST_BYTES:,}")


def _model(report: Report, options: ExportOptions, weights: Weights | None) -> Any:
    from onnx import TensorProto, helper

    from shapecalc.onnx_format.build import Model, Value, outwards

    model = Model(options.opset, options.batch or "N", weights)
    values: list[Value] = []
    for row in report.rows:
        values.append(_layer(model, row, tuple(values[source] for source in row.node.inputs)))
    read = {source for row in report.rows for source in row.node.inputs}
    outputs = []
    for row, value in zip(report.rows, values, strict=True):
        if row.node.inputs and (options.every_layer or row.node.index not in read):
            shape = [value.volume.size] if value.flat else outwards(value.volume)
            outputs.append(helper.make_tensor_value_info(value.name, TensorProto.FLOAT, [model.batch, *shape]))
    graph = helper.make_graph(model.nodes, report.name or "network", model.inputs, outputs)
    made = helper.make_model(
        graph,
        producer_name="shapecalc",
        producer_version=__version__,
        ir_version=IR_VERSIONS[options.opset],
        opset_imports=[helper.make_opsetid("", options.opset)],
    )
    # Last, as a graph is copied when it becomes a model.
    made.graph.initializer.extend(model.constants)
    return made


def _layer(model: Any, row: Row, values: tuple[Any, ...]) -> Any:
    """Adds a layer; the value that comes out, under the layer's name."""
    from shapecalc.onnx_format.build import Emit, Refused, Value, outwards
    from shapecalc.onnx_format.ops import OPS, gives_rows

    node, output = row.node, row.output
    assert node.layer is not None
    assert output is not None
    if node.layer.starts:
        return Value(model.add_input(node.name, [model.batch, *outwards(output)]), output)
    emit = Emit(model, row, node.layer, node.name, values)
    before = len(model.nodes)
    try:
        if node.kind not in OPS:
            raise emit.refuse(f"there is no operator for {node.kind}")
        found = OPS[node.kind](emit)
    except Refused as problem:
        raise Unwritable(str(problem)) from None
    return Value(_named(model, emit, found, before), output, gives_rows(emit))


def _named(model: Any, emit: Any, found: str, before: int) -> str:
    """Gives the tensor that a layer gives the layer's own name; one that it hands on keeps the name that it has."""
    if len(model.nodes) == before or found != model.nodes[-1].output[0]:
        found = emit.op("Identity", found)
    name: str = model.unique(emit.label)
    if model.nodes[-1].output[0] in model.padded:
        model.padded.add(name)
    model.nodes[-1].output[0] = name
    return name

"""Every layer as ONNX: what onnxruntime makes of it is what the NumPy forward gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import shapecalc
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.passes.report import Report
from shapecalc.pipeline import check
from shapecalc.registry import layer_types
from shapecalc.verification.estimates import needed
from shapecalc.verification.run_weights import random_image
from shapecalc.verification.verify import images_for

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from shapecalc.against.comparison import Comparison, compare  # noqa: E402 (needs the packages above)
from shapecalc.against.session import (  # noqa: E402
    OnnxruntimeFailed,
    compare_with_file,
    run_onnx,
)
from shapecalc.cli.images import file_weights  # noqa: E402
from shapecalc.writers.onnx.export import build, export_bytes, seeded_weights  # noqa: E402
from shapecalc.writers.onnx.export_options import ExportOptions, TooLarge, Unwritable  # noqa: E402
from shapecalc.writers.onnx.ops import OPS  # noqa: E402
from tests.networks import text_of  # noqa: E402

SOME = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def checked(text: str, path: str = "some.net") -> Report:
    return check(Source(path, text))


def compared(text: str, opset: int = 17) -> Comparison:
    """NumPy and onnxruntime on two images."""
    report = checked(text)
    images = {row.node.index: random_image(row.output.sizes, 2, 0) for row in report.rows if not row.node.inputs}
    return compare(report, opset=opset, inputs=images)


def differing(text: str, opset: int = 17) -> list[str]:
    """The layers of a network, and the outputs of it run as a whole, in which NumPy and onnxruntime differ."""
    comparison = compared(text, opset)
    return [one.sentence for one in (*comparison.layers, *comparison.outputs) if not one.ok]


# --- every layer ----------------------------------------------------------------------------------

LAYERS = [
    "INPUT(9x1) => EMBEDDING(20, 6) => ADD[ | LEARNED ] => CONCAT(along=length)[LEARNED(1x6) | ]",
    "INPUT(9x1) => EMBEDDING(20, 6) => SLICE(0, 4, along=length) => ABS",
    "INPUT(5x4x6) => ATTENTION(2) => CONV(12, 1) => ATTENTION(4, relative=true) => SOFTMAX(over=positions)",
    "INPUT(6x4x6) => ATTENTION(2)[CONV(4, 1) | CONV(4, 1) | CONV(6, 1)] => CONCAT(along=height)[ | RELU]",
    "INPUT(6x4x6) as i => CONV(4, 1) => ATTENTION(2)[ | @i => POOL => CONV(4, 1) | @i => POOL => CONV(2, 1)]",
    "INPUT(6x8x6) => ATTENTION(2, window=3x4, shift=1x2, relative=true) => CONV(6, 1)",
    "INPUT(6x8x6) => ATTENTION(1, window=3x2, grid=true)",
    "INPUT(6x4x6) => SOFTMAX(parts=3) => SLICE(1, 3, along=width)",
    "INPUT(7x5) => LSTM(4) => LSTM(3, biases=1, bidirectional=true) => LSTM(4, last=true)",
    "INPUT(7x5) => GRU(4) => GRU(3, biases=1, bidirectional=true) => GRU(4, biases=0, bidirectional=true, last=true)",
    "INPUT(7x5) => RNN(4, biases=0) => RNN(3, biases=1, bidirectional=true) => RNN(2, bidirectional=true, last=true)",
    "INPUT(4x4x3) => DROPPATH(0.2) => RELU",
    "INPUT(13x10x4) => CONV(6, F=3x5, S=2x1, P=(1,0,2,1), dilation=2x1, groups=2) => RELU",
    "INPUT(13x4) => CONV(6, F=3, S=2, P=same, groups=2)",
    "INPUT(7x8x9x4) => CONV(6, F=3x2x1, S=2, P=1x0x1, bias=false)",
    "INPUT(13x10x4) => DWCONV(3, S=2, P=1, multiplier=2) => BN",
    "INPUT(13x10x4) => SEPCONV(5, 3, S=2, P=1, multiplier=2)",
    "INPUT(7x6x4) => LOCAL(6, F=3x2, S=2x1, P=(1,0,0,1), groups=2)",
    "INPUT(7x4) => LOCAL(6, F=3, S=2, dilation=2, bias=false)",
    "INPUT(7x6x4) => UPCONV(6, F=3x2, S=2x3, P=(1,0,0,1), output_padding=1, groups=2)",
    "INPUT(7x6x4) => UPCONV(6, F=2, S=3, P=same) => UPCONV(4, F=5, S=2, P=same_lower, dilation=2)",
    "INPUT(7x6x4) => UPCONV(6, F=2, S=3, P=valid)",
    "INPUT(7x6x4) => UPCONV(6, F=3x4, S=2x3, P=same, output_padding=0x2) => IDENTITY",
    "INPUT(7x4) => UPCONV(6, F=5, S=2, P=same_lower, output_padding=1) => UPCONV(3, F=1, S=2, P=same)",
    "INPUT(7x4) => UPCONV(6, F=3, S=2)",
    "INPUT(5x4x3x4) => UPCONV(6, F=3, S=2, P=1)",
    "INPUT(9x8x7x3) => POOL(2, S=2, ceil=true) => AVGPOOL(2, S=1)",
    "INPUT(9x3) => POOL(2, S=2, ceil=true) => L2POOL(2, S=1)",
    "INPUT(9x8x3) => GAP => FC(5) => SOFTMAX",
    "INPUT(9x8x3) => GMP",
    "INPUT(9x8x3) => ADAPTIVEPOOL(4x3) => ADAPTIVEPOOL(1)",
    "INPUT(9x8x3) => ADAPTIVEPOOL(4x3, mode=max) => ADAPTIVEPOOL(2x3)",
    "INPUT(9x8x6) => DEPTHPOOL(2) => DEPTHPOOL(2, S=1, mode=avg) => DEPTHPOOL(1, mode=l2)",
    "INPUT(9x8x7) => DEPTHPOOL(3) => DEPTHPOOL(1, S=2)",
    "INPUT(9x8x6) => FC(7) => RELU => IDENTITY => FC(5, bias=false)",
    "INPUT(9x8x6) => FLATTEN => BN => FC(7) => LN => RESHAPE(1x1x7) => CONV(3, F=1)",
    "INPUT(9x8x6) => RESHAPE(4x9x12) => FLATTEN => RESHAPE(9x8x6)",
    "INPUT(9x8x6) => BN(affine=false) => BN(track=false) => BN(scale=false)",
    "INPUT(9x8x6) => LN => GN(3) => IN => IN(affine=true) => LRN(5) => LRN(4, alpha=0.1) => LRN(3)",
    "INPUT(9x8x7x6) => LN(affine=false) => GN(3, affine=false) => IN => LRN(5, alpha=0.1)",
    "INPUT(9x6) => LN => GN(3) => IN => LRN(5, alpha=0.1) => LRN(2)",
    "INPUT(9x8x6) => ELU(0.5) => SELU => LRELU(0.2) => PRELU => PRELU(shared=true) => SIGMOID => TANH",
    "INPUT(9x8x6) => SOFTPLUS => HSIGMOID => HSWISH => MISH => GELU => SILU => RELU6 => RESCALE(2, -1) => RESCALE(0.5)",
    "INPUT(9x8x6) => ACT(gelu) => ACT(leaky_relu) => ACT(linear) => ACT(hswish) => SOFTMAX",
    "INPUT(9x8x6) => DO => DROPPATH(0.1) => PAD(1) => PAD((1,2,0,1)) => CROP(1) => CROP((1,0,2,0)) => SLICE(1,4)",
    "INPUT(9x8x6) => UPSAMPLE => UPSAMPLE(2x3, mode=bilinear) => SHUFFLE(3)",
    "INPUT(9x7x6) => UPSAMPLE(1.5) => UPSAMPLE(0.7, mode=bilinear) => UPSAMPLE(0.3)",
    "INPUT(50x9x6) => UPSAMPLE(1.01) => UPSAMPLE(1.01, mode=bilinear) => UPSAMPLE(1)",
    "INPUT(9x6) => UPSAMPLE(1.1) => UPSAMPLE(1.1, mode=bilinear)",
    "INPUT(9x6) => UPSAMPLE => UPSAMPLE(3, mode=bilinear) => SHUFFLE(3)",
    "INPUT(3x4x5x6) => UPSAMPLE => UPSAMPLE(3, mode=bilinear) => SHUFFLE(3)",
    "INPUT(9x8x12) => PIXELSHUFFLE(2)",
    "INPUT(9x8x12) => PERMUTE((2,1,3)) => CONV(4, 3) => PERMUTE((3,1,2))",
    "INPUT(9x12) => PERMUTE((2,1))",
    "INPUT(9x8x4) => PRELU(each=true) => RESIZE(12x4) => BN(shift=false)",
    "INPUT(9x12) => PIXELSHUFFLE(2)",
    "INPUT(6x8x3) => PIXELUNSHUFFLE(2) => PIXELSHUFFLE(2) => PAD(1, depth=(1,2)) => SHUFFLE(order=(5,4,3,2,1,0))",
    "INPUT(9x6) => PIXELUNSHUFFLE(3) => PAD(depth=2) => FC(3) => PAD(depth=(1,0))",
    "INPUT(4x6x8x2) => PIXELUNSHUFFLE(2) => RESIZE(3x5x7)",
    "INPUT(9x8x6) => RESIZE(7x11) => RESIZE(16, mode=bilinear) => RESIZE(5x3, mode=bilinear)",
    "INPUT(9x8x6) => LRN(3, alpha=2, within=true) => LRN(4, alpha=1, k=1, within=true)",
    "INPUT(9x8x6) => SUB[ | GAP | CONV(6,1)] => MAX[ | GAP | CONV(6,1)] => MUL[ | SLICE(0,1) | GAP]",
    "INPUT(9x8x3x8) => PIXELSHUFFLE(2)",
    "INPUT(9x8x6) => ADD[ | CONV(6,1) | GAP => FC(6) => SIGMOID] => CONCAT[ | CONV(3,1)]",
    "INPUT(9x8x6) => MUL[ | GAP => FC(6) => SHUFFLE(2) => SLICE(0,6)] => SCALE => SCALE(bias=false)",
    "INPUT(9x8x6) => CLIP(0.1, 2) => SCALE(shared=true) => CLIP(low=0.2)",
    "INPUT(6x6x4) => FC(3) => FLATTEN => FC(2)",
    "INPUT(6x6x3) => CONV(4, 3) as a => PAD(0) => CONV(2, 3)\n@a => RELU",
    "INPUT(6x6x4) => FC(8) => IN(affine=true) => LRN(5) => LRN(4) => DEPTHPOOL(2) => FC(3)",
    "INPUT(9x8x6) => CONCAT[FC(3) | FC(4)] => SCALE => PRELU => GN(7) => BN => SOFTMAX",
]


@pytest.mark.parametrize("text", LAYERS)
def test_a_layer_gives_what_onnxruntime_gives(text: str) -> None:
    assert [differing(text, opset) for opset in (17, 21)] == [[], []]


def test_an_even_number_of_channels_is_normalised_as_onnx_defines_it() -> None:
    """From c - floor((n - 1)/2) to c + ceil((n - 1)/2)."""
    report = checked("INPUT(1x1x9) => LRN(4, alpha=2, beta=1, k=1)")
    found, _ = run_onnx(report, {}, images := images_for(report, 0))
    squares = images[0].ravel() ** 2
    sums = [sum(squares[max(0, c - 1) : min(8, c + 2) + 1]) for c in range(9)]
    np.testing.assert_allclose(found[1].ravel(), images[0].ravel() / (1 + 2 / 4 * np.array(sums)), rtol=1e-5)
    assert [layer.ok for layer in compare(report).layers] == [True]


# --- pads before pools ---------------------------------------------------------------------------

PADDED = [
    "INPUT(8x8x3) => PAD(1) => POOL(2)",
    "INPUT(8x8x3) => PAD(3) => POOL(2)",
    "INPUT(8x8x3) => PAD(3) => DO => AVGPOOL(2)",
    "INPUT(8x8x3) => PAD(1) => AVGPOOL(2, P=1)",
    "INPUT(8x8x3) => PAD(1) => CONCAT[ | ] => ADD[ | ] => POOL(2, P=1)",
    "INPUT(8x8x3) => PAD(3) => ADAPTIVEPOOL(7) => PAD(2) => ADAPTIVEPOOL(11, mode=max)",
    "INPUT(8x3) => PAD(1) => POOL(2)",
    "INPUT(4x4x4x3) => PAD(1) => POOL(2) => PAD(2) => AVGPOOL(1, S=2)",
    "INPUT(8x8x3) => PAD(3) => CONV(2, 3, P=2) => PAD(2) => L2POOL(2)",
    "INPUT(6x8x8) => POOL(F=3x1, S=2x4, P=same_lower, mode=avg, ceil=caffe)",
    "INPUT(8x4x4) => POOL(F=1, S=1x2, mode=avg, ceil=caffe, count_include_pad=false)",
    "INPUT(8x8x2) => AVGPOOL(3, S=2, P=1, ceil=true)",
]


@pytest.mark.parametrize(("text", "opset"), [*((text, 17) for text in PADDED), *((text, 21) for text in PADDED[::3])])
def test_a_model_as_it_is_written_gives_the_same_after_onnxruntime_has_changed_it(text: str, opset: int) -> None:
    """Only the last layer is an output: whatever is between may be rearranged, which a comparison keeps it from."""
    report, last = checked(text), checked(text).rows[-1].node
    weights, images = seeded_weights(report, 0), images_for(report, 0)
    model = build(report, ExportOptions(opset=opset), weights)
    feeds = {"input1": images[0].transpose(0, *range(images[0].ndim - 1, 0, -1))}
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run([last.name], feeds)
    known, _ = run_onnx(report, weights, images)
    np.testing.assert_allclose(found.transpose(0, *range(found.ndim - 1, 0, -1)), known[last.index], atol=1e-6)
    assert differing(text, opset) == []


def test_weights_are_scaled_where_their_copies_fit_and_only_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network runs with all its weights kept, and a tenth of what is free is left to others."""
    report = checked("INPUT(8x8x1) => FC(64) => FC(10)")
    wanted = export_bytes(report)
    assert wanted == needed(report, 1, keeps_weights=True) + 3 * 4 * (65 * 64 + 65 * 10)
    enough = -(-wanted * 10 // 9)
    monkeypatch.setattr("shapecalc.verification.estimates.available", lambda: enough)
    assert seeded_weights(report, 0)
    monkeypatch.setattr("shapecalc.verification.estimates.available", lambda: enough - 2)
    with pytest.raises(TooLarge, match=r"^scaling the weights of some takes about .*, and .* is free$"):
        seeded_weights(report, 0)


@pytest.mark.slow
def test_a_pool_over_a_large_image_takes_no_table_of_its_size() -> None:
    report = checked("INPUT(30000x30000x1) => AVGPOOL(3, S=2, P=1, ceil=true, count_include_pad=false, dilation=2)")
    assert build(report, ExportOptions(holds_weights=False)).ByteSize() < 2**20


def test_every_layer_type_that_can_be_written_is_among_them() -> None:
    tried = {row.node.kind for text in LAYERS for row in checked(text).rows if row.node.inputs}
    assert tried == OPS.keys()


def test_a_layer_type_that_cannot_be_written_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(OPS, "TANH")
    message = re.escape("here, TANH, cannot be written as ONNX: there is no operator for TANH")
    with pytest.raises(Unwritable, match=f"^{message}$"):
        build(checked("INPUT(4x4x3) => TANH as here"), ExportOptions())
    with pytest.raises(Unwritable, match="no operator for an activation called 'tanh'"):
        build(checked("INPUT(4x4x3) => ACT(tanh)"), ExportOptions())


# --- and back ------------------------------------------------------------------------------------


def figures(report: Report) -> tuple[object, ...]:
    totals = report.totals
    assert totals is not None
    return (totals.params, totals.buffers, totals.macs, totals.activations, totals.memory)


def back(model: Any, path: Path) -> Report:
    path.write_bytes(model.SerializeToString())
    return shapecalc.check(path)


@pytest.mark.parametrize("text", LAYERS + PADDED)
def test_a_model_comes_back_as_the_network_that_it_is_of_and_runs_on_the_weights_in_it(
    text: str, tmp_path: Path
) -> None:
    report = checked(text)
    again = back(build(report, ExportOptions(batch=1)), tmp_path / "some.onnx")
    assert [(row.node.name, row.node.text, row.output) for row in again.rows] == [
        (row.node.name, row.node.text, row.output) for row in report.rows
    ]
    assert figures(again) == figures(report)
    compared = compare_with_file(again, file_weights(again), images_for(again, 0))
    assert [one.name for one in compared if not one.ok] == []


def test_an_input_for_which_the_weights_are_too_few_is_an_error_of_the_model_itself(tmp_path: Path) -> None:
    for weights in (True, False):
        model = build(checked("INPUT(8x8x3) => CONV(4, 3) => FC(3)"), ExportOptions(holds_weights=weights))
        (tmp_path / "some.onnx").write_bytes(model.SerializeToString())
        report = shapecalc.check(tmp_path / "some.onnx", input=(12, 12, 3))
        assert any("432" in found.message and "1,200" in found.message for found in report.diagnostics)


def test_places_are_the_layers_of_the_model(tmp_path: Path) -> None:
    again = back(build(checked("INPUT(8x8x3) => CONV(4, 3): 5x5x4"), ExportOptions()), tmp_path / "some.onnx")
    graph, spans = again.graph, [found.span for found in again.diagnostics]
    assert graph is not None
    assert [graph.outline[slice(*span)] for span in spans] == ["conv1"]


@pytest.mark.parametrize("change", ["a stride", "another node", "a shape"])
def test_a_model_that_was_changed_is_read_by_its_nodes(change: str, tmp_path: Path) -> None:
    model = build(checked("INPUT(8x8x3) => CONV(4, 3, P=1) => RELU => RESHAPE(8x4x8) as last"), ExportOptions(batch=1))
    if change == "a stride":
        next(a for a in model.graph.node[0].attribute if a.name == "strides").ints[:] = [2, 2]
    elif change == "another node":
        model.graph.node[1].op_type = "Sigmoid"
    else:
        shape = next(tensor for tensor in model.graph.initializer if tensor.data_type == tensor.INT64)
        shape.raw_data = np.array([0, 8, 8, 4], np.int64).tobytes()
    found = back(model, tmp_path / "some.onnx").rows[1:]
    assert "conv1" not in [row.node.name for row in found]
    told = {
        "a stride": "4x4x4" in str(found[0].output),
        "another node": [row.node.kind for row in found[:2]] == ["CONV", "SIGMOID"],
    }
    assert told.get(change, True)


# --- random arguments -----------------------------------------------------------------------------

PADS = st.one_of(
    st.integers(0, 3).map(str),
    st.sampled_from(("same", "same_lower", "valid", "full")),
    st.tuples(*[st.integers(0, 2)] * 4).map(lambda p: f"({p[0]},{p[1]},{p[2]},{p[3]})"),
)
SIZES = st.one_of(
    st.integers(1, 4).map(str), st.tuples(st.integers(1, 4), st.integers(1, 4)).map(lambda s: f"{s[0]}x{s[1]}")
)
DILATIONS = st.sampled_from(("1", "1", "2", "2x3"))
GROUPS = st.sampled_from((1, 2, 4))
INPUTS = st.tuples(st.integers(1, 14), st.integers(1, 14)).map(lambda s: f"INPUT({s[0]}x{s[1]}x4)")


def windows(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.fixed_dictionaries({"F": SIZES, "S": SIZES, "P": PADS, "dilation": DILATIONS, **more}).map(
        lambda arguments: ", ".join(f"{name}={value}" for name, value in arguments.items())
    )


POOLS = windows(
    mode=st.sampled_from(("max", "avg", "l2")),
    ceil=st.sampled_from(("false", "true", "caffe")),
    count_include_pad=st.sampled_from(("true", "false")),
).map(lambda arguments: f"POOL({arguments})")
CONVS = st.builds(
    lambda kind, arguments: f"{kind}(8, {arguments})",
    st.sampled_from(("CONV", "LOCAL")),
    windows(groups=GROUPS, bias=st.sampled_from(("true", "false"))),
)
DEPTHWISE = windows(multiplier=st.integers(1, 2)).map(lambda arguments: f"DWCONV({arguments})")
UPCONVS = windows(output_padding=st.integers(0, 1), groups=GROUPS).map(lambda arguments: f"UPCONV(8, {arguments})")


@pytest.mark.parametrize("layers", [POOLS, CONVS, DEPTHWISE, UPCONVS], ids=["pools", "convs", "depthwise", "upconvs"])
@given(data=st.data())
@SOME
def test_random_arguments_give_what_onnxruntime_gives(layers: st.SearchStrategy[str], data: st.DataObject) -> None:
    text = f"{data.draw(INPUTS)} => {data.draw(layers)}"
    assume(all(row.output is not None for row in checked(text).rows))
    assert differing(text) == []


# --- networks -------------------------------------------------------------------------------------


SMALL = ("all-cnn", "cifar-lecture", "lenet5", "shufflenet-v2", "squeezenet1_1", "vae-decoder")
SLOWER = ("mobilenet-v2",)
"""Samples that run in seconds, of different layers; the others meet the same ones."""


@pytest.mark.parametrize("sample", [*SMALL, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOWER)])
def test_a_sample_gives_what_onnxruntime_gives(sample: str) -> None:
    assert differing(text_of(sample)) == []


def test_a_network_of_an_input_has_nothing_to_compare() -> None:
    assert compare(checked("INPUT(4x4x3)")) == Comparison()


def test_rounding_errors_behind_a_variance_of_nothing_are_no_differences() -> None:
    assert differing("INPUT(4x4x8) => FC(8) => IN(affine=true)") == []


def test_an_index_beyond_the_table_is_the_last_row_in_both() -> None:
    indices = np.array([[-3], [0], [19], [40]], np.float32)[None]
    comparison = compare(checked("INPUT(4x1) => EMBEDDING(20, 6)"), opset=17, inputs={0: indices})
    assert all(one.ok for one in (*comparison.layers, *comparison.outputs))
    assert comparison.layers


def test_what_onnxruntime_does_not_run_is_named() -> None:
    """A volume that no computer has room for, which is known only when it is run."""
    report = checked("INPUT(1x1x1x1) => RELU => UPSAMPLE(99999) => RELU => RELU")
    with pytest.raises(OnnxruntimeFailed) as caught:
        run_onnx(report, {}, images_for(report, 0))
    message = str(caught.value)
    assert message.startswith("onnxruntime cannot run upsample1, UPSAMPLE(99999): ")
    assert ("Failed to allocate memory" in message, "\n" in message) == (True, False)


def test_a_forward_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_types()["RELU"], "forward", lambda self, run, weights, x: x)
    relu, whole = differing("INPUT(5x5x2) => CONV(3) => RELU => SIGMOID")
    assert relu.startswith("relu1: 5x5x3, values differ by ")
    assert whole.startswith("whole run, sigmoid1: values differ by ")

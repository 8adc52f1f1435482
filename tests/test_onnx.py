from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shapecalc.check import check
from shapecalc.cli import cli
from shapecalc.diagnostics import Source
from shapecalc.layer import layer_types
from shapecalc.layers.relu import Relu
from shapecalc.report import Report

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from shapecalc.onnx_format.compare import compare  # noqa: E402 (needs the packages above)
from shapecalc.onnx_format.export import ExportOptions, Unwritable, build  # noqa: E402
from shapecalc.onnx_format.ops import OPS  # noqa: E402

SAMPLES = sorted((Path(__file__).parent.parent / "samples").glob("*.net*"))
SOME = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def checked(text: str, path: str = "some.net") -> Report:
    return check(Source(path, text))


def differing(text: str, opset: int = 17) -> list[str]:
    """The layers of a network in which NumPy and onnxruntime differ."""
    return [str(layer) for layer in compare(checked(text), opset=opset) if not layer.ok]


# --- every layer ----------------------------------------------------------------------------------

LAYERS = [
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
    "INPUT(9x8x6) => SOFTPLUS => HSIGMOID => HSWISH => MISH => GELU => SILU => RELU6",
    "INPUT(9x8x6) => ACT(gelu) => ACT(leaky_relu) => ACT(linear) => ACT(hswish) => SOFTMAX",
    "INPUT(9x8x6) => DO => PAD(1) => PAD((1,2,0,1)) => CROP(1) => CROP((1,0,2,0)) => SLICE(1,4)",
    "INPUT(9x8x6) => UPSAMPLE => UPSAMPLE(2x3, mode=bilinear) => SHUFFLE(3)",
    "INPUT(9x6) => UPSAMPLE => UPSAMPLE(3, mode=bilinear) => SHUFFLE(3)",
    "INPUT(3x4x5x6) => UPSAMPLE => UPSAMPLE(3, mode=bilinear) => SHUFFLE(3)",
    "INPUT(9x8x12) => PIXELSHUFFLE(2)",
    "INPUT(9x12) => PIXELSHUFFLE(2)",
    "INPUT(9x8x3x8) => PIXELSHUFFLE(2)",
    "INPUT(9x8x6) => ADD[ | CONV(6,1) | GAP => FC(6) => SIGMOID] => CONCAT[ | CONV(3,1)]",
    "INPUT(9x8x6) => MUL[ | GAP => FC(6) => SHUFFLE(2) => SLICE(0,6)] => SCALE => SCALE(bias=false)",
    "INPUT(6x6x4) => FC(3) => FLATTEN => FC(2)",
    "INPUT(6x6x3) => CONV(4, 3) as a => PAD(0) => CONV(2, 3)\n@a => RELU",
    "INPUT(9x8x6) => CONCAT[FC(3) | FC(4)] => SCALE => PRELU => GN(7) => BN => SOFTMAX",
]


@pytest.mark.parametrize("opset", [17, 21])
@pytest.mark.parametrize("text", LAYERS)
def test_a_layer_gives_what_onnxruntime_gives(text: str, opset: int) -> None:
    assert differing(text, opset) == []


def test_an_activation_without_a_function_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "net.net"
    path.write_text("INPUT(6x6x3) => ACT(foo)")
    done = CliRunner().invoke(cli, ["convert", str(path), "--to", "onnx", "-o", str(tmp_path / "net.onnx")])
    assert (done.exit_code, "error: act1, ACT(foo), cannot be written" in done.stderr) == (1, True)


def test_every_layer_type_is_among_them() -> None:
    tried = {row.node.kind for text in LAYERS for row in checked(text).rows}
    assert tried == set(layer_types())


def test_every_layer_type_can_be_written() -> None:
    assert set(OPS) == {kind for kind, layer in layer_types().items() if not layer.starts}


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


def small(path: Path) -> bool:
    totals = checked(path.read_text(), str(path)).totals
    return totals is not None and (totals.params or 10**9) < 10_000_000 and (totals.macs or 10**9) < 1_000_000_000


@pytest.mark.parametrize("sample", [path for path in SAMPLES if small(path)], ids=lambda path: path.name)
def test_a_sample_gives_what_onnxruntime_gives(sample: Path) -> None:
    assert differing(sample.read_text()) == []


def test_a_forward_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Relu, "forward", lambda self, run, weights, x: x)
    (found,) = differing("INPUT(5x5x2) => CONV(3) => RELU => SIGMOID")
    assert found.startswith("✗ relu1: 5x5x3, values differ by ")


# --- the model and the command --------------------------------------------------------------------


def written(tmp_path: Path, text: str, *arguments: str) -> tuple[Any, Path]:
    path, model = tmp_path / "net.txt", tmp_path / "net.onnx"
    path.write_text(text)
    return CliRunner().invoke(cli, ["convert", str(path), "--to", "onnx", "-o", str(model), *arguments]), model


NET = "INPUT(9x8x3) as image => CONV(4, 3) => RELU => FC(5) as scores"


def shape(value: Any) -> list[int | str]:
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def test_the_file_is_a_model_that_the_checker_accepts(tmp_path: Path) -> None:
    result, path = written(tmp_path, NET)
    assert result.exit_code == 0, result.stderr
    onnx.checker.check_model(str(path), full_check=True)
    graph = onnx.load(str(path)).graph
    assert [(value.name, shape(value)) for value in graph.input] == [("image", ["N", 3, 8, 9])]
    assert [(value.name, shape(value)) for value in graph.output] == [("scores", ["N", 5])]
    assert {constant.name for constant in graph.initializer} == {
        "conv1.kernel", "conv1.bias", "scores.kernel", "scores.bias",
    }  # fmt: skip


def test_the_batch_can_be_fixed(tmp_path: Path) -> None:
    result, path = written(tmp_path, NET, "--batch", "2")
    assert result.exit_code == 0
    assert shape(onnx.load(str(path)).graph.input[0]) == [2, 3, 8, 9]


def test_without_weights_they_are_inputs(tmp_path: Path) -> None:
    result, path = written(tmp_path, NET, "--no-weights", "--opset", "20")
    model = onnx.load(str(path))
    assert result.exit_code == 0
    assert {value.name: shape(value) for value in model.graph.input} == {
        "image": ["N", 3, 8, 9], "conv1.kernel": [4, 3, 3, 3], "conv1.bias": [4],
        "scores.kernel": [168, 5], "scores.bias": [5],
    }  # fmt: skip
    assert model.opset_import[0].version == 20


def test_the_same_seed_writes_the_same_file(tmp_path: Path) -> None:
    files = [written(tmp_path, NET, "--seed", seed)[1].read_bytes() for seed in ("1", "1", "2")]
    assert files[0] == files[1] != files[2]


def test_fc_to_conv_and_onnx_go_together(tmp_path: Path) -> None:
    result, path = written(tmp_path, NET, "--fc-to-conv")
    assert result.exit_code == 0
    kinds = [node.op_type for node in onnx.load(str(path)).graph.node]
    assert kinds == ["Conv", "Relu", "Conv"]


REFUSED = {
    "an activation that ONNX does not know": (
        "INPUT(4x4x3) => ACT(wobble)",
        "there is no operator for an activation called 'wobble'",
    ),
    "very many unshared taps": ("INPUT(40x40x1) => LOCAL(1, F=40)", "1,600 taps"),
    "very many uneven parts": ("INPUT(100x9x1) => ADAPTIVEPOOL(99x3)", "99 uneven parts"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_written_is_named(tmp_path: Path, text: str, reason: str) -> None:
    result, path = written(tmp_path, text, "--no-weights")
    assert result.exit_code == 1
    assert reason in result.stderr
    assert "cannot be written as ONNX" in result.stderr
    assert not path.exists()


def test_a_network_with_unknown_volumes_is_refused(tmp_path: Path) -> None:
    result, _ = written(tmp_path, "INPUT(4x4x3) => CONV(4, F=7) => RELU")
    assert result.exit_code == 1
    assert "error[SHP205]: CONV is larger than its input" in result.stderr


def test_weights_beyond_a_file_are_refused() -> None:
    report = checked("INPUT(100x100x10) => FC(10000)")
    with pytest.raises(Unwritable, match=r"4,000,040,000 bytes.*--no-weights"):
        build(report, ExportOptions())
    assert build(report, ExportOptions(weights=False)).graph.node


def test_a_network_that_is_too_large_to_run_is_refused_before_it_is_run(tmp_path: Path) -> None:
    result, path = written(tmp_path, "INPUT(100000x100000x90) => RELU => CONV(1, 1)")
    assert result.exit_code == 1
    assert "--no-weights" in result.stderr
    assert not path.exists()

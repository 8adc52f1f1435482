"""Commands that need ONNX: `convert --to onnx`, and `verify --against onnxruntime`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.numerics.toolkit import Run
from shapecalc.passes.report import Report
from shapecalc.pipeline import check
from shapecalc.registry import layer_types
from tests.terminal import watched

ROOT = Path(__file__).parents[1]

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from shapecalc.writers.onnx.export import build  # noqa: E402 (needs the packages above)
from shapecalc.writers.onnx.export_options import ExportOptions, Unwritable  # noqa: E402


def checked(text: str, path: str = "some.net") -> Report:
    return check(Source(path, text))


# --- verify --against onnxruntime -----------------------------------------------------------------


def against(tmp_path: Path, text: str, *arguments: str) -> Any:
    path = tmp_path / "net.net"
    path.write_text(text)
    return CliRunner().invoke(cli, ["verify", "--against", "onnxruntime", str(path), *arguments])


SMALL = "INPUT(5x4x2) => CONV(3) => RELU"
ENDLESS = "[MUL[ | ]]*12"
"""Squares of squares."""


def test_every_layer_is_compared_and_counted(tmp_path: Path) -> None:
    result = against(tmp_path, SMALL)
    assert result.exit_code == 0
    *_, conv, relu, whole, verdict = result.stdout.splitlines()
    assert conv.startswith("onnxruntime ✓ conv1: 5x4x3, values within ")
    assert relu.startswith("onnxruntime ✓ relu1: 5x4x3, values within ")
    assert whole.startswith("onnxruntime ✓ whole run, relu1: values within ")
    assert conv.endswith(" allowed), ONNX infers the same shape")
    assert whole.endswith(" allowed)")
    assert re.fullmatch(
        r"net: 2 of 2 layers and 1 of 1 output of the whole run agree with onnxruntime, \d+\.\d s", verdict
    )


def test_programs_are_given_the_fields_of_a_comparison(tmp_path: Path) -> None:
    (network,) = json.loads(against(tmp_path, SMALL, "--format", "json").stdout)["networks"]
    conv, _ = network["onnxruntime"]
    values = conv.pop("values")
    agreed = {"said": "5x4x3", "found": "5x4x3", "ok": True}
    assert conv == {"index": 1, "name": "conv1", "ok": True, "output": agreed, "shape_inference": agreed}
    assert (values["ok"], 0 <= values["largest_difference"] <= values["tolerance"] < values["largest"]) == (True, True)
    (output,) = network["outputs"]
    assert list(output) == ["index", "name", "largest_difference", "largest", "tolerance", "ok"]
    assert (output["index"], output["name"], output["ok"]) == (2, "relu1", True)
    assert 0 <= output["largest_difference"] <= output["tolerance"] == pytest.approx(1e-3 * output["largest"])


def test_a_layer_that_differs_is_named_and_no_network_is_ok(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_types()["RELU"], "forward", lambda self, run, weights, x: x)
    quiet = against(tmp_path, SMALL, "--quiet")
    assert quiet.exit_code == 1
    assert "onnxruntime ✗ relu1: 5x4x3, values differ by " in quiet.stdout
    assert "✓" not in quiet.stdout
    assert "error: net: 1 of 2 layers and 0 of 1 output of the whole run agree with onnxruntime" in quiet.stdout
    assert quiet.stdout.splitlines()[-1].startswith("  = note: this is a bug in shapecalc or in onnxruntime")
    (network,) = json.loads(against(tmp_path, SMALL, "--format", "json").stdout)["networks"]
    assert (network["ok"], network["onnxruntime"][1]["values"]["ok"]) == (False, False)


def test_an_output_that_differs_is_named_where_every_layer_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "same", lambda run, x: x[..., ::-1].copy() if run.may_overwrite else x.copy())
    text = f"{SMALL} => ACT(linear)"
    quiet = against(tmp_path, text, "--quiet")
    assert quiet.exit_code == 1
    assert "onnxruntime ✗ whole run, act1: values differ by " in quiet.stdout
    assert "net: 3 of 3 layers and 0 of 1 output of the whole run agree with onnxruntime" in quiet.stdout
    (network,) = json.loads(against(tmp_path, text, "--format", "json").stdout)["networks"]
    assert [network["ok"], *(output["ok"] for output in network["outputs"])] == [False, False]


def test_values_that_leave_float32_are_no_bug_of_either_program(tmp_path: Path) -> None:
    result = against(tmp_path, f"INPUT(8x8x3) => {ENDLESS}", "--quiet")
    assert (result.exit_code, "bug" in result.stdout) == (1, False)
    assert result.stdout.count("its values are not finite in float32") == 2


def test_lines_of_a_comparison_are_coloured_like_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = against(tmp_path, SMALL, "--color", "always")
    assert "onnxruntime \x1b[32m✓\x1b[0m conv1" in sound.stdout
    assert "\x1b[32mnet: 2 of 2 layers and" in sound.stdout
    monkeypatch.setattr(layer_types()["RELU"], "forward", lambda self, run, weights, x: x)
    wrong = against(tmp_path, SMALL, "--color", "always")
    assert "onnxruntime \x1b[1;31m✗\x1b[0m relu1" in wrong.stdout
    assert "\x1b[1;31merror: net: 1 of 2 layers" in wrong.stdout


def test_what_a_comparison_takes_of_memory_is_announced(tmp_path: Path) -> None:
    """The most that is ever resident, of a network with more weights than volumes, is allowed by the least limit."""
    path = tmp_path / "net.net"
    path.write_text("INPUT(8x8x64) => [CONV(640, 3, P=1) => RELU]*2 => CONV(3000, 3) => GAP => FC(10)")
    code = (
        "import resource, sys; from shapecalc.cli import main\n"
        "try: main()\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )

    def told(limit: str) -> str:
        words = ["verify", "-q", str(path), "--against", "onnxruntime", "--memory-limit", limit]
        return subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, cwd=ROOT
        ).stderr

    least = re.search(r"--memory-limit (\d+)MiB,", told("1MiB"))
    assert least
    assert int(told(f"{least[1]}MiB")) <= int(least[1]) * 1024


def test_json_with_a_comparison_holds_to_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "shapecalc/schemas/verify.schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for text in (SMALL, f"INPUT(8x8x3) => {ENDLESS}", "INPUT(40x40x1) => LOCAL(1, F=40)"):
        validator.validate(json.loads(against(tmp_path, text, "--format", "json").stdout))
    monkeypatch.setattr(layer_types()["RELU"], "forward", lambda self, run, weights, x: x)
    wrong = json.loads(against(tmp_path, SMALL, "--format", "json").stdout)
    validator.validate(wrong)
    assert wrong["summary"] == {"networks": 1, "hold": 0, "differ": 1, "not_run": 0}


def test_what_cannot_be_compared_is_one_network_for_programs(tmp_path: Path) -> None:
    result = against(tmp_path, "INPUT(40x40x1) => LOCAL(1, F=40)", "--format", "json")
    (network,) = json.loads(result.stdout)["networks"]
    assert (result.exit_code, network["ok"], len(network["layers"])) == (2, False, 2)
    assert "1,600 taps" in network["error"]


@pytest.mark.slow
def test_weights_beyond_a_file_are_told_after_the_proofs(tmp_path: Path) -> None:
    result = against(tmp_path, "INPUT(1x1x60000) => FC(9000)", "--quiet", "--memory-limit", "20GiB")
    assert (result.exit_code, "figures agree" in result.stdout) == (2, True)
    assert result.stderr.endswith("an ONNX file has at most 2,147,483,647\n")


def test_what_cannot_be_compared_is_told_after_the_proofs(tmp_path: Path) -> None:
    result = against(tmp_path, REFUSED["very many unshared taps"][0], "--quiet")
    assert (result.exit_code, "figures agree" in result.stdout) == (2, True)
    assert result.stderr.startswith("error: local1, LOCAL(1, F=40), cannot be written as ONNX: its filters have 1,600 ")


def test_a_comparison_counts_what_it_takes_itself(tmp_path: Path) -> None:
    text = "INPUT(1x1x5000) => FC(10000)"
    assert (
        CliRunner().invoke(cli, ["verify", "-q", "--memory-limit", "700MiB", written_to(tmp_path, text)]).exit_code == 0
    )
    result = against(tmp_path, text, "--memory-limit", "700MiB")
    assert (result.exit_code, "--memory-limit allows" in result.stderr) == (2, True)


def written_to(tmp_path: Path, text: str) -> str:
    (tmp_path / "net.net").write_text(text)
    return str(tmp_path / "net.net")


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
    "inputs alone": ("INPUT(4x4x3)", "net has no layer after its input, so there is nothing to write"),
    "very many unshared taps": ("INPUT(40x40x1) => LOCAL(1, F=40)", "1,600 taps"),
    "very many uneven parts": ("INPUT(100x9x1) => ADAPTIVEPOOL(99x3)", "99 uneven parts"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_written_is_named(tmp_path: Path, text: str, reason: str) -> None:
    result, path = written(tmp_path, text, "--no-weights")
    assert result.exit_code == 2
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    assert not path.exists()


def test_a_network_with_unknown_volumes_is_refused(tmp_path: Path) -> None:
    result, _ = written(tmp_path, "INPUT(4x4x3) => CONV(4, F=7) => RELU")
    assert result.exit_code == 1
    assert "error[SHP205]: CONV is larger than its input" in result.stderr
    assert result.stderr.endswith("net.txt was not converted: the volume of conv1 and of 1 more is unknown\n")


def test_a_model_of_a_network_with_errors_is_written_with_a_warning(tmp_path: Path) -> None:
    result, path = written(tmp_path, "INPUT(10x10x3) => CONV(4, F=3, S=2, P=0) => FC(10): 1x1x11")
    assert (result.exit_code, result.stderr.count("\n")) == (0, 1)
    assert "net.txt was converted with 2 errors in it: shapecalc check " in result.stderr
    onnx.checker.check_model(str(path), full_check=True)


def test_a_converted_model_takes_the_larger_image_with_the_weights_of_the_smaller(tmp_path: Path) -> None:
    result, path = written(tmp_path, "INPUT(7x7x4) => FC(5) as scores", "--fc-to-conv", "--input", "9x8x4")
    graph = onnx.load(str(path)).graph
    assert (result.exit_code, shape(graph.input[0])) == (0, ["N", 4, 8, 9])
    assert shape(graph.output[0]) == ["N", 5, 2, 3]
    assert {constant.name: list(constant.dims) for constant in graph.initializer}["scores.kernel"] == [5, 4, 7, 7]


def test_a_model_for_a_larger_image_gives_for_every_crop_what_the_smaller_one_gives(tmp_path: Path) -> None:
    text = "INPUT(7x7x2) => CONV(3, 3, P=0) => POOL(5, S=5) => FLATTEN => FC(4) => RELU => FC(5)"
    image = np.random.default_rng(0).standard_normal((1, 2, 7, 12), np.float32)

    def run(pixels: np.ndarray, *options: str) -> np.ndarray:
        _, path = written(tmp_path, text, *options)
        found: np.ndarray = onnxruntime.InferenceSession(str(path)).run(None, {"input1": pixels})[0]
        return found

    whole = run(image, "--fc-to-conv", "--input", "12x7x2")
    crops = [run(np.ascontiguousarray(image[..., x : x + 7])) for x in (0, 5)]
    np.testing.assert_allclose(whole[0, :, 0], np.concatenate(crops).T, rtol=1e-5, atol=1e-6)


def test_a_model_may_go_to_standard_output_by_either_name(tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    path.write_text(NET)
    words = [sys.executable, "-m", "shapecalc", "convert", str(path), "--to", "onnx", "-o"]
    models = [
        subprocess.run([*words, name], capture_output=True, check=True, cwd=ROOT).stdout
        for name in ("-", "/dev/stdout")
    ]
    assert models[0] == models[1] != b""


def test_a_bar_is_drawn_for_people_who_wait(tmp_path: Path) -> None:
    path = tmp_path / "slow.net"
    path.write_text("INPUT(192x128x16) => [CONV(64, 3, P=same) => RELU]*48\n")
    words = [sys.executable, "-m", "shapecalc", "convert", str(path), "--to", "onnx", "-o", str(tmp_path / "net.onnx")]
    assert b"/97" in watched(words, {"TERM": "xterm"}, ROOT, until=b"/97")


def test_weights_beyond_a_file_are_refused(tmp_path: Path) -> None:
    result, path = written(tmp_path, "INPUT(100x100x10) => FC(10000)")
    assert (result.exit_code, path.exists()) == (2, False)
    assert result.stderr.endswith(": write the model without them (--no-weights)\n")
    report = checked("INPUT(100x100x10) => FC(10000)")
    with pytest.raises(
        Unwritable, match="the weights take 4,000,040,000 bytes, and an ONNX file has at most 2,147,483,647"
    ):
        build(report, ExportOptions())
    assert build(report, ExportOptions(holds_weights=False)).graph.node


def test_a_network_that_is_too_large_to_run_is_refused_before_it_is_run(tmp_path: Path) -> None:
    result, path = written(tmp_path, "INPUT(100000x100000x90) => RELU => CONV(1, 1)")
    assert result.exit_code == 2
    assert "--no-weights" in result.stderr
    assert not path.exists()


def test_an_activation_without_a_function_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "net.net"
    path.write_text("INPUT(6x6x3) => ACT(foo)")
    done = CliRunner().invoke(cli, ["convert", str(path), "--to", "onnx", "-o", str(tmp_path / "net.onnx")])
    assert (done.exit_code, "error: act1, ACT(foo), cannot be written" in done.stderr) == (2, True)


def test_a_model_of_very_many_nodes_is_refused(tmp_path: Path) -> None:
    words = ["convert", "--to", "onnx", "--no-weights", "-o", str(tmp_path / "net.onnx")]
    done = CliRunner().invoke(cli, [*words, "INPUT(32x32x8) => [ADAPTIVEPOOL(31) => ADAPTIVEPOOL(32)]*900"])
    assert done.exit_code == 2
    assert "cannot be written as ONNX: the model would have more than 50,000 nodes" in done.output
    assert not list(tmp_path.iterdir())

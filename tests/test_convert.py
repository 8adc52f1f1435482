from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from shapecalc.core.parameters import Sizes
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.expansion.expander import Options, expand
from shapecalc.formats.read import parse
from shapecalc.numerics.toolkit import Run
from shapecalc.passes.report import Report
from shapecalc.pipeline import CheckOptions, check, check_graph
from shapecalc.transforms.fc_to_conv import fc_to_conv
from shapecalc.writers.diagram.flat import closed_settings, flat_diagram
from tests.networks import SAMPLES
from tests.samplefiles import each_sample


def converted(text: str, path: str = "some.net") -> str:
    diagram = parse(Source(path, text))
    closed = closed_settings(diagram, Options())
    return flat_diagram(fc_to_conv(expand(diagram), closed), closed)


CASES = {
    "the first FC gets the extent of its volume, the others 1": (
        "INPUT(7x7x512) => FC(4096) => RELU => FC(1000)",
        "INPUT(7x7x512) => CONV(4096, F=7) as fc1 => RELU => CONV(1000, F=1) as fc2\n",
    ),
    "an extent need not be square": (
        "INPUT(5x7x3) => FC(2)",
        "INPUT(5x7x3) => CONV(2, F=5x7) as fc1\n",
    ),
    "one spatial axis has one extent": (
        "INPUT(5x3) => FC(2)",
        "INPUT(5x3) => CONV(2, F=5) as fc1\n",
    ),
    "FLATTEN has nothing to do any more": (
        "INPUT(7x7x8) => FLATTEN => FC(4)",
        "INPUT(7x7x8) => CONV(4, F=7) as fc1\n",
    ),
    "nor has it in front of layers that keep values apart": (
        "INPUT(7x7x8) => FLATTEN => DO => RELU => FC(4)",
        "INPUT(7x7x8) => DO => RELU => CONV(4, F=7) as fc1\n",
    ),
    "claims of a flat volume go with the FLATTEN": (
        "INPUT(8x8x3) => FLATTEN: 1x1x192 => DO: 1x1x192 => FC(4): 1x1x4",
        "INPUT(8x8x3) => DO => CONV(4, F=8) as fc1: 1x1x4\n",
    ),
    "a FLATTEN that something else reads becomes a RESHAPE, on which a convolution may slide": (
        "INPUT(7x7x8) => FLATTEN => BN => FC(4)",
        "INPUT(7x7x8) => RESHAPE(1x1x392) as flatten1 => BN => CONV(4, F=1) as fc1\n",
    ),
    "a FLATTEN of one position goes": (
        "INPUT(7x7x8) => GAP => FLATTEN => BN => FC(4)",
        "INPUT(7x7x8) => GAP => BN => CONV(4, F=1) as fc1\n",
    ),
    "what was assumed is written": (
        "INPUT(7x7x8) => FC => FC",
        "INPUT(7x7x8) => CONV(4096, F=7) as fc1 => CONV(1000, F=1) as fc2\n",
    ),
    "no bias stays no bias": (
        "INPUT(7x7x8) => FC(4, bias=false)",
        "INPUT(7x7x8) => CONV(4, F=7, bias=false) as fc1\n",
    ),
    "a name stays": (
        "INPUT(7x7x8) => FC(4) as scores",
        "INPUT(7x7x8) => CONV(4, F=7) as scores\n",
    ),
    "defaults of CONV do not reach what was an FC": (
        "---\ndefaults: {CONV: {P: same, bias: false}}\n---\nINPUT(7x7x8) => CONV(4) => FC(4)",
        "---\ndefaults:\n  CONV:\n    P: same\n    bias: false\n---\n"
        "INPUT(7x7x8) => CONV(4)\n  => CONV(4, F=7, S=1, P=0, dilation=1, groups=1, bias=true) as fc1\n",
    ),
    "nor is a bias given to an FC without": (
        "---\ndefaults: {CONV: {S: 2}}\n---\nINPUT(7x7x8) => FC(4, bias=false)",
        "---\ndefaults:\n  CONV:\n    S: 2\n---\n"
        "INPUT(7x7x8) => CONV(4, F=7, S=1, P=0, dilation=1, groups=1, bias=false) as fc1\n",
    ),
    "a name that a FLATTEN was given stays": (
        "INPUT(7x7x8) => CONV(4, 3) as c => FLATTEN as f => FC(4)\n@f => FC(3)\n@c => RELU",
        "INPUT(7x7x8) => CONV(4, 3) as c => IDENTITY as f => CONV(4, F=5) as fc1\n"
        "@f => CONV(3, F=5) as fc2\n@c => RELU\n",
    ),
    "so does one of a FLATTEN of one position, and what is claimed of it": (
        "INPUT(7x7x8) => GAP => FLATTEN: params=0 as rows => FC(4)",
        "INPUT(7x7x8) => GAP => IDENTITY as rows: params=0 => CONV(4, F=1) as fc1\n",
    ),
    "an output that is read elsewhere too stays one": (
        "INPUT(7x7x8) => GAP as g => FLATTEN => FLATTEN\n@g => RELU",
        "INPUT(7x7x8) => GAP as g => IDENTITY as flatten2\n@g => RELU\n",
    ),
    "an output that is read nowhere else needs no layer": (
        "INPUT(7x7x8) => GAP => FLATTEN",
        "INPUT(7x7x8) => GAP\n",
    ),
    "both ends of a fork are converted": (
        "INPUT(7x7x8) => CONCAT[FC(4) | FLATTEN => FC(3)]",
        "INPUT(7x7x8) => CONCAT[CONV(4, F=7) as fc1 | CONV(3, F=7) as fc2]\n",
    ),
}


@pytest.mark.parametrize(("text", "printed"), CASES.values(), ids=CASES.keys())
def test_fc_becomes_conv(text: str, printed: str) -> None:
    assert converted(text) == printed


@pytest.mark.parametrize("text", [text for text, _ in CASES.values()], ids=CASES.keys())
def test_parameters_and_work_stay(text: str) -> None:
    assert figures(checked(converted(text))) == figures(checked(text))


@pytest.mark.parametrize("sample", each_sample())
def test_a_converted_sample_holds_its_claims(sample: Path) -> None:
    text = sample.read_text().replace("# shapecalc:", "# unheard:")  # comments that ignore are not converted
    before, after = checked(text, str(sample)), checked(converted(text, str(sample)))
    assert figures(after) == figures(before)
    assert after.ok == before.ok


def checked(text: str, path: str = "some.net") -> Report:
    return check(Source(path, text))


def figures(report: Report) -> tuple[object, ...]:
    assert report.totals is not None
    last = report.rows[-1].output
    return report.totals.params, report.totals.macs, last and last.sizes


def test_vgg_16_on_a_larger_image_gives_a_map_of_scores(tmp_path: Path) -> None:
    text = "INPUT(224x224x3) => [[CONV3-4 => RELU]*2 => POOL2]*5 => [FC(4096) => RELU]*2 => FC(1000)"
    path = tmp_path / "converted.net"
    path.write_text(converted(text))
    result = CliRunner().invoke(cli, ["check", str(path), "--input", "384x384x3", "--get", "layers.fc3.output"])
    assert (result.exit_code, result.stdout) == (0, "[6, 6, 1000]\n")


def test_the_converted_network_on_a_large_image_is_the_original_on_its_crops() -> None:
    text = "INPUT(12x10x2) => CONV(3, 3) => RELU => POOL => FC(6) => RELU => FC(4)"
    original, large = checked(text), enlarged(converted(text), "18x14x2")
    random = np.random.default_rng(0)
    weights = [
        {w.name: random.standard_normal(w.shape, np.float32) for w in row.weight_arrays} for row in original.rows
    ]
    reshaped = [
        {w.name: arrays[w.name].reshape(w.shape) for w in row.weight_arrays}
        for row, arrays in zip(large.rows, weights, strict=True)
    ]
    image = random.standard_normal((1, 18, 14, 2), np.float32)
    scores = run(large, reshaped, image)
    assert scores.shape == (1, 4, 3, 4)
    for i in range(4):
        for j in range(3):
            crop = np.ascontiguousarray(image[:, 2 * i : 2 * i + 12, 2 * j : 2 * j + 10])
            np.testing.assert_allclose(scores[:, i, j], run(original, weights, crop)[:, 0, 0], rtol=1e-4, atol=1e-4)


def enlarged(text: str, size: str) -> Report:
    options = Options(input=Sizes(int(n) for n in size.split("x")))
    source = Source("some.net", text)
    return check_graph(expand(parse(source), options), source, CheckOptions(options))


def run(report: Report, weights: list[dict[str, Any]], image: Any) -> Any:
    """The last output of a chain of layers."""
    for row, arrays in zip(report.rows[1:], weights[1:], strict=True):
        assert row.node.layer is not None
        known: Mapping[str, Any] = arrays
        image = row.node.layer.forward(Run(), known, image)
    return image


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def net(tmp_path: Path) -> str:
    path = tmp_path / "net.txt"
    path.write_text("INPUT(7x7x8) => FC(4)*N")
    return str(path)


def convert(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["convert", *arguments])


def test_the_diagram_is_printed(net: str) -> None:
    result = convert(net, "--fc-to-conv", "--set", "N=1")
    assert (result.exit_code, result.stdout) == (0, "INPUT(7x7x8) => CONV(4, F=7) as fc1\n")


def test_an_open_network_is_refused(net: str) -> None:
    result = convert(net, "--fc-to-conv")
    assert result.exit_code == 1
    assert "SHP114" in result.stderr


def test_an_fc_behind_an_unknown_volume_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    path.write_text("INPUT(3x3x8) => CONV(4, F=7) => FC(4)")
    result = convert(str(path), "--fc-to-conv")
    assert result.exit_code == 1
    assert "error[SHP205]: CONV is larger than its input" in result.stderr
    assert result.stderr.endswith(f"error: {path} was not converted: the volume of conv1 and of 1 more is unknown\n")


UNRELATED = {
    "a claim that fails": ("INPUT(3x3x8) => FC(4): 1x1x5", "1 error in it", "it"),
    "pixels that are never read": ("INPUT(10x10x3) => CONV(4, F=3, S=2, P=0) => FC(10)", "1 error in it", "it"),
    "a figure that nobody knows": ("INPUT(3x3x8) => FC(4): bananas=3, params=9", "2 errors in it", "them"),
}


@pytest.mark.parametrize(("text", "errors", "them"), UNRELATED.values(), ids=UNRELATED.keys())
def test_errors_that_leave_volumes_known_are_a_warning(text: str, errors: str, them: str, tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    path.write_text(text)
    result = convert(str(path), "--fc-to-conv")
    assert (result.exit_code, result.stdout) == (0, converted(text))
    assert result.stderr == f"warning: {path} was converted with {errors}: shapecalc check {path} shows {them}\n"


def test_the_warning_says_what_the_network_was_closed_with(tmp_path: Path) -> None:
    path = tmp_path / "a net.txt"
    path.write_text("INPUT(8x8x3) => [CONV(4, 3)?]*N => FC: 1x1x5")
    chosen = ("--set", "N=2", "--optional", "keep", "--classes", "7", "--input", "9x9x3")
    result = convert(str(path), "--fc-to-conv", *chosen[:6])
    assert result.stderr.endswith(f": shapecalc check '{path}' {' '.join(chosen[:6])} shows it\n")
    checked_again = CliRunner().invoke(cli, ["check", "-q", str(path), *chosen[:6]])
    assert "1 error" in checked_again.stdout


LARGER = "INPUT(7x7x8) => CONV(4, 3, P=1): 7x7x4, params=292, macs=14112 => FC(4): 1x1x4, weights=784"


def test_a_larger_image_slides_over_what_were_fcs_and_leaves_claims_about_the_smaller_out(tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    path.write_text(f"---\nexpect: {{params: 1080, macs: 14896, output: 1x1x4}}\n---\n{LARGER}")
    result = convert(str(path), "--fc-to-conv", "--input", "9x8x8")
    assert result.exit_code == 0
    assert result.stdout == (
        "---\nexpect:\n  params: 1080\n---\n"
        "INPUT(9x8x8) => CONV(4, 3, P=1): params=292 => CONV(4, F=7) as fc1: weights=784\n"
    )
    assert result.stderr == "note: 5 claims that are right only for an input of 7x7x8 were left out\n"
    assert figures(checked(result.stdout))[0] == 1080


def test_claims_are_kept_where_the_size_is_the_network_s_own(tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    path.write_text(LARGER)
    result = convert(str(path), "--fc-to-conv", "--input", "7x7x8")
    assert (result.exit_code, result.stdout, result.stderr) == (0, converted(LARGER), "")


def test_a_network_without_a_size_of_its_own_takes_the_one_that_is_given(tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    path.write_text("INPUT => FC(4)")
    assert convert(str(path), "--fc-to-conv", "--input", "5x5x3").stdout == "INPUT(5x5x3) => CONV(4, F=5) as fc1\n"


def test_an_image_that_is_too_small_for_the_converted_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    path.write_text("INPUT(7x7x8) => RELU => FC(4)")
    result = convert(str(path), "--fc-to-conv", "--input", "5x5x8")
    assert (result.exit_code, result.stdout) == (1, "")
    why = "the volume of fc1 is unknown where FCs are converted for an input of 7x7x8"
    assert result.stderr.endswith(f"error: {path} was not converted: {why}\n")


@pytest.mark.parametrize("size", ["256x256x3", "384x320x3"])
@pytest.mark.parametrize("sample", ["vgg16.net", "vgg16-listing.net", "alexnet-227.net"])
def test_a_sample_is_converted_for_larger_images_with_its_own_weights(sample: str, size: str, tmp_path: Path) -> None:
    path = SAMPLES / sample
    result = convert(str(path), "--fc-to-conv", "--input", size, "-o", str(tmp_path / "large.net"))
    assert result.exit_code == 0
    small, large = checked(path.read_text(), sample), checked((tmp_path / "large.net").read_text())
    assert figures(large)[0] == figures(small)[0]
    assert not [d for d in large.diagnostics if d.severity != "note" and d.code.startswith("SHP3")]


@pytest.mark.parametrize(
    "words", [["convert", "--to", "onnx"], ["convert", "--fc-to-conv"], ["expand"]], ids=lambda words: words[-1]
)
def test_a_network_is_not_overwritten_by_what_is_made_of_it(net: str, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(net)
    for name in (net, str(tmp_path / "link.txt")):
        result = CliRunner().invoke(cli, [*words, net, "--set", "N=1", "-o", name])
        assert (result.exit_code, "is the network itself" in " ".join(result.stderr.split())) == (2, True)
    assert Path(net).read_text() == "INPUT(7x7x8) => FC(4)*N"


def test_an_input_of_another_depth_is_refused_for_it_asks_for_other_weights(tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    path.write_text("INPUT(8x8x3) => CONV(4, F=3) => FC(3)")
    result = convert(str(path), "--fc-to-conv", "--input", "16x16x1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be converted for another input: conv1 would have other weights" in result.stderr


USAGE = {
    "nothing to do": ([], "say what to convert to: --fc-to-conv or --to net, dot, mermaid or onnx"),
    "no file for the model": (["--to", "onnx", "--set", "N=1"], "--to onnx needs a file to write to"),
    "a file without a name": (["--to", "onnx", "--set", "N=1", "-o", ""], "-o needs the name of a file"),
    "how to write a model that is not written": (["--fc-to-conv", "--no-weights"], "--no-weights goes with --to onnx"),
    "where weights begin that are not written": (["--fc-to-conv", "--seed", "0"], "--seed goes with --to onnx"),
    "how long a run may take that there is none": (
        ["--fc-to-conv", "--work-limit", "9"],
        "--work-limit goes with --to onnx",
    ),
    "memory that nothing takes": (["--fc-to-conv", "--memory-limit", "9GiB"], "--memory-limit goes with --to onnx"),
    "a batch of a model that is not written": (["--fc-to-conv", "--batch", "2"], "--batch goes with --to onnx"),
    "an opset of a model that is not written": (["--fc-to-conv", "--opset", "17"], "--opset goes with --to onnx"),
    "an opset that is not written": (["--to", "onnx", "--opset", "3"], "write 17 to 21"),
}


@pytest.mark.parametrize(("arguments", "message"), USAGE.values(), ids=USAGE.keys())
def test_usage(net: str, arguments: list[str], message: str) -> None:
    result = convert(net, *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


WRITTEN = {
    "a folder": (".", "is a directory"),
    "a folder that is not there": ("none/net.onnx", "no such file or directory"),
    "a disk that is full": ("/dev/full", "no space left on device"),
}


@pytest.mark.parametrize("to", [["--fc-to-conv"], ["--to", "onnx"]], ids=["diagram", "model"])
@pytest.mark.parametrize(("where", "message"), WRITTEN.values(), ids=WRITTEN.keys())
def test_what_cannot_be_written_to_is_told(net: str, to: list[str], where: str, message: str, tmp_path: Path) -> None:
    if to == ["--to", "onnx"]:
        pytest.importorskip("onnx")
    if where.startswith("/dev") and not Path(where).exists():
        pytest.skip("there is no full disk here")
    result = convert(net, *to, "--set", "N=1", "-o", str(tmp_path / where))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(f"cannot be written: {message}\n")


def started(net: str, *arguments: str, **streams: Any) -> Any:
    words = [sys.executable, "-m", "shapecalc", "convert", net, "--set", "N=1", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(SAMPLES.parent)}
    return subprocess.run(words, env=environment, stderr=subprocess.PIPE, check=False, timeout=60, **streams)


def test_a_pipe_that_is_closed_ends_it_silently(net: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = started(net, "--fc-to-conv", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_standard_output_that_is_closed_prints_no_traceback(net: str) -> None:
    done = started(net, "--fc-to-conv", preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_model_is_not_printed_on_a_terminal(net: str) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    done = started(net, "--to", "onnx", "-o", "-", stdout=theirs)
    os.close(theirs)
    os.close(ours)
    assert (done.returncode, b"--to onnx needs a file to write to" in done.stderr) == (2, True)


def test_without_the_packages_it_says_how_to_get_them(
    net: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    result = convert(net, "--to", "onnx", "--set", "N=1", "-o", str(tmp_path / "net.onnx"))
    assert result.exit_code == 2
    assert "pip install 'shapecalc[onnx]'" in result.stderr

"""`convert --to net`, `dot` and `mermaid`: what recurs is found again, and the figures stay."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import shapecalc
from tests.command import run
from tests.hostile import HOSTILE, hostile_texts

ROOT = Path(__file__).parents[1]
FOREIGN = sorted(p for p in (ROOT / "tests" / "foreign").glob("*/*") if p.name != "expected.json")
OPTIONS = {
    "boxes.prototxt": ("--input", "32x24x3"),
    "residual.py": ("--input", "32x24x3", "--member", "large"),
}
"""Of files that do not say the size of their input, or have several networks."""
SAMPLES = [
    "resnet18",
    "resnet50",
    "mobilenet-v2",
    "mobilenet-v3-large",
    "googlenet-torchvision",
    "inception-v3",
    "unet",
    "densenet121",
    "shufflenet-v2",
    "efficientnet-b0",
    "vgg16",
    "squeezenet1_1",
    "resnet20-cifar10",
]
ALIKE = {"resnet18", "mobilenet-v3-large", "inception-v3", "efficientnet-b0"}
"""Samples that repeat their parts as others of these do."""
FIGURES = ("params", "buffers", "macs", "activations")


def figures(path: Path, folder: Path, *options: str) -> dict[str, int]:
    done = run("check", "--format", "json", str(path), *options, cwd=folder)
    networks = json.loads(done.stdout)["networks"]
    assert all(layer["output"] for network in networks for layer in network["layers"]), done.stdout[:2000]
    totals = [network["totals"] for network in networks]
    found = {key: sum(total[key] for total in totals) for key in FIGURES}
    return found | {"forward": sum(total["memory"]["forward"] for total in totals)}


def recovered(path: Path, folder: Path, *options: str) -> str:
    """The diagram, whose figures are those of the file."""
    done = run("convert", str(path), "--to", "net", *options, cwd=folder)
    assert done.returncode == 0, done.stderr
    written = folder / "recovered.net"
    written.write_text(done.stdout, encoding="utf-8")
    assert figures(written, folder) == figures(path, folder, *options)
    return done.stdout


@pytest.mark.parametrize("path", FOREIGN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_of_another_tool_becomes_a_diagram_with_the_same_figures(path: Path, tmp_path: Path) -> None:
    if path.suffix == ".onnx":
        pytest.importorskip("onnx")
    options = OPTIONS.get(path.name, ())
    text = recovered(path, tmp_path, *options)
    assert f"source: {path.name}" in text
    names = run("check", "--get", "name", str(path), *options, cwd=tmp_path).stdout.splitlines()
    figures = re.search(r"^  params: \d+\n  macs: \d+$", text, re.MULTILINE)
    assert bool(figures) == (len(names) == 1), names  # figures of all together would make one network of several


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in ALIKE else []) for n in SAMPLES])
def test_a_diagram_is_found_again_from_its_layers(name: str, tmp_path: Path) -> None:
    path = ROOT / "samples" / f"{name}.net"
    text = recovered(path, tmp_path)
    flat = run("expand", str(path), cwd=tmp_path).stdout
    assert text.count("\n") < flat.count("\n")


def darknet53() -> str:
    """YOLOv3 as a .cfg: 53 convolutions, five kinds of stages, and three heads that read earlier layers."""
    lines = ["[net]", "width=416", "height=416", "channels=3"]
    made = 0

    def add(section: str, **values: object) -> int:
        nonlocal made
        lines.extend(["", f"[{section}]", *(f"{key} = {value}" for key, value in values.items())])
        made += 1
        return made - 1

    def conv(filters: int, size: int, stride: int = 1) -> int:
        return add(
            "convolutional", batch_normalize=1, filters=filters, size=size, stride=stride, pad=1, activation="leaky"
        )

    ends = [conv(32, 3)]
    for filters, count in (64, 1), (128, 2), (256, 8), (512, 8), (1024, 4):
        conv(filters, 3, 2)
        for _ in range(count):
            conv(filters // 2, 1)
            conv(filters, 3)
            ends.append(add("shortcut", **{"from": -3, "activation": "linear"}))
    skips = {256: ends[-5], 128: ends[-13]}
    for filters in 512, 256, 128:
        if filters in skips:
            add("route", layers=-4)
            conv(filters, 1)
            add("upsample", stride=2)
            add("route", layers=f"-1, {skips[filters]}")
        for _ in range(3):
            conv(filters, 1)
            conv(2 * filters, 3)
        add("convolutional", size=1, stride=1, pad=1, filters=255, activation="linear")
        add("yolo", classes=80, num=9)
    return "\n".join(lines) + "\n"


def test_yolov3_from_its_cfg_has_less_than_60_lines(tmp_path: Path) -> None:
    path = tmp_path / "yolov3.cfg"
    path.write_text(darknet53(), encoding="utf-8")
    text = recovered(path, tmp_path)
    assert "params: 61949149" in text  # as the darknet program and the paper's weights file have it
    assert text.count("\n") < 30
    assert "for c, n in (64, 1), (128, 2), (256, 8)" in text
    assert "*8 as shortcut_61" in text
    assert "IDENTITY" not in text  # what [route] of one layer and [yolo] are


def test_resnet50_from_onnx_has_less_than_40_lines(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    path = tmp_path / "net.onnx"
    run(
        "convert", str(ROOT / "samples" / "resnet50.net"), "--to", "onnx", "--no-weights", "-o", str(path), cwd=tmp_path
    )
    text = recovered(path, tmp_path)
    assert "params: 25557032" in text
    assert text.count("\n") < 25
    assert "block " in text
    assert re.search(r"for c, s, n in \(64, 1, 2\), \(128, 2, 3\), \(256, 2, 5\), \(512, 2, 2\)", text), text


def test_equal_parts_with_other_numbers_become_a_block_and_a_loop(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(
        "INPUT(32x32x3)\n"
        + "".join(
            f"=> ADD[CONV({c}, F=1) => RELU => CONV({4 * c}, F=3, P=1) | CONV({4 * c}, F=1)] => RELU\n"
            for c in (8, 16, 32)
        )
        + "=> FC(10)\n",
        encoding="utf-8",
    )
    text = recovered(tmp_path / "a.net", tmp_path)
    assert text.partition("output: 1x1x10\n---\n")[2].splitlines() == [
        "block residual_block(c) = ADD[",
        "  CONV(c, F=1) => RELU => CONV(4*c, F=3, P=1)",
        "  | CONV(4*c, F=1)",
        "]",
        "INPUT(32x32x3) => [residual_block(c) => RELU for c in 8, 16, 32] => FC(10)",
    ]


def test_a_layer_without_a_word_is_said_in_a_comment_and_shared_weights_are_shared(tmp_path: Path) -> None:
    path = ROOT / "tests" / "foreign" / "darknet" / "recurrent.cfg"
    text = recovered(path, tmp_path)
    assert "OPAQUE(" in text
    assert re.search(r"^# gru_\d+ is gru$", text, re.MULTILINE)
    shared = recovered(ROOT / "tests" / "foreign" / "keras" / "shared_twice.json", tmp_path)
    assert re.search(r" share \w+", shared)


def test_a_network_of_unknown_volumes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.cfg").write_text("[net]\nwidth=8\n\n[convolutional]\nfilters=4\n", encoding="utf-8")
    for target in "net", "dot", "mermaid":
        done = run("convert", "net.cfg", "--to", target, cwd=tmp_path)
        assert done.returncode == 1
        assert done.stdout == ""
        assert "leaves the size of its input open" in done.stderr


def test_what_only_a_model_has_is_refused(tmp_path: Path) -> None:
    done = run("convert", "INPUT(8x8x3) => FC(4)", "--to", "net", "--opset", "18", cwd=tmp_path)
    assert (done.returncode, "--opset goes with --to onnx" in done.stderr) == (2, True)


def test_dot_has_a_box_a_layer_a_frame_a_repeat_and_a_volume_an_arrow(tmp_path: Path) -> None:
    done = run("convert", "INPUT(8x8x3) => [CONV(4, F=3, P=1) => RELU]*3 => FC(10)", "--to", "dot", cwd=tmp_path)
    assert done.stdout.splitlines()[2:] == [
        '  n0 [label="INPUT(8x8x3)"]',
        "  subgraph cluster_1_2 {",
        '    label="3 times"',
        '    n1 [label="CONV(4, F=3, P=1)"]',
        '    n2 [label="RELU"]',
        "  }",
        '  n7 [label="FC(10)"]',
        '  n0 -> n1 [label="8x8x3"]',
        '  n1 -> n2 [label="8x8x4"]',
        '  n2 -> n7 [label="8x8x4"]',
        "}",
    ]


MERMAID = re.compile(
    r'(---|title: "[^"]*"|flowchart TD|end'
    r'|n\d+\["[\w #;(),.=*/+-]*"\]|subgraph r\d+_\d+\["\d+ times"\]|n\d+ -->\|"\d+(x\d+)+"\| n\d+)'
)


@pytest.mark.parametrize("name", ["resnet18", "unet", "googlenet-torchvision"])
def test_mermaid_draws_every_layer_that_is_not_repeated(name: str, tmp_path: Path) -> None:
    lines = run("convert", str(ROOT / "samples" / f"{name}.net"), "--to", "mermaid", cwd=tmp_path).stdout.splitlines()
    assert [line for line in lines if not MERMAID.fullmatch(line.strip())] == []
    boxes = {line.strip().split("[")[0] for line in lines if re.match(r"\s*n\d+\[", line)}
    ends = {end for line in lines if "-->" in line for end in re.findall(r"\bn\d+\b", line)}
    assert ends == boxes


@pytest.mark.parametrize("kind", [k for k in HOSTILE if k not in ("nul", "lone surrogate")])
def test_a_drawing_holds_no_more_than_its_own_lines(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(hostile_texts(HOSTILE[kind])["name of the network"], encoding="utf-8")
    done = run("convert", "a.net", "--to", "mermaid", cwd=tmp_path)
    assert all(MERMAID.fullmatch(line.strip()) for line in done.stdout.splitlines()), done.stdout
    done = run("convert", "a.net", "--to", "dot", cwd=tmp_path)
    assert done.stdout.count("\n") == len(
        re.findall(r"^(digraph \"(\\.|[^\"\\])*\" \{|  .*|\})$", done.stdout, re.MULTILINE)
    )


def test_a_padding_that_is_half_the_extent_is_written_so(tmp_path: Path) -> None:
    path = tmp_path / "net.net"
    layers = " => RELU => ".join(f"CONV(8, {extent}, P={extent // 2})" for extent in (3, 5, 7, 9))
    path.write_text(f"INPUT(32x32x8) => {layers} => RELU\n", encoding="utf-8")
    assert (
        "[CONV(8, F=f, P=f//2) => RELU for f in 3, 5, 7, 9]"
        in run("convert", str(path), "--to", "net", cwd=tmp_path).stdout
    )


def body(text: str, folder: Path) -> str:
    """The recovered diagram of a text, without its front matter, on one line."""
    (folder / "a.net").write_text(text, encoding="utf-8")
    return " ".join(recovered(folder / "a.net", folder).rpartition("---\n")[2].split())


def test_layers_keep_the_names_that_say_more(tmp_path: Path) -> None:
    assert "AVGPOOL(2) => FC(2)" in body("INPUT(8x8x3) => AVGPOOL(2) => FC(2)", tmp_path)


def test_equal_branches_within_branches_are_one_block(tmp_path: Path) -> None:
    gated = "MUL[| GAP => CONV({0}, F=1) => RELU => CONV({1}, F=1) => SIGMOID]"
    residual = "ADD[| CONV({1}, F=3, P=1) => RELU => " + gated + "]"
    layers = " => ".join(residual.format(c, 32) for c in (4, 8, 8))
    text = body(f"INPUT(8x8x32) => {layers} => GAP => FC(10)\n", tmp_path)
    assert re.search(r"INPUT\(8x8x32\) => (\w+)\(4\) => \1\(8\)\*2 => GAP => FC\(10\)$", text), text


def test_a_join_of_all_layers_so_far_reads_the_one_before_it(tmp_path: Path) -> None:
    parts = ["INPUT(8x8x16) as p0"]
    for i in range(1, 6):
        joined = " | ".join(f"@p{j}" for j in range(i + 1))
        parts += [f"=> CONV(4, F=3, P=1) as p{i}", f"=> CONCAT[{joined}]"]
    assert body("\n".join(parts) + "\n=> FC(10)\n", tmp_path) == (
        "INPUT(8x8x16) => CONCAT[| CONV(4, F=3, P=1)]*5 => FC(10)"
    )


def test_a_layer_without_a_word_keeps_all_that_it_reads(tmp_path: Path) -> None:
    text = body("INPUT(8x8x3) => OPAQUE(8x8x9)[CONV(4) | CONV(4, F=1) | ] => FC(10)\n", tmp_path)
    assert text == "INPUT(8x8x3) => OPAQUE(8x8x9)[CONV(4, F=3, P=1) | CONV(4, F=1) |] => FC(10)"


def test_few_blocks_stand_one_after_the_other_rather_than_in_a_loop_over_all_their_numbers(tmp_path: Path) -> None:
    inception = "CONCAT[CONV({}, F=1) | CONV({}, F=1) => CONV({}, F=3, P=1) | CONV({}, F=1) => CONV({}, F=5, P=2)]"
    rows = (64, 96, 128, 16, 32), (128, 120, 192, 30, 96)
    text = body("INPUT(28x28x192) => " + " => ".join(inception.format(*row) for row in rows) + " => FC(10)\n", tmp_path)
    assert text.endswith("=> joined(64, 96, 128, 16, 32) => joined(128, 120, 192, 30, 96) => FC(10)"), text


def test_layers_that_stand_by_themselves_keep_the_names_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    layer = 'layer {{ name: "{0}" type: "{2}" bottom: "{1}" top: "{0}" {3} }}\n'.format
    convolution = "convolution_param {{ num_output: {} kernel_size: {} }}".format
    path.write_text(
        'name: "Named"\ninput: "data"\ninput_shape { dim: 1 dim: 3 dim: 16 dim: 16 }\n'
        + layer("stem/conv", "data", "Convolution", convolution(8, 3))
        + layer("stem/relu", "stem/conv", "ReLU", "")
        + layer("mix/1x1", "stem/relu", "Convolution", convolution(4, 1))
        + layer("mix/pool", "stem/relu", "Convolution", convolution(6, 1))
        + 'layer { name: "mix/output" type: "Concat" bottom: "mix/1x1" bottom: "mix/pool" top: "m" }\n'
        + layer("scores", "m", "InnerProduct", "inner_product_param { num_output: 10 }"),
        encoding="utf-8",
    )
    assert recovered(path, tmp_path).rpartition("---\n")[2] == (
        "INPUT(16x16x3) => CONV(8, F=3) as stem_conv => RELU\n"
        "  => CONCAT[CONV(4, F=1) as mix_1x1 | CONV(6, F=1) as mix_pool] as mix_output\n"
        "  => FC(10) as scores\n"
    )


def test_a_large_chart_of_mermaid_has_chains_in_one_box_each(tmp_path: Path) -> None:
    text = run("convert", str(ROOT / "samples" / "nasnet-a-mobile.net"), "--to", "mermaid", cwd=tmp_path).stdout
    assert text.count("-->") < 500  # Mermaid's own limit
    boxes = re.findall(r"^ *(n\d+)\[\"(.*)\"\]$", text, re.MULTILINE)
    assert any(box.count("<br/>") >= 2 for _, box in boxes)
    assert {end for line in text.splitlines() if "-->" in line for end in re.findall(r"\bn\d+\b", line)} == {
        name for name, _ in boxes
    }


def test_a_block_that_is_written_out_shares_weights_as_before(tmp_path: Path) -> None:
    text = "INPUT(9x9x4) => CONV(4, F=3, P=1) as c => BN as b => RELU"
    again = " => CONV(4, F=3, P=1) share c => BN share b => POOL(2)"
    (tmp_path / "a.net").write_text(text + again * 2 + " => FC(3)\n", encoding="utf-8")
    assert recovered(tmp_path / "a.net", tmp_path).count(" share c") >= 1


def test_a_layer_whose_weights_others_use_is_part_of_no_block() -> None:
    folder = Path(__file__).parents[1] / "samples"
    report = shapecalc.check(folder / "sharesnet50.net")
    again = shapecalc.check(run("convert", "--to", "net", "sharesnet50.net", cwd=folder).stdout)
    assert [d.message for d in again.diagnostics if d.severity == "error"] == []
    assert (again.totals.params, again.totals.macs) == (report.totals.params, report.totals.macs)


def test_a_layer_is_written_before_the_one_that_shares_its_weights(tmp_path: Path) -> None:
    """The branch of the second is the first of the join."""
    text = "INPUT(8x8x4) as i => CONV(4, 3) as c\n@i => CONV(4, 3) share c as d\n@i => ADD[@d | @c] => FC(2)\n"
    (tmp_path / "a.net").write_text(text)
    printed = run("convert", "a.net", "--to", "net", cwd=tmp_path)
    (tmp_path / "b.net").write_text(printed.stdout)
    one, other = (run("check", "--get", "totals.params", name, cwd=tmp_path) for name in ("a.net", "b.net"))
    assert (one.returncode, one.stdout) == (other.returncode, other.stdout) == (0, one.stdout)

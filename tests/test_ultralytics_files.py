"""What is particular to Ultralytics' YAML: scales, counts in comments, an activation that is code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import run

FILES = Path(__file__).parent / "foreign" / "ultralytics"
CLASSIFIER = """nc: {classes}
scales:
  n: [1.00, 0.25, 1024] # summary: 1 layers, {count} parameters
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
head:
  - [-1, 1, Classify, [nc]]
"""
SMALL = "backbone:\n  - [-1, 1, {row}]\nhead:\n  - [-1, 1, nn.Identity, []]\n"


def checked(folder: Path, name: str, text: str) -> tuple[int, dict[str, Any]]:
    (folder / name).write_text(text, encoding="utf-8")
    done = run("check", "--format", "json", name, cwd=folder)
    return done.returncode, json.loads(done.stdout)["networks"][0]


def test_the_letter_in_the_name_chooses_the_scale_and_without_one_it_is_the_first(tmp_path: Path) -> None:
    text = (FILES / "yolo7s-lighter.yaml").read_text(encoding="utf-8")
    params = {
        n: checked(tmp_path, n, text)[1]["totals"]["params"] for n in ("yolo7.yaml", "yolo7n.yaml", "yolov7m-a.yaml")
    }
    assert params["yolo7.yaml"] == params["yolo7n.yaml"] < 232662 < params["yolov7m-a.yaml"]


def test_a_file_without_sizes_is_taken_at_640_which_is_marked(tmp_path: Path) -> None:
    _, network = checked(tmp_path, "a.yaml", SMALL.format(row="Conv, [8, 3, 2]"))
    assert network["layers"][0]["output"] == [640, 640, 3]
    assert network["layers"][0]["assumed"] == ["size"]


# 16 filters of 3x3x3 with a normalisation, 1280 of 16 with one, and the classes: 464 + 23,040 + 1,281 a class
OWN = 464 + 23_040


@pytest.mark.parametrize(
    ("classes", "count", "note"),
    [
        (10, OWN + 12_810, None),
        (1000, OWN + 80 * 1281, "the count is that of 80 classes, and the file says 1000"),
        (1000, 4_321, ""),
    ],
)
def test_a_count_in_a_comment_is_a_claim_and_where_it_shows_why_it_fails_that_is_said(
    classes: int, count: int, note: str | None, tmp_path: Path
) -> None:
    _, network = checked(tmp_path, "a.yaml", CLASSIFIER.format(classes=classes, count=count))
    assert network["totals"]["params"] == OWN + 1281 * classes
    found = [d for d in network["diagnostics"] if d["code"] == "SHP303"]
    if note is None:
        assert not found
    else:
        assert found[0]["range"]["start"]["line"] == 3
        assert found[0]["notes"] == ([note] if note else [])
        converted = run("convert", "--to", "net", "a.yaml", cwd=tmp_path)
        assert (converted.returncode, f"params: {count}" in converted.stdout) == (0, True)


def test_an_activation_is_a_name_and_never_run(tmp_path: Path) -> None:
    for text, kind in (("nn.ReLU6()", "RELU6"), ("torch.nn.LeakyReLU(0.1)", "LRELU"), ("open('ran', 'w')", "ACT")):
        _, network = checked(tmp_path, "a.yaml", f"activation: {text}\n" + SMALL.format(row="Conv, [8, 3, 2]"))
        assert network["layers"][3]["kind"] == kind
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("argument", "kind"),
    [
        ("False", None),
        ("1, None", None),
        ("True", "SILU"),
        ("nn.ReLU()", "RELU"),
        ("1, nn.ReLU()", "RELU"),
        ("1, False", None),
    ],
)
def test_an_activation_is_the_last_argument_or_the_one_before(argument: str, kind: str | None, tmp_path: Path) -> None:
    """Conv of YOLOv5 before 7.0 and of YOLOv7 has no dilation; what is no module is none. Source: Conv of both."""
    row = f"Conv, [8, 3, 2, None, 1, {argument}]"
    _, network = checked(tmp_path, "a.yaml", SMALL.format(row=row))
    assert [layer["kind"] for layer in network["layers"][3:]] == [*([kind] if kind else []), "IDENTITY"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALL.format(row="Conv, [many]"), "the width of Conv is not a whole number: many"),
        (SMALL.format(row="Conv, [8, 3, 2, None, 1, True, 0.5]"), "dilation of Conv is not a whole number: True"),
        (SMALL.replace("-1, 1, {row}", "7, 1, Conv, [8]"), "Conv reads module 7, and there are 0 before it"),
        (SMALL.replace("-1, 1, {row}", "-1, 99999999, Conv, [8]"), "a module is repeated from 1 to 1,000 times"),
        (SMALL.replace("-1, 1, {row}", "-1, 1, Conv"), "a module is [from, repeats, name, [arguments]]"),
        ("width_multiple: 1/2\n" + SMALL.format(row="Conv, [8]"), "width_multiple is not a number above zero: 1/2"),
        ("nc: 3\n" + SMALL.partition("head:")[0].format(row="Conv, [8]"), "no list of modules called head"),
        ("nc: 3\nn:\n  backbone:\n  - [-1, 1, Conv, [8]]\n", "no list of modules called backbone"),
        ("backbone: 3\nhead:\n  - [-1, 1, Conv, [8]]\n", "backbone is not a list of modules"),
        (
            "scales:\n  s: [1, x, 3]\n" + SMALL.format(row="Conv, [8]"),
            "the scale s is not [depth, width, most channels]",
        ),
        (
            "scales:\n  n: [1, 1, 3]\n" + SMALL.format(row="Conv, [8]"),
            "the name of the file says scale s, and the file has n",
        ),
        (SMALL.format(row="CBLinear, [[]]"), "CBLinear has no list of widths"),
        (SMALL.format(row="CBLinear, [[8]]"), "Identity reads a module that gives several volumes"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_one_sentence(text: str, message: str, tmp_path: Path) -> None:
    code, network = checked(tmp_path, "yolo8s.yaml", text)
    errors = [d for d in network["diagnostics"] if d["severity"] == "error"]
    assert code == 2
    assert len(errors) == 1
    assert message in errors[0]["message"]


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("Conv", "[8, 3, 2, 1, 1, 1, 1, 1, 1, 1]"),
        ("Conv", "[8, 3, 2, None, 1, 1, 0.5]"),
        ("Conv", "[]"),
        ("GhostBottleneck", "[16, 16, 3, 1, 0, 1]"),
    ],
)
def test_a_module_with_the_arguments_of_another_program_is_named_and_the_rest_is_read(
    module: str, arguments: str, tmp_path: Path
) -> None:
    code, network = checked(tmp_path, "a.yaml", SMALL.format(row=f"{module}, {arguments}"))
    (error,) = [d["message"] for d in network["diagnostics"] if d["severity"] == "error"]
    assert (code, error) == (1, f"{module} has other arguments than {module} takes")
    assert network["layers"][-1]["kind"] == "IDENTITY"


def test_a_module_that_nobody_knows_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    code, network = checked(tmp_path, "a.yaml", SMALL.format(row="WaveletStem, [8, 3, 2]"))
    assert code == 1
    assert "shapecalc has no layer for this WaveletStem" in network["diagnostics"][0]["message"]
    assert "model.export(format='onnx')" in network["diagnostics"][0]["help"][0]


@pytest.mark.parametrize(
    ("row", "kind", "macs"),
    [
        ("C2PSA, [128]", "attention", 6_291_456),
        ("A2C2f, [128, True, 4]", "attention", 4_194_304),
        ("C3TR, [64]", "transformer", 6_815_744),
        ("AIFI, [96, 8]", "AIFI", 39_845_888),
        ("C2fAttn, [64, 32, 4]", "weighted", 172_032),
        ("RTDETRDecoder, [nc]", "RTDETRDecoder", 2_109_538_304),
        ("WorldDetect, [nc, 128, False]", "compared", 229_376),
    ],
)
def test_attention_that_has_no_word_states_its_products(row: str, kind: str, macs: int, tmp_path: Path) -> None:
    """Source: products that torch counts in modules of ultralytics 8.4.190, without those of convolutions and sines."""
    text = f"nc: 7\nbackbone:\n  - [-1, 1, Conv, [128, 3, 40]]\nhead:\n  - [[0], 1, {row}]\n"
    _, network = checked(tmp_path, "a.yaml", text)
    assert sum(layer["macs"] for layer in network["layers"] if layer["kind"] == kind) == macs


@pytest.mark.parametrize(
    ("row", "side"),
    [
        ("nn.AvgPool2d, [3, 2, 1]", 320),
        ("nn.AvgPool2d, [4]", 160),
        ("nn.MaxPool2d, [2, 4]", 160),
        ("nn.MaxPool2d, [3, 2, 0, 2]", None),
        ("Concat, [2]", None),
        ("Contract, [4]", 160),
        ("Contract, []", 320),
        ("ReOrg, []", 320),
    ],
)
def test_what_an_argument_says_is_read_or_the_layer_is_unknown(row: str, side: int | None, tmp_path: Path) -> None:
    _, network = checked(tmp_path, "a.yaml", SMALL.format(row=row))
    output = network["layers"][1]["output"]
    depth = 3 * (640 // side) ** 2 if side and row.startswith(("Contract", "ReOrg")) else 3
    assert output == (side and [side, side, depth])


def test_the_letter_in_the_name_counts_where_the_file_has_no_scales(tmp_path: Path) -> None:
    """C3k2 of the larger scales has steps of two bottlenecks each. Source: ultralytics 8.4.190."""
    text = SMALL.format(row="C3k2, [32, False]")
    params = {name: checked(tmp_path, name, text)[1]["totals"]["params"] for name in ("yolo11.yaml", "yolo11m.yaml")}
    assert params == {"yolo11.yaml": 4112, "yolo11m.yaml": 4704}


def test_the_width_of_the_masks_of_a_head_with_anchors_is_scaled(tmp_path: Path) -> None:
    """Segment of YOLOv5 7.0 has 48 · 0.5 = 24 filters before its 8 masks, on 16 and 32 channels."""
    text = (
        "nc: 3\nanchors: [[1, 2, 3, 4], [5, 6, 7, 8]]\ndepth_multiple: 1.0\nwidth_multiple: 0.5\nbackbone:\n"
        "  - [-1, 1, Conv, [32, 3, 2]]\n  - [-1, 1, Conv, [64, 3, 2]]\n"
        "head:\n  - [[0, 1], 1, Segment, [nc, anchors, 8, 48]]\n"
    )
    backbone = 3 * 16 * 9 + 2 * 16 + 16 * 32 * 9 + 2 * 32
    boxes = (16 + 1) * 2 * (5 + 3 + 8) + (32 + 1) * 2 * (5 + 3 + 8)
    masks = 16 * 24 * 9 + 2 * 24 + 24 * 24 * 9 + 2 * 24 + 24 * 8 + 2 * 8
    assert checked(tmp_path, "a.yaml", text)[1]["totals"]["params"] == backbone + boxes + masks


def test_keypoints_stand_in_the_head_or_in_the_file(tmp_path: Path) -> None:
    text = "nc: 3\nbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\nhead:\n  - [[0], 1, Pose, [nc%s]]\n"
    params = [
        checked(tmp_path, "a.yaml", more + text % row)[1]["totals"]["params"]
        for more, row in (("kpt_shape: [5, 2]\n", ""), ("", ", [5, 2]"), ("", ""), ("", ", [17, 3]"))
    ]
    assert params[0] == params[1] != params[2] == params[3]


def test_what_is_added_in_a_rep_conv_is_activated_once(tmp_path: Path) -> None:
    """Source: RepConv and RepC3 of ultralytics 8.4.190."""
    _, network = checked(tmp_path, "a.yaml", SMALL.format(row="RepC3, [8]"))
    kinds = " ".join(layer["kind"] for layer in network["layers"][1:-1])
    assert kinds == "CONV BN SILU CONV BN CONV BN ADD SILU CONV BN SILU ADD"


def test_pools_of_an_spp_keep_the_size(tmp_path: Path) -> None:
    _, network = checked(tmp_path, "a.yaml", SMALL.format(row="SPP, [8]"))
    pools = [layer["arguments"]["F"] for layer in network["layers"] if layer["kind"] == "POOL"]
    assert (pools, network["layers"][-1]["output"]) == ([[5, 5], [9, 9], [13, 13]], [640, 640, 8])

"""Recurrent layers of ONNX models, and several images."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import helper  # noqa: E402 (needs the package above)

from tests.onnxmodels import IMAGE, Op, model  # noqa: E402 (needs the package above)

STATES = {
    "a memory and a state that the next one begins with": (
        [
            ("LSTM", "x w r b", "all state memory", {"hidden_size": 4}),
            ("Squeeze", "all ways", "steps"),
            ("LSTM", "steps r2 r3 b3 none state memory", "y", {"hidden_size": 4}),
        ],
        {"r2": (1, 16, 4), "r3": (1, 16, 4), "b3": (1, 32)},
        ["LSTM", "LSTM"],
        "its first state is given",
    ),
    "a memory that is read": (
        [
            ("LSTM", "x w r b", "all state memory", {"hidden_size": 4}),
            ("Squeeze", "memory ways", "row"),
            ("Relu", "row", "y"),
        ],
        {},
        ["LSTM", "LSTM", "RELU"],
        "is opaque",
    ),
    "steps from the end": (
        [("LSTM", "x w r b", "y", {"hidden_size": 4, "direction": "reverse"})], {}, ["LSTM"], "it runs from the end",
    ),
    "other functions": (
        [("LSTM", "x w r b", "y", {"hidden_size": 4, "activations": ["Sigmoid", "Relu", "Tanh"]})], {}, ["LSTM"],
        "its functions are Sigmoid, Relu, Tanh",
    ),
}  # fmt: skip
"""Operators on a sequence, weights beside those of the first LSTM, the layers, and why it is not run on its weights."""


@pytest.mark.parametrize("case", STATES)
def test_a_recurrent_layer_is_ours_where_only_its_values_are_others(case: str, tmp_path: Path) -> None:
    ops, more, expected, why = STATES[case]
    weights = {"w": (1, 16, 5), "r": (1, 16, 4), "b": (1, 32), **more}
    path = tmp_path / "net.onnx"
    written = onnx.load_from_string(model((9, 1, 5), ops, {**weights, "ways": [1 if "steps" in str(ops) else 0]}, 13))
    for node in written.graph.node:
        node.input[:] = ["" if name == "none" else name for name in node.input]
    path.write_bytes(written.SerializeToString())
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    assert [layer["kind"] for layer in network["layers"] if layer["kind"] not in ("INPUT", "IDENTITY")] == expected
    assert network["totals"]["params"] == sum(math.prod(size) for size in weights.values())
    done = CliRunner().invoke(cli, ["verify", "--weights", str(path)])
    assert done.exit_code == 2
    assert why in done.output


def test_a_first_state_that_was_learned_is_counted(tmp_path: Path) -> None:
    sizes = {"w": (1, 16, 5), "r": (1, 16, 4), "b": (1, 32), "h": (1, 1, 4)}
    path = tmp_path / "net.onnx"
    written = onnx.load_from_string(model((9, 1, 5), [("LSTM", "x w r b none h", "y", {"hidden_size": 4})], sizes, 13))
    written.graph.node[0].input[4] = ""
    path.write_bytes(written.SerializeToString())
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    assert network["totals"]["params"] == sum(math.prod(size) for size in sizes.values())


def test_what_several_images_give_takes_no_layer_where_it_only_lies_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    weights = {"w": (2, 12, 5), "r": (2, 12, 4), "b": (2, 24)}
    ops = [("GRU", "x w r b", "y", {"hidden_size": 4, "direction": "bidirectional", "linear_before_reset": 1})]
    path.write_bytes(model((9, 2, 5), ops, weights, 14))
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    assert [(layer["kind"], layer["output"]) for layer in network["layers"]] == [("INPUT", [9, 5]), ("GRU", [9, 8])]
    assert network["totals"]["params"] == sum(math.prod(size) for size in weights.values())


def test_what_nothing_reads_of_an_unknown_operator_is_no_layer(tmp_path: Path) -> None:
    whole = onnx.load_from_string(model(IMAGE, [("Relu", "x", "y")], {}, 13))
    whole.graph.node[0].CopyFrom(helper.make_node("Swirl", ["x"], ["y", "mask"], name="s", domain="some.where"))
    (tmp_path / "net.onnx").write_bytes(whole.SerializeToString())
    done = CliRunner().invoke(cli, ["check", "--format", "json", str(tmp_path / "net.onnx")])
    (network,) = json.loads(done.stdout)["networks"]
    assert [layer["kind"] for layer in network["layers"]] == ["INPUT", "Swirl"]


def test_tensors_of_more_axes_than_a_volume_has_are_counted_as_rows(tmp_path: Path) -> None:
    ops = [("Reshape", "x six", "p"), ("ReduceSum", "p axes", "q"), ("Relu", "q", "y")]
    path = tmp_path / "net.onnx"
    path.write_bytes(model((1, 12, 4, 6), ops, {"six": [1, 12, 2, 2, 2, 3], "axes": [2]}, 13))
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    outputs = [math.prod(layer["output"]) for layer in network["layers"]]
    assert outputs[0] == 288
    assert outputs[-2:] == [144, 144]
    assert network["totals"]["params"] == 0


def test_steps_before_one_image_are_the_positions_of_a_sequence(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model((9, 1, 5), [("MatMul", "x w", "y")], {"w": (5, 4)}, 13))
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    assert [(layer["kind"], layer["output"]) for layer in network["layers"]] == [("INPUT", [9, 5]), ("CONV", [9, 4])]
    assert network["totals"]["macs"] == 9 * 5 * 4


@pytest.mark.parametrize(
    ("ops", "opset", "message"),
    [
        ([("Relu", "x", "first"), ("Relu", "first", "y")], 13, "not UTF-8"),
        ([("Transpose", "x", "y", {"perm": 1.5})], 13, "y: perm is of another type than Transpose has"),
        ([("Transpose", "x", "y", {"perm": 1.5})], 2**40, "and opsets"),
        ([("Constant", "", "c", {"value": 3}), ("Add", "x c", "y")], 13, "c: value is of another type"),
    ],
)
def test_what_only_a_damaged_model_has_is_one_message(ops: list[Op], opset: int, message: str, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model(IMAGE, ops, {}, opset).replace(b"first", b"fi\x97st"))
    done = CliRunner().invoke(cli, ["check", str(path)])
    assert done.exit_code == 2, done.output
    assert message in done.output


def test_a_node_that_gives_nothing_is_one_message(tmp_path: Path) -> None:
    whole = onnx.load_from_string(model(IMAGE, [("Relu", "x", "y")], {}, 13))
    whole.graph.node.append(helper.make_node("Relu", ["x"], [], name="r"))
    (tmp_path / "net.onnx").write_bytes(whole.SerializeToString())
    done = CliRunner().invoke(cli, ["check", str(tmp_path / "net.onnx")])
    assert done.exit_code == 2, done.output
    assert "r gives nothing" in done.output

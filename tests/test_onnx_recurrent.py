"""Recurrent layers of ONNX models, with the values of onnxruntime, and several images."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import helper  # noqa: E402 (needs the package above)

from tests.onnxmodels import IMAGE, SEQUENCE, Op, model, read_and_run  # noqa: E402 (needs the package above)

RUN: dict[str, tuple[tuple[int, ...], list[Op], dict[str, Any], list[str]]] = {
    "an LSTM both ways, and what each gives last": (
        SEQUENCE,
        [
            ("Transpose", "x", "t", {"perm": [2, 0, 1]}),
            ("LSTM", "t w r b", "all states", {"hidden_size": 6, "direction": "bidirectional"}),
            ("Transpose", "states", "turned", {"perm": [1, 0, 2]}),
            ("Reshape", "turned row", "y"),
        ],
        {"w": (2, 24, 12), "r": (2, 24, 6), "b": (2, 48), "row": [1, 12]},
        ["LSTM"],
    ),
    "a GRU that resets before, and one after it that does not": (
        SEQUENCE,
        [
            ("Transpose", "x", "t", {"perm": [2, 0, 1]}),
            ("GRU", "t w r b", "all states", {"hidden_size": 6}),
            ("Squeeze", "all ways", "steps"),
            ("GRU", "steps w2 r b", "more last", {"hidden_size": 6, "linear_before_reset": 1}),
            ("Squeeze", "more ways", "s2"),
            ("Transpose", "s2", "y", {"perm": [1, 2, 0]}),
        ],
        {"w": (1, 18, 12), "w2": (1, 18, 6), "r": (1, 18, 6), "b": (1, 36), "ways": [1]},
        ["GRU", "GRU"],
    ),
    "an RNN whose steps are the first axis of the input, with all it gives and its last state": (
        (9, 1, 5),
        [
            ("RNN", "x w r b", "all last", {"hidden_size": 4}),
            ("Squeeze", "all ways", "steps"),
            ("Transpose", "steps", "s", {"perm": [1, 0, 2]}),
            ("Add", "s last", "y"),
        ],
        {"w": (1, 4, 5), "r": (1, 4, 4), "b": (1, 8), "ways": [1]},
        ["RNN", "SLICE", "ADD"],
    ),
    "the mean of all steps, where they are the first axis": (
        (9, 1, 5),
        [
            ("RNN", "x w r b", "all last", {"hidden_size": 4}),
            ("Squeeze", "all ways", "steps"),
            ("ReduceMean", "steps", "m", {"axes": [0], "keepdims": 0}),
            ("Gemm", "m k", "y"),
        ],
        {"w": (1, 4, 5), "r": (1, 4, 4), "b": (1, 8), "k": (4, 2), "ways": [1]},
        ["RNN", "GAP", "FC"],
    ),
    "columns of an image as steps, their rows and channels as values": (
        (1, 4, 6, 5),
        [
            ("Transpose", "x", "t", {"perm": [3, 0, 1, 2]}),
            ("Reshape", "t rows", "s"),
            ("GRU", "s w r b", "all", {"hidden_size": 3, "direction": "bidirectional", "linear_before_reset": 1}),
            ("Transpose", "all", "a", {"perm": [0, 2, 1, 3]}),
            ("Reshape", "a pairs", "p"),
            ("Transpose", "p", "y", {"perm": [1, 2, 0]}),
        ],
        {"w": (2, 9, 24), "r": (2, 9, 3), "b": (2, 18), "rows": [5, 1, 24], "pairs": [5, 1, 6]},
        ["PERMUTE", "RESHAPE", "GRU"],
    ),
    "the last state of the second of two layers": (
        (9, 1, 5),
        [
            ("RNN", "x w r b", "all one", {"hidden_size": 4}),
            ("Squeeze", "all ways", "steps"),
            ("RNN", "steps r2 r b", "more two", {"hidden_size": 4}),
            ("Concat", "one two", "both", {"axis": 0}),
            ("Gather", "both end", "c", {"axis": 0}),
            ("Gemm", "c k", "y"),
        ],
        {"w": (1, 4, 5), "r": (1, 4, 4), "r2": (1, 4, 4), "b": (1, 8), "k": (4, 2), "ways": [1], "end": -1},
        ["RNN", "RNN", "FC"],
    ),
}
"""The input, operators, constants, and the layers."""


@pytest.mark.parametrize("case", RUN)
def test_a_recurrent_layer_gives_what_onnxruntime_gives(case: str, tmp_path: Path) -> None:
    shape, ops, constants, expected = RUN[case]
    kinds, done = read_and_run(tmp_path, model(shape, ops, constants, 13))
    assert kinds == expected
    assert done.exit_code == 0, done.output


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

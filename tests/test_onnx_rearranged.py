"""Reshapes, turns and cuts between the layers of ONNX models become our words, with the values of onnxruntime."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from shapecalc.cli import cli

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402 (needs the package above)

Op = tuple[Any, ...]
"""An operator, what it reads with spaces between, what it gives, and attributes."""
SEQUENCE, IMAGE = (1, 12, 10), (1, 12, 6, 4)


def model(shape: tuple[int, ...], ops: list[Op], constants: dict[str, Any], opset: int) -> bytes:
    """A model from x to y; constants are whole numbers, a fraction, or the shape of random ones."""
    random = np.random.default_rng(0)
    kinds = {list: np.int64, int: np.int64, float: np.float32}
    arrays = {
        name: np.array(value, kinds[type(value)])
        if type(value) in kinds
        else random.standard_normal(value, np.float32) / 4
        for name, value in constants.items()
    }
    nodes = [
        helper.make_node(kind, reads.split(), gives.split(), name=gives.split()[0], **(more[0] if more else {}))
        for kind, reads, gives, *more in ops
    ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return bytes(made.SerializeToString())


PRODUCTS: list[Op] = [
    ("MatMul", "q k", "scores"),
    ("Mul", "scores root", "scaled"),
    ("Softmax", "scaled", "weights", {"axis": -1}),
    ("MatMul", "weights v", "seen"),
]
HEADS: list[Op] = [
    op
    for name, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3]))
    for op in (("Reshape", f"{name}0 heads", f"{name}1"), ("Transpose", f"{name}1", name, {"perm": order}))
]
JOINED: list[Op] = [("Transpose", "seen", "turned", {"perm": [0, 2, 1, 3]}), ("Reshape", "turned flat", "rows")]
FRONT: Op = ("Transpose", "x", "s", {"perm": [0, 2, 1]})
BACK: Op = ("Transpose", "rows", "y", {"perm": [0, 2, 1]})
SIZES = {"heads": [1, 10, 3, 4], "flat": [1, 10, 12], "root": 0.5}

CASES: dict[str, tuple[tuple[int, ...], list[Op], dict[str, Any], list[str]]] = {
    "channels dealt out to groups": (
        IMAGE,
        [("Reshape", "x five", "a"), ("Transpose", "a", "b", {"perm": [0, 2, 1, 3, 4]}), ("Reshape", "b four", "y")],
        {"five": [1, 3, 4, 6, 4], "four": [1, 12, 6, 4]},
        ["SHUFFLE"],
    ),
    "depth to space, written out": (
        IMAGE,
        [("Reshape", "x six", "a"), ("Transpose", "a", "b", {"perm": [0, 1, 4, 2, 5, 3]}), ("Reshape", "b four", "y")],
        {"six": [1, 3, 2, 2, 6, 4], "four": [1, 3, 12, 8]},
        ["PIXELSHUFFLE"],
    ),
    "depth to space in the order of TensorFlow": (
        IMAGE,
        [("Reshape", "x six", "a"), ("Transpose", "a", "b", {"perm": [0, 3, 4, 1, 5, 2]}), ("Reshape", "b four", "y")],
        {"six": [1, 2, 2, 3, 6, 4], "four": [1, 3, 12, 8]},
        ["SHUFFLE", "PIXELSHUFFLE"],
    ),
    "space to depth": (
        IMAGE,
        [("Reshape", "x six", "a"), ("Transpose", "a", "b", {"perm": [0, 1, 3, 5, 2, 4]}), ("Reshape", "b four", "y")],
        {"six": [1, 12, 3, 2, 2, 2], "four": [1, 48, 3, 2]},
        ["PIXELUNSHUFFLE"],
    ),
    "width and height in each other's place": (
        IMAGE,
        [("Transpose", "x", "y", {"perm": [0, 1, 3, 2]})],
        {},
        ["PERMUTE"],
    ),
    "a piece of the height": (
        IMAGE,
        [("Slice", "x start stop axis", "y")],
        {"start": [1], "stop": [-2], "axis": [2]},
        ["SLICE"],
    ),
    "a piece of a piece of the height": (
        IMAGE,
        [("Slice", "x start stop axis", "a"), ("Slice", "a start stop axis", "y")],
        {"start": [1], "stop": [4], "axis": [2]},
        ["SLICE"],
    ),
    "channels but the last two": (
        IMAGE,
        [("Slice", "x start stop axis", "y")],
        {"start": [1], "stop": [-2], "axis": [1]},
        ["SLICE"],
    ),
    "the last three channels": (
        IMAGE,
        [("Slice", "x start stop axis", "y")],
        {"start": [-3], "stop": [9223372036854775807], "axis": [1]},
        ["SLICE"],
    ),
    "an axis of one more, and less again": (
        IMAGE,
        [("Unsqueeze", "x one", "a"), ("Squeeze", "a one", "y")],
        {"one": [1]},
        [],
    ),
    "attention to the thirds of one product": (
        SEQUENCE,
        [
            FRONT,
            ("MatMul", "s w", "three"),
            ("Add", "bias three", "qkv"),
            ("Split", "qkv", "q0 k0 v0", {"axis": 2}),
            *HEADS,
            *PRODUCTS,
            *JOINED,
            BACK,
        ],
        {"w": (12, 36), "bias": (36,), **SIZES},
        ["CONV", "ATTENTION"],
    ),
    "attention of three products, scaled before": (
        SEQUENCE,
        [
            FRONT,
            *[("MatMul", f"s w{name}", f"{name}0") for name in "qkv"],
            *HEADS[:2],
            ("Mul", "q root", "half"),
            *HEADS[2:],
            ("MatMul", "half k", "scores"),
            ("Softmax", "scores", "weights", {"axis": -1}),
            ("MatMul", "weights v", "seen"),
            *JOINED,
            BACK,
        ],
        {"wq": (12, 12), "wk": (12, 12), "wv": (12, 12), **SIZES},
        ["CONV", "CONV", "CONV", "ATTENTION"],
    ),
    "attention of three products, the key scaled before": (
        SEQUENCE,
        [
            FRONT,
            *[("MatMul", f"s w{name}", f"{name}0") for name in "qkv"],
            *HEADS,
            ("Mul", "k root", "half"),
            ("MatMul", "q half", "scores"),
            ("Softmax", "scores", "weights", {"axis": -1}),
            ("MatMul", "weights v", "seen"),
            *JOINED,
            BACK,
        ],
        {"wq": (12, 12), "wk": (12, 12), "wv": (12, 12), **SIZES},
        ["CONV", "CONV", "CONV", "ATTENTION"],
    ),
    "a class token, trained positions, and the token alone": (
        SEQUENCE,
        [
            FRONT,
            ("Concat", "token s", "t", {"axis": 1}),
            ("Add", "t places", "p"),
            ("Gather", "p first", "c", {"axis": 1}),
            ("Gemm", "c w", "y"),
        ],
        {"token": (1, 1, 12), "places": (1, 11, 12), "first": 0, "w": (12, 5)},
        ["LEARNED", "CONCAT", "LEARNED", "ADD", "SLICE", "FLATTEN", "FC"],
    ),
    "a class token for as many images as a shape says that is computed": (
        SEQUENCE,
        [
            FRONT,
            ("Mul", "three minus", "marks"),
            ("Equal", "given marks", "open"),
            ("Where", "open three given", "sizes"),
            ("Expand", "token sizes", "spread"),
            ("Concat", "spread s", "y", {"axis": 1}),
        ],
        {"token": (1, 1, 12), "three": [1, 1, 1], "minus": [-1], "given": [1, -1, -1]},
        ["LEARNED", "CONCAT"],
    ),
    "positions of an image with a class token, places of their own, and a mean beside the token": (
        IMAGE,
        [
            ("Reshape", "x row", "r"),
            ("Transpose", "r", "places", {"perm": [0, 2, 1]}),
            ("Concat", "token places", "t", {"axis": 1}),
            ("Add", "t trained", "s"),
            ("MatMul", "s w", "three"),
            ("Add", "bias three", "qkv"),
            ("Split", "qkv", "q0 k0 v0", {"axis": 2}),
            *HEADS,
            *PRODUCTS,
            *JOINED,
            ("Add", "rows s", "sum"),
            ("Gather", "sum zero", "c", {"axis": 1}),
            ("Gemm", "c last", "y"),
        ],
        {
            "row": [1, 12, 24],
            "token": (1, 1, 12),
            "trained": (1, 25, 12),
            "w": (12, 36),
            "bias": (36,),
            "zero": 0,
            "last": (12, 5),
            "heads": [1, 25, 3, 4],
            "flat": [1, 25, 12],
            "root": 0.5,
        },
        ["RESHAPE", "LEARNED", "CONCAT", "LEARNED", "ADD", "CONV", "ATTENTION", "ADD", "SLICE", "FLATTEN", "FC"],
    ),
    "positions of an image that are an output": (
        IMAGE,
        [
            ("Reshape", "x row", "r"),
            ("Transpose", "r", "s", {"perm": [0, 2, 1]}),
            ("MatMul", "s w", "y"),
        ],
        {"row": [1, 12, 24], "w": (12, 5)},
        ["RESHAPE", "CONV"],
    ),
    "GELU and a normalisation in pieces": (
        SEQUENCE,
        [
            FRONT,
            ("ReduceMean", "s", "mean", {"axes": [-1]}),
            ("Sub", "s mean", "centred"),
            ("Pow", "centred two", "square"),
            ("ReduceMean", "square", "variance", {"axes": [-1]}),
            ("Add", "variance eps", "raised"),
            ("Sqrt", "raised", "deviation"),
            ("Div", "centred deviation", "even"),
            ("Mul", "even scale", "scaled"),
            ("Add", "scaled shift", "n"),
            ("Div", "n root2", "r"),
            ("Erf", "r", "e"),
            ("Add", "e one", "e1"),
            ("Mul", "n e1", "g"),
            ("Mul", "g half", "rows"),
            BACK,
        ],
        {"two": 2.0, "eps": 1e-5, "scale": (12,), "shift": (12,), "root2": 2**0.5, "one": 1.0, "half": 0.5},
        ["LN", "GELU"],
    ),
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
    "SILU and HSWISH in pieces": (
        IMAGE,
        [
            ("Sigmoid", "x", "a"),
            ("Mul", "x a", "s"),
            ("HardSigmoid", "s", "h", {"alpha": 1 / 6, "beta": 0.5}),
            ("Mul", "h s", "y"),
        ],
        {},
        ["SILU", "HSWISH"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_moves_values_is_read_as_our_layers_and_gives_what_onnxruntime_gives(case: str, tmp_path: Path) -> None:
    shape, ops, constants, expected = CASES[case]
    path = tmp_path / "net.onnx"
    path.write_bytes(model(shape, ops, constants, 13))
    report = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)
    kinds = [layer["kind"] for layer in report["networks"][0]["layers"]]
    assert [kind for kind in kinds if kind not in ("INPUT", "IDENTITY")] == expected
    done = CliRunner().invoke(cli, ["verify", "--weights", "--against", "onnxruntime", str(path)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("sixth", [{"alpha": 1 / 6, "beta": 0.3}, {"alpha": 0.3, "beta": 0.5}])
def test_another_slope_than_that_of_a_hard_swish_is_none(sixth: dict[str, float], tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model(IMAGE, [("HardSigmoid", "x", "h", sixth), ("Mul", "h x", "y")], {}, 13))
    report = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)
    assert [layer["kind"] for layer in report["networks"][0]["layers"][1:]] == ["HSIGMOID", "MUL"]


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


MULTIPLIED: dict[str, tuple[tuple[int, ...], list[Op], dict[str, Any], int, int]] = {
    "a volume times itself": (
        IMAGE, [("Transpose", "x", "t", {"perm": [0, 1, 3, 2]}), ("MatMul", "x t", "y")], {}, 0, 12 * 6 * 6 * 4,
    ),
    "a sum over indices": (
        IMAGE, [("Einsum", "x w", "y", {"equation": "bchw,cd->bdhw"})], {"w": (12, 7)}, 84, 24 * 12 * 7,
    ),
    "a kernel that is computed": (
        IMAGE, [("GlobalAveragePool", "x", "g"), ("Mul", "w g", "k"), ("Conv", "x k", "y", {"pads": [1] * 4})],
        {"w": (5, 12, 3, 3)}, 540, 24 * 540,
    ),
    "windows of an image": (
        (1, 4, 6, 10),
        [
            ("Reshape", "x parts", "p"), ("Transpose", "p", "o", {"perm": [0, 1, 3, 2, 4, 5]}),
            ("Reshape", "o windows", "w"), ("MatMul", "w k", "q"), ("Transpose", "q", "t", {"perm": [0, 2, 1]}),
            ("MatMul", "q t", "y"),
        ],
        {"parts": [1, 2, 2, 2, 3, 10], "windows": [4, 6, 10], "k": (10, 8)}, 80, 24 * 80 + 4 * 6 * 6 * 8,
    ),
}  # fmt: skip
"""An input, operators, constants, parameters and multiply-accumulates."""


@pytest.mark.parametrize("case", MULTIPLIED)
def test_what_an_operator_without_a_word_multiplies_is_counted(case: str, tmp_path: Path) -> None:
    shape, ops, constants, params, macs = MULTIPLIED[case]
    path = tmp_path / "net.onnx"
    path.write_bytes(model(shape, ops, constants, 13))
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    assert (network["totals"]["params"], network["totals"]["macs"]) == (params, macs)


def test_steps_before_one_image_are_the_positions_of_a_sequence(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model((9, 1, 5), [("MatMul", "x w", "y")], {"w": (5, 4)}, 13))
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    assert [(layer["kind"], layer["output"]) for layer in network["layers"]] == [("INPUT", [9, 5]), ("CONV", [9, 4])]
    assert network["totals"]["macs"] == 9 * 5 * 4


def test_attention_with_another_scale_is_said_to_be_another_and_is_not_run_on_weights(tmp_path: Path) -> None:
    shape, ops, constants, _ = CASES["attention to the thirds of one product"]
    path = tmp_path / "net.onnx"
    path.write_bytes(model(shape, ops, {**constants, "root": 0.25}, 13))
    done = CliRunner().invoke(cli, ["verify", "--weights", str(path)])
    assert done.exit_code == 2
    assert "its products are scaled by 0.25" in done.output


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

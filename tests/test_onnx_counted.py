"""What is counted of ONNX' operators without a word of ours, of branches, and of operators on whole numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402 (needs the package above)

from tests.command import run  # noqa: E402 (needs the packages above)
from tests.onnxmodels import HEADS, IMAGE, JOINED, PRODUCTS, SEQUENCE, SIZES, Op, model  # noqa: E402 (needs the package above)


def branch(weights: str, kind: str, reads: str = "x", depth: int = 12, filters: int = 5) -> Any:
    """A graph inside a node, which reads a tensor from around it, and weights of its own."""
    tensor = numpy_helper.from_array(np.ones((filters, depth, 1, 1), np.float32), weights)
    nodes = [
        helper.make_node("Conv", [reads, weights], [f"{kind}1"]),
        helper.make_node(kind, [f"{kind}1"], [f"{kind}2"]),
    ]
    out = helper.make_tensor_value_info(f"{kind}2", TensorProto.FLOAT, None)
    return helper.make_graph(nodes, kind, [], [out], [tensor])


BRANCHES = {"then_branch": branch("k1", "Relu"), "else_branch": branch("k2", "Sigmoid")}
OTHER = {"then_branch": branch("k1", "Relu"), "else_branch": branch("k2", "Sigmoid", filters=7)}
SAME_NAMES: list[Op] = [
    ("If", "c", gives, {name: branch("k", "Relu", reads, depth) for name in BRANCHES})
    for reads, gives, depth in (("x", "i", 12), ("i", "y", 5))
]
KNOWN: list[Op] = [("Shape", "x", "s"), ("Gather", "s one", "n"), ("Equal", "n twelve", "c")]
UNKNOWN: list[Op] = [("ReduceSum", "x", "s", {"keepdims": 0}), ("Greater", "s half", "c")]
ATTENTION: list[Op] = [
    ("Transpose", "x", "s", {"perm": [0, 2, 1]}),
    *(("MatMul", f"s w{name}", f"{name}0") for name in "qkv"),
    *HEADS, *PRODUCTS[:-1],
]  # fmt: skip
LOOKED_AT: Op = ("ReduceMean", "weights", "mean", {"axes": [1], "keepdims": 0})
WHOLE, ZERO = np.ones((5, 12, 3, 3), np.int8), np.zeros((), np.uint8)

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
    "a branch whose condition is true": (
        IMAGE, [*KNOWN, ("If", "c", "y", OTHER)], {"one": 1, "twelve": 12}, 60, 24 * 60,
    ),
    "a branch whose condition is false": (
        IMAGE, [*KNOWN, ("If", "c", "y", OTHER)], {"one": 1, "twelve": 13}, 84, 24 * 84,
    ),
    "branches of known conditions whose tensors have the same names": (
        IMAGE, [*KNOWN, *SAME_NAMES], {"one": 1, "twelve": 12}, 85, 24 * 85,
    ),
    "branches of unknown conditions whose tensors have the same names": (
        IMAGE, [*UNKNOWN, *SAME_NAMES], {"half": 0.5}, 170, 0,
    ),
    **{
        f"attention whose weights are read too, {when} it is done": (
            SEQUENCE, [*ATTENTION, *ops, *JOINED, ("Concat", "rows mean", "y", {"axis": 2})],
            SIZES | {f"w{name}": (12, 12) for name in "qkv"}, 3 * 144, 10 * 3 * 144 + 2 * 10 * 10 * 12,
        )
        for when, ops in (("after", [PRODUCTS[-1], LOOKED_AT]), ("before", [LOOKED_AT, PRODUCTS[-1]]))
    },
    "attention whose heads stay apart": (
        SEQUENCE, [*ATTENTION, PRODUCTS[-1], ("Reshape", "seen apart", "y")],
        SIZES | {"apart": [1, 30, 4]} | {f"w{name}": (12, 12) for name in "qkv"},
        3 * 144, 10 * 3 * 144 + 2 * 10 * 10 * 12,
    ),
    "two branches, of which either may be taken": (
        IMAGE, [*UNKNOWN, ("If", "c", "y", BRANCHES)], {"half": 0.5}, 120, 0,
    ),
    "a convolution on whole numbers": (
        IMAGE,
        [
            ("QuantizeLinear", "x scale zero", "q"),
            ("QLinearConv", "q scale zero w scale still scale zero b", "p", {"pads": [1] * 4}),
            ("DequantizeLinear", "p scale zero", "y"),
        ],
        {"scale": 0.5, "zero": ZERO, "still": ZERO.astype(np.int8), "w": WHOLE, "b": np.ones(5, np.int32)},
        545, 24 * 540,
    ),
    "a product of whole numbers, and what is added": (
        (1, 12),
        [
            ("QuantizeLinear", "x scale zero", "q"),
            ("QGemm", "q scale zero w scale still b scale zero", "y", {"transB": 1, "domain": "com.microsoft"}),
        ],
        {
            "scale": 0.5, "zero": ZERO, "still": ZERO.astype(np.int8), "w": np.ones((5, 12), np.int8),
            "b": np.ones(5, np.int32),
        },
        65, 60,
    ),
    "a product whose scale is found at run time": (
        (1, 12),
        [
            ("DynamicQuantizeLinear", "x", "q scale zero"), ("MatMulInteger", "q w zero", "p"),
            ("Cast", "p", "f", {"to": 1}),
            ("Mul", "scale own", "both"), ("Mul", "f both", "y"),
        ],
        {"w": np.ones((12, 5), np.int8), "own": 0.5}, 60, 60,
    ),
    "halves of one weight": (
        SEQUENCE,
        [
            ("Transpose", "x", "t", {"perm": [0, 2, 1]}), ("Split", "w", "v1 v2", {"axis": 1}),
            ("MatMul", "t v1", "p"), ("MatMul", "t v2", "q"), ("Add", "p q", "y"),
        ],
        {"w": (12, 8)}, 96, 960,
    ),
}  # fmt: skip
"""An input, operators, constants, parameters and multiply-accumulates."""


@pytest.mark.parametrize("case", MULTIPLIED)
def test_what_an_operator_without_a_word_multiplies_is_counted(case: str, tmp_path: Path) -> None:
    shape, ops, constants, params, macs = MULTIPLIED[case]
    network = checked(model(shape, ops, constants, 13), tmp_path)
    assert (network["totals"]["params"], network["totals"]["macs"]) == (params, macs)


MICROSOFT = {"domain": "com.microsoft"}
TWO: list[Op] = [
    ("QuantizeLinear", "x scale zero", "q"),
    ("Sigmoid", "x", "s"),
    ("QuantizeLinear", "s scale zero", "r"),
]
STANDS_FOR: dict[str, tuple[int, list[Op], list[str]]] = {
    "a logarithm of a softmax": (13, [("LogSoftmax", "x", "y", {"axis": 1})], ["SOFTMAX", "ACT(log)"]),
    "a logarithm of a softmax over all": (11, [("LogSoftmax", "x", "y", {"axis": 1})], ["LogSoftmax (opaque)"]),
    "the greatest of all positions": (13, [("ReduceMax", "x", "y", {"axes": [2, 3]})], ["GAP(max)"]),
    "a function of single values": (13, [("Sign", "x", "s"), ("Softsign", "s", "y")], ["ACT(sign)", "ACT(softsign)"]),
    "a number that no diagram has": (13, [("Div", "x tiny", "y")], ["ACT(div)"]),
    "a sum of whole numbers": (
        13, [*TWO, ("QLinearAdd", "q scale zero r scale zero scale zero", "y", MICROSOFT)],
        ["IDENTITY", "SIGMOID", "IDENTITY", "ADD"],
    ),
    "volumes of whole numbers that are joined": (
        13, [*TWO, ("QLinearConcat", "scale zero q scale zero r scale zero", "y", MICROSOFT | {"axis": 1})],
        ["IDENTITY", "SIGMOID", "IDENTITY", "CONCAT"],
    ),
    "an equal mean of one row of positions alone": (
        13, [("MeanVarianceNormalization", "x", "y", {"axes": [0, 2]})], ["MeanVarianceNormalization (opaque)"],
    ),
    "a pool by sums of sizes": (
        13, [("LpPool", "x", "y", {"kernel_shape": [2, 2], "p": 1})], ["LpPool (opaque)"],
    ),
    "a pool by sums of squares": (
        13, [("LpPool", "x", "y", {"kernel_shape": [2, 2], "p": 2})], ["POOL(2, S=1, P=0, mode=l2)"],
    ),
    "a transposed convolution without padding": (
        13, [("ConvTranspose", "x turned", "y", {"strides": [2, 2], "auto_pad": "VALID"})],
        ["UPCONV(5, F=2, S=2, P=0, bias=false)"],
    ),
    "a transposed convolution whose output no padding gives": (
        13, [("ConvTranspose", "x turned", "y", {"output_shape": [16, 12], "strides": [2, 2]})],
        ["ConvTranspose (opaque)"],
    ),
    "a convolution of rows of a kernel that is not for them": (
        13, [("Flatten", "x", "f"), ("Conv", "f turned", "y")], ["FLATTEN", "Conv (opaque)"],
    ),
    "a border and another size": (
        7, [("Crop", "x", "y", {"border": [1, 1, 1, 1], "scale": [2, 2]})], ["Crop (opaque)"],
    ),
    "a pool of whole numbers whose channels are last": (
        13, [TWO[0], ("QLinearGlobalAveragePool", "q scale zero scale zero", "y", MICROSOFT | {"channels_last": 1})],
        ["IDENTITY", "QLinearGlobalAveragePool (opaque)"],
    ),
}  # fmt: skip
"""An opset, operators, and the layers that they become."""


def checked(content: bytes, folder: Path) -> Any:
    """The network in a model as JSON has it."""
    path = folder / "net.onnx"
    path.write_bytes(content)
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    return network


@pytest.mark.parametrize("case", STANDS_FOR)
def test_an_operator_is_the_layers_that_it_stands_for(case: str, tmp_path: Path) -> None:
    opset, ops, texts = STANDS_FOR[case]
    constants = {"scale": 0.5, "zero": ZERO, "tiny": 1e-40, "turned": (12, 5, 2, 2)}
    network = checked(model(IMAGE, ops, constants, opset), tmp_path)
    assert [layer["text"].partition(" ←")[0] for layer in network["layers"][1:]] == texts


LAYOUTS: dict[str, tuple[list[Op], list[int]]] = {
    "channels are normalised": ([("LayerNormalization", "x s", "y", {"axis": -1})], [6, 12, 4]),
    "channels are multiplied, and others are turned": (
        [("MatMul", "x w", "m"), ("Transpose", "x", "t", {"perm": [0, 2, 1, 3]}), ("Concat", "t t", "y", {"axis": 3})],
        [6, 12, 4],
    ),
    "one reader has channels last and one has them first": (
        [("LayerNormalization", "x s", "n", {"axis": -1}), ("Relu", "n", "y"), ("Conv", "x k", "c")], [4, 6, 12],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LAYOUTS)
def test_what_reads_an_input_says_where_its_channels_are(case: str, tmp_path: Path) -> None:
    ops, size = LAYOUTS[case]
    network = checked(model(IMAGE, ops, {"s": (4,), "w": (4, 4), "k": (2, 12, 1, 1)}, 17), tmp_path)
    assert network["layers"][0]["output"] == size


def test_an_operator_that_reads_too_little_is_refused(tmp_path: Path) -> None:
    network = checked(model(IMAGE, [("Conv", "x", "y")], {}, 13), tmp_path)
    assert [d["message"] for d in network["diagnostics"]] == ["y reads too few tensors: 1, and Conv reads 2"]


def test_weights_that_are_whole_numbers_of_a_scale_are_not_run(tmp_path: Path) -> None:
    shape, ops, constants, _, _ = MULTIPLIED["a product whose scale is found at run time"]
    (tmp_path / "net.onnx").write_bytes(model(shape, ops, constants, 13))
    done = CliRunner().invoke(cli, ["verify", "--weights", str(tmp_path / "net.onnx")])
    assert (done.exit_code, "computes other values in the file" in done.output) == (2, True)


def test_a_first_state_of_zeros_that_the_program_makes_is_no_weight(tmp_path: Path) -> None:
    zeros = [
        ("Constant", "", "h", {"value": numpy_helper.from_array(np.zeros((1, 7), np.float32))}),
        ("Constant", "", "c", {"value": numpy_helper.from_array(np.zeros((1, 28), np.float32))}),
    ]
    ops = [("Gemm", "h wh", "a"), ("Gemm", "x wx", "b"), ("Add", "a b", "s"), ("Mul", "s c", "y")]
    path = tmp_path / "cell.onnx"
    path.write_bytes(model((1, 5), [*zeros, *ops], {"wh": (7, 28), "wx": (5, 28)}, 13))
    totals = shapecalc.check(path).totals
    assert totals is not None
    assert totals.params == 7 * 28 + 5 * 28


KEEPS_ITS_SIZE: list[Op] = [
    ("Shape", "x", "s"), ("Slice", "s two_ four_", "hw"), ("Cast", "hw", "size", {"to": 1}),
    ("Div", "size two", "d"), ("Ceil", "d", "c"), ("Sub", "c one", "n"), ("Mul", "n two", "from"),
    ("Add", "from five", "to"), ("Sub", "to size", "lacks"), ("Clip", "lacks zero", "more"),
    ("Div", "more two", "half"), ("Cast", "half", "before", {"to": 7}), ("Cast", "more", "all", {"to": 7}),
    ("Sub", "all before", "after"), ("Concat", "none before none after", "pads", {"axis": 0}),
    ("Pad", "x pads", "p"), ("Conv", "p w", "y", {"strides": [2, 2]}),
]  # fmt: skip
"""The padding that keeps a size, halved and rounded up, computed from a size as PyTorch's exporter writes it."""


def test_a_padding_is_computed_with_fractions(tmp_path: Path) -> None:
    numbers = {"two": 2.0, "one": 1.0, "five": 5.0, "zero": 0.0, "two_": [2], "four_": [4], "none": [0, 0]}
    path = tmp_path / "net.onnx"
    path.write_bytes(model((1, 12, 7, 4), KEEPS_ITS_SIZE, {**numbers, "w": (5, 12, 5, 5)}, 13))
    assert str(shapecalc.check(path).layers[-1].output) == "2x4x5"
    done = run("verify", "--weights", "--against", "onnxruntime", path.name, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr

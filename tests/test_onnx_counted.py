"""What is counted of ONNX' operators without a word of ours, of branches, and of operators on whole numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from shapecalc.cli import cli

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402 (needs the package above)

from tests.onnxmodels import HEADS, IMAGE, JOINED, PRODUCTS, SEQUENCE, SIZES, Op, model  # noqa: E402 (needs the package above)


def branch(weights: str, kind: str, reads: str = "x", depth: int = 12) -> Any:
    """A graph inside a node, which reads a tensor from around it, and weights of its own."""
    tensor = numpy_helper.from_array(np.ones((5, depth, 1, 1), np.float32), weights)
    nodes = [
        helper.make_node("Conv", [reads, weights], [f"{kind}1"]),
        helper.make_node(kind, [f"{kind}1"], [f"{kind}2"]),
    ]
    out = helper.make_tensor_value_info(f"{kind}2", TensorProto.FLOAT, None)
    return helper.make_graph(nodes, kind, [], [out], [tensor])


BRANCHES = {"then_branch": branch("k1", "Relu"), "else_branch": branch("k2", "Sigmoid")}
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
    "a branch whose condition is known": (
        IMAGE, [*KNOWN, ("If", "c", "y", BRANCHES)], {"one": 1, "twelve": 12}, 60, 24 * 60,
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
    path = tmp_path / "net.onnx"
    path.write_bytes(model(shape, ops, constants, 13))
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    assert (network["totals"]["params"], network["totals"]["macs"]) == (params, macs)


SINGLE: dict[str, tuple[list[Op], list[str]]] = {
    "a logarithm of a softmax": ([("LogSoftmax", "x", "y", {"axis": 1})], ["SOFTMAX", "ACT"]),
    "the greatest of all positions": ([("ReduceMax", "x", "y", {"axes": [2, 3]})], ["GAP"]),
    "a function of single values": ([("Sign", "x", "s"), ("Softsign", "s", "y")], ["ACT", "ACT"]),
    "a pool of whole numbers whose channels are last": (
        [
            ("QuantizeLinear", "x scale zero", "q"),
            (
                "QLinearGlobalAveragePool", "q scale zero scale zero", "y",
                {"channels_last": 1, "domain": "com.microsoft"},
            ),
        ],
        ["IDENTITY", "QLinearGlobalAveragePool"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SINGLE)
def test_an_operator_is_the_layers_that_it_stands_for(case: str, tmp_path: Path) -> None:
    ops, kinds = SINGLE[case]
    path = tmp_path / "net.onnx"
    path.write_bytes(model(IMAGE, ops, {"scale": 0.5, "zero": ZERO}, 13))
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    assert [layer["kind"] for layer in network["layers"][1:]] == kinds

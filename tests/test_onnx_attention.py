"""Attention within windows, with biases and masks, and norms in pieces: our layers, with the values of onnxruntime."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from tests.command import run  # noqa: E402 (needs the packages above)
from tests.onnxmodels import IMAGE, Op, model  # noqa: E402

HEADS, TALL, WIDE, DEPTH = 3, 3, 2, 12
"""Three heads look within windows of 3 rows and 2 columns."""
INSIDE = TALL * WIDE


def biases(tall: int = TALL, wide: int = WIDE) -> Any:
    """For each head and two positions of a window, in rows, a value that only their distance decides."""
    table = np.random.default_rng(1).normal(size=(2 * tall - 1, 2 * wide - 1, HEADS))
    found = np.empty((1, HEADS, tall * wide, tall * wide), np.float32)
    for one in range(tall * wide):
        for other in range(tall * wide):
            down, right = one // wide - other // wide, one % wide - other % wide
            found[0, :, one, other] = table[down + tall - 1, right + wide - 1]
    return found


def attention(added: list[Op], last: str, order: list[int], shape: list[int]) -> tuple[list[Op], dict[str, Any]]:
    """Windows of an image as images, attention in them, and the image again; the shape and order tell which windows."""
    ops: list[Op] = [
        ("Transpose", "x", "front", {"perm": [0, 2, 3, 1]}),
        ("Reshape", "front six", "cut"),
        ("Transpose", "cut", "apart", {"perm": order}),
        ("Reshape", "apart rows", "windows"),
        ("MatMul", "windows w", "three"),
        ("Reshape", "three five", "parts"),
        ("Transpose", "parts", "heads", {"perm": [2, 0, 3, 1, 4]}),
        *[("Gather", f"heads at{name}", name, {"axis": 0}) for name in "qkv"],
        ("Mul", "q half", "scaled"),
        ("Transpose", "k", "turned", {"perm": [0, 1, 3, 2]}),
        ("MatMul", "scaled turned", "scores"),
        *added,
        ("Softmax", last, "shares", {"axis": -1}),
        ("MatMul", "shares v", "seen"),
        ("Transpose", "seen", "back", {"perm": [0, 2, 1, 3]}),
        ("Reshape", "back rows", "joined"),
        ("Reshape", "joined apart_again", "cut_again"),
        ("Transpose", "cut_again", "whole", {"perm": [int(n) for n in np.argsort(order)]}),
        ("Reshape", "whole four", "last"),
        ("Transpose", "last", "y", {"perm": [0, 3, 1, 2]}),
    ]
    constants = {
        "six": shape, "rows": [-1, INSIDE, DEPTH], "five": [-1, INSIDE, 3, HEADS, 4], "atq": 0, "atk": 1, "atv": 2,
        "half": 0.5, "apart_again": [shape[n] for n in order], "four": [1, 6, 4, DEPTH], "w": (DEPTH, 3 * DEPTH),
    }  # fmt: skip
    return ops, constants


WINDOWS = ([0, 1, 3, 2, 4, 5], [1, 2, TALL, 2, WIDE, DEPTH])
GRID = ([0, 2, 4, 1, 3, 5], [1, TALL, 2, WIDE, 2, DEPTH])
BIAS: list[Op] = [("Add", "scores bias", "biased")]
LINES = (2 * TALL - 1) * (2 * WIDE - 1) * HEADS


def checked(path: Path) -> dict[str, Any]:
    (network,) = json.loads(run("check", "--format", "json", path.name, cwd=path.parent).stdout)["networks"]
    assert [d["message"] for d in network["diagnostics"] if d["severity"] == "error"] == []
    found: dict[str, Any] = network
    return found


@pytest.mark.parametrize(
    ("windows", "added", "text", "params"),
    [
        (WINDOWS, [], "ATTENTION(3, window=2x3)", 0),
        (GRID, [], "ATTENTION(3, window=2x3, grid=true)", 0),
        (WINDOWS, BIAS, "ATTENTION(3, window=2x3, relative=true)", LINES),
    ],
    ids=["windows", "a grid", "biases of distances"],
)
def test_attention_within_windows_gives_what_onnxruntime_gives(
    windows: tuple[list[int], list[int]], added: list[Op], text: str, params: int, tmp_path: Path
) -> None:
    ops, constants = attention(added, "biased" if added else "scores", *windows)
    path = tmp_path / "net.onnx"
    path.write_bytes(model(IMAGE, ops, {**constants, "bias": biases()} if added else constants, 13))
    network = checked(path)
    assert [layer["text"] for layer in network["layers"] if layer["kind"] == "ATTENTION"] == [text]
    assert network["totals"]["params"] == params + 36 * DEPTH
    assert network["totals"]["macs"] == 24 * (36 * DEPTH + 2 * INSIDE * DEPTH)
    done = run("verify", "--weights", "--against", "onnxruntime", path.name, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_row_of_positions_is_the_square_whose_distances_its_biases_have(tmp_path: Path) -> None:
    ops, constants = attention(BIAS, "biased", *WINDOWS)
    start, end = (next(i for i, op in enumerate(ops) if op[2] == name) for name in ("three", "joined"))
    inner: list[Op] = [("MatMul", "x w", "three"), *ops[start + 1 : end], ("Reshape", "back rows", "y")]
    path = tmp_path / "net.onnx"
    square = {"five": [-1, 9, 3, HEADS, 4], "rows": [-1, 9, DEPTH], "bias": biases(3, 3)}
    path.write_bytes(model((1, 9, DEPTH), inner, {**constants, **square}, 13))
    network = checked(path)
    kinds = [layer["kind"] for layer in network["layers"] if layer["kind"] != "IDENTITY"]
    assert kinds == ["INPUT", "CONV", "RESHAPE", "ATTENTION", "RESHAPE"]
    assert network["totals"]["params"] == 36 * DEPTH + 5 * 5 * HEADS
    done = run("verify", "--weights", "--against", "onnxruntime", path.name, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


LOOKS_AT_A_POOL: list[Op] = [
    ("AveragePool", "x", "pooled", {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ("Reshape", "x row", "a"), ("Transpose", "a", "b", {"perm": [0, 2, 1]}), ("MatMul", "b w", "q"),
    ("Reshape", "pooled row", "c"), ("Transpose", "c", "d", {"perm": [0, 2, 1]}), ("MatMul", "d v", "k"),
    ("Transpose", "k", "turned", {"perm": [0, 2, 1]}), ("MatMul", "q turned", "scores"),
    ("Mul", "scores scale", "scaled"), ("Softmax", "scaled", "shares", {"axis": -1}), ("MatMul", "shares k", "seen"),
    ("Transpose", "seen", "channels", {"perm": [0, 2, 1]}), ("Reshape", "channels image", "y"),
]  # fmt: skip
"""The positions of an image look at those of a smaller one, in the order of rows in both."""


def test_products_of_another_scale_between_images_of_two_sizes_have_the_values_of_onnxruntime(tmp_path: Path) -> None:
    square = (DEPTH, DEPTH)
    numbers = {"row": [1, DEPTH, -1], "image": list(IMAGE), "scale": 0.4, "w": square, "v": square}
    path = tmp_path / "net.onnx"
    path.write_bytes(model(IMAGE, LOOKS_AT_A_POOL, numbers, 13))
    kinds = [layer["text"] for layer in checked(path)["layers"]]
    assert ("RESCALE(0.4)" in kinds, "ATTENTION(scaled=false)" in str(kinds)) == (True, True)
    done = run("verify", "--weights", "--against", "onnxruntime", path.name, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("scale", [float("inf"), float("nan"), 3e38])
def test_products_of_a_scale_that_no_diagram_has_are_said_to_differ(scale: float, tmp_path: Path) -> None:
    square = (DEPTH, DEPTH)
    numbers = {"row": [1, DEPTH, -1], "image": list(IMAGE), "scale": scale, "w": square, "v": square}
    path = tmp_path / "net.onnx"
    path.write_bytes(model(IMAGE, LOOKS_AT_A_POOL, numbers, 13))
    assert "RESCALE" not in str([layer["kind"] for layer in checked(path)["layers"]])
    done = run("verify", "--weights", path.name, cwd=tmp_path)
    assert (done.returncode, "bug" in done.stdout + done.stderr) == (2, False)


@pytest.mark.parametrize("heads", [HEADS, 1], ids=["for each head", "that all heads share"])
def test_a_bias_for_each_pair_of_positions_is_opaque_and_the_network_is_known_after_it(
    heads: int, tmp_path: Path
) -> None:
    ops, constants = attention(BIAS, "biased", *WINDOWS)
    path = tmp_path / "net.onnx"
    path.write_bytes(model(IMAGE, ops, {**constants, "bias": (1, heads, INSIDE, INSIDE)}, 13))
    network = checked(path)
    assert [layer["kind"] for layer in network["layers"]] == ["INPUT", "IDENTITY", "CONV", "Attention", "IDENTITY"]
    assert network["layers"][3]["params"] == heads * INSIDE**2
    assert network["totals"]["macs"] == 24 * (36 * DEPTH + 2 * INSIDE * DEPTH)


def test_a_mask_is_no_weight_and_is_named_where_values_are_asked_for(tmp_path: Path) -> None:
    ops, constants = attention([("Add", "scores mask", "masked")], "masked", *WINDOWS)
    path = tmp_path / "net.onnx"
    mask = np.triu(np.full((INSIDE, INSIDE), -100, np.float32), 1)
    path.write_bytes(model(IMAGE, ops, {**constants, "mask": mask}, 13))
    network = checked(path)
    assert [layer["text"] for layer in network["layers"][3:4]] == ["ATTENTION(3, window=2x3)"]
    assert network["totals"]["params"] == 36 * DEPTH
    done = run("verify", "--weights", path.name, cwd=tmp_path)
    assert (done.returncode, "a mask is added to its products" in done.stderr) == (2, True)


def test_attention_as_einsum_is_that_of_products(tmp_path: Path) -> None:
    heads = {"perm": [2, 0, 1, 3, 4]}
    ops: list[Op] = [
        ("Transpose", "x", "s", {"perm": [0, 2, 1]}),
        ("MatMul", "s w", "three"),
        ("Reshape", "three five", "parts"),
        ("Transpose", "parts", "heads", heads),
        *[("Gather", f"heads at{name}", name, {"axis": 0}) for name in "qkv"],
        ("Einsum", "q k", "scores", {"equation": "bihd, bjhd -> bhij"}),
        ("Mul", "scores half", "scaled"),
        ("Softmax", "scaled", "shares", {"axis": -1}),
        ("Einsum", "shares v", "seen", {"equation": "bhij,bjhd->bihd"}),
        ("Reshape", "seen rows", "joined"),
        ("Transpose", "joined", "y", {"perm": [0, 2, 1]}),
    ]
    constants = {
        "five": [1, 10, 3, 3, 4],
        "rows": [1, 10, 12],
        "atq": 0,
        "atk": 1,
        "atv": 2,
        "half": 0.5,
        "w": (12, 36),
    }
    path = tmp_path / "net.onnx"
    path.write_bytes(model((1, 12, 10), ops, constants, 13))
    assert [layer["kind"] for layer in checked(path)["layers"]][1:-1] == ["IDENTITY", "CONV", "ATTENTION"]
    done = run("verify", "--weights", "--against", "onnxruntime", path.name, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


PIECES: dict[str, tuple[list[Op], dict[str, Any], list[str], int]] = {
    "a norm of groups": (
        [
            ("Constant", "", "ones", {"value_floats": [1.0] * 4}),
            ("Constant", "", "zeros", {"value_floats": [0.0] * 4}),
            ("Reshape", "x three", "a"),
            ("InstanceNormalization", "a ones zeros", "b"),
            ("Reshape", "b four", "c"),
            ("Mul", "c w", "d"),
            ("Add", "d b0", "y"),
        ],
        {"three": [0, 4, -1], "four": [1, 12, 6, 4], "w": (12, 1, 1), "b0": (12, 1, 1)}, ["GN"], 24,
    ),
    "a norm of channels with a factor alone": (
        [("Transpose", "x", "t", {"perm": [0, 2, 3, 1]}), ("LayerNormalization", "t w", "y", {"axis": -1})],
        {"w": (12,)}, ["LN", "SCALE"], 12,
    ),
    "means and maxima of channels": (
        [
            ("ReduceMean", "x", "m", {"axes": [1]}),
            ("ReduceMax", "x", "n", {"axes": [1]}),
            ("ReduceL2", "x", "l", {"axes": [1]}),
            ("Concat", "m n l", "y", {"axis": 1}),
        ],
        {}, ["DEPTHPOOL", "DEPTHPOOL", "DEPTHPOOL", "CONCAT"], 0,
    ),
    "values in a row, taken as they follow each other": (
        [
            ("GlobalAveragePool", "x", "g"),
            ("Reshape", "g row", "r"),
            ("Gather", "r places", "a", {"axis": 0}),
            ("Reshape", "a flat", "b"),
            ("Gemm", "b w", "y"),
        ],
        {"row": [12], "places": np.arange(12).reshape(1, 12, 1, 1), "flat": [1, 12], "w": (12, 5)},
        ["GAP", "FC"], 60,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PIECES)
def test_pieces_are_layers_with_the_values_of_onnxruntime(case: str, tmp_path: Path) -> None:
    ops, constants, kinds, params = PIECES[case]
    path = tmp_path / "net.onnx"
    path.write_bytes(model(IMAGE, ops, constants, 17))
    network = checked(path)
    read = [layer["kind"] for layer in network["layers"] if layer["kind"] not in ("INPUT", "IDENTITY", "FLATTEN")]
    assert (read, network["totals"]["params"]) == (kinds, params)
    done = run("verify", "--weights", "--against", "onnxruntime", path.name, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("ops", "kinds"),
    [
        ([("Add", "x w", "y")], ["Add"]),
        ([("Relu", "x", "r"), ("Div", "r x", "y")], ["RELU", "ACT", "MUL"]),
        ([("Neg", "x", "y")], ["RESCALE"]),
    ],
    ids=["values that fit no volume", "a quotient", "a sign"],
)
def test_what_two_volumes_or_a_volume_and_values_become(ops: list[Op], kinds: list[str], tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model(IMAGE, ops, {"w": (1, 1, 6, 1)} if ops[0][0] == "Add" else {}, 13))
    assert [layer["kind"] for layer in checked(path)["layers"]][1:] == kinds


@pytest.mark.parametrize(
    "ops",
    [
        [("Relu", "x", "a"), ("Add", "a", "y")],
        [("ReduceMean", "x", "a", {"axes": [1]}), ("Concat", "x a", "y", {"axis": -5})],
        [("Relu", "x", "a"), ("MatMul", "a", "y")],
    ],
    ids=["a sum of one", "an axis that is not there", "a product of one"],
)
def test_operators_that_lack_an_operand_or_name_no_axis_are_no_bug(ops: list[Op], tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model(IMAGE, ops, {}, 13))
    done = run("check", path.name, cwd=tmp_path)
    assert "this is a bug" not in done.stdout + done.stderr
    assert done.returncode in (0, 1, 2)

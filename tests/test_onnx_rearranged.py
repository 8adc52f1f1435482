"""Reshapes, turns and cuts between the layers of ONNX models become our words, with the values of onnxruntime."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


from tests.onnxmodels import (  # noqa: E402 (needs the package above)
    HEADS,
    IMAGE,
    JOINED,
    PRODUCTS,
    SEQUENCE,
    SIZES,
    Op,
    model,
    read_and_run,
)  # fmt: skip

FRONT: Op = ("Transpose", "x", "s", {"perm": [0, 2, 1]})
BACK: Op = ("Transpose", "rows", "y", {"perm": [0, 2, 1]})

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
    "every second row but the first, and every third column": (
        IMAGE,
        [("Slice", "x starts stops axes steps", "y")],
        {"starts": [1, 0], "stops": [99, 4], "axes": [2, 3], "steps": [2, 3]},
        ["CROP", "POOL"],
    ),
    "positions of one channel in a row": (
        IMAGE,
        [("Conv", "x w", "c"), ("Transpose", "c", "t", {"perm": [0, 2, 3, 1]}), ("Reshape", "t row", "y")],
        {"w": (1, 12, 1, 1), "row": [1, 24, 1]},
        ["CONV", "RESHAPE"],
    ),
    "positions in a row that are an image again": (
        IMAGE,
        [("Reshape", "x row", "r"), ("Sigmoid", "r", "s"), ("Reshape", "s four", "f"), ("Conv", "f w", "y")],
        {"row": [1, 12, 24], "four": [1, 12, 6, 4], "w": (2, 12, 3, 2)},
        ["RESHAPE", "SIGMOID", "RESHAPE", "CONV"],
    ),
    "positions in a row that join their channels": (
        IMAGE,
        [("Reshape", "x row", "r"), ("Sigmoid", "r", "s"), ("Flatten", "s", "f"), ("Gemm", "f w", "y")],
        {"row": [1, 12, 24], "w": (288, 5)},
        ["RESHAPE", "SIGMOID", "FLATTEN", "FC"],
    ),
    "values of one image that are made alike": (IMAGE, [("MeanVarianceNormalization", "x", "y")], {}, ["IN"]),
    "shares of one that are very small": (
        IMAGE,
        [("Sub", "x much", "s"), ("Sigmoid", "s", "p"), ("Reshape", "p row", "y")],
        {"much": 15.0, "row": [1, 12, 24]},
        ["RESCALE", "SIGMOID", "RESHAPE"],
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
    "attention to thirds that are cut out one by one": (
        SEQUENCE,
        [
            FRONT,
            ("MatMul", "s w", "qkv"),
            *[("Slice", f"qkv at{n} at{n + 1} axis", f"{name}0") for n, name in enumerate("qkv")],
            *HEADS,
            *PRODUCTS,
            *JOINED,
            BACK,
        ],
        {"w": (12, 36), "at0": [0], "at1": [12], "at2": [24], "at3": [36], "axis": [2], **SIZES},
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
    "MISH, and a GELU that is halved first, in pieces": (
        IMAGE,
        [
            ("Softplus", "x", "p"),
            ("Tanh", "p", "t"),
            ("Mul", "x t", "m"),
            ("Mul", "m half", "h"),
            ("Div", "m root2", "r"),
            ("Erf", "r", "e"),
            ("Add", "e one", "e1"),
            ("Mul", "h e1", "y"),
        ],
        {"root2": 2**0.5, "one": 1.0, "half": 0.5},
        ["MISH", "GELU"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_moves_values_is_read_as_our_layers_and_gives_what_onnxruntime_gives(case: str, tmp_path: Path) -> None:
    shape, ops, constants, expected = CASES[case]
    kinds, done = read_and_run(tmp_path, model(shape, ops, constants, 13))
    assert kinds == expected
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("opset", "ops", "expected"),
    [
        (17, [("LayerNormalization", "x w b", "y", {"axis": 1})], ["GN", "LEARNED", "LEARNED", "MUL", "ADD"]),
        (9, [("Transpose", "x", "t", {"perm": [0, 2, 3, 1]}), ("Softmax", "t", "y", {"axis": 3})], ["SOFTMAX"]),
        (9, [("ConvTranspose", "x k", "y", {"output_shape": [11, 8], "strides": [2, 2]})], ["UPCONV"]),
        (9, [("ConvTranspose", "x k", "y", {"output_shape": [13, 9], "strides": [2, 2]})], ["UPCONV"]),
    ],
    ids=["a norm over all values", "a softmax of channels that are last", "a smaller output", "a larger output"],
)
def test_operators_of_other_opsets_are_read_as_our_layers_and_give_what_onnxruntime_gives(
    opset: int, ops: list[Op], expected: list[str], tmp_path: Path
) -> None:
    read = " ".join(reads for _, reads, *_ in ops).split()
    arrays = {"w": IMAGE[1:], "b": IMAGE[1:], "k": (12, 5, 2, 2)}
    written = model(IMAGE, ops, {name: size for name, size in arrays.items() if name in read}, opset)
    kinds, done = read_and_run(tmp_path, written)
    assert kinds == expected
    assert done.exit_code == 0, done.output


def test_operators_that_onnx_has_no_more_keep_what_is_known_of_volumes(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    ops: list[Op] = [
        ("ImageScaler", "x", "a", {"bias": [1.0] * 12, "scale": 1.0}),
        ("Crop", "a", "b", {"border": [1, 2, 0, 1]}),
        ("Affine", "b", "c", {"alpha": 2.0, "beta": 1.0}),
        ("Conv", "c w", "y"),
    ]
    path.write_bytes(model(IMAGE, ops, {"w": (5, 12, 1, 1)}, 7))
    report = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)
    layers = report["networks"][0]["layers"][1:]
    assert [layer["kind"] for layer in layers] == ["ACT", "CROP", "RESCALE", "CONV"]
    assert layers[-1]["output"] == [3, 3, 5]


def test_a_row_of_positions_with_an_axis_of_one_after_it_has_one_channel(tmp_path: Path) -> None:
    shape, ops, constants, _ = CASES["positions of one channel in a row"]
    path = tmp_path / "net.onnx"
    path.write_bytes(model(shape, ops, constants, 13))
    assert [str(row.output) for row in shapecalc.check(path).rows] == ["4x6x12", "4x6x1", "4x6x1", "24x1"]


def test_a_sum_along_one_axis_alone_is_no_add(tmp_path: Path) -> None:
    """Ours is broadcast over all positions or over none."""
    written = model(IMAGE, [("ReduceMax", "x", "m", {"axes": [3]}), ("Add", "x m", "y")], {}, 13)
    assert read_and_run(tmp_path, written)[0] == ["ReduceMax", "Add"]


def test_sizes_of_a_reshape_may_be_a_range(tmp_path: Path) -> None:
    ops: list[Op] = [
        ("Range", "six eight one", "r"), ("Concat", "batch r", "sizes", {"axis": 0}), ("Reshape", "x sizes", "z"),
        ("Relu", "z", "y"),
    ]  # fmt: skip
    written = model((1, 42), ops, {"six": 6, "eight": 8, "one": 1, "batch": [1]}, 13)
    assert read_and_run(tmp_path, written)[0] == ["RESHAPE", "RELU"]


def test_a_hard_swish_need_not_say_the_half_that_onnx_takes(tmp_path: Path) -> None:
    written = model(IMAGE, [("HardSigmoid", "x", "h", {"alpha": 1 / 6}), ("Mul", "h x", "y")], {}, 13)
    kinds, compared = read_and_run(tmp_path, written)
    assert (kinds, compared.exit_code) == (["HSWISH"], 0)


@pytest.mark.parametrize("sixth", [{"alpha": 1 / 6, "beta": 0.3}, {"alpha": 0.3, "beta": 0.5}])
def test_another_slope_than_that_of_a_hard_swish_is_none(sixth: dict[str, float], tmp_path: Path) -> None:
    written = model(IMAGE, [("HardSigmoid", "x", "h", sixth), ("Mul", "h x", "y")], {}, 13)
    assert read_and_run(tmp_path, written)[0] == ["HSIGMOID", "MUL"]


def test_positions_in_a_row_whose_channels_get_an_axis_are_run(tmp_path: Path) -> None:
    ops: list[Op] = [
        ("Reshape", "x row", "r"),
        ("Reshape", "r bins", "b"),
        ("Transpose", "b", "t", {"perm": [0, 2, 1, 3]}),
        ("Softmax", "t", "s", {"axis": 1}),
        ("Conv", "s w", "c"),
        ("Reshape", "c sides", "y"),
    ]
    sizes = {"row": [1, 12, 24], "bins": [1, 3, 4, 24], "sides": [1, 3, 24], "w": (1, 4, 1, 1)}
    _, done = read_and_run(tmp_path, model(IMAGE, ops, sizes, 13))
    assert done.exit_code == 0, done.output

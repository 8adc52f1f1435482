"""Models of ONNX whose operators work along other axes than the layers before them: PERMUTE turns what they read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.onnxmodels import SEQUENCE, Op, model, read_and_run

IMAGE = (1, 3, 8, 12)
CONV: Op = ("Conv", "x w", "c", {"strides": [2, 2]})
TOKENS: list[Op] = [CONV, ("Reshape", "c rows", "r"), ("Transpose", "r", "t", {"perm": [0, 2, 1]})]
"""Of an image of 6x4 positions and five channels."""
ROWS = {"w": (5, 3, 2, 2), "rows": [1, 5, 24]}
CASES: dict[str, tuple[tuple[int, ...], list[Op], dict[str, Any], list[str]]] = {
    "a product over positions": (
        SEQUENCE, [("Transpose", "x", "t", {"perm": [0, 2, 1]}), ("MatMul", "t k", "y")], {"k": (12, 7)},
        ["CONV"],
    ),
    "a product over positions, added to what was before": (
        SEQUENCE,
        [
            ("MatMul", "x a", "s"), ("Transpose", "s", "t", {"perm": [0, 2, 1]}), ("MatMul", "t k", "m"),
            ("Transpose", "m", "b", {"perm": [0, 2, 1]}), ("Add", "s b", "y"),
        ],
        {"a": (10, 6), "k": (12, 12)}, ["CONV", "PERMUTE", "CONV", "PERMUTE", "ADD"],
    ),
    "a product over the positions of an image, added to what was before": (
        IMAGE,
        [
            *TOKENS, ("Transpose", "t", "u", {"perm": [0, 2, 1]}), ("MatMul", "u k", "m"), ("Add", "m o", "n"),
            ("Transpose", "n", "b", {"perm": [0, 2, 1]}), ("Add", "t b", "y"),
        ],
        {**ROWS, "k": (24, 24), "o": (24,)}, ["CONV", "RESHAPE", "PERMUTE", "CONV", "PERMUTE", "ADD"],
    ),
    "a convolution over the rows of a table": (
        SEQUENCE, [("MatMul", "x a", "s"), ("Unsqueeze", "s one", "u"), ("Conv", "u k", "y")],
        {"a": (10, 6), "one": [1], "k": (4, 1, 3, 6)}, ["CONV", "RESHAPE", "PERMUTE", "CONV"],
    ),
    "weights of positions, and a sum over them": (
        SEQUENCE,
        [
            ("MatMul", "x a", "s"), ("Softmax", "s", "p", {"axis": 1}), ("Mul", "p x", "m"),
            ("ReduceSum", "m one", "y", {"keepdims": 0}),
        ],
        {"a": (10, 1), "one": [1]}, ["CONV", "PERMUTE", "SOFTMAX", "PERMUTE", "MUL", "PERMUTE", "GAP", "RESCALE"],
    ),
    "patches that are merged column by column": (
        IMAGE,
        [
            CONV, ("Transpose", "c", "l", {"perm": [0, 2, 3, 1]}), ("Reshape", "l parts", "p"),
            ("Transpose", "p", "q", {"perm": [0, 1, 3, 4, 2, 5]}), ("Reshape", "q merged", "m"), ("MatMul", "m k", "y"),
        ],
        {"w": (5, 3, 2, 2), "parts": [1, 2, 2, 3, 2, 5], "merged": [1, 2, 3, 20], "k": (20, 7)},
        ["CONV", "RESHAPE", "PERMUTE", "RESHAPE", "CONV"],
    ),
    "heads in front of positions": (
        SEQUENCE,
        [
            ("MatMul", "x a", "s"), ("Reshape", "s heads", "h"), ("Transpose", "h", "t", {"perm": [0, 2, 1, 3]}),
            ("Reshape", "t rows", "r"), ("MatMul", "r k", "y"),
        ],
        {"a": (10, 6), "heads": [1, 12, 2, 3], "rows": [1, 24, 3], "k": (3, 4)},
        ["CONV", "RESHAPE", "PERMUTE", "RESHAPE", "CONV"],
    ),
}  # fmt: skip
"""For each the shape of the input, the operators, their constants, and the layers that they are."""


@pytest.mark.parametrize("case", CASES)
def test_what_lies_otherwise_is_turned_and_gives_what_onnxruntime_gives(case: str, tmp_path: Path) -> None:
    shape, ops, constants, kinds = CASES[case]
    found, done = read_and_run(tmp_path, model(shape, ops, constants, 17))
    assert found == kinds
    assert done.exit_code == 0, done.output

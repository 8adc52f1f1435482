"""Models of ONNX from a list of operators."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from shapecalc.cli import cli

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402 (needs the package above)

Op = tuple[Any, ...]
"""An operator, what it reads with spaces between, what it gives, and attributes."""
SEQUENCE, IMAGE = (1, 12, 10), (1, 12, 6, 4)

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
SIZES = {"heads": [1, 10, 3, 4], "flat": [1, 10, 12], "root": 0.5}
"""Attention of three heads in pieces, from q0, k0 and v0 to rows, and the constants that it reads."""


def model(shape: tuple[int, ...], ops: list[Op], constants: dict[str, Any], opset: int) -> bytes:
    """A model from x to y; constants are whole numbers, a fraction, an array, or the shape of random ones."""
    random = np.random.default_rng(0)
    kinds = {list: np.int64, int: np.int64, float: np.float32}
    arrays = {
        name: np.array(value, kinds[type(value)])
        if type(value) in kinds
        else value
        if isinstance(value, np.ndarray)
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


def read_and_run(folder: Path, written: bytes) -> tuple[list[str], Result]:
    """The layers that a model is read as, and how it compares with onnxruntime on its own weights."""
    path = folder / "net.onnx"
    path.write_bytes(written)
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    kinds = [layer["kind"] for layer in network["layers"] if layer["kind"] not in ("INPUT", "IDENTITY")]
    return kinds, CliRunner().invoke(cli, ["verify", "--weights", "--against", "onnxruntime", str(path)])

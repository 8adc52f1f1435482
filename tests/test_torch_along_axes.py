"""Operations of aten along other axes than the channels, and what repeats values for others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import run
from tests.test_torch_programs import Node, Shape, write_program

ROWS: Shape = (1, 6, 4)
IMAGE: Shape = (1, 4, 5, 5)
PRODUCT: Node = ("linear.default", {"input": "x", "weight": "w", "bias": "b"}, {"a": ROWS})
WEIGHTS: dict[str, Shape] = {"w": (4, 4), "b": (4,)}
STATISTICS: dict[str, Shape] = {"frozen_m": (4,), "frozen_v": (4,)}
CASES: dict[str, tuple[Shape, dict[str, Shape], list[Node], list[str], int, int]] = {
    "a factor and a summand for each channel in one operation": (
        ROWS, {**WEIGHTS, "s": (1, 1, 4), "t": (1, 1, 4)},
        [PRODUCT, ("addcmul.default", {"self": "t", "tensor1": "s", "tensor2": "a"}, {"y": ROWS})],
        ["CONV", "SCALE"], 28, 96,
    ),
    "a product over positions, and factors of what comes last": (
        ROWS, {**WEIGHTS, "k": (6, 6), "g": (4,)},
        [
            PRODUCT, ("transpose.int", {"self": "a", "dim0": 1, "dim1": 2}, {"t": (1, 4, 6)}),
            ("linear.default", {"input": "t", "weight": "k"}, {"m": (1, 4, 6)}),
            ("transpose.int", {"self": "m", "dim0": 1, "dim1": 2}, {"u": ROWS}),
            ("mul.Tensor", {"self": "g", "other": "u"}, {"v": ROWS}),
            ("add.Tensor", {"self": "a", "other": "v"}, {"y": ROWS}),
        ],
        ["CONV", "PERMUTE", "CONV", "PERMUTE", "SCALE", "ADD"], 20 + 36 + 4, 96 + 4 * 36,
    ),
    "a norm of rows, each of which is a position": (
        ROWS, {**WEIGHTS, "s": (4,), "t": (4,), **STATISTICS},
        [
            PRODUCT, ("flatten.using_ints", {"self": "a", "start_dim": 0, "end_dim": 1}, {"r": (6, 4)}),
            ("batch_norm.default",
             {"input": "r", "weight": "s", "bias": "t", "running_mean": "frozen_m", "running_var": "frozen_v"},
             {"n": (6, 4)}),
            ("reshape_as.default", {"self": "n", "other": "a"}, {"v": ROWS}),
            ("relu.default", {"self": "v"}, {"y": ROWS}),
        ],
        ["CONV", "BN", "RELU"], 28, 96,
    ),
    "weights of channels that are repeated for a product": (
        IMAGE, {},
        [
            ("mean.dim", {"self": "x", "dim": [2, 3], "keepdim": True}, {"m": (1, 4, 1, 1)}),
            ("sigmoid.default", {"self": "m"}, {"s": (1, 4, 1, 1)}),
            ("expand_as.default", {"self": "s", "other": "x"}, {"e": IMAGE}),
            ("mul.Tensor", {"self": "x", "other": "e"}, {"y": IMAGE}),
        ],
        ["GAP", "SIGMOID", "MUL"], 0, 0,
    ),
    "the length of all values of a channel": (
        IMAGE, {},
        [("linalg_vector_norm.default", {"self": "x", "dim": [2, 3], "keepdim": True}, {"y": (1, 4, 1, 1)})],
        ["ACT", "GAP", "RESCALE", "ACT"], 0, 0,
    ),
    "the length of a row of values": (
        (1, 6), {},
        [("linalg_vector_norm.default", {"self": "x", "ord": 2, "dim": [1], "keepdim": True}, {"y": (1, 1)})],
        ["DEPTHPOOL"], 0, 0,
    ),
    "one trained number for all": (
        IMAGE, {"g": (1,)}, [("mul.Tensor", {"self": "x", "other": "g"}, {"y": IMAGE})], ["SCALE"], 1, 0,
    ),
    "a norm of every channel with running statistics": (
        IMAGE, STATISTICS,
        [("instance_norm.default",
          {"input": "x", "running_mean": "frozen_m", "running_var": "frozen_v", "use_input_stats": False},
          {"y": IMAGE})],
        ["BN"], 0, 0,
    ),
}  # fmt: skip
"""For each the shape of the input, the weights, the program, and what its layers and their totals are."""


@pytest.mark.parametrize("case", CASES)
def test_operations_along_other_axes_are_layers(case: str, tmp_path: Path) -> None:
    shape, weights, nodes, kinds, params, macs = CASES[case]
    write_program(tmp_path / "net.pt2", shape, weights, nodes)
    (net,) = json.loads(run("check", "--format", "json", "net.pt2", cwd=tmp_path).stdout)["networks"]
    assert [layer["kind"] for layer in net["layers"] if layer["kind"] not in ("INPUT", "IDENTITY")] == kinds
    assert (net["totals"]["params"], net["totals"]["macs"]) == (params, macs)


def test_what_is_repeated_for_another_reader_is_opaque(tmp_path: Path) -> None:
    nodes: list[Node] = [
        ("mean.dim", {"self": "x", "dim": [2, 3], "keepdim": True}, {"m": (1, 4, 1, 1)}),
        ("expand_as.default", {"self": "m", "other": "x"}, {"e": IMAGE}),
        ("cat.default", {"tensors": ["x", "e"], "dim": 1}, {"y": (1, 8, 5, 5)}),
    ]
    write_program(tmp_path / "net.pt2", IMAGE, {}, nodes)
    (net,) = json.loads(run("check", "--format", "json", "net.pt2", cwd=tmp_path).stdout)["networks"]
    assert [layer["kind"] for layer in net["layers"]] == ["INPUT", "GAP", "expand.default", "CONCAT"]
    assert net["layers"][-1]["output"] == [5, 5, 8]

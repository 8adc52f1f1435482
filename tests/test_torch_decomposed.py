"""Programs of torch.export after `run_decompositions`: they are read as the same programs before it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import run
from tests.test_torch_programs import Node, Shape, write_program

SEQUENCE: Shape = (1, 6, 4)
WINDOW = {"stride": [1, 1], "padding": [1, 1], "dilation": [1, 1], "output_padding": [0, 0], "groups": 1}
IMAGE: Shape = (1, 3, 8, 8)
NORM = {"input": "a", "weight": "s", "bias": "b", "running_mean": "frozen_mean", "running_var": "frozen_var"}
STATISTICS: dict[str, Shape] = {"frozen_mean": (5,), "frozen_var": (5,)}
CASES: dict[str, tuple[Shape, dict[str, Shape], list[Node], list[Node]]] = {
    "a convolution, its norm and a pool": (
        IMAGE, {"w": (5, 3, 3, 3), "s": (5,), "b": (5,), **STATISTICS},
        [
            ("convolution.default", {"input": "x", "weight": "w", "transposed": False, **WINDOW}, {"a": (1, 5, 8, 8)}),
            ("_native_batch_norm_legit_no_training.default",
             NORM,
             {"c": (1, 5, 8, 8), "m": (0,), "v": (0,)}),
            ("max_pool2d_with_indices.default", {"self": "c", "kernel_size": [2, 2], "stride": [2, 2]},
             {"i": (1, 5, 4, 4), "y": (1, 5, 4, 4)}),
            ("constant_pad_nd.default", {"self": "i", "pad": [1, 1], "value": 0.0}, {"p": (1, 5, 4, 6)}),
            ("_adaptive_avg_pool2d.default", {"self": "p", "output_size": [1, 1]}, {"g": (1, 5, 1, 1)}),
        ],
        [
            ("conv2d.default", {"input": "x", "weight": "w", "padding": [1, 1]}, {"a": (1, 5, 8, 8)}),
            ("batch_norm.default",
             NORM,
             {"c": (1, 5, 8, 8)}),
            ("max_pool2d.default", {"self": "c", "kernel_size": [2, 2], "stride": [2, 2]}, {"i": (1, 5, 4, 4)}),
            ("pad.default", {"self": "i", "pad": [1, 1]}, {"p": (1, 5, 4, 6)}),
            ("adaptive_avg_pool2d.default", {"self": "p", "output_size": [1, 1]}, {"g": (1, 5, 1, 1)}),
        ],
    ),
    "a transposed convolution in groups": (
        (1, 4, 5, 5), {"w": (4, 3, 2, 2), "b": (6,)},
        [("convolution.default",
          {"input": "x", "weight": "w", "bias": "b", "stride": [2, 2], "padding": [0, 0], "dilation": [1, 1],
           "transposed": True, "output_padding": [0, 0], "groups": 2}, {"g": (1, 6, 10, 10)})],
        [("conv_transpose2d.input", {"input": "x", "weight": "w", "bias": "b", "stride": [2, 2], "groups": 2},
          {"g": (1, 6, 10, 10)})],
    ),
    "products along the last axis between norms": (
        SEQUENCE, {"w": (5, 4), "b": (5,), "s": (5,), "t": (5,)},
        [
            ("view.default", {"self": "x", "size": [6, 4]}, {"r": (6, 4)}),
            ("permute.default", {"self": "w", "dims": [1, 0]}, {"wt": (4, 5)}),
            ("addmm.default", {"self": "b", "mat1": "r", "mat2": "wt"}, {"m": (6, 5)}),
            ("view.default", {"self": "m", "size": [1, 6, 5]}, {"a": (1, 6, 5)}),
            ("native_layer_norm.default", {"input": "a", "normalized_shape": [5], "weight": "s", "bias": "t"},
             {"g": (1, 6, 5), "mean": (1, 6, 1), "deviation": (1, 6, 1)}),
            ("_softmax.default", {"self": "g", "dim": -1, "half_to_float": False}, {"p": (1, 6, 5)}),
        ],
        [
            ("linear.default", {"input": "x", "weight": "w", "bias": "b"}, {"a": (1, 6, 5)}),
            ("layer_norm.default", {"input": "a", "normalized_shape": [5], "weight": "s", "bias": "t"},
             {"g": (1, 6, 5)}),
            ("softmax.int", {"self": "g", "dim": -1}, {"p": (1, 6, 5)}),
        ],
    ),
    "a row of values and a product without a bias": (
        (1, 6), {"w": (3, 6)},
        [
            ("permute.default", {"self": "w", "dims": [1, 0]}, {"wt": (6, 3)}),
            ("mm.default", {"self": "x", "mat2": "wt"}, {"y": (1, 3)}),
        ],
        [("linear.default", {"input": "x", "weight": "w"}, {"y": (1, 3)})],
    ),
    "groups of channels": (
        (1, 4, 5, 5), {"s": (4,), "t": (4,)},
        [("native_group_norm.default",
          {"input": "x", "weight": "s", "bias": "t", "N": 1, "C": 4, "HxW": 25, "group": 2, "eps": 0.25},
          {"y": (1, 4, 5, 5), "mean": (1, 2), "deviation": (1, 2)})],
        [("group_norm.default", {"input": "x", "num_groups": 2, "weight": "s", "bias": "t", "eps": 0.25},
          {"y": (1, 4, 5, 5)})],
    ),
}  # fmt: skip
"""For each the shape of the input, the weights, and the program as it is decomposed and as it was."""


def written(path: Path, shape: Shape, weights: dict[str, Shape], nodes: list[Node]) -> tuple[list[str], Any]:
    """The layers that are read, and what they come to; the output is the first of the last operation."""
    name, size = next(iter(nodes[-1][2].items()))
    write_program(path, shape, weights, [*nodes, ("alias.default", {"self": name}, {"out": size})])
    answer = run("check", "--format", "json", path.name, cwd=path.parent)
    (net,) = json.loads(answer.stdout)["networks"]
    return [layer["text"] for layer in net["layers"]], net["totals"]


@pytest.mark.parametrize("case", CASES)
def test_a_program_that_was_decomposed_is_the_same_network(case: str, tmp_path: Path) -> None:
    shape, weights, decomposed, plain = CASES[case]
    expected = written(tmp_path / "plain.pt2", shape, weights, plain)
    assert written(tmp_path / "decomposed.pt2", shape, weights, decomposed) == expected
    assert not any("opaque" in text for text in expected[0])


def test_attention_that_was_decomposed_is_one_layer(tmp_path: Path) -> None:
    """With the guard against rows that hide everything. PyTorch scales query and key by the fourth root of a depth."""
    heads: Shape = (1, 2, 6, 2)
    root = 2**-0.25
    nodes: list[Node] = [
        ("view.default", {"self": "x", "size": [6, 4]}, {"r": (6, 4)}),
        ("permute.default", {"self": "w", "dims": [1, 0]}, {"wt": (4, 12)}),
        ("mm.default", {"self": "r", "mat2": "wt"}, {"m": (6, 12)}),
        ("view.default", {"self": "m", "size": [1, 6, 3, 2, 2]}, {"v": (1, 6, 3, 2, 2)}),
        ("permute.default", {"self": "v", "dims": [2, 0, 3, 1, 4]}, {"t": (3, 1, 2, 6, 2)}),
        ("unbind.int", {"self": "t"}, {"q": heads, "k": heads, "u": heads}),
        ("mul.Scalar", {"self": "q", "other": root}, {"qs": heads}),
        ("permute.default", {"self": "k", "dims": [0, 1, 3, 2]}, {"kt": (1, 2, 2, 6)}),
        ("mul.Scalar", {"self": "kt", "other": root}, {"ks": (1, 2, 2, 6)}),
        ("expand.default", {"self": "qs", "size": [1, 2, 6, 2]}, {"qe": heads}),
        ("view.default", {"self": "qe", "size": [2, 6, 2]}, {"q3": (2, 6, 2)}),
        ("view.default", {"self": "ks", "size": [2, 2, 6]}, {"k3": (2, 2, 6)}),
        ("bmm.default", {"self": "q3", "mat2": "k3"}, {"s": (2, 6, 6)}),
        ("view.default", {"self": "s", "size": [1, 2, 6, 6]}, {"s4": (1, 2, 6, 6)}),
        ("_softmax.default", {"self": "s4", "dim": -1}, {"p": (1, 2, 6, 6)}),
        ("eq.Scalar", {"self": "s4", "other": float("-inf")}, {"e": (1, 2, 6, 6)}),
        ("logical_not.default", {"self": "e"}, {"n": (1, 2, 6, 6)}),
        ("any.dim", {"self": "n", "dim": -1, "keepdim": True}, {"o": (1, 2, 6, 1)}),
        ("full_like.default", {"self": "p", "fill_value": 0}, {"z": (1, 2, 6, 6)}),
        ("where.self", {"condition": "o", "self": "z", "other": "p"}, {"c": (1, 2, 6, 6)}),
        ("view.default", {"self": "c", "size": [2, 6, 6]}, {"c3": (2, 6, 6)}),
        ("view.default", {"self": "u", "size": [2, 6, 2]}, {"u3": (2, 6, 2)}),
        ("bmm.default", {"self": "c3", "mat2": "u3"}, {"a": (2, 6, 2)}),
        ("view.default", {"self": "a", "size": [1, 2, 6, 2]}, {"a4": heads}),
        ("permute.default", {"self": "a4", "dims": [0, 2, 1, 3]}, {"a5": (1, 6, 2, 2)}),
        ("view.default", {"self": "a5", "size": [1, 6, 4]}, {"y": SEQUENCE}),
    ]
    layers, totals = written(tmp_path / "net.pt2", SEQUENCE, {"w": (12, 4)}, nodes)
    assert [text for text in layers if text != "IDENTITY"] == [
        "INPUT(6x4)",
        "CONV(12, F=1, S=1, P=0, bias=false)",
        "ATTENTION(2)",
    ]
    assert (totals["params"], totals["macs"]) == (48, 6 * 48 + 2 * 6 * 6 * 4)

"""Operations of torch.export by their names in ATen: functions of single values, and what only passes a tensor on."""

from __future__ import annotations

from math import prod
from pathlib import Path

import pytest

import shapecalc
from tests.test_torch_programs import Node, Shape, texts, write_program

LAYERS = {
    "relu": "RELU", "relu6": "RELU6", "silu": "SILU", "gelu": "GELU", "sigmoid": "SIGMOID", "tanh": "TANH",
    "hardswish": "HSWISH", "hardsigmoid": "HSIGMOID", "selu": "SELU", "mish": "MISH", "softplus": "SOFTPLUS",
    "elu": "ELU", "leaky_relu": "LRELU",
}  # fmt: skip
"""What torch.nn.functional calls them, and what this language does."""
WITHOUT_A_LAYER = (
    "abs", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square", "reciprocal", "sign", "sin", "cos", "erf",
    "floor", "ceil", "round", "celu", "hardshrink", "softshrink", "log_sigmoid", "threshold", "rrelu",
)  # fmt: skip
PASSED = ("contiguous", "clone", "alias", "detach", "to", "_to_copy")
FILLED = ("new_zeros", "new_ones", "new_full", "new_empty", "zeros_like", "ones_like", "full_like", "empty_like")


def chain(names: tuple[str, ...], shape: Shape, source: str = "x") -> list[Node]:
    """One operation after the other, each of what the one before gives."""
    sources = (source, *(f"t{n}" for n in range(len(names))))
    return [(f"{name}.default", {"self": sources[n]}, {f"t{n}": shape}) for n, name in enumerate(names)]


def test_a_function_of_single_values_is_the_layer_that_it_is_called_after(tmp_path: Path) -> None:
    write_program(tmp_path / "net.pt2", (1, 6, 8, 4), {}, chain((*LAYERS, *WITHOUT_A_LAYER), (1, 6, 8, 4)))
    assert texts(tmp_path / "net.pt2") == [*LAYERS.values(), *(f"ACT({name})" for name in WITHOUT_A_LAYER)]


def test_a_tensor_that_is_passed_on_between_two_turns_is_what_it_was(tmp_path: Path) -> None:
    heads, last = (1, 2, 4, 3), f"t{len(PASSED) - 1}"
    program: list[Node] = [
        ("view.default", {"self": "x", "size": [1, 2, 3, 4]}, {"h": (1, 2, 3, 4)}),
        ("transpose.int", {"self": "h", "dim0": 2, "dim1": 3}, {"s": heads}),
        *chain(PASSED, heads, "s"),
        ("transpose.int", {"self": last, "dim0": 2, "dim1": 3}, {"t": (1, 2, 3, 4)}),
        ("view.default", {"self": "t", "size": [1, 6, 4]}, {"r": (1, 6, 4)}),
        ("relu.default", {"self": "r"}, {"y": (1, 6, 4)}),
    ]
    write_program(tmp_path / "net.pt2", (1, 6, 4), {}, program)
    assert [text for text in texts(tmp_path / "net.pt2") if text != "IDENTITY"] == ["RELU"]


@pytest.mark.parametrize("name", FILLED)
def test_a_tensor_that_is_filled_takes_no_more_of_another_than_its_size(name: str, tmp_path: Path) -> None:
    program: list[Node] = [
        ("exp.default", {"self": "x"}, {"e": (1, 6, 8, 4)}),
        (f"{name}.default", {"self": "e"}, {"f": (1, 6, 8, 4)}),
        ("relu.default", {"self": "x"}, {"r": (1, 6, 8, 4)}),
        ("add.Tensor", {"self": "r", "other": "f"}, {"y": (1, 6, 8, 4)}),
    ]
    write_program(tmp_path / "net.pt2", (1, 6, 8, 4), {}, program)
    assert texts(tmp_path / "net.pt2") == ["ACT(exp)", "RELU", "ACT(add)"]


ROWS: Shape = (1, 5, 6)
MATMUL = {"self": "x", "other": "w"}
ADDMM = {"self": "b", "mat1": "x", "mat2": "w"}
NORM = {"input": "x", "weight": "w"}
ONE = {"y": ROWS}
WEIGHTED: dict[str, tuple[Shape, dict[str, Shape], Node, list[str]]] = {
    "a matrix": (
        ROWS, {"w": (6, 4)}, ("matmul.default", MATMUL, {"y": (1, 5, 4)}), ["CONV(4, F=1, S=1, P=0, bias=false)"],
    ),
    "an axis of 1": (
        ROWS, {"w": (1, 6, 4)}, ("matmul.default", MATMUL, {"y": (1, 5, 4)}), ["CONV(4, F=1, S=1, P=0, bias=false)"],
    ),
    "two matrices": (ROWS, {"w": (2, 6, 4)}, ("matmul.default", MATMUL, {"y": (2, 5, 4)}), ["matmul.default (opaque)"]),
    "a vector": (ROWS, {"w": (6,)}, ("matmul.default", MATMUL, {"y": (1, 5)}), ["matmul.default (opaque)"]),
    "a sum": ((1, 6), {"w": (6, 4), "b": (4,)}, ("addmm.default", ADDMM, {"y": (1, 4)}), ["FC(4)"]),
    "twice a sum": (
        (1, 6), {"w": (6, 4), "b": (4,)}, ("addmm.default", ADDMM | {"beta": 2}, {"y": (1, 4)}),
        ["addmm.default (opaque)"],
    ),
    "no mean": (
        ROWS, {"w": (6,)}, ("rms_norm.default", NORM | {"normalized_shape": [6]}, ONE),
        ["LN(0.00001, affine=false)", "SCALE(false)"],
    ),
    "no mean of a row": (
        (1, 6), {"w": (6,)}, ("rms_norm.default", NORM | {"normalized_shape": [6]}, {"y": (1, 6)}),
        ["LN(0.00001, affine=false)", "SCALE(false)"],
    ),
    "no mean of two axes": (
        ROWS, {"w": (5, 6)}, ("rms_norm.default", NORM | {"normalized_shape": [5, 6]}, ONE),
        ["rms_norm.default (opaque)"],
    ),
}  # fmt: skip
"""What is read, the weights, the operation, and what it is here."""


@pytest.mark.parametrize("kind", WEIGHTED)
def test_an_operation_with_weights_is_a_layer_or_opaque_with_its_parameters(kind: str, tmp_path: Path) -> None:
    shape, weights, operation, layers = WEIGHTED[kind]
    write_program(tmp_path / "net.pt2", shape, weights, [operation])
    assert texts(tmp_path / "net.pt2") == layers
    report = shapecalc.check(tmp_path / "net.pt2")
    assert report.totals.params == sum(map(prod, weights.values()))


GATES: dict[str, Shape] = {"w1": (12, 6), "w2": (12, 3), "b1": (12,), "b2": (12,)}
STATE: Shape = (1, 1, 3)


@pytest.mark.parametrize(("learned", "first"), [(False, "LSTM(3)"), (True, "lstm.input (opaque)")])
def test_a_first_state_that_is_learned_makes_a_recurrent_layer_opaque(
    learned: bool, first: str, tmp_path: Path
) -> None:
    states = {"h": STATE, "c": STATE}
    said = {"input": "x", "hx": [*states], "params": [*GATES], "has_biases": True, "num_layers": 1, "batch_first": True}
    zeros: list[Node] = [] if learned else [("zeros.default", {"size": [*STATE]}, {name: STATE}) for name in states]
    lstm: Node = ("lstm.input", said, {"y": (1, 5, 3), "last": STATE, "memory": STATE})
    write_program(tmp_path / "net.pt2", ROWS, GATES | (states if learned else {}), [*zeros, lstm])
    assert texts(tmp_path / "net.pt2")[0] == first
    assert shapecalc.check(tmp_path / "net.pt2").totals.params == 12 * (6 + 3 + 1 + 1) + 6 * learned

"""Models of ONNX that run on their weights: masks that hide what is later, functions of values, moved kernels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc import Diagnosed, check
from shapecalc.formats.onnx_model import model_graph
from shapecalc.formats.onnx_model.tensor_values import most_values
from tests.onnxmodels import SEQUENCE, Op, model, onnx, read_and_run

LATER = np.triu(np.ones((12, 12), bool), 1)
QUERIES: list[Op] = [("MatMul", "x q", "a"), ("MatMul", "x k", "b"), ("Transpose", "b", "t", {"perm": [0, 2, 1]})]
"""Of one head of 4 values, whose products are scaled by a half."""
KERNELS = {"q": (10, 4), "k": (10, 4), "half": 0.5}
SEEN: list[Op] = [("Softmax", "m", "p", {"axis": -1}), ("MatMul", "p b", "y")]
PRODUCTS: list[Op] = [*QUERIES, ("MatMul", "a t", "s"), ("Mul", "s half", "h")]
MASKS: dict[str, tuple[Op, dict[str, Any]]] = {
    "a sum": (("Add", "h mask", "m"), {"mask": np.where(LATER, np.float32(-np.inf), np.float32(0))}),
    "a choice of what is seen": (("Where", "mask h least", "m"), {"mask": ~LATER, "least": -1e9}),
    "a choice of what is hidden": (("Where", "mask least h", "m"), {"mask": LATER[None, None], "least": -1e9}),
}


@pytest.mark.parametrize("case", MASKS)
def test_a_mask_that_hides_what_is_later_is_causal_attention(case: str, tmp_path: Path) -> None:
    masked, constants = MASKS[case]
    shape = (1, 12, 10)
    if constants["mask"].ndim == 4:
        constants = {**constants, "mask": constants["mask"][0]}
    kinds, done = read_and_run(tmp_path, model(shape, [*PRODUCTS, masked, *SEEN], {**KERNELS, **constants}, 17))
    assert (kinds[-1], done.exit_code) == ("ATTENTION", 0), done.output


def test_a_mask_that_the_program_makes_of_constants_is_read(tmp_path: Path) -> None:
    """As the exporter writes causal attention: ones, of which a triangle is kept, and two numbers."""
    ops: list[Op] = [
        ("Expand", "one sizes", "ones"), ("Trilu", "ones", "seen", {"upper": 0}), ("Equal", "seen none", "hidden"),
        ("Where", "hidden least none", "mask"), *PRODUCTS, ("Add", "h mask", "m"), *SEEN,
    ]  # fmt: skip
    constants = {**KERNELS, "one": 1.0, "sizes": [12, 12], "none": 0.0, "least": -np.inf}
    kinds, done = read_and_run(tmp_path, model(SEQUENCE, ops, constants, 17))
    assert (kinds[-1], done.exit_code) == ("ATTENTION", 0), done.output


def test_what_is_compared_is_no_weight(tmp_path: Path) -> None:
    """A mask that is stored as ones and zeros, and chosen by."""
    ops: list[Op] = [("Equal", "ones none", "hidden"), *PRODUCTS, ("Where", "hidden least h", "m"), *SEEN]
    constants = {**KERNELS, "ones": np.tril(np.ones((12, 12), np.float32)), "none": 0.0, "least": -1e9}
    path = tmp_path / "net.onnx"
    path.write_bytes(model(SEQUENCE, ops, constants, 17))
    assert check(path).totals.params == 80


def test_a_mask_that_is_made_in_thousands_of_steps_is_not_followed(tmp_path: Path) -> None:
    steps: list[Op] = [("Identity", f"i{n}", f"i{n + 1}") for n in range(3000)]
    ops = [("Equal", "zeros none", "i0"), *steps, *PRODUCTS, ("Where", "i3000 least h", "m"), *SEEN]
    constants = {**KERNELS, "zeros": np.zeros((12, 12), np.float32), "none": 0.0, "least": -1e9}
    kinds, done = read_and_run(tmp_path, model(SEQUENCE, ops, constants, 17))
    assert (kinds[-1], done.exit_code) == ("ATTENTION", 2)


def test_first_states_of_zeros_that_the_program_makes_are_none(tmp_path: Path) -> None:
    """As exporters write an LSTM where the number of images is open."""
    ops: list[Op] = [
        ("ConstantOfShape", "sizes", "zeros"), ("Slice", "zeros from to", "state"),
        ("Transpose", "x", "t", {"perm": [1, 0, 2]}),
        ("LSTM", "t w r b  state state", "s", {"hidden_size": 3}), ("Squeeze", "s axis", "y"),
    ]  # fmt: skip
    constants = {
        "sizes": [2, 1, 3],
        "from": [0],
        "to": [1],
        "axis": [1],
        "w": (1, 12, 10),
        "r": (1, 12, 3),
        "b": (1, 24),
    }
    made = onnx.load_from_string(model((1, 12, 10), ops, constants, 17))
    (lstm,) = [node for node in made.graph.node if node.op_type == "LSTM"]
    lstm.input[:] = ["t", "w", "r", "b", "", "state", "state"]
    kinds, done = read_and_run(tmp_path, made.SerializeToString())
    assert kinds == ["LSTM"]
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("mask", [LATER.T, LATER[::-1], np.tril(np.ones_like(LATER), -2)])
def test_another_mask_is_said_to_give_other_values(mask: Any, tmp_path: Path) -> None:
    constants = {**KERNELS, "mask": np.where(mask, np.float32(-1e9), np.float32(0))}
    kinds, done = read_and_run(tmp_path, model(SEQUENCE, [*PRODUCTS, ("Add", "h mask", "m"), *SEEN], constants, 17))
    assert (kinds[-1], done.exit_code) == ("ATTENTION", 2)
    assert "a mask is added" in done.output


def test_a_norm_by_the_root_of_the_mean_square_runs(tmp_path: Path) -> None:
    ops: list[Op] = [
        ("MatMul", "x q", "a"), ("Pow", "a two", "s"), ("ReduceMean", "s", "m", {"axes": [-1]}), ("Add", "m eps", "e"),
        ("Sqrt", "e", "r"), ("Div", "one r", "i"), ("Mul", "a i", "n"), ("Mul", "n w", "y"),
    ]  # fmt: skip
    constants = {"q": (10, 4), "two": 2.0, "eps": 1e-6, "one": 1.0, "w": (4,)}
    kinds, done = read_and_run(tmp_path, model(SEQUENCE, ops, constants, 17))
    assert kinds == ["CONV", "ACT", "DEPTHPOOL", "RESCALE", "ACT", "ACT", "MUL", "SCALE"]
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", ["Exp", "Erf", "Sin", "Cos", "Sign", "Softsign", "Floor", "Ceil", "Reciprocal"])
def test_functions_without_a_layer_run(name: str, tmp_path: Path) -> None:
    _, done = read_and_run(tmp_path, model(SEQUENCE, [("MatMul", "x q", "a"), (name, "a", "y")], {"q": (10, 4)}, 17))
    assert done.exit_code == 0, done.output


def test_a_function_without_a_value_ends_the_run_there(tmp_path: Path) -> None:
    _, done = read_and_run(tmp_path, model(SEQUENCE, [("Neg", "x", "a"), ("Sqrt", "a", "y")], {}, 17))
    assert done.exit_code == 1
    assert "sqrt has no value for some of what arrives" in done.output


def test_kernels_and_biases_that_are_parts_of_one_array_are_taken_out_of_it(tmp_path: Path) -> None:
    ops: list[Op] = [
        ("Split", "b", "b0 b1"), ("Split", "w", "w0 w1", {"axis": 1}), ("MatMul", "x w0", "m"), ("Add", "m b0", "a"),
        ("MatMul", "x w1", "n"), ("Add", "n b1", "c"), ("Mul", "a c", "y"),
    ]  # fmt: skip
    kinds, done = read_and_run(tmp_path, model(SEQUENCE, ops, {"b": (8,), "w": (10, 8)}, 13))
    assert kinds == ["CONV", "CONV", "MUL"]
    assert done.exit_code == 0, done.output


def test_a_border_below_all_values_is_the_padding_of_the_pool_after_it(tmp_path: Path) -> None:
    ops: list[Op] = [
        ("Pad", "x pads least", "p"),
        ("MaxPool", "p", "y", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 0, 0, 0]}),
    ]
    constants = {"pads": [0, 0, 0, 1, 0, 0, 2, 1], "least": -np.inf}
    kinds, done = read_and_run(tmp_path, model((1, 3, 8, 9), ops, constants, 17))
    assert kinds == ["POOL"]
    assert done.exit_code in (0, 1), done.output
    assert "the whole run agrees" in done.output or "1 of 1 output" in done.output


def test_positions_of_an_image_are_picked_and_parts_of_channels_become_positions(tmp_path: Path) -> None:
    """As heads of detectors have it: each of six anchors becomes a row of values."""
    ops: list[Op] = [
        ("Conv", "x w", "c"), ("Transpose", "c", "t", {"perm": [0, 2, 3, 1]}), ("Reshape", "t rows", "r"),
        ("Sigmoid", "r", "s"), ("Slice", "s from to axis", "p"), ("Concat", "p s", "y", {"axis": 1}),
    ]  # fmt: skip
    constants = {"w": (12, 3, 1, 1), "rows": [1, -1, 2], "from": [0], "to": [120], "axis": [1]}
    _, done = read_and_run(tmp_path, model((1, 3, 4, 5), ops, constants, 13))
    assert done.exit_code == 0, done.output


def test_one_trained_number_times_a_volume_plus_another_is_a_scale(tmp_path: Path) -> None:
    made = onnx.load_from_string(
        model(SEQUENCE, [("Mul", "x gain", "m"), ("Add", "m shift", "y")], {"gain": (1,), "shift": (1,)}, 17)
    )
    made.producer_name = "pytorch"
    kinds, done = read_and_run(tmp_path, made.SerializeToString())
    assert kinds == ["SCALE"]
    assert done.exit_code == 0, done.output


def test_attention_whose_weights_are_turned_around_is_attention(tmp_path: Path) -> None:
    """Values of channels x positions times the weights with their axes exchanged, as SAGAN has it."""
    ops: list[Op] = [
        *PRODUCTS, ("Softmax", "h", "p", {"axis": -1}), ("Transpose", "p", "u", {"perm": [0, 2, 1]}),
        ("MatMul", "x v", "c"), ("Transpose", "c", "d", {"perm": [0, 2, 1]}), ("MatMul", "d u", "y"),
    ]  # fmt: skip
    kinds, done = read_and_run(tmp_path, model(SEQUENCE, ops, {**KERNELS, "v": (10, 6)}, 17))
    assert kinds[-1] == "ATTENTION"
    assert done.exit_code == 0, done.output


def test_what_is_repeated_for_a_product_is_not_repeated_before_it(tmp_path: Path) -> None:
    ops: list[Op] = [("ReduceL2", "x", "n", {"axes": [1]}), ("Clip", "n least", "c"), ("Expand", "c sizes", "e"),
                     ("Div", "x e", "y")]  # fmt: skip
    kinds, done = read_and_run(tmp_path, model((1, 3, 5, 4), ops, {"least": 1e-6, "sizes": [1, 3, 5, 4]}, 17))
    assert kinds == ["DEPTHPOOL", "CLIP", "ACT", "MUL"]
    assert done.exit_code == 0, done.output


def test_what_a_mask_takes_is_computed_and_not_what_the_file_states() -> None:
    node, sizes = onnx.helper.make_node, np.array([30_000, 30_000])
    made = node("ConstantOfShape", ["sizes"], ["zeros"])
    spread = node("Expand", ["one", "sizes"], ["ones"])
    assert most_values(made, {"sizes": sizes}) == 900_000_000
    assert most_values(spread, {"one": np.ones((1, 1)), "sizes": sizes}) == 900_000_000
    assert most_values(node("Trilu", ["a", "k"], ["b"]), {"a": np.ones((4, 5)), "k": np.array(1)}) == 20
    assert most_values(node("Slice", ["a", "from"], ["b"]), {"a": np.ones((4, 5)), "from": np.ones(7)}) == 20
    for wrong in ([-1, 5], [2**62, 2**62]):
        with pytest.raises(Diagnosed):
            most_values(made, {"sizes": np.array(wrong)})


def test_a_mask_of_more_values_than_the_file_states_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stated as 12x12, and 30,000x30,000: it took 10 GB."""
    monkeypatch.setattr(model_graph, "evaluated", lambda *_: pytest.fail("it is made"))
    ops: list[Op] = [("ConstantOfShape", "sizes", "mask"), *PRODUCTS, ("Add", "h mask", "m"), *SEEN]
    whole = onnx.load_from_string(model(SEQUENCE, ops, {**KERNELS, "sizes": [30_000, 30_000]}, 17))
    whole.graph.value_info.append(onnx.helper.make_tensor_value_info("mask", 1, (12, 12)))
    path = tmp_path / "net.onnx"
    onnx.save(whole, path)
    assert check(path).totals.params == 80

"""What PyTorch's exporters say of the constants in a model: parameters, buffers, and what was computed from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from tests.onnxmodels import SEQUENCE, Op, model, onnx

SIGNATURE = "pkg.torch.export.ExportedProgram.graph_signature"
FOLDED = "pkg.onnxscript.optimizer.folded_from"
"""As the exporter of PyTorch 2.14 writes them."""


def exported(
    path: Path,
    ops: list[Op],
    constants: dict[str, Any],
    kinds: dict[str, str],
    folded: dict[str, Any],
    shape: tuple[int, ...] = SEQUENCE,
) -> None:
    """A model of the present exporter: the kind of each input of the program, and what constants were computed from."""
    made = onnx.load_from_string(model(shape, ops, constants, 20))
    lines = "\n".join(f"p_{n}: {kind} target='{n}'" for n, kind in kinds.items())
    made.graph.metadata_props.add(key=SIGNATURE, value=f"\n# inputs\n{lines}\nx: USER_INPUT\n")
    for name, sources in folded.items():
        given = constants[name]
        value = onnx.helper.make_tensor_value_info(name, 1, given if isinstance(given, tuple) else given.shape)
        value.metadata_props.add(key=FOLDED, value=str(sources))
        made.graph.value_info.append(value)
    onnx.save(made, path)


def of_old(path: Path, ops: list[Op], constants: dict[str, Any]) -> None:
    """A model of the older exporter, which says nothing more than its name."""
    made = onnx.load_from_string(model(SEQUENCE, ops, constants, 17))
    made.producer_name = "pytorch"
    onnx.save(made, path)


def checked(path: Path) -> Any:
    (network,) = json.loads(CliRunner().invoke(cli, ["check", "--format", "json", str(path)]).stdout)["networks"]
    return network


def figures(path: Path) -> tuple[list[str], int, int]:
    network = checked(path)
    kinds = [layer["kind"] for layer in network["layers"][1:] if layer["kind"] != "IDENTITY"]
    return kinds, network["totals"]["params"], network["totals"]["buffers"]


def runs(path: Path) -> bool:
    return CliRunner().invoke(cli, ["verify", "--weights", "--against", "onnxruntime", str(path)]).exit_code == 0


POSITIONS = np.arange(120, dtype=np.float32).reshape(1, 12, 10) / 100


@pytest.mark.parametrize(
    ("kind", "params", "buffers"), [("PARAMETER", 120, 0), ("BUFFER", 0, 120), ("CONSTANT_TENSOR", 0, 120)]
)
def test_values_that_are_added_are_what_the_program_says(kind: str, params: int, buffers: int, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    exported(path, [("Add", "x table", "y")], {"table": POSITIONS}, {"table": kind}, {})
    assert figures(path) == (["LEARNED", "ADD"], params, buffers)
    assert runs(path)


def test_what_was_computed_from_no_parameter_is_none(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    exported(path, [("Add", "x part", "y")], {"part": POSITIONS}, {"pe": "BUFFER"}, {"part": ["pe", "val_0"]})
    assert figures(path) == (["LEARNED", "ADD"], 0, 120)
    assert checked(path)["diagnostics"] == []


def test_what_was_computed_from_several_parameters_is_said(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    kinds = {"w.0": "PARAMETER", "w.1": "PARAMETER", "gone": "PARAMETER"}
    exported(path, [("MatMul", "x val_1", "y")], {"val_1": (10, 4)}, kinds, {"val_1": ["w.0", "w.1"]})
    lost, computed = sorted(d["message"] for d in checked(path)["diagnostics"])[::-1]
    assert "val_1" in computed
    assert "gone" in lost
    assert "w.0" not in lost


def test_what_was_computed_from_parameters_that_the_file_has_is_none_of_its_own(tmp_path: Path) -> None:
    """A first state times its kernel: the kernel is in the file too, turned for a product."""
    path = tmp_path / "net.onnx"
    ops: list[Op] = [("MatMul", "x val_1", "m"), ("Add", "m b", "a"), ("Add", "a first", "y")]
    constants = {"val_1": (10, 4), "b": (4,), "first": (1, 12, 4)}
    folded = {"val_1": ["w"], "first": ["w", "b", "zeros"]}
    exported(path, ops, constants, {"w": "PARAMETER", "b": "PARAMETER"}, folded)
    assert figures(path)[1:] == (44, 48)
    assert checked(path)["diagnostics"] == []


def test_ones_and_zeros_of_the_program_are_no_parameters_of_a_norm(tmp_path: Path) -> None:
    """GroupNorm of two groups, as the exporter writes it: rows of a group, InstanceNormalization, and back."""
    ops: list[Op] = [
        ("Reshape", "x rows", "r"), ("InstanceNormalization", "r ones zeros", "n"), ("Reshape", "n sizes", "b"),
        ("Mul", "b scale", "m"), ("Add", "m shift", "y"),
    ]  # fmt: skip
    constants = {"rows": [1, 2, -1], "sizes": [1, 12, 10], "ones": np.ones(2, np.float32),
                 "zeros": np.zeros(2, np.float32), "scale": (12, 1), "shift": (12, 1)}  # fmt: skip
    folded = {"ones": ["val_0"], "zeros": ["val_1"], "scale": ["n.weight"], "shift": ["n.bias"]}
    path = tmp_path / "net.onnx"
    exported(path, ops, constants, {"n.weight": "PARAMETER", "n.bias": "PARAMETER"}, folded)
    assert figures(path) == (["GN"], 24, 0)
    assert runs(path)


def test_a_table_and_the_product_that_has_it_turned_are_one_parameter(tmp_path: Path) -> None:
    ops: list[Op] = [("Cast", "x", "i", {"to": 7}), ("Gather", "table i", "rows"), ("MatMul", "rows val_1", "y")]
    constants = {"table": (30, 4), "val_1": (4, 30)}
    path = tmp_path / "net.onnx"
    exported(path, ops, constants, {"table": "PARAMETER"}, {"val_1": ["table"]}, shape=(1, 9))
    network = checked(path)
    assert (network["totals"]["params"], network["totals"]["macs"]) == (120, 9 * 4 * 30)


@pytest.mark.parametrize(("name", "params"), [("gain", 1), ("onnx::Mul_3", 0)])
def test_one_number_is_a_parameter_where_it_has_the_name_of_one(name: str, params: int, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    of_old(path, [("Mul", f"x {name}", "y")], {name: np.full(1, 0.5, np.float32)})
    assert figures(path)[1:] == (params, 0)
    assert runs(path)


def test_a_kernel_that_is_computed_has_more_parameters_than_its_values(tmp_path: Path) -> None:
    """A norm of weights: the direction of each of four columns, and their lengths."""
    ops: list[Op] = [("Div", "v n", "d"), ("Mul", "d g", "w"), ("MatMul", "x w", "y")]
    path = tmp_path / "net.onnx"
    of_old(path, [("ReduceL2", "v", "n", {"axes": [0]}), *ops], {"v": (10, 4), "g": (1, 4)})
    kinds, *counted = figures(path)
    assert (kinds[-1], *counted) == ("MatMul", 44, 0)
    assert checked(path)["totals"]["macs"] == 12 * 10 * 4


def test_no_constant_of_the_older_exporter_is_a_parameter(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    of_old(path, [("MatMul", "x w", "m"), ("Add", "m c", "y")], {"w": (10, 10), "c": POSITIONS})
    made = onnx.load(path)
    (tensor,) = [tensor for tensor in made.graph.initializer if tensor.name == "c"]
    made.graph.node.insert(0, onnx.helper.make_node("Constant", [], ["c"], value=tensor))
    made.graph.initializer.remove(tensor)
    onnx.save(made, path)
    assert figures(path)[1:] == (100, 120)
    assert runs(path)


def test_a_summand_that_is_stored_as_whole_numbers_is_a_bias_and_its_zero_point_is_none(tmp_path: Path) -> None:
    ops: list[Op] = [
        ("DequantizeLinear", "w step point", "k", {"axis": 1}), ("DequantizeLinear", "b step point", "c"),
        ("MatMul", "x k", "m"), ("Add", "m c", "y"),
    ]  # fmt: skip
    constants = {
        "w": np.ones((10, 4), np.int8), "b": np.arange(4, dtype=np.int8), "step": np.full(4, 0.5, np.float32),
        "point": np.zeros(4, np.int8),
    }  # fmt: skip
    path = tmp_path / "net.onnx"
    path.write_bytes(model(SEQUENCE, ops, constants, 17))
    assert figures(path) == (["CONV"], 44, 0)


def test_the_numbers_of_functions_are_no_parameters_where_the_present_exporter_says_nothing(tmp_path: Path) -> None:
    """LRN comes out as a product, a sum and a power, whose numbers are called as what was computed is."""
    path = tmp_path / "net.onnx"
    ops: list[Op] = [("Mul", "x val_1", "a"), ("Add", "a val_2", "b"), ("Pow", "b val_3", "c"), ("Div", "x c", "y")]
    of_old(path, ops, dict(zip(("val_1", "val_2", "val_3"), np.array([[1e-4], [1], [0.75]], np.float32), strict=True)))
    assert figures(path)[1:] == (0, 0)


ROTARY = np.cos(np.arange(12)[:, None] / 10.0 ** (np.arange(10) / 4)).astype(np.float32)
"""Of position n and a step s: cos(n·s), the steps powers of a number."""
LEARNED_AS_FAR_AS_IS_SAID = "the file does not say whether table are parameters or buffers: they count as parameters"


@pytest.mark.parametrize(
    ("name", "values", "figures_of", "said"),
    [
        ("rotary.cos", ROTARY, (0, 120), []),
        ("rotary.freq", (0.5 ** np.arange(10)).astype(np.float32), (0, 10), []),
        ("embed.weight", ROTARY, (120, 0), []),
        ("table", POSITIONS + POSITIONS**2, (120, 0), [LEARNED_AS_FAR_AS_IS_SAID]),
        ("pos_embed", POSITIONS + POSITIONS**2, (120, 0), []),
    ],
)
def test_a_buffer_of_the_older_exporter_is_known_by_its_values(
    name: str, values: Any, figures_of: tuple[int, int], said: list[str], tmp_path: Path
) -> None:
    """Nothing that was trained has the sines of equal steps, or powers of a number; other tables are asked about."""
    path = tmp_path / "net.onnx"
    of_old(path, [("Add", f"x {name}", "y")], {name: values})
    notes = [d["message"] for d in checked(path)["diagnostics"] if d["code"] == "SHP302"]
    assert (figures(path)[1:], notes) == (figures_of, said)


def test_a_product_with_a_buffer_has_no_parameters(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    exported(path, [("MatMul", "x eye", "y")], {"eye": np.eye(10, dtype=np.float32)}, {"eye": "CONSTANT_TENSOR"}, {})
    network = checked(path)
    assert [network["totals"][key] for key in ("params", "buffers", "macs")] == [0, 100, 12 * 10 * 10]


@pytest.mark.parametrize(("turned", "params"), [(True, 120), (False, 240)])
def test_a_table_that_the_older_exporter_turned_for_a_product_is_one_parameter(
    turned: bool, params: int, tmp_path: Path
) -> None:
    table = np.random.default_rng(0).standard_normal((30, 4), np.float32)
    ops: list[Op] = [("Cast", "x", "i", {"to": 7}), ("Gather", "e.weight i", "r"), ("MatMul", "r onnx::MatMul_9", "y")]
    path = tmp_path / "net.onnx"
    of_old(path, ops, {"e.weight": table, "onnx::MatMul_9": table.T if turned else -table.T})
    assert figures(path)[1] == params


def test_the_steps_of_a_spectral_norm_are_no_parameters(tmp_path: Path) -> None:
    """As the older exporter of PyTorch 2.14 writes spectral_norm(Conv1d(12, 8, 3)) that is no longer trained."""
    ops: list[Op] = [
        ("MatMul", "onnx::MatMul_1 c.weight_v", "wv"), ("MatMul", "c.weight_u wv", "s"),
        ("Div", "c.weight_orig s", "k"), ("Conv", "x k c.bias", "y"),
    ]  # fmt: skip
    kernel = np.random.default_rng(0).standard_normal((8, 12, 3), np.float32)
    constants = {"c.weight_orig": kernel, "onnx::MatMul_1": kernel.reshape(8, 36), "c.weight_u": (8,),
                 "c.weight_v": (36,), "c.bias": (8,)}  # fmt: skip
    path = tmp_path / "net.onnx"
    of_old(path, ops, constants)
    kinds, params, _ = figures(path)
    assert (kinds, params) == (["CONV"], 8 * 12 * 3 + 8)


@pytest.mark.parametrize(("name", "said"), [("embedding_1", 1), ("val_1", 0)])
def test_what_the_exporter_picked_out_of_a_table_has_not_all_of_it(name: str, said: int, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    exported(path, [("Add", f"x {name}", "y")], {name: POSITIONS}, {"p": "PARAMETER"}, {name: ["p", "val_0"]})
    assert len(checked(path)["diagnostics"]) == said


def test_what_is_computed_from_a_parameter_that_the_file_has_is_none(tmp_path: Path) -> None:
    """Distances to the rows of a codebook: their squares are stored beside it."""
    ops: list[Op] = [("MatMul", "x book", "m"), ("Add", "m squares", "s"), ("MatMul", "s turned", "y")]
    constants = {"book": (10, 4), "squares": (1, 1, 4), "turned": (4, 10)}
    folded = {"squares": ["book", "val_0"], "turned": ["book"]}
    path = tmp_path / "net.onnx"
    exported(path, ops, constants, {"book": "PARAMETER"}, folded)
    assert figures(path)[1] == 40


def test_ones_that_were_quantised_are_no_parameters_of_a_norm(tmp_path: Path) -> None:
    """GroupNorm of two groups in a network that onnxruntime quantised: its ones go through whole numbers."""
    quantised = "QuantizeLinear", "DequantizeLinear"
    ops: list[Op] = [
        ("Reshape", "x rows", "r"), (quantised[0], "ones step", "q"), (quantised[1], "q step", "o"),
        ("InstanceNormalization", "r o zeros", "n"), ("Reshape", "n sizes", "b"), ("Mul", "b scale", "y"),
    ]  # fmt: skip
    constants = {"rows": [1, 2, -1], "sizes": [1, 12, 10], "zeros": np.zeros(2, np.float32), "scale": (12, 1)}
    path = tmp_path / "net.onnx"
    made = onnx.load_from_string(model(SEQUENCE, ops, {**constants, "step": 1 / 127}, 17))
    ones = onnx.numpy_helper.from_array(np.ones(2, np.float32), "ones")
    made.graph.node.insert(0, onnx.helper.make_node("Constant", [], ["ones"], value=ones))
    zeros = next(tensor for tensor in made.graph.initializer if tensor.name == "zeros")
    made.graph.initializer.remove(zeros)
    made.graph.node.insert(0, onnx.helper.make_node("Constant", [], ["zeros"], value=zeros))
    onnx.save(made, path)
    assert figures(path)[1] == 12


@pytest.mark.parametrize(("second", "params"), [("sigmoid", 40), ("slice_1", 80)])
def test_two_functions_of_one_parameter_are_one(second: str, params: int, tmp_path: Path) -> None:
    """A gate and what it leaves, or a layer that is run twice; parts of a table are as many parameters as both have."""
    path = tmp_path / "net.onnx"
    ops: list[Op] = [("MatMul", "x val_1", "m"), ("Relu", "m", "r"), ("MatMul", f"r {second}", "y")]
    folded = {"val_1": ["gate"], second: ["gate", "val_2"]}
    exported(path, ops, {"val_1": (10, 4), second: (4, 10)}, {"gate": "PARAMETER"}, folded)
    assert figures(path)[1] == params


@pytest.mark.parametrize("stored", ["w", "onnx::MatMul_9"])
def test_a_decoder_with_the_kernel_of_its_encoder_has_no_other_parameters(stored: str, tmp_path: Path) -> None:
    """The older exporter turns one of the two, and keeps the other or both; it was an error, or counted twice."""
    kernel = np.random.default_rng(0).standard_normal((4, 10), np.float32)
    ops: list[Op] = [("MatMul", "x onnx::MatMul_8", "m"), ("Relu", "m", "r"), ("MatMul", "r w", "n"),
                     ("MatMul", f"n {'onnx::MatMul_8' if stored == 'w' else stored}", "y")]  # fmt: skip
    path = tmp_path / "net.onnx"
    of_old(path, ops, {"onnx::MatMul_8": kernel.T, "w": kernel, **({stored: kernel.T} if stored != "w" else {})})
    network = checked(path)
    assert (network["totals"]["params"], network["totals"]["macs"]) == (40, 3 * 12 * 40)


@pytest.mark.parametrize(
    ("sources", "params"),
    [(["a", "b", "linear"], 0), (["a", "coordinates"], 0), (["a", "b"], 120), (["a", "running_var"], 120)],
)
def test_what_a_part_of_the_network_gives_is_no_parameter(sources: list[str], params: int, tmp_path: Path) -> None:
    """Biases of positions that an MLP makes of coordinates, as in Swin V2; norms make kernels of kernels."""
    path = tmp_path / "net.onnx"
    kinds = {"a": "PARAMETER", "b": "PARAMETER", "coordinates": "BUFFER", "running_var": "BUFFER"}
    exported(path, [("Add", "x made", "y")], {"made": POSITIONS}, kinds, {"made": sources})
    assert figures(path)[1] == params
    assert any("the exporter computed made" in d["message"] for d in checked(path)["diagnostics"]) == (
        sources != ["a", "running_var"]
    )


def test_a_token_that_is_joined_on_and_added_after_a_factor_is_counted_once(tmp_path: Path) -> None:
    """CaiT: attention of a token to itself and the image, times a factor of each channel, plus the token."""
    path = tmp_path / "net.onnx"
    ops: list[Op] = [
        ("Concat", "token x", "all", {"axis": 1}), ("LayerNormalization", "all scale shift", "n"),
        ("Slice", "n zero one one", "first"), ("Mul", "first gamma", "m"), ("Add", "m token", "y"),
    ]  # fmt: skip
    constants = {"token": (1, 1, 10), "gamma": (10,), "scale": (10,), "shift": (10,), "zero": [0], "one": [1]}
    of_old(path, ops, constants)
    assert figures(path)[1] == 40

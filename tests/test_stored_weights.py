"""`verify --weights`: a network that is run on the weights of its file gives what other programs give for the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.command import run

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
helper, numpy_helper = onnx.helper, onnx.numpy_helper

Shapes = dict[str, tuple[int, ...]]
NODES: dict[str, tuple[int, tuple[int, ...], Shapes, list[tuple[Any, ...]]]] = {
    "convolutions of every kind": (
        17, (1, 4, 9, 6), {"a": (6, 4, 3, 2), "b": (6,), "c": (6, 3, 3, 3), "d": (6, 1, 3, 3)},
        [
            ("Conv", "x a b", "p", {"pads": [1, 0, 2, 1], "strides": [2, 1]}),
            ("Conv", "p c", "q", {"group": 2, "auto_pad": "SAME_UPPER"}),
            ("Conv", "q d", "y", {"group": 6, "dilations": [2, 1], "pads": [2, 1, 2, 1]}),
        ],
    ),
    "transposed convolutions": (
        17, (1, 4, 5, 3), {"a": (4, 3, 3, 2), "b": (6,), "c": (6, 5, 2, 3)},
        [
            ("ConvTranspose", "x a b", "p", {"group": 2, "strides": [2, 3], "output_padding": [1, 0]}),
            ("ConvTranspose", "p c", "y", {"pads": [1, 0, 0, 1]}),
        ],
    ),
    "a product after rows of a volume that is not square": (
        17, (1, 3, 4, 5), {"s": (60,), "t": (60,), "m": (60,), "v": (60,), "a": (7, 60), "b": (7,), "c": (7, 4)},
        [
            ("Flatten", "x", "p", {}),
            ("Relu", "p", "q", {}),
            ("BatchNormalization", "q s t m v", "r", {"epsilon": 0.01}),
            ("Gemm", "r a b", "u", {"transB": 1, "alpha": 0.5, "beta": 2.0}),
            ("MatMul", "u c", "y", {}),
        ],
    ),
    "rows that are an output": (17, (1, 3, 4, 5), {}, [("Flatten", "x", "p", {}), ("Sigmoid", "p", "y", {})]),
    "rows of two volumes, one after the other": (
        13, (1, 3, 4, 5), {"a": (2, 3, 1, 1), "k": (100, 3)},
        [
            ("Conv", "x a", "c", {}),
            ("Flatten", "x", "p", {}),
            ("Flatten", "c", "q", {}),
            ("Concat", "p q", "r", {"axis": 1}),
            ("MatMul", "r k", "y", {}),
        ],
    ),
    "normalisations and slopes": (
        17, (2, 4, 3, 5), {"s": (4,), "t": (4,), "k": (4, 1, 1), "f": (1, 4, 1, 1), "l": (4,), "o": (4,)},
        [
            ("InstanceNormalization", "x s t", "p", {"epsilon": 0.01}),
            ("PRelu", "p k", "q", {}),
            ("Mul", "q f", "r", {}),
            ("LRN", "r", "u", {"size": 3, "alpha": 0.5, "beta": 0.6, "bias": 1.5}),
            ("Transpose", "u", "w", {"perm": [0, 2, 3, 1]}),
            ("LayerNormalization", "w l o", "y", {"epsilon": 0.02}),
        ],
    ),
    "a product over channels at the end": (
        17, (1, 3, 4, 5), {"a": (3, 6)},
        [("Transpose", "x", "p", {"perm": [0, 2, 3, 1]}), ("MatMul", "p a", "y", {})],
    ),
    "one axis": (17, (1, 3, 10), {"a": (4, 3, 3)}, [("Conv", "x a", "p", {}), ("Selu", "p", "y", {})]),
    "three axes": (17, (1, 2, 4, 5, 6), {"a": (3, 2, 1, 2, 3)}, [("Conv", "x a", "y", {"strides": [1, 2, 1]})]),
    "channels and positions cut out and put around": (
        18, (1, 6, 7, 8), {"i": (4,), "j": (4,), "k": (6,), "l": (6,)},
        [
            ("Constant", "", "a", {"value_ints": [1, 0, 2]}), ("Constant", "", "b", {"value_ints": [-1, 6, 100]}),
            ("Constant", "", "c", {"value_ints": [1, 2, 3]}), ("Slice", "x a b c", "p", {}),
            ("Constant", "", "d", {"value_ints": [1, 2, 0, 3, 0, 1]}), ("Constant", "", "e", {"value_float": 0.0}),
            ("Constant", "", "f", {"value_ints": [2, 1, 3]}), ("Pad", "p d e f", "q", {}),
            ("Constant", "", "g", {"value_ints": [0, 0, 0, -1, 0, 0, -2, 0]}), ("Pad", "q g", "y", {}),
        ],
    ),
    "volumes joined value by value, of one position or of one channel": (
        17, (1, 4, 5, 3), {"a": (4, 4, 1, 1), "b": (1, 4, 1, 1), "s": (4, 1, 1), "t": (1, 4, 1, 1), "d": (4, 1, 1)},
        [
            ("Conv", "x a", "p", {}), ("Conv", "x b", "m", {}), ("GlobalAveragePool", "p", "g", {}),
            ("Mul", "m p", "q", {}), ("Sub", "q g", "r", {}), ("Max", "r x", "u", {}),
            ("Mul", "s u", "v", {}), ("Add", "v t", "w", {}), ("Div", "w d", "y", {}),
        ],
    ),
    "a bias that a node of its own adds": (
        17, (1, 3, 5, 4), {"a": (4, 3, 3, 2), "b": (4, 1, 1), "c": (4, 4, 1, 1), "d": (4,), "e": (4, 1, 1)},
        [
            ("Conv", "x a", "p", {}), ("Add", "p b", "q", {}), ("Conv", "q c d", "r", {}),
            ("Sub", "r e", "u", {}), ("Add", "e u", "y", {}),
        ],
    ),
    "norms without weights": (
        21, (2, 4, 3, 5), {"t": (4,), "m": (4,), "v": (4,), "w": (4, 4, 1, 1)},
        [
            ("Constant", "", "n", {"value_ints": [4]}),
            ("ConstantOfShape", "n", "f", {"value": numpy_helper.from_array(np.ones(1, np.float32))}),
            ("ConstantOfShape", "n", "o", {"value": numpy_helper.from_array(np.zeros(1, np.float32))}),
            ("InstanceNormalization", "x f o", "p", {"epsilon": 0.01}), ("Conv", "p w", "r", {}),
            ("Constant", "", "k", {"value_floats": [1.0, 2.0, 3.0, 4.0]}), ("BatchNormalization", "r f o m v", "u", {}),
            ("InstanceNormalization", "u k t", "y", {}),
        ],
    ),
    "squares under windows": (
        17, (1, 3, 9, 8), {}, [("LpPool", "x", "y", {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 1, 1]})],
    ),
    "pools and two outputs": (
        17, (1, 3, 9, 8), {},
        [
            ("MaxPool", "x", "p", {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 1, 0]}),
            ("AveragePool", "p", "y", {"kernel_shape": [2, 2], "pads": [0, 1, 0, 1], "count_include_pad": 1}),
            ("GlobalAveragePool", "p", "z", {}),
        ],
    ),
}  # fmt: skip
"""Opset, size of the input x, weights by name, and operators; y and z are outputs."""


def made(opset: int, size: Sequence[int], shapes: Shapes, nodes: list[tuple[Any, ...]], **numbers: Any) -> Any:
    """A model with random weights, and some that are given."""
    draw = np.random.default_rng(5)
    weights = [numpy_helper.from_array(draw.uniform(0.2, 1, s).astype(np.float32) - 0.4 * (n != "v"), n)
               for n, s in shapes.items()]  # fmt: skip
    weights += [numpy_helper.from_array(np.array(number, np.float32), name) for name, number in numbers.items()]
    listed = [helper.make_node(kind, names.split(), [out], name=out, **more) for kind, names, out, more in nodes]
    given = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, size)
    outs = [onnx.ValueInfoProto(name=node.output[0]) for node in listed if node.output[0] in "yz"]
    model = helper.make_model(
        helper.make_graph(listed, "some", [given], outs, weights),
        opset_imports=[helper.make_opsetid("", opset)], ir_version=8,
    )  # fmt: skip
    whole = onnx.shape_inference.infer_shapes(model)
    types = {value.name: value for value in (*whole.graph.value_info, *whole.graph.output)}
    for value in model.graph.output:
        value.CopyFrom(types[value.name])
    onnx.checker.check_model(model, full_check=True)
    return model


def verified(tmp_path: Path, model: Any, *options: str) -> dict[str, Any]:
    onnx.save(model, tmp_path / "net.onnx")
    return on_file(tmp_path, "net.onnx", *options)


def on_file(tmp_path: Path, name: str, *options: str) -> dict[str, Any]:
    done = run("verify", "--weights", "--against", "onnxruntime", "--format", "json", name, *options, cwd=tmp_path)
    found: dict[str, Any] = json.loads(done.stdout)["networks"][0] if done.stdout else {}
    return found | {"code": done.returncode, "err": done.stderr}


@pytest.mark.parametrize("name", NODES)
def test_a_model_gives_in_numpy_what_it_gives_in_onnxruntime(tmp_path: Path, name: str) -> None:
    _, size, *_ = NODES[name]
    found = verified(tmp_path, made(*NODES[name]), "--batch", str(size[0]))
    assert (found["code"], found["error"], found["weights"]) == (0, None, "file")
    assert found["outputs"]
    for output in found["outputs"]:
        assert output["largest_difference"] < 1e-5 * output["largest"]


@pytest.mark.parametrize(
    ("kind", "first", "text"),
    [
        ("Add", True, "RESCALE(offset=3)"), ("Mul", True, "RESCALE(3)"), ("Sub", True, "RESCALE(offset=-3)"),
        ("Sub", False, "RESCALE(-1, offset=3)"), ("Div", True, "RESCALE(1/3)"),
    ],
)  # fmt: skip
def test_one_number_for_all_values_is_a_rescale(tmp_path: Path, kind: str, first: bool, text: str) -> None:
    model = made(17, (1, 2, 3, 4), {}, [(kind, "x k" if first else "k x", "y", {})], k=3.0)
    found = verified(tmp_path, model)
    assert found["outputs"][0]["ok"]
    listed = run("check", "--get", "layers.y.text", "net.onnx", cwd=tmp_path)
    assert listed.stdout.strip() == text, listed.stderr


def test_groups_of_channels_are_normalised_as_onnxruntime_does(tmp_path: Path) -> None:
    model = made(21, (2, 4, 3, 5), {"s": (4,), "t": (4,)}, [("Relu", "x", "y", {})])
    node = helper.make_node("GroupNormalization", ["x", "s", "t"], ["y"], name="y", num_groups=2, epsilon=0.01)
    model.graph.node[0].CopyFrom(node)
    found = verified(tmp_path, model, "--batch", "2")
    assert [(output["name"], output["ok"]) for output in found["outputs"]] == [("y", True)]
    assert run("check", "--get", "layers.y.text", "net.onnx", cwd=tmp_path).stdout.strip() == "GN(2, eps=0.01)"


def test_weights_may_lie_in_another_file_of_the_folder(tmp_path: Path) -> None:
    model = made(*NODES["convolutions of every kind"])
    beside = {"save_as_external_data": True, "location": "net.data", "size_threshold": 0}
    onnx.save(model, tmp_path / "net.onnx", **beside)
    assert on_file(tmp_path, "net.onnx")["code"] == 0
    (tmp_path / "net.data").write_bytes((tmp_path / "net.data").read_bytes()[:-8])
    short = on_file(tmp_path, "net.onnx")
    assert short["code"] == 2
    assert short["err"].strip() == "error: the weights d cannot be read: net.data is cut short"


@pytest.mark.parametrize("location", ["../net.data", "/etc/hostname", "", "sub/../../net.data"])
def test_no_file_outside_the_folder_of_a_model_is_opened(tmp_path: Path, location: str) -> None:
    model = made(*NODES["one axis"])
    for tensor in model.graph.initializer:
        onnx.external_data_helper.set_external_data(tensor, location=location or " ")
        tensor.ClearField("raw_data")
        tensor.external_data[0].value = location
    (tmp_path / "inner").mkdir()
    (tmp_path / "net.data").write_bytes(bytes(1000))
    (tmp_path / "inner" / "net.onnx").write_bytes(model.SerializeToString())
    found = on_file(tmp_path / "inner", "net.onnx")
    assert found["code"] == 2
    assert "its file is not in the folder of the model" in found["err"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    model = made(*NODES["one axis"])
    onnx.save(model, inner / "net.onnx", save_as_external_data=True, location="net.data", size_threshold=0)
    (inner / "net.data").rename(tmp_path / "net.data")
    (inner / "net.data").symlink_to(tmp_path / "net.data")
    assert "is not in the folder of the model" in on_file(inner, "net.onnx")["err"]


@pytest.mark.parametrize(
    ("nodes", "given", "said"),
    [
        ([("HardSigmoid", "x", "y", {})], {}, "y computes other values in the file: its slope is 0.2, not 1/6"),
        (
            [("Resize", "x e s", "y", {"mode": "linear", "coordinate_transformation_mode": "align_corners"})],
            {"e": [], "s": [1, 1, 2, 2]},
            "y computes other values in the file: its coordinates are align_corners",
        ),
        ([("Softmax", "x", "p", {"axis": 2}), ("Relu", "p", "y", {})], {}, "p is opaque, so the network is not run"),
    ],
)
def test_what_cannot_be_run_is_named_before_anything_is_run(
    tmp_path: Path, nodes: list[tuple[Any, ...]], given: dict[str, Any], said: str
) -> None:
    found = verified(tmp_path, made(17, (1, 2, 3, 4), {}, nodes, **given))
    assert (found["code"], found["err"].strip()) == (2, f"error: some: {said}")


def test_an_older_resize_counts_from_the_corner(tmp_path: Path) -> None:
    """The definition of opset 10 has no other coordinates, those after it half a pixel."""
    nodes = [("Resize", "x s", "y", {"mode": "linear"})]
    found = verified(tmp_path, made(10, (1, 2, 3, 4), {}, nodes, s=[1, 1, 2, 2]))
    assert found["err"].strip() == "error: some: y computes other values in the file: its coordinates are asymmetric"


def test_a_model_without_weights_and_a_diagram_are_refused(tmp_path: Path) -> None:
    (tmp_path / "some.net").write_text("INPUT(5x4x2) => CONV(3) => RELU => FC(4)")
    assert "the file has no weights: .onnx, .keras and .h5 have them" in on_file(tmp_path, "some.net")["err"]
    run("convert", "some.net", "--to", "onnx", "--no-weights", "-o", "bare.onnx", cwd=tmp_path)
    assert "the file has no weights of conv1, fc1" in on_file(tmp_path, "bare.onnx")["err"]


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    model = made(*NODES["one axis"])
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.full((4, 3, 3), np.nan, np.float32), "a"))
    assert "the kernel of p has values that are not finite in float32" in verified(tmp_path, model)["err"]


@pytest.mark.parametrize(
    "text",
    [
        "INPUT(9x7x3) => CONV(8, 3, S=2, P=1) => BN => RELU => POOL(2) => FC(6) => BN => RELU => FC(3) => SOFTMAX",
        "INPUT(8x6x4) => DWCONV(3, P=1, multiplier=2) => SEPCONV(6, 3) => UPCONV(4, 3x2, S=2, groups=2) => GAP",
        "INPUT(8x6x4) => ADD[ CONV(4, 3, P=1) => PRELU | ] => CONCAT[ CONV(2, 1) | POOL(3, S=1, P=1) ] => RESCALE(2)",
    ],
)
def test_a_model_that_we_write_gives_what_onnxruntime_gives(tmp_path: Path, text: str) -> None:
    (tmp_path / "some.net").write_text(text)
    run("convert", "some.net", "--to", "onnx", "-o", "some.onnx", cwd=tmp_path)
    found = on_file(tmp_path, "some.onnx")
    assert found["code"] == 0, found["err"]
    assert all(output["largest_difference"] < 1e-5 * output["largest"] for output in found["outputs"])


def test_a_model_for_several_images_says_how_many(tmp_path: Path) -> None:
    model = made(17, (3, 2, 3, 4), {}, [("Relu", "x", "y", {})])
    found = verified(tmp_path, model)
    assert (found["code"], found["error"]) == (2, "the file runs 3 images at a time: give --batch 3")
    assert verified(tmp_path, model, "--batch", "3")["code"] == 0


def test_for_people_the_verdict_says_whose_weights_and_with_what_they_agree(tmp_path: Path) -> None:
    onnx.save(made(*NODES["one axis"]), tmp_path / "net.onnx")
    done = run("verify", "--weights", "--against", "onnxruntime", "net.onnx", cwd=tmp_path)
    first, *_, last = done.stdout.splitlines()
    assert first == "some: run in NumPy on 1 image, float32, with the weights of the file, seed 0"
    assert last.startswith("some: 1 of 1 output of the whole run agrees with onnxruntime on the file as it is, ")

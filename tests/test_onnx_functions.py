"""Functions that an ONNX model defines itself: they are read as the nodes that they stand for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.command import run

onnx = pytest.importorskip("onnx")
helper, numpy_helper = onnx.helper, onnx.numpy_helper
OWN = "own"
OPSETS = [helper.make_opsetid("", 17), helper.make_opsetid(OWN, 1)]


def function(name: str, inputs: str, outputs: str, *nodes: Any, attributes: tuple[str, ...] = ()) -> Any:
    return helper.make_function(OWN, name, inputs.split(), outputs.split(), list(nodes), OPSETS, attributes)


def call(kind: str, inputs: str, output: str, **attributes: Any) -> Any:
    return helper.make_node(kind, inputs.split(), [output], domain=OWN, **attributes)


def model(*nodes: Any, functions: list[Any], **weights: tuple[int, ...]) -> bytes:
    draw = np.random.default_rng(4)
    given = [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 3, 8, 6])]
    outs = [onnx.ValueInfoProto(name="y")]
    outs[0].type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    tensors = [numpy_helper.from_array(draw.random(s).astype(np.float32), n) for n, s in weights.items()]
    graph = helper.make_graph(list(nodes), "net", given, outs, tensors)
    made = helper.make_model(graph, functions=functions, opset_imports=OPSETS, ir_version=8)
    data: bytes = made.SerializeToString()
    return data


def strided() -> Any:
    """A convolution whose strides are those of the call, and what follows it."""
    conv = helper.make_node("Conv", ["a", "w"], ["c"])
    conv.attribute.append(onnx.AttributeProto(name="strides", ref_attr_name="steps", type=onnx.AttributeProto.INTS))
    return function("Strided", "a w", "b", conv, helper.make_node("Relu", ["c"], ["b"]), attributes=("steps",))


def test_calls_of_functions_are_the_nodes_in_them_with_the_attributes_of_the_call(tmp_path: Path) -> None:
    block = function("Block", "a w", "b", call("Strided", "a w", "b", steps=[2, 1]))
    nodes = (call("Block", "x k", "p"), call("Strided", "p m", "y", steps=[1, 2]))
    (tmp_path / "net.onnx").write_bytes(model(*nodes, functions=[strided(), block], k=(4, 3, 3, 3), m=(5, 4, 2, 2)))
    done = run("check", "--format", "json", "net.onnx", cwd=tmp_path)
    (network,) = json.loads(done.stdout)["networks"]
    assert [(layer["kind"], layer["output"]) for layer in network["layers"][1:]] == [
        ("CONV", [4, 3, 4]), ("RELU", [4, 3, 4]), ("CONV", [2, 2, 5]), ("RELU", [2, 2, 5]),
    ]  # fmt: skip
    assert network["totals"]["params"] == 4 * 3 * 3 * 3 + 5 * 4 * 2 * 2


def test_a_model_with_functions_runs_on_its_weights(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    constant = numpy_helper.from_array(np.array([[[[0.5]]]] * 3, np.float32).reshape(3, 1, 1, 1), "t")
    scaled = function(
        "Scaled", "a", "b",
        helper.make_node("Constant", [], ["t"], value=constant),
        helper.make_node("Conv", ["a", "t"], ["b"], group=3),
    )  # fmt: skip
    nodes = (call("Scaled", "x", "p"), call("Strided", "p k", "y", steps=[2, 2]))
    (tmp_path / "net.onnx").write_bytes(model(*nodes, functions=[strided(), scaled], k=(4, 3, 3, 3)))
    done = run("verify", "--weights", "--against", "onnxruntime", "--format", "json", "net.onnx", cwd=tmp_path)
    (network,) = json.loads(done.stdout)["networks"]
    assert (done.returncode, network["ok"], len(network["outputs"])) == (0, True, 1), done.stderr


def doubling(levels: int) -> list[Any]:
    """Functions that each call the one before twice."""
    found = [function("F0", "a", "b", helper.make_node("Relu", ["a"], ["b"]))]
    for level in range(1, levels):
        before = f"F{level - 1}"
        found.append(function(f"F{level}", "a", "b", call(before, "a", "m"), call(before, "m", "b")))
    return found


def nested(levels: int) -> list[Any]:
    first = function("F0", "a", "b", helper.make_node("Relu", ["a"], ["b"]))
    return [first, *(function(f"F{n}", "a", "b", call(f"F{n - 1}", "a", "b")) for n in range(1, levels))]


@pytest.mark.parametrize(
    ("functions", "called", "said"),
    [
        ([function("F", "a", "b", call("F", "a", "b"))], "F", "the function F of the model calls itself"),
        (
            [function("F", "a", "b", call("G", "a", "b")), function("G", "a", "b", call("F", "a", "b"))],
            "F",
            "the function F of the model calls itself",
        ),
        (doubling(40), "F39", "the functions of the model become 549,755,813,888 nodes: 200,000 is the most"),
        (nested(500), "F499", "the functions of the model call each other more than 64 deep"),
    ],
)
def test_functions_without_end_are_refused_in_one_sentence(
    tmp_path: Path, functions: list[Any], called: str, said: str
) -> None:
    (tmp_path / "net.onnx").write_bytes(model(call(called, "x", "y"), functions=functions))
    done = run("check", "net.onnx", cwd=tmp_path)
    assert (done.returncode, said in done.stdout + done.stderr) == (2, True)

"""Exported programs whose weights or shapes contradict their operators: each is an error that says both figures."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.command import run

FILES = Path(__file__).parent / "foreign"


def changed(tmp_path: Path, sizes: dict[str, list[int]]) -> list[dict[str, Any]]:
    """The errors in a .pt2 whose tensors have other sizes."""
    with zipfile.ZipFile(FILES / "torch_export" / "plain.pt2") as archive:
        program = json.loads(archive.read("net/models/model.json"))
    values = program["graph_module"]["graph"]["tensor_values"]
    for name, given in sizes.items():
        values[name]["sizes"] = [{"as_int": n} for n in given]
    with zipfile.ZipFile(tmp_path / "net.pt2", "w") as archive:
        archive.writestr("net/models/model.json", json.dumps(program))
    done = run("check", "--format", "json", "net.pt2", cwd=tmp_path)
    found = json.loads(done.stdout)["networks"][0]["diagnostics"]
    return [d for d in found if d["severity"] == "error"]


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        (
            {"p_0_weight": [6, 5, 3, 3]},
            "the file has 276 values of p_0_weight, p_0_bias, and CONV(6, F=3, S=2, P=1) on 24x31x3 needs 168",
        ),
        ({"p_5_bias": [12]}, "the file has 2,892 values of p_5_weight, p_5_bias, and FC(10) on 1x1x288 needs 2,890"),
        (
            {"b_1_running_var": [7]},
            "the file has 25 values of p_1_weight, p_1_bias, b_1_running_mean, b_1_running_var, and BN(0.00001) on "
            "12x16x6 needs 24",
        ),
        ({"conv2d": [1, 6, 17, 12]}, "the file states 12x17x6, and CONV(6, F=3, S=2, P=1) gives 12x16x6"),
    ],
)
def test_a_program_of_torch_whose_sizes_contradict_each_other(
    tmp_path: Path, sizes: dict[str, list[int]], said: str
) -> None:
    first, *_ = changed(tmp_path, sizes)
    assert (first["code"], first["message"]) == ("SHP301" if "states" in said else "SHP302", said)


def test_the_program_itself_has_no_error(tmp_path: Path) -> None:
    assert changed(tmp_path, {}) == []


def test_a_kernel_of_onnx_for_other_channels(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    given = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 3, 8, 6])
    weights = helper.make_tensor("w", onnx.TensorProto.FLOAT, [4, 5, 3, 3], [0.0] * 180)
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"], name="conv")]
    out = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 4, 6, 4])
    model = helper.make_model(helper.make_graph(nodes, "net", [given], [out], [weights]))
    onnx.save(model, tmp_path / "net.onnx")
    done = run("check", "--format", "concise", "net.onnx", cwd=tmp_path)
    assert "error[SHP302]" in done.stdout
    assert "the file has 180 values of w, and CONV(4, F=3, S=1, P=0, bias=false) on 6x8x3 needs 108" in done.stdout

"""Models that were saved for one sample, without a batch: the first axis of what they read are channels."""

from __future__ import annotations

from pathlib import Path

import pytest

import shapecalc
from tests.test_torch_programs import Node, write_program

SAID = ("the model reads one sample, 3x8x6, and no batch of them",)


def test_a_program_of_torch_says_so_by_its_first_window(tmp_path: Path) -> None:
    pool: list[Node] = [("max_pool2d.default", {"input": "x", "kernel_size": [2, 2]}, {"y": (3, 4, 3)})]
    write_program(tmp_path / "net.pt2", (3, 8, 6), {}, pool)
    (found,) = shapecalc.check(tmp_path / "net.pt2").diagnostics
    assert (found.message,) == SAID
    assert "torch.randn(1, 3, 8, 6)" in found.help[0]


def test_a_window_along_the_axis_of_a_batch_of_sequences_has_one(tmp_path: Path) -> None:
    pool: list[Node] = [("max_pool1d.default", {"input": "x", "kernel_size": [2]}, {"y": (3, 8, 3)})]
    write_program(tmp_path / "net.pt2", (3, 8, 6), {}, pool)
    assert not [d for d in shapecalc.check(tmp_path / "net.pt2").diagnostics if d.severity == "error"]


@pytest.mark.parametrize(("axis", "opset"), [(0, 11), (0, 17), (1, 17)])
def test_a_file_of_onnx_says_so_by_the_axis_that_it_puts_in_front(axis: int, opset: int, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    from tests.onnxmodels import Op, model

    put: Op = ("Unsqueeze", "x", "u", {"axes": [axis]}) if opset < 13 else ("Unsqueeze", "x axes", "u")
    pool: Op = ("MaxPool", "u", "y", {"kernel_shape": [2, 2]})
    (tmp_path / "net.onnx").write_bytes(model((3, 8, 6), [put, pool], {"axes": [axis]}, opset))
    found = [d.message for d in shapecalc.check(tmp_path / "net.onnx").diagnostics if d.severity == "error"]
    assert tuple(found) == (SAID if axis == 0 else ())


@pytest.mark.parametrize(("axes", "shape"), [(2, "3, 8, 6"), (3, "3, 8, 6, 4")])
def test_a_program_of_python_is_told_where_its_tensor_has_none(axes: int, shape: str) -> None:
    text = f"import torch\nfrom torch import nn\nnet = nn.Sequential(nn.MaxPool{axes}d(2))\nnet(torch.randn({{}}))\n"
    (found,) = shapecalc.check(text.format(shape)).diagnostics
    assert f"MaxPool{axes}d reads a tensor of {axes + 1} axes here, one sample without a batch" in found.message
    assert shapecalc.check(text.format(f"5, {shape}")).ok

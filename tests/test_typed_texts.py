"""What is given instead of a path is a text where it looks like one, and a path that is missing otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from shapecalc.formats.discover import is_text

TEXTS = [
    "[INPUT - CONV - RELU - POOL - FC]", "INPUT 32x32x3, Conv 3x3x64", "input 28x28 conv 5x5", "[affine]x2, softmax",
    "x = layers.Conv2D(32, 3)(inputs)", "Conv: 64 filters, 3x3", "INPUT(8x8x1)", "CONV -> FC", "FC(10)", "[conv]",
    "CONV(64, F=7, S=2) / POOL", "Embedding(1000, 16), LSTM(32)", "conv1 (64, 3x3), pool1 (2x2)", "conv, relu, pool",
    "Input (32, 32, 3), Conv2D 32", "(conv 3x3, 64) x 2", "input 4, fc 3, relu, fc 2", "CONV | RELU", "dense(10)",
    "see a/b for it\nCONV(3)", "64C3-64C3-MP2-10", "28x28-20c5-2s-10o", "28x28x1-32C3-10",
    "32x32x3-(2x32C3)-MP2-10", "1x29x29-20C4-MP2-150N",
]  # fmt: skip
PATHS = [
    "none.net", "conv", "nets/conv", "conv (copy).net", "nets/conv - old/a.net", "my nets (old)", "input1.net",
    "zoo:vgg-16", "my data (new)", "conv (copy)/net", "data (1)", "conv (copy)", "input (old)", "models/pool [v2]",
    "nets, old/conv", "dropout - test", "C:\\nets\\conv (1)", "results (conv, relu)", "run: conv", "flatten [old]/",
    "./conv (copy)", "~/data (2)", "softmax, test/best", "do (not use)", "lstm (final) v2", "model (fc)", "max (1)",
    "1024x768-wallpaper", "28x28x1-conv",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_told_from_a_path_by_its_signs_and_the_names_of_layers(text: str) -> None:
    assert is_text(text)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_missing_is_no_text(path: str) -> None:
    assert not is_text(path)


def test_a_file_with_the_name_of_a_text_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("CONV - FC").write_text("INPUT(8x8x1) => FC(3)")
    assert not is_text("CONV - FC")


def test_a_diagram_with_dashes_is_checked_as_it_is_typed() -> None:
    done = CliRunner().invoke(cli, ["check", "--quiet", "[INPUT - CONV - RELU - POOL - FC]"])
    assert (done.exit_code, done.output) == (0, "clean\n")


def test_a_missing_file_that_is_called_like_a_layer_is_told_how_a_network_is_typed() -> None:
    outputs = [CliRunner().invoke(cli, ["check", name]).output for name in ("CONV3-64", "nets/conv", "my net")]
    assert ["write arrows in it" in output for output in outputs] == [True, False, False]

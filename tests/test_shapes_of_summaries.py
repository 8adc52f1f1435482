"""`Conv2D (None, 26, 26, 32)` in a chain: a shape as a summary prints it is a claim, or an error, and no argument."""

from __future__ import annotations

import pytest

import shapecalc

NO_ARGUMENTS = {
    "INPUT(28x28x1) => Conv2D (None, 26, 26, 32)": "write Conv2D(32, F): 26x26x32, with its own F",
    "INPUT(28x20x1) => conv2d (None, 18, 26, 32)": "write conv2d(32, F): 26x18x32, with its own F",
    "INPUT(26x26x8) => MaxPooling2D (None, 13, 13, 8)": "write MaxPooling2D(F): 13x13x8, with its own F",
    "INPUT(26x26x8) => Dense (None, 10)": "write Dense(10): 1x1x10",
    "INPUT(26x26x8) => CONV(8, 3) => Activation (None, 24, 24, 8) => FC(10)": "write Activation: 24x24x8",
    "INPUT(26x26x8) => CONV(8, 3) => Dropout (None, 24, 24, 8)": "write Dropout: 24x24x8",
    "INPUT(20x1) => Embedding (None, 20, 128)": "write Embedding(rows, 128): 20x128, with its own rows",
    "INPUT(224x220x3) => Conv2d-1 [-1, 64, 218, 222]": "write Conv2d(64, F): 222x218x64, with its own F",
    "INPUT(224x224x3) => Conv2d(-1, 64, 222, 222)": "write Conv2d(64, F): 222x222x64, with its own F",
    "INPUT(12x12x64) => Flatten [-1, 9216] => FC(10)": "write Flatten: 1x1x9216",
    "INPUT(28x28x1) => conv2d_1 (Conv2D) (None, 26, 26, 32)": "write Conv2D(32, F): 26x26x32, with its own F",
    "InputLayer (None, 20, 30, 3) => CONV(8, 3)": "write INPUT(30x20x3), and --batch 32 for a batch of 32",
    "INPUT(-1, 3, 20, 30) => CONV(8, 3)": "write INPUT(30x20x3), and --batch 32 for a batch of 32",
}


@pytest.mark.parametrize(("text", "help"), NO_ARGUMENTS.items())
def test_a_row_of_a_summary_has_no_arguments(text: str, help: str) -> None:
    (said,) = [d for d in shapecalc.check(text).diagnostics if d.severity == "error"]
    assert said.code in ("SHP103", "SHP024")
    assert said.help[0] == help


@pytest.mark.parametrize(
    "shape", ["(None, 18, 26, 32)", "[None, 18, 26, 32]", "[-1, 32, 18, 26]", ": (None, 18, 26, 32)"]
)
def test_after_arguments_it_is_a_claim(shape: str) -> None:
    assert shapecalc.check(f"INPUT(28x20x1) => CONV(32, 3) {shape}").ok
    (said,) = shapecalc.check(f"INPUT(27x20x1) => CONV(32, 3) {shape}").diagnostics
    assert (said.code, said.label) == ("SHP301", "computed: 25x18x32")


@pytest.mark.parametrize("layer", ["CLIP(-1, 1)", "Reshape((8, 8, 3))", "nn.Flatten(1, -1)", "LeakyReLU(-1)"])
def test_what_is_an_argument_stays_one(layer: str) -> None:
    assert shapecalc.check(f"INPUT(8x8x3) => {layer}").ok

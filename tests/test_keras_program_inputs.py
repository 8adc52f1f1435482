"""Programs of Keras that leave sizes of their input open: the command line says them."""

from __future__ import annotations

from pathlib import Path

import pytest

import shapecalc
from tests.command import run

IMPORTS = "from keras import Input, Model, Sequential, layers\n"
IMAGES = IMPORTS + (
    "i = Input((None, None, 3))\nx = layers.Conv2D(8, 3, padding='same', activation='relu')(i)\n"
    "m = Model(i, layers.Dense(5)(layers.GlobalAveragePooling2D()(x)))"
)
WORDS = IMPORTS + (
    "i = Input(shape=(None,), dtype='int64')\nx = layers.Bidirectional(layers.LSTM(8))(layers.Embedding(1000, 16)(i))\n"
    "m = Model(i, layers.Dense(1)(x))"
)
STEPS = IMPORTS + "i = Input((None, 12))\nm = Model(i, layers.Dense(4)(layers.LSTM(8, return_sequences=True)(i)))"
FIRST = IMPORTS + "m = Sequential([layers.Conv2D(8, 3, input_shape=(None, None, 1)), layers.Dense(4)])"


@pytest.mark.parametrize(
    ("text", "size", "params", "output"),
    [
        (IMAGES, "40x30x3", 269, "1x1x5"),
        (WORDS, "50x1", 17_617, "1x1"),
        (STEPS, "50x12", 708, "50x4"),
        (FIRST, "9x8x1", 116, "7x6x4"),
    ],
)
def test_the_command_line_says_open_sizes(text: str, size: str, params: int, output: str) -> None:
    """Counted by Keras 3.15."""
    report = shapecalc.check(text, input=size)
    assert report.ok, [d.message for d in report.diagnostics]
    assert (report.totals and report.totals.params, str(report.layers[-1].output)) == (params, output)


@pytest.mark.parametrize(
    ("text", "example"),
    [(IMAGES, "224x224x3, which fits"), (WORDS, ", such as 100x1"), (STEPS, ", such as 100x12"), (FIRST, "224x224x1")],
)
def test_what_fits_is_said(text: str, example: str) -> None:
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, "place of None" in found.help[1]) == ("SHP110", True)
    assert example in found.help[0]


def test_other_channels_and_other_inputs_are_errors() -> None:
    (found,) = shapecalc.check(FIRST, input="9x8x3").diagnostics
    assert found.message.endswith("this input has 1 channel, and --input says 3")
    (found,) = shapecalc.check(
        IMPORTS + "i, j = Input((None, 4)), Input((7, 4))\nm = Model([i, j], layers.concatenate([i, j], axis=1))"
    ).diagnostics
    assert found.message.endswith("some sizes of this input are open, and the network has 2 inputs")


def test_a_list_that_a_sequential_was_given_is_no_layer() -> None:
    text = "m = Sequential([Input((8, 8, 1))])\nm.encoder = [layers.Conv2D(4, 3), layers.MaxPooling2D()]\n"
    report = shapecalc.check(f"{IMPORTS}{text}for layer in m.encoder:\n    m.add(layer)")
    assert (report.ok, report.totals and report.totals.params) == (True, 40)


def test_the_same_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(IMAGES, encoding="utf-8")
    assert "params  269 = " in run("check", "--input", "40x30x3", "net.py", cwd=tmp_path).stdout


def test_what_to_give_instead_is_said_in_words_of_keras() -> None:
    text = (
        "i = Input((8, 6))\nm = Model(i, layers.EinsumDense('abc,cd->abd', output_shape=(None, 5), activation={})(i))"
    )
    (found,) = shapecalc.check(IMPORTS + text).diagnostics
    assert (found.code, "model.summary()" in found.help[0]) == ("SHP020", True)


def test_a_program_that_hangs_on_an_open_size_is_told_to_give_it() -> None:
    text = IMPORTS + "i = Input((None, None, 1))\nx = layers.Conv2D(8, 3)(i)\n"
    text += "if x.shape[1] > 9:\n    x = layers.Conv2D(4, 1)(x)\nm = Functional(i, x)"
    text = text.replace("Input, Model", "Input, Functional", 1)
    (found,) = shapecalc.check(text).diagnostics
    assert found.help[0] == "give its input a size with --input, such as 224x224x1"
    assert shapecalc.check(text, input="12x12x1").to_dict()["totals"]["params"] == 80 + 36

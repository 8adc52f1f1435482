"""Programs of Keras with an input that --input gives, and layers that are not Keras' own although they are called so.

The figures are those of Keras 3.15 for models that are built with these sizes.
"""

from __future__ import annotations

import pytest

import shapecalc

IMPORTS = "from keras import Input, Model, Sequential, layers\n"
OPEN = "i = Input(shape=({}))\nm = Model(i, {})"
IMAGE = OPEN.format("None, None, 3", "layers.Dense(5)(layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3)(i)))")
WORDS = OPEN.format("None,", "layers.LSTM(4)(layers.Embedding(50, 3)(i))")
ROWS = "m = Sequential([layers.Dense(5), layers.Dense(3)])"
ASKED = (
    "i = Input((32, 32, 3))\nx = layers.Conv2D(8, 3)(i)\nx = layers.Reshape((x.shape[1] * x.shape[2], x.shape[3]))(x)\n"
    "m = Model(i, layers.Conv1D(2, x.shape[1] // 10)(x))"
)
OWN = (
    "class Own(Model):\n    def __init__(self):\n        super().__init__()\n        self.d = layers.Dense(4)\n"
    "    def call(self, x):\n        return self.d(x)\nm = Own()"
)


@pytest.mark.parametrize(
    ("text", "given", "weights", "output"),
    [
        (IMAGE, "64x48x3", 269, "1x1x5"),
        (WORDS, "1x1x100", 278, "1x4"),
        (ROWS, "1x1x20", 123, "1x1x3"),
        (ROWS, "28x28x3", 38, "28x28x3"),
        (ROWS, "12x7", 58, "12x3"),
        (ASKED, "64x48x3", 224 + 285 * 16 + 2, "2568x2"),
        (OWN, "9x7x3", 16, "9x7x4"),
        (OWN.replace("self.d(x)", "self.d(x / 255)"), "9x7x3", 16, "9x7x4"),
        ("m = Sequential([layers.Conv2D(4, 3), layers.PReLU(shared_axes=[2])])", "20x16x3", 168, "18x14x4"),
    ],
)
def test_an_input_that_is_given_is_what_keras_builds_the_model_with(
    text: str, given: str, weights: int, output: str
) -> None:
    report = shapecalc.check(IMPORTS + text, input=given)
    assert report.ok, [d.message for d in report.diagnostics]
    assert (report.totals and report.totals.params, str(report.layers[-1].output)) == (weights, output)


def test_rows_are_suggested_where_a_dense_comes_first() -> None:
    (found,) = shapecalc.check(IMPORTS + ROWS).diagnostics
    assert (found.code, found.help[0]) == ("SHP110", "give --input, such as 1x1x100")


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("from .blocks import Conv2D", "Conv2D(4, 3)"),
        ("from mylayers import BatchNormalization", "BatchNormalization()"),
        ("import project.layers as own", "own.Conv2D(4, 3)"),
        ("from project import layers as own", "own.Dense(4)"),
    ],
)
def test_a_layer_of_another_file_is_not_keras_own(imports: str, call: str) -> None:
    text = f"{IMPORTS}{imports}\ni = Input((9, 9, 3))\nm = Model(i, {call}(i))"
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, "is not read: it is in another file" in found.message) == ("SHP020", True), found.message


def test_an_activation_of_another_file_is_what_it_is_called() -> None:
    text = f"{IMPORTS}from .activations import Mish\ni = Input((9, 9, 3))\nm = Model(i, layers.Conv2D(4, 3)(i))\n"
    report = shapecalc.check(text.replace("layers.Conv2D(4, 3)(i)", "Mish()(layers.Conv2D(4, 3)(i))"))
    assert (report.ok, report.layers[-1].kind) == (True, "MISH"), report.diagnostics


def test_a_model_that_is_given_another_size_is_an_error() -> None:
    text = (
        "i = Input((32, 32, 3))\nbase = Model(i, layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(i)))\n"
        "j = Input((64, 64, 3))\nm = Model(j, layers.Dense(2)(base(j)))"
    )
    (found,) = shapecalc.check(IMPORTS + text).diagnostics
    assert "the model reads (32, 32, 3), and base(j) gives it (64, 64, 3)" in found.message


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        (
            "class Own(Model):\n    def train_step(self, data):\n        return {}\n"
            "i = Input((8,))\nm = Own(inputs=i, outputs=layers.Dense(3)(i))",
            27,
        ),
        (
            "class Own(Model):\n    def __init__(self, units):\n        i = Input((8,))\n"
            "        super().__init__(i, layers.Dense(2)(layers.Dense(units)(i)))\nm = Own(5)",
            57,
        ),
        (
            "import os\nif os.path.exists('m.keras'):\n    m = models.load_model('m.keras')\nelse:\n"
            "    m = Sequential([Input((8,)), layers.Dense(3)])",
            27,
        ),
        (
            "m = Sequential([Input((8,)), layers.Dense(3)])\nn = m.output_shape[-1]\nm.add(layers.Dense(n * 2))",
            51,
        ),
    ],
    ids=["a class of its own", "made in its class", "stored before", "its size so far"],
)
def test_models_that_are_made_in_other_ways(text: str, weights: int) -> None:
    report = shapecalc.check(IMPORTS + text)
    assert (report.ok, report.totals and report.totals.params) == (True, weights), report.diagnostics


def test_a_model_of_layers_of_another_is_a_network_of_its_own() -> None:
    text = (
        "i = Input((8,))\nx = i\nfor k in range(3):\n    x = layers.Dense(4, name=f'fc_{k}')(x)\n"
        "base = Model(i, x)\nm = Model(base.input, base.get_layer('fc_1').output)"
    )
    report = shapecalc.check(IMPORTS + text, member="m")
    assert (report.ok, report.totals and report.totals.params) == (True, 56), report.diagnostics
    report = shapecalc.check(IMPORTS + text, member="base")
    assert (report.ok, report.totals and report.totals.params) == (True, 76), report.diagnostics


def test_a_note_is_where_the_layer_is() -> None:
    text = f"{IMPORTS}m = Sequential([Input((5, 3)), layers.LSTM(4, activation='relu')])"
    (found,) = shapecalc.check(text).diagnostics
    assert text[slice(*found.span)] == "layers.LSTM(4, activation='relu')"


def test_what_hangs_on_the_size_is_no_second_error() -> None:
    text = f"{IMPORTS}m = Sequential([layers.Conv2D(4, 3), layers.PReLU(shared_axes=[2])])"
    assert [d.code for d in shapecalc.check(text).diagnostics] == ["SHP110"]

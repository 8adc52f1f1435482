"""Programs of Keras: the order of `model.layers`, where channels are, and values that are repeated along axes of 1."""

from __future__ import annotations

import pytest

import shapecalc

IMPORTS = "from keras import Input, Model, Sequential, layers, ops\nimport keras.backend as K\n"
BRANCHES = (
    "i, j = Input((16, 16, 4)), Input((16, 16, 4))\nshared = layers.Conv2D(4, 3, padding='same')\n"
    "x = layers.concatenate([shared(shared(i)), layers.Conv2D(3, 3, padding='same')(j)])\n"
    "x = layers.Reshape((16, 16, -1))(layers.Dense(5)(x))\nm = Model([i, j], layers.Conv2D(2, 1)(x))\n"
)
FIRST = "K.set_image_data_format('channels_first')\n"
RESIDUAL = (
    "def residual(x, filters):\n    y = layers.Conv2D(filters, 3, padding='same'{0})(x)\n"
    "    if x.shape[1] != filters:\n        x = layers.Conv2D(filters, 1{0})(x)\n    return layers.add([x, y])\n"
    "i = Input((4, 18, 19))\nm = Model(i, residual(residual(i, 4), 6))"
)


@pytest.mark.parametrize(
    ("flags", "trained"),
    [
        ("for layer in m.layers[:3]:\n    layer.trainable = False", 111 + 40 + 12),
        ("for layer in m.layers[:4]:\n    layer.trainable = False", 40 + 12),
        ("for layer in m.layers[-2:]:\n    layer.trainable = False", 148 + 111 + 40),
        ("for layer in m.layers:\n    layer.trainable = isinstance(layer, (layers.Dense, layers.Reshape))", 40),
    ],
)
def test_layers_are_in_the_order_of_keras(flags: str, trained: int) -> None:
    """Counted by Keras 3.15: the farthest from the output come first."""
    report = shapecalc.check(f"{IMPORTS}{BRANCHES}{flags}")
    assert (report.ok, report.totals and report.totals.trainable) == (True, trained), report.diagnostics


@pytest.mark.parametrize(
    ("text", "params", "output"),
    [
        (FIRST + RESIDUAL.format(""), 400, "19x18x6"),
        (RESIDUAL.format(", data_format='channels_first'"), 400, "19x18x6"),
        (f"{FIRST}i = Input((5, 8, 9))\na = Input(i.shape[1:])\ninner = Model(a, layers.Conv2D(3, 3)(a))\n"
         "m = Model(i, inner(i))", 138, "7x6x3"),
        ("i = Input((10,))\nx = layers.Reshape((4, 6, 7))(layers.Dense(168)(i))\n"
         "m = Model(i, layers.Conv2D(2, 3, data_format='channels_first')(x))", 1_922, "5x4x2"),
        ("i, j = Input((6, 8, 4)), Input((6, 8, 1))\nm = Model([i, j], layers.Dense(2)(layers.add([i, j])))",
         10, "8x6x2"),
        ("i, j = Input((6, 4)), Input((1, 4))\nm = Model([i, j], layers.Dense(2)(j - i))", 10, "6x2"),
        ("i, j = Input((6, 1)), Input((1, 4))\nm = Model([i, j], layers.Dense(2)(layers.maximum([j, i])))", 10, "6x2"),
        ("i = Input((6, 4))\nm = Model(i, layers.Dense(2)(ops.exp(i) / ops.sum(ops.exp(i), axis=-1, keepdims=True)))",
         10, "6x2"),
    ],
)  # fmt: skip
def test_sizes_are_those_of_keras(text: str, params: int, output: str) -> None:
    report = shapecalc.check(IMPORTS + text)
    assert report.ok, [d.message for d in report.diagnostics]
    assert (report.totals and report.totals.params, str(report.layers[-1].output)) == (params, output)


def test_layers_before_it_that_may_have_their_channels_last_are_an_error() -> None:
    conv = "layers.Conv2D(3, 3, data_format='channels_first')"
    text = f"i = Input((6, 8, 4))\nx = layers.Dense(5)(i)\nm = Model(i, {conv}(x))"
    (found,) = shapecalc.check(IMPORTS + text).diagnostics
    assert "Conv2D reads the channels first, and where layers before it have them is not said" in found.message

"""Programs of Keras with layers around others, and with normalisations along several axes."""

from __future__ import annotations

import pytest

import shapecalc

IMPORTS = "from keras import Input, Model, Sequential, layers\n"
FILM = "i = Input((5, 16, 12, 3))\n"
STEPS = "i = Input((20, 7))\n"
IMAGE = "i = Input((6, 8, 4))\n"
AT_STEPS = "layers.TimeDistributed"
NETWORK = (
    "Sequential([Input((16, 12, 3)), layers.Conv2D(4, (3, 2), strides=(2, 1), padding='same', activation='relu'), "
    "layers.BatchNormalization(), layers.MaxPooling2D((2, 1)), layers.Conv2D(5, 3, dilation_rate=(1, 2)), "
    "layers.Dropout(0.1)])"
)


@pytest.mark.parametrize(
    ("text", "params", "output"),
    [
        (f"{FILM}x = {AT_STEPS}({NETWORK})(i)\nm = Model(i, layers.LSTM(3)({AT_STEPS}(layers.Flatten())(x)))",
         1_285, "1x3"),
        (f"{FILM}x = {AT_STEPS}(layers.Conv2D(4, 3))(i)\nx = {AT_STEPS}(layers.GlobalAveragePooling2D())(x)\n"
         "m = Model(i, layers.GRU(8)(x))", 448, "1x8"),
        (f"a = Input((16, 12, 3))\ninner = Model(a, layers.GlobalMaxPooling2D()(layers.Conv2D(4, 3)(a)))\n{FILM}"
         f"m = Model(i, {AT_STEPS}(inner)(i))", 112, "5x4"),
        (f"i = Input((5, 16, 3))\nx = {AT_STEPS}(layers.MaxPooling1D(2))({AT_STEPS}(layers.Conv1D(4, 3))(i))\n"
         f"m = Model(i, {AT_STEPS}(layers.Dense(6))(x))", 70, "7x5x6"),
        (f"m = Sequential([{AT_STEPS}(layers.Conv2D(8, 3), input_shape=(4, 20, 20, 1)), {AT_STEPS}(layers.Flatten())])",
         80, "4x2592"),
        (f"{STEPS}m = Model(i, {AT_STEPS}(layers.PReLU())(i))", 7, "20x7"),
        (f"{FILM}x = {AT_STEPS}(layers.DepthwiseConv2D(3))({AT_STEPS}(layers.ZeroPadding2D())(i))\n"
         f"m = Model(i, {AT_STEPS}(layers.MaxPooling2D())({AT_STEPS}(layers.UpSampling2D())(x)))", 30, "12x16x5x3"),
        (f"{STEPS}j, d = Input((7,)), layers.Dense(8)\nx = layers.GlobalAveragePooling1D()({AT_STEPS}(d)(i))\n"
         "m = Model([i, j], layers.Add()([x, d(j)]))", 64, "1x1x8"),
        (f"{FILM}j, c = Input((16, 12, 3)), layers.Conv2D(4, 3)\ny = layers.GlobalAveragePooling2D()(c(j))\n"
         f"x = {AT_STEPS}(layers.GlobalAveragePooling2D())({AT_STEPS}(c)(i))\n"
         "m = Model([i, j], layers.Add()([layers.GlobalAveragePooling1D()(x), y]))", 112, "1x1x4"),
        (f"{STEPS}m = Model(i, layers.Bidirectional(layers.LSTM(8), merge_mode='sum')(i))", 1_024, "1x8"),
        (f"{STEPS}m = Model(i, layers.Bidirectional(layers.GRU(8, return_sequences=True), merge_mode='ave')(i))",
         816, "20x8"),
        (f"{STEPS}a, b = layers.Bidirectional(layers.LSTM(8), merge_mode=None)(i)\nm = Model(i, a - b)", 1_024, "1x8"),
        (f"{STEPS}j, both = Input((20, 7)), layers.Bidirectional(layers.LSTM(8), merge_mode='mul')\n"
         "m = Model([i, j], layers.add([both(i), both(j)]))", 1_024, "1x8"),
        (f"{FILM}m = Model(i, layers.ConvLSTM2D(5, (3, 2), padding='same', return_sequences=True)(i))",
         980, "12x16x5x5"),
        (f"{STEPS}m = Model(i, layers.EinsumDense('abc,cd->abd', output_shape=(20, 6), bias_axes='d')(i))", 48, "20x6"),
        (f"{IMAGE}m = Model(i, layers.LayerNormalization(axis=[1, 2, 3])(i))", 384, "8x6x4"),
        (f"{IMAGE}m = Model(i, layers.LayerNormalization(axis=(1, 2), scale=False)(i))", 48, "8x6x4"),
        (f"{IMAGE}m = Model(i, layers.LayerNormalization(center=False)(i))", 4, "8x6x4"),
        (f"{IMAGE}m = Model(i, layers.BatchNormalization(axis=1, center=False)(i))", 18, "8x6x4"),
        (f"{IMAGE}m = Model(i, layers.LayerNormalization(axis=[-1])(i))", 8, "8x6x4"),
    ],
)  # fmt: skip
def test_sizes_and_counts_are_those_of_keras(text: str, params: int, output: str) -> None:
    """Counted by Keras 3.15, with the statistics of normalisations."""
    report = shapecalc.check(IMPORTS + text)
    assert not [d.message for d in report.diagnostics if d.severity == "error" and d.code != "SHP201"]
    assert report.totals is not None
    assert (report.totals.params + report.totals.buffers, str(report.layers[-1].output)) == (params, output)


@pytest.mark.parametrize("inner", ["layers.LSTM(3)", "other", "Sequential([other])"])
def test_what_is_not_read_inside_is_said(inner: str) -> None:
    report = shapecalc.check(f"{IMPORTS}{FILM}m = Model(i, {AT_STEPS}({inner})(i))")
    assert not report.ok
    assert {d.code for d in report.diagnostics if d.severity == "error"} <= {"SHP020", "SHP103", "SHP209", "SHP215"}

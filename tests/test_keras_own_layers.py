"""Layers that a program of Keras defines itself: their weights, and what they make in `build`."""

from __future__ import annotations

import pytest

import shapecalc

IMPORTS = "from keras import Input, Model, layers, ops\nimport keras.backend as K\n"
PRODUCT = """
class Own(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal")
        self.b = self.add_weight(name="b", shape=(self.units,), trainable=True)
        super().build(input_shape)
    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b
"""
SCALED = """
class Own(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")
        self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros")
    def call(self, x):
        return x * self.scale + self.shift
i = Input((8, 6, 3))
m = Model(i, Own()(i))
"""
FROZEN = """
class Own(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 4), trainable=False)
        self.positions = self.add_weight(shape=(1, shape[1], 4))
    def call(self, x):
        return x @ self.w + self.positions
i = Input((12, 6))
m = Model(i, Own()(i))
"""
WEIGHED = """
class Own(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(name="w", shape=(shape[-1], 1))
        self.b = self.add_weight(name="b", shape=(shape[1], 1))
    def call(self, x):
        weights = K.softmax(K.tanh(K.dot(x, self.w) + self.b), axis=1)
        return K.sum(x * weights, axis=1)
i = Input((20, 6))
m = Model(i, layers.Dense(2)(Own()(layers.LSTM(8, return_sequences=True)(i))))
"""
INSIDE = """
class Own(layers.Layer):
    def build(self, shape):
        self.first = layers.Conv2D(6, 3, padding="same")
        self.last = layers.Conv2D(shape[-1], 3, padding="same")
    def call(self, x):
        return x + self.last(self.first(x))
i = Input((8, 8, 3))
m = Model(i, Own()(Own()(i)))
"""
POSITIONS = """
class Own(layers.Layer):
    def __init__(self, length, words, depth):
        super().__init__()
        self.words, self.positions = layers.Embedding(words, depth), layers.Embedding(length, depth)
    def call(self, x):
        return self.words(x) + self.positions(ops.arange(start=0, stop=ops.shape(x)[-1], step=1))
i = Input((30,))
m = Model(i, Own(40, 100, 8)(i))
"""


@pytest.mark.parametrize(
    ("text", "params", "trained", "output"),
    [
        (f"{PRODUCT}i = Input((20,))\nm = Model(i, Own(4)(Own(16)(i)))", 404, 404, "1x1x4"),
        (f"{PRODUCT}i = Input((9, 20))\nm = Model(i, Own(16)(i))", 336, 336, "9x16"),
        (f"{PRODUCT}own, i, j = Own(5), Input((12,)), Input((12,))\nm = Model([i, j], layers.add([own(i), own(j)]))",
         65, 65, "1x1x5"),
        (SCALED, 6, 6, "6x8x3"),
        (FROZEN, 72, 48, "12x4"),
        (WEIGHED, 526, 526, "1x1x2"),
        (INSIDE, 666, 666, "8x8x3"),
        (POSITIONS, 1_120, 1_120, "30x8"),
    ],
)  # fmt: skip
def test_its_weights_are_those_of_keras(text: str, params: int, trained: int, output: str) -> None:
    """Counted by Keras 3.15; it has no K.dot, for which K.matmul stood."""
    report = shapecalc.check(IMPORTS + text)
    assert report.ok, [d.message for d in report.diagnostics]
    assert report.totals is not None
    found = (report.totals.params, report.totals.trainable, str(report.layers[-1].output))
    assert found == (params, trained, output)


def test_weights_that_nothing_reads_are_noted() -> None:
    text = FROZEN.replace(" + self.positions", "")
    (found,) = shapecalc.check(IMPORTS + text).diagnostics
    assert (found.severity, "not counted" in found.message) == ("note", True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PRODUCT.replace("input_shape[-1]", "7") + "i = Input((20,))\nm = Model(i, Own(4)(i))", "(7, 4) weights"),
        (SCALED.replace("shape[-1],", "2,", 1), "(2,) weights"),
        (SCALED.replace("shape[-1],", "wide,", 1), "what self.add_weight"),
    ],
)
def test_weights_that_do_not_fit_are_errors(text: str, said: str) -> None:
    (found,) = shapecalc.check(IMPORTS + text).diagnostics
    assert (found.code, said in found.message) == ("SHP020", True), found.message

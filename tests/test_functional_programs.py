"""Programs that call layers on variables, as Keras' functional models: what they mean, and what is code."""

from __future__ import annotations

import pytest

import shapecalc

RESIDUAL = """from keras import Input, Model, layers

inputs = Input(shape=(32, 24, 3), name="image")
x = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)   # the stem
first = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(
    8, 3,
    padding="same", use_bias=False,
)(first)
x = layers.BatchNormalization()(x)
x = layers.add([x, first])
second = layers.Activation("relu")(x)
a = layers.Conv2D(4, 1)(second)
b = layers.Conv2D(6, 3, padding="same")(second)
x = layers.Concatenate(axis=-1)([a, b])
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(5)(x)
model = Model(inputs, outputs)
model.summary()
"""
LINEAR = """def make():
    image = keras.Input((12, 12, 1))
    h = Conv2D(4, 5)(image)
    h = ReLU()(h)
    h = Flatten()(h)
    h = Dense(3, activation="softmax")(h)
    model = keras.Model(inputs=image, outputs=h)
    return model
"""


NESTED = """
i = Input(shape=(16, 16, 2))
c = Conv2D(4, 3, padding="same")(i)
u = Conv2D(4, 2, padding="same", activation="relu")(UpSampling2D(size=(2, 2))(MaxPooling2D()(c)))
m = BatchNormalization()(concatenate([c, u], axis=3))
m = Conv2D(1, 1, activation="sigmoid")(m)
model = Model(inputs=i, outputs=m)
"""

FUNCTION = """
def make(weights = None, size = (16,16,2), filters=4):
    i = Input(size)
    c = Conv2D(filters, 3, padding = 'same')(i)
    d = Conv2D(filters, 3, padding = 'same')(c)
    j = concatenate([c,d], axis = 3)

    model = Model(inputs = i, outputs = j)
    if(weights):
        model.load_weights(weights)
    return model
"""


@pytest.mark.parametrize(
    ("text", "params", "output"),
    [
        (RESIDUAL, 1_361, "1x1x5"),
        (LINEAR, 875, "1x1x3"),
        (NESTED, 185, "16x16x1"),
        (FUNCTION, 224, "16x16x8"),
    ],
    ids=["branches", "one chain", "nested", "function"],
)
def test_it_has_the_parameters_that_keras_counts(text: str, params: int, output: str) -> None:
    """Counted by `model.count_params()` of Keras 3.15, which counts the statistics of BatchNormalization: 16 here."""
    report = shapecalc.check(text)
    assert report.ok, [d.message for d in report.diagnostics]
    assert report.totals is not None
    assert (report.totals.params + report.totals.buffers, str(report.layers[-1].output)) == (params, output)


def test_a_diagnostic_is_where_the_call_is() -> None:
    text = "i = Input((8, 8, 1))\ny = MaxPooling2D(2)(i)\nz = Dropout(2)(y)\n"
    (found,) = shapecalc.check(text).diagnostics
    assert (found.message, text[slice(*found.span)]) == ("DO: p must lie between 0 and 1, and this is 2", "2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("i = Input((9, 9, 1))\na = Conv2D(2, 3)(i)\nb = Concatenate(axis=0)([a, i])", "along which axis"),
        (
            "i = Input((9, 9, 1))\na = Conv2D(2, 3)(j)\nb = Conv2D(2, 3)(a)\nc = Conv2D(2, 3)(k)",
            "j has no value before this",
        ),
        (
            "i = Input((9, 9, 1))\na = Conv2D(2, 3)(i)\nif deep:\n    a = Conv2D(2, 3)(a)\nb = Flatten()(a)",
            "whether deep",
        ),
        ("i = Input((9, 9, 1))\na = Conv2D(2, 3)(i)\nb = Subtract()([a, a, a])", "Subtract takes 2 tensors"),
        ("i = Input((9, 9, 1))\na = Conv2D(8.0, 3)(i)\nb = Flatten()(a)", "is 8.0, which is not a whole number"),
        ("i = Input((9, 9, 1))\na = Conv2D(2, 3)(i)\nm = Model(i, i)", "Model(i, i) has no layers"),
    ],
    ids=["images", "unknown", "a condition", "three", "a broken number", "no layers"],
)
def test_what_is_not_followed_is_code(text: str, said: str) -> None:
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, "Python code" in found.message, said in found.message) == ("SHP020", True, True), found.message


CONV = "i = Input((9, 9, 1))\nx = Conv2D(2, 3)(i)\n"
WITH_DEFAULT = (
    "def make({}):\n    i = Input((9, 9, 1))\n    x = Conv2D(n, 3)(i)\n    x = Flatten()(x)\n    return Model(i, x)\n"
)
RETURNED = "def make():\n    i = Input((9, 9, 1))\n    x = Conv2D(2, 3)(i)\n    x = Flatten()(x)\n"


@pytest.mark.parametrize(
    ("text", "params"),
    [
        (WITH_DEFAULT.format("n: int = 8, other=5, rate=0.5"), 80),
        (WITH_DEFAULT.format("weights='n=4', n=8") + "print(make().count_params())", 80),
        (RETURNED.replace(":\n", " -> Model:\n", 1) + "    return x", 20),
        (f"{CONV}y = Conv2D(3, 3)(i)\nz = concatenate([x, y,], axis=3, name='joined')", 50),
        (f"{CONV}y = Input((7, 7, 2))\nz = Add()([x, y])\nmodel = Model([i, y], z)", 20),
        (f"{CONV}y = Dense(3)(Flatten()(x))", 317),
        (WITH_DEFAULT.format("n=1_0"), 100),
        (WITH_DEFAULT.format("n=8//2"), 40),
        (WITH_DEFAULT.format("n=8") + "print(make(32).count_params())", 320),
        ("i = Input((1, 9, 9))\nx = Conv2D(2, 3, data_format='channels_first')(i)\ny = Flatten()(x)", 20),
        (f"{RETURNED}    return x\n    x = Dense(4)(x)", 20),
        (f"{CONV}print('a'); x = Conv2D(3, 3)(x)\ny = Flatten()(x)", 77),
        (f"{CONV}y = Flatten()(x)\nm = Model(i, y, name='m'); y = Dense(4)(y)", 20),
        (f"{RETURNED}    return x\ndef head(x):\n    x = Dense(4)(x)\n    return x", 20),
        ("i = Input((9, 9, 1))\na = Conv2D(2, 3)(i)\nb = Conv2D(2, 3)(i)\nm = Model(i, a)", 20),
        ("from keras.layers import *\nconv = Conv2D(2, 3)\ni = Input((9, 9, 2))\ny = conv(conv(i))", 38),
    ],
)
def test_defaults_and_arguments_of_joins_are_read(text: str, params: int) -> None:
    report = shapecalc.check(text)
    assert (report.diagnostics, report.totals and report.totals.params) == ((), params), text


@pytest.mark.parametrize(
    ("join", "kind"),
    [("Add", "ADD"), ("concatenate", "CONCAT"), ("multiply", "MUL"), ("Subtract", "SUB"), ("Maximum", "MAX")],
)
def test_joins_have_the_names_of_keras(join: str, kind: str) -> None:
    call = f"{join}()" if join[0].isupper() else join
    report = shapecalc.check(f"{CONV}y = Conv2D(2, 3)(i)\nz = {call}([x, y])")
    assert (report.diagnostics, report.layers[-1].kind) == ((), kind)


@pytest.mark.parametrize(
    "text",
    [
        *(
            WITH_DEFAULT.format(given)
            for given in (
                "n=1e1", "n=8 if big else 4", "o=dict(n=4, m=5)", "n=0.5", "f=lambda m, n=4: m",
            )
        ),
        f"{RETURNED}    if small:\n        return x\n    x = Dense(4)(x)\n    return Model(i, x)",
        f"{CONV}x = net.build(x)\ny = Flatten()(x)",
        f"{CONV}y = Conv2D(4, 3)(x)\nm = Model(x, y)",
        f"{CONV}y = Input((7, 7, 2))\nz = Add()([x, y])\nmodel = Model(i, z)",
    ],
)  # fmt: skip
def test_a_program_that_says_something_else_is_not_clean(text: str) -> None:
    assert not shapecalc.check(text).ok

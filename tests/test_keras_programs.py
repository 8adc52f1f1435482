"""Programs of Keras: their layers, sizes and counts are those of the model that Keras 3.15 makes when it runs them."""

from __future__ import annotations

import pytest

import shapecalc
from tests.keras_figures import IMPORTS, assert_counted

ROWS = {
    "Dense on an image": ("i = Input((28, 28, 8))\nm = Model(i, layers.Dense(10)(i))", 90, "28x28x10"),
    "Dense on a sequence": ("m = Sequential([Input((12, 5)), layers.Dense(7), layers.Flatten()])", 42, "84"),
    "Dense(1) gates every position": (
        "i = Input((8, 6, 16))\nm = Model(i, layers.multiply([i, layers.Dense(1, activation='sigmoid')(i)]))",
        17,
        "6x8x16",
    ),
    "joined along the height": (
        "i = Input((10, 20, 3))\na, b = layers.Conv2D(4, 3)(i), layers.Conv2D(4, 1, strides=(2, 1))(i)\n"
        "m = Model(i, layers.Concatenate(axis=1)([a, layers.Cropping2D(((0, 0), (1, 1)))(b)]))",
        128,
        "18x13x4",
    ),
    "joined along the length": (
        "i, j = Input((10, 4)), Input((6, 4))\nm = Model([i, j], layers.concatenate([i, j], axis=1))",
        0,
        "16x4",
    ),
    "a mean and a minimum": (
        "i = Input((9, 7, 2))\na = layers.Conv2D(2, 1)(i)\nm = Model(i, layers.average([layers.Minimum()([a, i]), a]))",
        6,
        "7x9x2",
    ),
    "an embedding": (
        "m = Sequential([Input((50,)), layers.Embedding(100, 6), layers.Conv1D(8, 5), layers.GlobalMaxPooling1D()])",
        848,
        "8",
    ),
    "an embedding of whole numbers": (
        "i = Input((100,), dtype='int32')\nm = Model(i, layers.LSTM(4)(layers.Embedding(50, 3)(i)))",
        278,
        "4",
    ),
    "a recurrent layer on repeated rows": (
        "m = Sequential([Input((6,)), layers.Dense(5), layers.RepeatVector(4), layers.SimpleRNN(3)])",
        62,
        "3",
    ),
    "axes in another order": (
        "i = Input((10, 20, 3))\nm = Model(i, layers.Dense(5)(layers.Permute((3, 1, 2))(i)))",
        105,
        "10x3x5",
    ),
    "a size that Keras finds": (
        "i = Input((8, 8, 6))\nx = layers.Dense(4)(layers.Reshape((-1, 6))(i))\n"
        "m = Model(i, layers.Reshape((4, -1))(x))",
        28,
        "4x64",
    ),
    "slopes for some axes": (
        "i = Input((8, 10, 3))\nm = Model(i, layers.PReLU(shared_axes=[2])(layers.Conv2D(4, 3)(i)))",
        136,
        "8x6x4",
    ),
    "a layer applied three times": (
        "i = Input((16, 16, 4))\nc = layers.Conv2D(4, 3, padding='same')\nm = Model(i, c(c(c(i))))",
        148,
        "16x16x4",
    ),
    "attention to itself": (
        "i = Input((20, 16))\na = layers.MultiHeadAttention(num_heads=2, key_dim=6)(i, i)\n"
        "m = Model(i, layers.LayerNormalization()(a + i))",
        852,
        "20x16",
    ),
    "attention to something else": (
        "i, j = Input((20, 16)), Input((30, 12))\n"
        "m = Model([i, j], layers.MultiHeadAttention(4, 16, value_dim=5, dropout=0.1)(query=i, value=j))",
        2_516,
        "20x16",
    ),
    "a function as a layer": (
        "i = Input((16, 16, 3))\nm = Model(i, layers.Conv2D(4, 3)(layers.Lambda(lambda t: t / 255.0 - 0.5)(i)))",
        112,
        "14x14x4",
    ),
    "a model up to a layer": (
        "i = Input((16, 16, 3))\nx = layers.Conv2D(4, 3, name='c')(i)\nx = layers.ReLU(name='r')(x)\n"
        "base = Model(i, layers.Dense(5)(layers.Flatten()(x)))\n"
        "m = Model(base.input, layers.GlobalMaxPooling2D()(base.get_layer('r').output))",
        112,
        "4",
    ),
    "a layer taken off": (
        "base = Sequential([Input((12, 12, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(9)])\nbase.pop()\n"
        "m = Model(base.inputs, layers.Dense(3)(base.layers[-1].output))",
        623,
        "3",
    ),
    "a model in a model": (
        "f = Sequential([layers.RandomFlip('horizontal'), layers.Rescaling(1.0 / 255)])\n"
        "i = Input((32, 24, 3))\nm = Model(i, layers.Conv2D(4, 3)(f(i)))",
        112,
        "22x30x4",
    ),
    "the statistics of all data": (
        "m = Sequential([Input((32, 32, 3)), layers.Normalization(axis=-1), layers.Conv2D(4, 3)])",
        119,
        "30x30x4",
    ),
    "sizes asked for": (
        "i = Input((9, 7, 4))\nx = layers.Conv2D(6, 3, strides=2)(i)\nn, k = x.shape[1] * x.shape[2], x.shape[-1]\n"
        "m = Model(i, layers.Dense(2)(layers.Reshape((n, k))(x)))",
        236,
        "12x2",
    ),
    "products along named axes": (
        "i, j = Input((6, 4)), Input((5, 4))\nx = layers.Softmax()(layers.Dot(axes=2)([i, j]))\n"
        "m = Model([i, j], layers.Dense(3)(layers.Dot(axes=(2, 1))([x, j])))",
        15,
        "6x3",
    ),
    "the order of a set": (
        "m = Sequential([Input((8,))])\nfor n in {4, 2}:\n    m.add(layers.Dense(n))",
        30,
        "4",
    ),
    "data whose values are not known": (
        "from keras.datasets import imdb\n(a, b), _ = imdb.load_data(num_words=500)\nn = max([max(s) for s in a])\n"
        "words = {key: word for word, key in imdb.get_word_index().items()}\n"
        "lengths = [len(s) for s in range(9) if s in a]\nfor s in a:\n    n += len(s)\n"
        "m = Sequential([layers.Dense(4, input_shape=(500,)), layers.Dense(1)])",
        2_009,
        "1",
    ),
    "the size of what it is trained on": (
        "import keras\n(x, y), _ = keras.datasets.mnist.load_data()\n"
        "m = Sequential([layers.Flatten(), layers.Dense(8), layers.Dense(10)])\n"
        "m.compile('adam', 'mse')\nm(x[:1])\nif False:\n    m.fit(x / 255, y)",
        6_370,
        "10",
    ),
    "the layers of a model with a model in it": (
        "part = Sequential([layers.Dense(3), layers.Dense(4)])\ni = Input((5,))\n"
        "base = Model(i, layers.Dense(6)(part(i)))\nm = Model(base.input, base.layers[-2](base.input))",
        34,
        "4",
    ),
    "channels that come first from a line on": (
        "import keras\nkeras.config.set_image_data_format('channels_first')\ni = Input((3, 28, 20))\n"
        "x = layers.MaxPooling2D(2)(layers.BatchNormalization(axis=1)(layers.Conv2D(8, 3)(i)))\nm = Model(i, x)\n"
        "keras.config.set_image_data_format('channels_last')",
        256,
        "9x13x8",
    ),
}  # fmt: skip
"""Programs, the weights of the model `m` (count_params(), with statistics), and its output in our order of axes.

Axes of 1 in front are left out.
"""


@pytest.mark.parametrize("case", ROWS)
def test_the_counts_and_sizes_are_those_of_keras(case: str) -> None:
    text, weights, output = ROWS[case]
    has_others = "base" in text
    assert_counted(text, weights, output, **({"member": "m"} if has_others else {}))


@pytest.mark.parametrize(
    ("text", "trainable"),
    [
        ("c = layers.Conv2D(4, 3)\nc.trainable = False\ni = Input((8, 8, 3))\nm = Model(i, layers.Dense(2)(c(i)))", 10),
        ("i = Input((8, 8, 3))\nx = layers.Dense(3, trainable=False)(i)\nm = Model(i, layers.Dense(2)(x))", 8),
        (
            "m = Sequential([Input((9,)), layers.Dense(4), layers.Dense(3), layers.Dense(2)])\n"
            "for layer in m.layers[:2]:\n    layer.trainable = False",
            8,
        ),
        ("m = Sequential([Input((9,)), layers.Dense(4), layers.Dense(3)])\nm.trainable = False", 0),
        (
            "m = Sequential([Input((9,)), layers.Dense(4), layers.Dense(3)])\nm.trainable = False\n"
            "m.layers[-1].trainable = True",
            0,
        ),
        (
            "a = layers.MultiHeadAttention(2, 4)\na.trainable = False\ni = Input((5, 8))\n"
            "m = Model(i, layers.Dense(2)(a(i, i)))",
            306,
        ),
        (
            "a = layers.MultiHeadAttention(2, 4)\ni = Input((5, 8))\nx = a(i, i)\na.trainable = False\n"
            "m = Model(i, layers.Dense(2)(x))",
            18,
        ),
        (
            "base = Sequential([Input((9,)), layers.Dense(4), layers.Dense(3)])\nbase.trainable = False\n"
            "base.layers[-1].trainable = True\ni = Input((9,))\nm = Model(i, layers.Dense(2)(base(i)))",
            23,
        ),
    ],
)
def test_layers_that_are_not_trained_count_as_keras_counts_them(text: str, trainable: int) -> None:
    report = shapecalc.check(IMPORTS + text)
    assert (report.ok, report.totals and report.totals.trainable) == (True, trainable), report.diagnostics


@pytest.mark.parametrize(
    ("text", "weights", "output"),
    [
        (
            "def main():\n    m = Sequential()\n    m.add(layers.Conv2D(4, (3, 3), input_shape=(32, 32, 3)))\n"
            "    m.add(layers.Flatten())\n    names = ['a', 'b']\n    m.fit(names)\n\nmain()",
            112,
            "3600",
        ),
        (
            "from keras.regularizers import l2\nm = Sequential()\n"
            "m.add(Convolution2D(6, 5, 5, subsample=(2, 2), W_regularizer=l2(0.001), input_shape=(66, 200, 3)))",
            456,
            "98x31x6",
        ),
        (
            "from keras.applications.imagenet_utils import _obtain_input_shape\n"
            "from keras import backend as K\n"
            "def net(include_top=True, weights='imagenet', input_tensor=None, input_shape=None):\n"
            "    input_shape = _obtain_input_shape(input_shape, default_size=224, min_size=48,\n"
            "        data_format=K.image_data_format(), require_flatten=include_top)\n"
            "    if input_tensor is None:\n        i = Input(shape=input_shape)\n"
            "    elif not K.is_keras_tensor(input_tensor):\n        i = Input(tensor=input_tensor)\n"
            "    x = layers.Conv2D(8, 3)(i)\n    return Model(i, layers.GlobalMaxPooling2D()(x))",
            224,
            "8",
        ),
        (
            "(x, y), _ = mnist.load_data()\nm = Sequential([layers.Flatten(), layers.Dense(8)])\nm.fit(x / 255, y)",
            6_280,
            "8",
        ),
    ],
    ids=["in a function", "Keras 1", "an application", "trained on"],
)
def test_programs_that_keras_3_does_not_run_as_they_are(text: str, weights: int, output: str) -> None:
    """Counted by Keras 3.15 with the layers written as it has them."""
    head = "from keras.datasets import mnist\nfrom keras.layers import Convolution2D\n"
    report = shapecalc.check(head + IMPORTS + text)
    assert report.totals is not None, report.diagnostics
    size = str(report.layers[-1].output).removeprefix("1x").removeprefix("1x")
    assert (report.totals.params, size) == (weights, output)


def test_a_comprehension_over_unknown_data_that_adds_layers_is_an_error() -> None:
    text = "m = Sequential([Input((9,)), layers.Dense(4)])\n[m.add(layers.Dense(3)) for _ in open('sizes')]"
    (found,) = shapecalc.check(IMPORTS + text).diagnostics
    assert (found.code, "what open('sizes') gives is not known" in found.message) == ("SHP020", True), found.message

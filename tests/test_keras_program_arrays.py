"""Programs of Keras whose sizes come from data sets, from functions on tensors, and from parts of tensors."""

from __future__ import annotations

import pytest

import shapecalc

IMPORTS = (
    "import numpy as np\nimport keras\nfrom keras import Input, Model, Sequential, layers, ops\n"
    "import keras.backend as K\nfrom keras.utils import to_categorical\n"
)
LOADED = "(x, y), (x_test, y_test) = keras.datasets.{}.load_data()\n"
HEAD = "m = Sequential([Input(x.shape[1:]), layers.Flatten(), layers.Dense({})])"
STEPS = "i = Input((10, 6))\n"
FIRST = "K.set_image_data_format('channels_first')\ni = Input((3, 32, 24))\n"
SAMPLING = """
def sampling(args):
    mean, log = args
    noise = K.random_normal(shape=(K.shape(mean)[0], K.int_shape(mean)[1]))
    return mean + K.exp(0.5 * log) * noise
i = Input((784,))
h = layers.Dense(32, activation="relu")(i)
mean, log = layers.Dense(2)(h), layers.Dense(2)(h)
encoder = Model(i, [mean, log, layers.Lambda(sampling, output_shape=(2,))([mean, log])])
j = Input((2,))
decoder = Model(j, layers.Dense(784, activation="sigmoid")(layers.Dense(32)(j)))
m = Model(i, decoder(encoder(i)[2]))
"""
IMAGES = LOADED.format("mnist") + (
    "rows, columns = 28, 28\nif K.image_data_format() == 'channels_first':\n"
    "    x = x.reshape(x.shape[0], 1, rows, columns)\nelse:\n    x = x.reshape(x.shape[0], rows, columns, 1)\n"
    "x = x.astype('float32')\nx /= 255\nm = Sequential([Input(x.shape[1:]), layers.Conv2D(8, 3)])"
)


@pytest.mark.parametrize(
    ("text", "params", "output"),
    [
        (LOADED.format("mnist") + HEAD.format("len(np.unique(y))"), 7_850, "1x10"),
        (LOADED.format("fashion_mnist") + "y = to_categorical(y)\n" + HEAD.format("y.shape[1]"), 7_850, "1x10"),
        (LOADED.format("cifar10") + "x, x_test = x / 255.0, x_test / 255.0\n" + HEAD.format(3), 9_219, "1x1x3"),
        (LOADED.format("cifar100") + HEAD.format("to_categorical(y, 100).shape[-1]"), 307_300, "1x1x100"),
        (LOADED.format("mnist") + "x = np.reshape(x, [-1, x.shape[1] * 28])\n" + HEAD.format(5), 3_925, "1x1x5"),
        (LOADED.format("mnist") + "x = np.concatenate((x, x_test)).reshape((len(x) + 10000, -1))\n" + HEAD.format(5),
         3_925, "1x1x5"),
        (LOADED.format("boston_housing") + "x -= x.mean(axis=0)\n" + HEAD.format(64), 896, "1x1x64"),
        (LOADED.format("mnist") + "x = np.expand_dims(x, -1)\nm = Sequential([Input(x[0].shape), layers.Conv2D(4, 3)])",
         40, "26x26x4"),
        (LOADED.format("mnist") + "x = x[:1000, ..., np.newaxis]\nm = Sequential([Input(x.shape[1:]), "
         "layers.Conv2D(4, 3)])", 40, "26x26x4"),
        (IMAGES, 80, "26x26x8"),
        (f"{STEPS}x = layers.LSTM(5, return_sequences=True)(i)\nm = Model(i, layers.Dense(2)(x[:, -1, :]))",
         252, "1x2"),
        (f"{STEPS}m = Model(i, layers.Dense(2)(layers.Lambda(lambda t: K.mean(t, axis=1))(i)))", 14, "1x2"),
        (f"{STEPS}x = layers.Lambda(lambda t: K.expand_dims(t, axis=-1))(i)\nm = Model(i, layers.Conv2D(4, 3)(x))",
         40, "4x8x4"),
        (f"{STEPS}x = ops.transpose(ops.reshape(i, (-1, 12, 5)), (0, 2, 1))\nm = Model(i, layers.Dense(3)(x))",
         39, "5x3"),
        (f"{STEPS}q, v = layers.Dense(4)(i), layers.Dense(5)(i)\nk = ops.transpose(q, (0, 2, 1))\n"
         "m = Model(i, layers.Dense(3)(ops.matmul(ops.softmax(ops.matmul(q, k)), v)))", 81, "10x3"),
        (f"{STEPS}m = Model(i, layers.Dense(3)(ops.sum(i, axis=-1, keepdims=True)))", 6, "10x3"),
        (f"{STEPS}a, b = i[:, :, :2], i[..., 2:]\nm = Model(i, layers.concatenate([a, layers.Dense(3)(b)]))",
         15, "10x5"),
        ("i = Input((9, 9, 3))\nm = Model(i, layers.Conv2D(4, 3)(layers.Lambda(lambda t: t[:, ::2, ::2, :])(i)))",
         112, "3x3x4"),
        ("i = Input((9, 8, 3))\nm = Model(i, i[:, 1:, :-2])", 0, "6x8x3"),
        ("i = Input((9, 8, 4))\nm = Model(i, layers.Conv2D(3, 1)(i[:, None, ..., 0]))", 27, "9x1x3"),
        ("i = Input((9, 8, 4))\nm = Model(i, layers.Conv2D(3, 1)(i[:, 0:1, None, 0]))", 15, "1x1x3"),
        ("i = Input((9, 8, 4))\nm = Model(i, layers.Conv2D(3, 1)(i @ ops.transpose(i, (0, 1, 3, 2))))", 27, "8x9x3"),
        (f"{FIRST}x = layers.MaxPooling2D()(layers.BatchNormalization(axis=1)(layers.Conv2D(8, 3)(i)))\n"
         "m = Model(i, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))", 283, "1x1x3"),
        (f"{FIRST}m = Model(i, layers.Concatenate(axis=1)([i, layers.Conv2D(8, 3, padding='same')(i)]))",
         224, "24x32x11"),
        (SAMPLING, 51_220, "1x1x784"),
    ],
)  # fmt: skip
def test_sizes_are_those_of_keras(text: str, params: int, output: str) -> None:
    """Counted by Keras 3.15, with the statistics of normalisations."""
    report = shapecalc.check(IMPORTS + text)
    assert report.ok, [d.message for d in report.diagnostics]
    assert report.totals is not None
    assert (report.totals.params + report.totals.buffers, str(report.layers[-1].output)) == (params, output)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LOADED.format("mnist") + "x = x.reshape(-1, 27, 28)\n" + HEAD.format(5), "x.reshape(-1, 27, 28)"),
        ("(x, y), _ = keras.datasets.boston_housing.load_data(test_split=0.5)\n" + HEAD.format(5), "load_data"),
        (f"{STEPS}m = Model(i, layers.Dense(2)(i[3:]))", "takes some of the images"),
        (f"{STEPS}m = Model(i, layers.Dense(2)(ops.sum(i, axis=0)))", "which axes"),
        (f"{STEPS}m = Model(i, layers.Dense(2)(ops.reshape(i, (-1, 5))))", "ops.reshape"),
        (f"{STEPS}m = Model(i, ops.matmul(i, i))", "do not fit"),
        (f"{STEPS}m = Model(i, i + i[:, 0])", "of 3 and 2 axes, whose batches are not the same axis"),
        (f"{STEPS}m = Model(i, i[:, ::0])", "i[:, ::0]"),
        (f"{STEPS}m = Model(i, i[:, :1.5])", ":1.5"),
        (f"{STEPS}m = Model(i, layers.Dot(axes=())([i, i]))", "layers.Dot(axes=())"),
        (f"{STEPS}m = Model(i, i[slice(layers.Dense(2))])", "slice(layers.Dense(2)"),
        (f"{STEPS}m = Model(i, layers.Bidirectional(layers.LSTM(2), merge_mode=[])(i))", "merge_mode of"),
    ],
)
def test_what_has_no_known_size_is_said(text: str, said: str) -> None:
    (found,) = shapecalc.check(IMPORTS + text).diagnostics
    assert (found.code, said in found.message) == ("SHP020", True), found.message


@pytest.mark.parametrize(
    ("made", "layer"),
    [
        ("i / 255", "RESCALE(1/255)"),
        ("1 - i", "RESCALE(-1, offset=1)"),
        ("layers.Rescaling(2.0, offset=-1)(i)", "RESCALE(2, offset=-1)"),
        ("layers.CenterCrop(4, 5)(i)", "CROP((1,1,2,3))"),
        ("layers.average([i, i, i, i])", "RESCALE(0.25)"),
        ("i[:, 1:3]", "SLICE(1, stop=3, along=height)"),
        ("i[:, ::2, ::2, :]", "POOL(1, S=2)"),
        ("i[:, ::2, 1::2, :]", "OPAQUE(3x5x8)"),
        ("ops.max(i, axis=-1, keepdims=True)", "DEPTHPOOL(8, S=8)"),
        ("layers.RMSNormalization()(i)", "SCALE(false)"),
    ],
)
def test_values_are_those_of_keras_where_we_have_a_layer_for_them(made: str, layer: str) -> None:
    report = shapecalc.check(f"{IMPORTS}i = Input((9, 7, 8))\nm = Model(i, {made})")
    assert (report.ok, report.layers[-1].node.text) == (True, layer), report.diagnostics

"""`verify --weights` on .keras and .h5 files, which the test writes as Keras lays them out.

The layouts are those of Keras 3.15 (saving_lib.py, legacy_h5_format.py) and 2.15; what must come out is computed with
loops here, and `python -m tests.compat.weights` compares with Keras itself.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import shapecalc
from shapecalc.cli.images import file_weights
from shapecalc.numerics.toolkit import Array
from shapecalc.verification.execute import execute
from tests.command import run
from tests.kerasfiles import (
    BIAS,
    CONV,
    DENSE,
    KERNEL,
    MATRIX,
    NET,
    SHIFT,
    drawn,
    layer,
    sequential,
    write_h5,
    write_keras,
)  # fmt: skip


def output_of(path: Path, image: Array) -> Array:
    """What the last layer gives for an image of batch x height x width x channels, or batch x steps x channels."""
    report = shapecalc.check(path)
    assert report.graph is not None
    turned = np.ascontiguousarray(np.moveaxis(image, 1, 2)) if image.ndim == 4 else image
    size = report.rows[0].output
    assert size is not None
    *_, last = execute(report.graph, file_weights(report), {0: turned.reshape(1, *size.sizes)})
    return last.output


IMAGE = np.random.default_rng(1).standard_normal((1, 5, 4, 3)).astype(np.float32)


def convolved(image: Array, kernel: Array, bias: Array) -> Array:
    """A valid convolution by loops, height first."""
    height, width = (n - f + 1 for n, f in zip(image.shape[1:3], kernel.shape, strict=False))
    out = np.zeros((1, height, width, kernel.shape[-1]))
    for y in range(height):
        for x in range(width):
            part = image[0, y : y + kernel.shape[0], x : x + kernel.shape[1]]
            out[0, y, x] = np.tensordot(part, kernel, axes=3) + bias
    return out


WANTED = convolved(IMAGE, KERNEL, BIAS).reshape(1, -1) @ MATRIX + SHIFT
"""The values of rows count height, width, channels, as Keras flattens them."""


def test_a_keras_file_has_its_arrays_under_classes_with_numbers(tmp_path: Path) -> None:
    places = {"layers/conv2d": [KERNEL, BIAS], "layers/dense": [MATRIX, SHIFT]}
    write_keras(tmp_path / "net.keras", NET, places)
    assert np.allclose(output_of(tmp_path / "net.keras", IMAGE).reshape(1, -1), WANTED, atol=1e-4)


@pytest.mark.parametrize("suffix", ["", ":0"])
def test_an_h5_has_its_arrays_by_layer_in_an_order(tmp_path: Path, suffix: str) -> None:
    groups = {
        "stem": {f"stem/kernel{suffix}": KERNEL, f"stem/bias{suffix}": BIAS},
        "head": {f"net/head/kernel{suffix}": MATRIX, f"net/head/bias{suffix}": SHIFT},
    }
    turned = {key: NET[key] for key in reversed(NET)}  # as Keras 2 wrote it, in no order, with Python 3.5
    write_h5(tmp_path / "net.h5", turned if suffix else NET, groups)
    assert np.allclose(output_of(tmp_path / "net.h5", IMAGE).reshape(1, -1), WANTED, atol=1e-4)


def test_a_second_layer_of_a_class_and_a_model_inside_have_places_of_their_own(tmp_path: Path) -> None:
    inner = {"class_name": "Sequential", "config": {"name": "body", "layers": [CONV, layer("Flatten", "flat"), DENSE]}}
    net = sequential([5, 4, 3], inner, layer("Dense", "one", units=3), layer("Dense", "two", units=2))
    one, two = drawn((3, 3), (3, 2))
    zeros = np.zeros(3, np.float32)
    body = {"layers/sequential/layers/conv2d": [KERNEL, BIAS], "layers/sequential/layers/dense": [MATRIX, SHIFT]}
    write_keras(tmp_path / "n.keras", net, {**body, "layers/dense": [one, zeros], "layers/dense_1": [two, zeros[:2]]})
    arrays = {"body/stem/kernel": KERNEL, "body/stem/bias": BIAS, "body/head/kernel": MATRIX, "body/head/bias": SHIFT}
    groups = {"body": arrays, "one": {"one/kernel": one, "one/bias": zeros}, "two": {"two/k": two, "two/b": zeros[:2]}}
    write_h5(tmp_path / "n.h5", net, groups)
    for name in ("n.keras", "n.h5"):
        assert np.allclose(output_of(tmp_path / name, IMAGE).reshape(1, -1), WANTED @ one @ two, rtol=1e-5)


def test_depthwise_separable_and_transposed_kernels_lie_in_their_own_orders(tmp_path: Path) -> None:
    net = sequential(
        [5, 4, 3],
        layer("DepthwiseConv2D", "d", kernel_size=[1, 1], depth_multiplier=2, use_bias=False),
        layer("SeparableConv2D", "s", filters=4, kernel_size=[1, 1], depth_multiplier=3, use_bias=False),
        layer("Conv2DTranspose", "t", filters=2, kernel_size=[2, 3], strides=[2, 3], use_bias=False),
    )
    depth, deep, points, kernel = drawn((1, 1, 3, 2), (1, 1, 6, 3), (1, 1, 18, 4), (2, 3, 2, 4))
    places = {"depthwise_conv2d": [depth], "separable_conv2d": [deep, points], "conv2d_transpose": [kernel]}
    write_keras(tmp_path / "net.keras", net, {f"layers/{place}": arrays for place, arrays in places.items()})
    x = (IMAGE[..., None] * depth[0, 0]).reshape(1, 5, 4, 6)
    x = (x[..., None] * deep[0, 0]).reshape(1, 5, 4, 18) @ points[0, 0]
    wanted = np.einsum("nhwc,yxfc->nhywxf", x, kernel).reshape(1, 10, 12, 2)  # strides as large as the kernel
    assert np.allclose(np.moveaxis(output_of(tmp_path / "net.keras", IMAGE), 1, 2), wanted, rtol=1e-4)


def test_the_statistics_and_the_epsilon_are_those_of_the_file(tmp_path: Path) -> None:
    net = sequential(
        [5, 4, 3], layer("BatchNormalization", "n", epsilon=0.25), layer("Rescaling", "r", scale=0.5, offset=-1)
    )
    gamma, beta, mean, variance = drawn((3,), (3,), (3,), (3,))
    write_keras(tmp_path / "net.keras", net, {"layers/batch_normalization": [gamma, beta, mean, variance]})
    wanted = ((IMAGE - mean) / np.sqrt(variance + 0.25) * gamma + beta) * 0.5 - 1
    assert np.allclose(np.moveaxis(output_of(tmp_path / "net.keras", IMAGE), 1, 2), wanted, rtol=1e-4, atol=1e-5)


def test_statistics_come_after_a_scale_that_has_no_shift(tmp_path: Path) -> None:
    net = sequential([5, 4, 3], layer("BatchNormalization", "n", center=False, epsilon=0.25))
    scale, mean, variance = np.array([[2, 3, 4], [-1, 0, 1], [1, 2, 3]], np.float32)
    write_keras(tmp_path / "net.keras", net, {"layers/batch_normalization": [scale, mean, variance]})
    write_h5(tmp_path / "net.h5", net, {"n": {"n/gamma": scale, "n/mean": mean, "n/variance": variance}})
    expected = np.moveaxis((IMAGE - mean) / np.sqrt(variance + 0.25) * scale, 1, 2)
    for name in ("net.keras", "net.h5"):
        np.testing.assert_allclose(output_of(tmp_path / name, IMAGE), expected, rtol=1e-5)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


STEPS = np.random.default_rng(2).standard_normal((1, 4, 3)).astype(np.float32)


def lstm(x: Array, kernel: Array, state: Array, bias: Array) -> Array:
    """The last state; gates are input, forget, memory, output."""
    h = c = np.zeros((1, state.shape[0]))
    for step in range(x.shape[1]):
        i, f, m, o = np.split(x[:, step] @ kernel + h @ state + bias, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(m)
        h = sigmoid(o) * np.tanh(c)
    return h


def gru(x: Array, kernel: Array, state: Array, bias: Array) -> Array:
    """The last state, reset after the product; gates are update, reset, candidate."""
    h = np.zeros((1, state.shape[0]))
    for step in range(x.shape[1]):
        (xz, xr, xh), (hz, hr, hh) = (
            np.split(x[:, step] @ kernel + bias[0], 3, -1),
            np.split(h @ state + bias[1], 3, -1),
        )
        z, r = sigmoid(xz + hz), sigmoid(xr + hr)
        h = z * h + (1 - z) * np.tanh(xh + r * hh)
    return h


def test_gates_of_recurrent_layers_are_put_in_our_order(tmp_path: Path) -> None:
    arrays = [array - 0.6 for array in drawn((3, 8), (2, 8), (8,))]
    write_keras(tmp_path / "a.keras", sequential([4, 3], layer("LSTM", "r", units=2)), {"layers/lstm/cell": arrays})
    assert np.allclose(output_of(tmp_path / "a.keras", STEPS).reshape(1, -1), lstm(STEPS, *arrays), atol=1e-5)
    both = layer("Bidirectional", "b", layer=layer("GRU", "r", units=2, reset_after=True), merge_mode="concat")
    one, other = ([array - 0.6 for array in drawn((3, 6), (2, 6), (2, 6))], drawn((3, 6), (2, 6), (2, 6)))
    ways = {"layers/bidirectional/forward_layer/cell": one, "layers/bidirectional/backward_layer/cell": other}
    write_keras(tmp_path / "b.keras", sequential([4, 3], both), ways)
    wanted = np.concatenate([gru(STEPS, *one), gru(STEPS[:, ::-1], *other)], axis=-1)
    assert np.allclose(output_of(tmp_path / "b.keras", STEPS).reshape(1, -1), wanted, atol=1e-5)
    names = [f"b/{way}/gru_cell/{name}" for way in ("forward_r", "backward_r") for name in ("kernel", "state", "bias")]
    write_h5(tmp_path / "b.h5", sequential([4, 3], both), {"b": dict(zip(names, [*one, *other], strict=True))})
    assert np.allclose(output_of(tmp_path / "b.h5", STEPS).reshape(1, -1), wanted, atol=1e-5)


def test_what_both_directions_give_is_joined_as_the_file_says(tmp_path: Path) -> None:
    one, other = ([array - 0.6 for array in drawn((3, 8), (2, 8), (8,))], drawn((3, 8), (2, 8), (8,)))
    ways = {"layers/bidirectional/forward_layer/cell": one, "layers/bidirectional/backward_layer/cell": other}
    forth, back = lstm(STEPS, *one), lstm(STEPS[:, ::-1], *other)
    for mode, wanted in (("sum", forth + back), ("ave", (forth + back) / 2), ("mul", forth * back)):
        both = layer("Bidirectional", "b", layer=layer("LSTM", "r", units=2), merge_mode=mode)
        write_keras(tmp_path / "net.keras", sequential([4, 3], both), ways)
        assert np.allclose(output_of(tmp_path / "net.keras", STEPS).reshape(1, -1), wanted, atol=1e-5), mode


def attended(steps: Array, arrays: list[Array], *, causal: bool) -> Array:
    """What keras.layers.MultiHeadAttention computes: the softmax of products of heads, one query after the other."""
    kernels, biases = arrays[::2], arrays[1::2]
    (image,) = steps
    query, key, value = (np.einsum("td,dhk->thk", image, w) + b for w, b in zip(kernels[:3], biases[:3], strict=True))
    out = np.zeros((len(image), *value.shape[1:]))
    for position, head in np.ndindex(len(image), query.shape[1]):
        seen = position + 1 if causal else len(image)
        weights = np.exp(key[:seen, head] @ query[position, head] / query.shape[-1] ** 0.5)
        out[position, head] = weights / weights.sum() @ value[:seen, head]
    return np.asarray(np.einsum("thk,hkd->td", out, kernels[3]) + biases[3])


@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention_is_projections_around_ours(tmp_path: Path, causal: bool) -> None:
    arrays = drawn((3, 2, 5), (2, 5), (3, 2, 5), (2, 5), (3, 2, 4), (2, 4), (2, 4, 3), (3,))
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 4, 3], "keras_history": ["i", 0, 0]}}
    given = layer("InputLayer", "i", batch_shape=[None, 4, 3]) | {"name": "i", "inbound_nodes": []}
    mha = layer("MultiHeadAttention", "m", num_heads=2, key_dim=5, value_dim=4, attention_axes=[1])
    call = {"args": [tensor, tensor], "kwargs": {"use_causal_mask": causal}}
    config = {
        "name": "net",
        "layers": [given, mha | {"name": "m", "inbound_nodes": [call]}],
        "input_layers": [["i", 0, 0]],
        "output_layers": [["m", 0, 0]],
    }
    parts = ("query_dense", "key_dense", "value_dense", "output_dense")
    places = {f"layers/multi_head_attention/{part}": arrays[2 * n : 2 * n + 2] for n, part in enumerate(parts)}
    net = {"module": "keras", "class_name": "Functional", "config": config}
    write_keras(tmp_path / "net.keras", net, places)
    found = output_of(tmp_path / "net.keras", STEPS).reshape(4, 3)
    assert np.allclose(found, attended(STEPS, arrays, causal=causal), atol=1e-5)


def test_the_values_of_a_product_that_become_a_volume_are_put_in_our_order(tmp_path: Path) -> None:
    net = sequential(
        [6], layer("Dense", "d", units=24), layer("ReLU", "a"), layer("Reshape", "v", target_shape=[2, 4, 3])
    )
    kernel, bias = drawn((6, 24), (24,))
    write_keras(tmp_path / "net.keras", net, {"layers/dense": [kernel, bias]})
    row = STEPS.reshape(1, -1)[:, :6]
    wanted = np.maximum(row @ kernel + bias, 0).reshape(1, 2, 4, 3)
    assert np.allclose(np.moveaxis(output_of(tmp_path / "net.keras", row), 1, 2), wanted, rtol=1e-5)


def test_positions_in_a_row_are_counted_by_height_first_when_channels_join_them_and_when_they_are_an_image_again(
    tmp_path: Path,
) -> None:
    row, image = (layer("Reshape", "v", target_shape=shape) for shape in ([20, 3], [5, 4, 3]))
    flat, points = layer("Flatten", "flat"), layer("Conv2D", "p", filters=2, kernel_size=[1, 1], strides=[1, 1])
    kernel, mixed, narrow = drawn((60, 3), (1, 1, 3, 2), (40, 3))
    write_keras(tmp_path / "a.keras", sequential([5, 4, 3], row, flat, DENSE), {"layers/dense": [kernel, SHIFT]})
    assert np.allclose(output_of(tmp_path / "a.keras", IMAGE).reshape(1, -1), IMAGE.reshape(1, -1) @ kernel + SHIFT)
    net = sequential([5, 4, 3], row, image | {"config": {**image["config"], "name": "w"}}, points, flat, DENSE)
    write_keras(tmp_path / "b.keras", net, {"layers/conv2d": [mixed, BIAS], "layers/dense": [narrow, SHIFT]})
    wanted = (IMAGE @ mixed[0, 0] + BIAS).reshape(1, -1) @ narrow + SHIFT
    assert np.allclose(output_of(tmp_path / "b.keras", IMAGE).reshape(1, -1), wanted, atol=1e-4)


def test_slopes_of_single_values_lie_height_first(tmp_path: Path) -> None:
    (slopes,) = drawn((5, 4, 3))
    net = sequential([5, 4, 3], layer("PReLU", "p", shared_axes=None))
    write_keras(tmp_path / "net.keras", net, {"layers/p_re_lu": [slopes]})
    wanted = np.where(IMAGE > 0, IMAGE, slopes * IMAGE)
    assert np.allclose(np.moveaxis(output_of(tmp_path / "net.keras", IMAGE), 1, 2), wanted)


def test_every_figure_is_proved_on_the_weights_of_the_file_and_compared_with_onnxruntime(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    write_keras(tmp_path / "net.keras", NET, {"layers/conv2d": [KERNEL, BIAS], "layers/dense": [MATRIX, SHIFT]})
    done = run("verify", "--weights", "--format", "json", "--against", "onnxruntime", "net.keras", cwd=tmp_path)
    (network,) = json.loads(done.stdout)["networks"]
    assert (done.returncode, network["ok"], network["weights"]) == (0, True, "file")
    assert len(network["onnxruntime"]) == 3

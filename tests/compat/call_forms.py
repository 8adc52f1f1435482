"""Runs calls of torch and Keras in the frameworks themselves, and writes what they give to tests/data/call_forms.json.

    pip install torch==2.13.0 keras==3.15.1 jax        # in an environment of its own
    KERAS_BACKEND=jax python tests/compat/call_forms.py

Each row: framework, call, input and output (width x height x depth, the depth last in one and three axes too),
parameters that are trained, and the others (running statistics, without PyTorch's counter of batches).
"""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

TORCH = """
28x28x3: Conv2d(3, 32, 3) | Conv2d(3, 32, (3, 5)) | Conv2d(3, 32, 5, 2) | Conv2d(3, 32, 5, 2, 1) | Conv2d(3, 32, 3, padding=1) | Conv2d(3, 32, 3, 1, 1, 1, 1, False)
28x28x3: Conv2d(in_channels=3, out_channels=16, kernel_size=(3, 3), stride=(2, 1), padding=(1, 0), bias=False) | Conv2d(3, 6, kernel_size=5, groups=3) | Conv2d(3, 8, 3, dilation=2)
28x28x3: Conv2d(3, 8, kernel_size=[5, 3], stride=[1, 2]) | Conv2d(3, 8, 3, padding='same') | Conv2d(3, 8, 4, padding="same", dilation=(2, 1)) | Conv2d(3, 8, 7, padding='valid')
28x28x3: Conv2d(3, 8, 3, padding_mode='reflect', padding=1) | Conv2d(3, 8, 3, device=None, dtype=None) | Conv2d(out_channels=8, kernel_size=3, in_channels=3, stride=3)
20x30x4: Conv2d(4, 8, (1, 7), padding=(0, 3)) | Conv2d(4, 8, (7, 1), (2, 1), (3, 0)) | Conv2d(4, 8, 3, stride=2, padding=(2, 1), dilation=(1, 2)) | nn.Conv2d(4, 8, 1) | torch.nn.Conv2d(4, 8, 2, 2)
28x28x3: nn.LazyConv2d(8, 3) | LazyConv2d(out_channels=8, kernel_size=5, stride=2)
100x4: Conv1d(4, 8, 3) | Conv1d(4, 8, 5, stride=2, padding=2) | Conv1d(4, 8, kernel_size=(7,), dilation=2) | nn.Conv1d(4, 8, 3, groups=4, bias=False)
12x10x8x2: Conv3d(2, 4, 3) | Conv3d(2, 4, (3, 1, 2), stride=(1, 2, 1), padding=(1, 0, 0)) | Conv3d(2, 4, kernel_size=(1, 3, 3), padding=(0, 1, 1), bias=False)
1x1x100: ConvTranspose2d(100, 512, 4, 1, 0) | nn.ConvTranspose2d(100, 64, 4, 1, 0, bias=False)
7x9x16: ConvTranspose2d(16, 8, 2, 2) | ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1) | ConvTranspose2d(16, 8, 4, 2, 1) | ConvTranspose2d(16, 8, (2, 4), stride=(2, 3)) | ConvTranspose2d(16, 8, 3, 2, 1, 1, 1, False)
7x9x16: ConvTranspose2d(16, 8, kernel_size=3, stride=2, padding=(1, 0), output_padding=(1, 0)) | ConvTranspose2d(16, 8, 3, groups=4) | ConvTranspose2d(16, 8, 3, dilation=2, padding=1) | ConvTranspose2d(in_channels=16, out_channels=8, kernel_size=2, stride=2)
20x6: ConvTranspose1d(6, 3, 4, 2, 1) | ConvTranspose1d(6, 3, kernel_size=3, stride=2, output_padding=1)
5x4x3x2: ConvTranspose3d(2, 3, 2, 2)
28x28x3: MaxPool2d(2) | MaxPool2d(2, 2) | MaxPool2d(3, 2) | MaxPool2d(3, 2, 1) | MaxPool2d(kernel_size=3, stride=2, padding=1) | MaxPool2d((2, 3)) | MaxPool2d(2, stride=1) | MaxPool2d(3, stride=(2, 1), padding=(1, 0))
28x28x3: MaxPool2d(3, 2, ceil_mode=True) | MaxPool2d(2, dilation=2) | nn.MaxPool2d(kernel_size=(4, 2), stride=None) | MaxPool2d(3, 2, 1, 1, False, True) | MaxPool2d(3, stride=2, return_indices=False)
28x28x3: AvgPool2d(2) | AvgPool2d(3, 2, 1) | AvgPool2d(3, 2, 1, True) | AvgPool2d(kernel_size=7, stride=1) | AvgPool2d((3, 2), count_include_pad=False) | AvgPool2d(2, divisor_override=3) | nn.AvgPool2d(8) | LPPool2d(2, 3, stride=2)
100x4: MaxPool1d(2) | MaxPool1d(3, 2, 1) | AvgPool1d(4) | AvgPool1d(3, stride=2, padding=1, count_include_pad=False)
12x10x8x2: MaxPool3d(2) | MaxPool3d((1, 2, 2)) | AvgPool3d((2, 1, 1), stride=1)
20x30x4: AdaptiveAvgPool2d(1) | AdaptiveAvgPool2d((1, 1)) | AdaptiveAvgPool2d((6, 5)) | nn.AdaptiveAvgPool2d(output_size=(7, 7)) | AdaptiveMaxPool2d(3) | AdaptiveMaxPool2d((2, 4), return_indices=False)
100x4: AdaptiveAvgPool1d(1) | AdaptiveMaxPool1d(output_size=7)
28x28x32: BatchNorm2d(32) | BatchNorm2d(num_features=32) | BatchNorm2d(32, eps=1e-3, momentum=0.01) | BatchNorm2d(32, affine=False) | BatchNorm2d(32, track_running_stats=False) | nn.BatchNorm2d(32, 1e-5, 0.1, True, True)
28x28x32: InstanceNorm2d(32) | InstanceNorm2d(32, affine=True) | GroupNorm(8, 32) | GroupNorm(num_groups=4, num_channels=32, affine=False) | GroupNorm(1, 32, eps=1e-6) | LocalResponseNorm(5) | LocalResponseNorm(size=3, alpha=0.0001, beta=0.75, k=2)
100x4: BatchNorm1d(4) | InstanceNorm1d(4)
12x10x8x2: BatchNorm3d(2)
1x1x400: Linear(400, 120) | Linear(in_features=400, out_features=10) | Linear(400, 10, bias=False) | nn.Linear(400, 10, True) | LazyLinear(7) | BatchNorm1d(400) | LayerNorm(400) | LayerNorm([400]) | LayerNorm((400,), eps=1e-6) | LayerNorm(normalized_shape=400, elementwise_affine=False)
20x30x4: Flatten() | Flatten(1) | Flatten(start_dim=1, end_dim=-1) | nn.Flatten() | Identity()
1x1x400: Unflatten(1, (16, 5, 5)) | Unflatten(dim=1, unflattened_size=(4, 10, 10))
20x30x4: Dropout() | Dropout(0.5) | Dropout(p=0.2, inplace=True) | Dropout2d(0.2) | nn.Dropout2d(p=0.1) | AlphaDropout(p=0.3) | ReLU() | ReLU(inplace=True) | ReLU(True) | nn.ReLU6(inplace=True) | LeakyReLU(0.2) | LeakyReLU(negative_slope=0.1, inplace=True)
20x30x4: nn.PReLU() | nn.PReLU(4) | nn.PReLU(num_parameters=4, init=0.1) | ELU(alpha=0.5) | SELU(inplace=True) | GELU() | GELU(approximate='tanh') | SiLU(inplace=True) | Mish() | Hardswish() | Hardsigmoid(inplace=True) | Sigmoid() | Tanh() | Softplus(beta=2, threshold=10)
20x30x4: Softmax(dim=1) | nn.Softmax(1) | LogSoftmax(dim=1) | Softmax2d()
10x12x8: Upsample(size=20) | Upsample(size=(24, 15)) | Upsample(scale_factor=2) | Upsample(scale_factor=2, mode='bilinear', align_corners=True) | Upsample(scale_factor=(2, 3), mode='nearest') | UpsamplingNearest2d(scale_factor=2) | UpsamplingBilinear2d(size=(7, 5)) | nn.Upsample(scale_factor=1.5)
10x12x8: PixelShuffle(2) | PixelShuffle(upscale_factor=2) | ChannelShuffle(4) | ChannelShuffle(groups=2) | ZeroPad2d(1) | ZeroPad2d((1, 2, 3, 4)) | ReflectionPad2d(3) | ReflectionPad2d((1, 2, 0, 1)) | ReplicationPad2d(padding=2) | ConstantPad2d(2, 0.5)
"""  # noqa: E501

KERAS = """
28x28x3: Conv2D(32, 3) | Conv2D(32, (3, 3)) | Conv2D(32, (3, 5)) | Conv2D(32, 5, 2) | Conv2D(32, kernel_size=3) | Conv2D(filters=32, kernel_size=(5, 3), strides=(2, 1)) | Conv2D(32, [3, 3], padding='same') | Conv2D(32, 3, strides=2, padding="same")
28x28x3: Conv2D(32, (3, 3), activation='relu') | Conv2D(32, 3, use_bias=False) | Conv2D(32, 3, dilation_rate=2) | Conv2D(6, 3, groups=3) | Conv2D(32, 3, padding='valid', data_format='channels_last') | Conv2D(32, 3, kernel_initializer='he_normal', name='conv1')
28x28x3: Conv2D(32, (3, 3), 2, 'same') | Conv2D(8, 3, padding='same', kernel_regularizer=regularizers.l2(0.01), bias_initializer='zeros') | layers.Conv2D(8, 1) | keras.layers.Conv2D(8, (1, 3)) | Conv2D(8, 3, strides=(1, 2), padding='same', activation='softmax')
20x30x4: Conv2D(8, (7, 1), padding='same', strides=(2, 1)) | Conv2D(8, 3, dilation_rate=(1, 3)) | Conv2D(8, kernel_size=2, strides=2, activation=None) | Convolution2D(8, (3, 3))
100x4: Conv1D(8, 3) | Conv1D(8, 5, strides=2, padding='same') | Conv1D(8, 3, padding='causal', dilation_rate=2) | Conv1D(8, 4, activation='tanh') | Conv1D(filters=8, kernel_size=(3,))
12x10x8x2: Conv3D(4, 3) | Conv3D(4, (3, 1, 2), strides=(1, 2, 1)) | Conv3D(4, 3, padding='same', use_bias=False)
7x9x16: Conv2DTranspose(8, 2, strides=2) | Conv2DTranspose(8, 3, strides=2, padding='same') | Conv2DTranspose(8, (2, 4), (2, 3)) | Conv2DTranspose(8, 3, strides=3) | Conv2DTranspose(8, 2, strides=3) | Conv2DTranspose(8, 3, strides=2, padding='same', output_padding=1, use_bias=False) | Conv2DTranspose(filters=8, kernel_size=4, strides=2, padding="same", activation='relu')
20x6: Conv1DTranspose(3, 4, strides=2, padding='same')
28x28x6: DepthwiseConv2D(3) | DepthwiseConv2D((3, 5), padding='same') | DepthwiseConv2D(3, strides=2, depth_multiplier=2, use_bias=False) | DepthwiseConv2D(kernel_size=3, depth_multiplier=3, activation='relu') | SeparableConv2D(16, 3) | SeparableConv2D(16, (3, 3), padding='same', depth_multiplier=2) | SeparableConv2D(16, 5, strides=2, use_bias=False)
28x28x3: MaxPooling2D() | MaxPooling2D(2) | MaxPooling2D((2, 2)) | MaxPooling2D(pool_size=(2, 3)) | MaxPooling2D(pool_size=3, strides=2) | MaxPooling2D((3, 3), strides=(2, 2), padding='same') | MaxPooling2D(2, 1) | MaxPool2D((3, 2)) | layers.MaxPooling2D(pool_size=[2, 2]) | MaxPooling2D(3, padding='same')
28x28x3: AveragePooling2D(2) | AveragePooling2D(pool_size=(7, 7)) | AveragePooling2D(3, strides=1, padding='same') | AveragePooling2D((2, 4)) | GlobalAveragePooling2D() | GlobalMaxPooling2D() | GlobalAveragePooling2D(keepdims=True) | GlobalAvgPool2D()
100x4: MaxPooling1D() | MaxPooling1D(3) | MaxPooling1D(pool_size=4, strides=2) | AveragePooling1D(2, padding='same') | GlobalMaxPooling1D() | UpSampling1D(3) | ZeroPadding1D(2) | ZeroPadding1D((1, 3)) | Cropping1D((2, 1))
12x10x8x2: MaxPooling3D(2) | MaxPooling3D(pool_size=(1, 2, 2)) | UpSampling3D((1, 2, 3)) | ZeroPadding3D((1, 0, 2))
1x1x400: Dense(10) | Dense(units=10) | Dense(10, activation='softmax') | Dense(64, 'relu') | Dense(64, use_bias=False) | Dense(64, activation='relu', kernel_regularizer='l2', name="fc") | BatchNormalization() | Dropout(0.5) | layers.Dense(7)
20x30x4: BatchNormalization() | BatchNormalization(axis=-1, momentum=0.9, epsilon=1e-5) | BatchNormalization(scale=False) | BatchNormalization(center=False) | BatchNormalization(center=False, scale=False) | BatchNormalization(axis=3) | LayerNormalization() | LayerNormalization(epsilon=1e-6) | GroupNormalization(2) | GroupNormalization(groups=4, axis=-1)
20x30x4: Activation('relu') | Activation('softmax') | Activation("sigmoid", name='out') | ReLU() | ReLU(6) | ReLU(max_value=6) | LeakyReLU(0.2) | LeakyReLU(negative_slope=0.1) | layers.PReLU() | layers.PReLU(shared_axes=[1, 2]) | ELU(alpha=0.5) | Softmax(axis=-1) | layers.ReLU()
20x30x4: Flatten() | Dropout(rate=0.25) | Dropout(0.5, seed=1) | SpatialDropout2D(0.3) | GaussianNoise(0.1) | GaussianNoise(stddev=0.2) | GaussianDropout(0.2) | AlphaDropout(0.1) | Identity() | Rescaling(1./255) | Rescaling(scale=1/127.5, offset=-1)
20x30x4: UpSampling2D() | UpSampling2D(2) | UpSampling2D(size=(2, 3)) | UpSampling2D((2, 2), interpolation='bilinear') | UpSampling2D(size=20) | ZeroPadding2D() | ZeroPadding2D(3) | ZeroPadding2D((1, 2)) | ZeroPadding2D(padding=((1, 2), (3, 4))) | Cropping2D(2) | Cropping2D(((1, 2), (3, 4))) | Cropping2D(cropping=(2, 1))
20x30x4: Permute((2, 1, 3)) | Permute((3, 1, 2)) | Permute(dims=(1, 2, 3)) | Reshape((2400,)) | Reshape((15, 40, 4)) | Reshape(target_shape=(60, 40))
100x4: Permute((2, 1))
1x1x400: Reshape((5, 5, 16)) | layers.Reshape((10, 4, 10)) | Reshape((100, 4))
"""  # noqa: E501


def forms(table: str) -> list[tuple[tuple[int, ...], str]]:
    """Input, width first, and call."""
    found = []
    for line in table.strip().splitlines():
        size, _, calls = line.partition(": ")
        found += [(tuple(map(int, size.split("x"))), call.strip()) for call in calls.split(" | ")]
    return found


def torch_rows() -> list[list[Any]]:
    """What torch gives for each call."""
    import torch

    rows = []
    for size, call in forms(TORCH):
        layer = eval(call, {"nn": torch.nn, "torch": torch, **vars(torch.nn)})
        *spatial, depth = size
        flat = spatial == [1, 1] and any(w in call for w in ("Linear", "BatchNorm1d", "LayerNorm", "Unflatten"))
        x = torch.zeros((2, depth) if flat else (2, depth, *reversed(spatial)))
        out = tuple(layer.eval()(x).shape[1:])
        output = [*reversed(out[1:]), out[0]] if len(out) > 1 else [1] * len(spatial) + [out[0]]
        params = sum(p.numel() for p in layer.parameters())
        buffers = sum(b.numel() for n, b in layer.named_buffers() if "num_batches" not in n)
        rows.append(["torch", call, list(size), output, params, buffers])
    return rows


def keras_rows() -> list[list[Any]]:
    """What Keras gives for each call."""
    import keras

    names = {"layers": keras.layers, "keras": keras, "regularizers": keras.regularizers, **vars(keras.layers)}
    rows = []
    for size, call in forms(KERAS):
        layer = eval(call, dict(names))
        *spatial, depth = size
        flat = spatial == [1, 1]
        given = keras.Input((depth,) if flat else (*reversed(spatial), depth))
        out = tuple(layer(given).shape[1:])
        output = [*reversed(out[:-1]), out[-1]] if len(out) > 1 else [1] * len(spatial) + [out[0]]
        params = sum(prod(w.shape) for w in layer.trainable_weights)
        buffers = sum(prod(w.shape) for w in layer.non_trainable_weights if "seed" not in w.path)
        rows.append(["Keras", call, list(size), output, params, buffers])
    return rows


def main() -> None:
    """Writes the table."""
    import keras
    import torch

    made = {"torch": torch.__version__.partition("+")[0], "keras": keras.__version__}
    rows = [*torch_rows(), *keras_rows()]
    lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    path = Path(__file__).parents[1] / "data" / "call_forms.json"
    path.write_text(f'{{"made_with": {json.dumps(made)},\n "rows": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{len(rows)} calls in {path}")


if __name__ == "__main__":
    main()

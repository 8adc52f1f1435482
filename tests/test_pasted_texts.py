"""What people type and paste, line by line: read as they mean it, or refused with the reason.

Each row is the smallest text of its kind; with it stands the diagram that it is read as, or the diagnostic. Collected
from public threads, tutorials and posted diagrams.
"""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli

READ: dict[str, tuple[str, int | None]] = {
    # --- two notations of one writer, side by side ---
    "INPUT 32x32x3 > CONV 5x5 @ 6 > POOL 2x2": ("INPUT(32x32x3) => CONV(6, 5x5) => POOL(2x2)", 456),
    "INPUT 32x32x3 ~> [CONV 3x3, 64] x 3 ~> FC 128 (relu)": (
        "INPUT(32x32x3) => [CONV(64, 3x3)]*3 => FC(128) => RELU",
        None,
    ),
    "INPUT(28x28x1) > 32C5-MP2 > 20c5 > FC(10)": (
        "INPUT(28x28x1) => CONV(32, 5) => POOL(2) => CONV(20, 5) => FC(10)",
        None,
    ),
    "INPUT(28x28x1)-20c5-mp2-FC(10)": ("INPUT(28x28x1) => CONV(20, 5) => POOL(2) => FC(10)", None),
    "INPUT(8x8x3) » nn.ReLU() » Conv 3»16": ("INPUT(8x8x3) => RELU => CONV(16, in=3)", None),
    "INPUT(8x8x3) ➜ Conv(3 ➜ 16)": ("INPUT(8x8x3) => CONV(16, in=3)", None),
    # --- frameworks' calls, by the case of their names ---
    "INPUT(224x224x3) => Conv2d(3, 32, 3)": ("INPUT(224x224x3) => CONV(32, 3, in=3)", 896),
    "INPUT(1x1x100) => ConvTranspose2d(100, 512, 4, 1, 0)": (
        "INPUT(1x1x100) => UPCONV(512, 4, S=1, P=0, in=100)",
        819_712,
    ),
    "INPUT(28x28x1) => Conv2d(1,32,3,1) => ReLU => Conv2d(32,64,3,1)": (
        "INPUT(28x28x1) => CONV(32, 3, S=1, in=1) => RELU => CONV(64, 3, S=1, in=32)",
        18_816,
    ),
    "INPUT(1x1x128) => Linear(128, 10)": ("INPUT(1x1x128) => FC(10, in=128)", 1_290),
    "INPUT(10x10x8) => UPSAMPLE(size=20)": ("INPUT(10x10x8) => RESIZE(size=20)", 0),
    "INPUT(32x32x3) => Conv2D(32, (3,5))": ("INPUT(32x32x3) => CONV(32, 5x3)", 1_472),
    "INPUT(8x8x4) => nn.PReLU()": ("INPUT(8x8x4) => PRELU(shared=true)", 1),
    "INPUT(32x32x3) => layers.RandomFlip('horizontal') => layers.RandomZoom(0.1, 0.2) => Conv2D(8, 3)": (
        "INPUT(32x32x3) => IDENTITY => IDENTITY => CONV(8, 3)",
        224,
    ),
    # --- what frameworks' calls are written with ---
    "INPUT(8x8x3) => Conv2D(32, (3, 3)) => MaxPooling2D([2, 2])": ("INPUT(8x8x3) => CONV(32, 3) => POOL(2)", 896),
    "INPUT(8x8x3) => Conv2d(in_channels=3, out_channels=8, kernel_size=3)": ("INPUT(8x8x3) => CONV(8, 3, in=3)", 224),
    "INPUT(1x1x12) => Linear(in_features=12, out_features=4)": ("INPUT(1x1x12) => FC(4, in=12)", 52),
    "INPUT(8x8x3) => BatchNorm2d(num_features=3)": ("INPUT(8x8x3) => BN(in=3)", 6),
    "INPUT(1x1x12) => LayerNorm(normalized_shape=12)": ("INPUT(1x1x12) => LN(in=12)", 24),
    "INPUT(8x8x3) => Conv2D(32, 3, padding='same', activation=\"relu\")": (
        "INPUT(8x8x3) => CONV(32, 3, P=same) => RELU",
        896,
    ),
    "INPUT(8x8x3) => ReLU(inplace=True)": ("INPUT(8x8x3) => RELU", 0),
    "INPUT(8x8x3) => BatchNorm2d(3, eps=0.001, momentum=0.1)": ("INPUT(8x8x3) => BN(eps=0.001, in=3)", 6),
    "INPUT(8x8x3) => BatchNormalization(axis=-1)": ("INPUT(8x8x3) => BN(eps=0.001)", 6),
    "INPUT(8x8x3) => Softmax(dim=1)": ("INPUT(8x8x3) => SOFTMAX", 0),
    "INPUT(8x8x3) => Flatten(start_dim=1)": ("INPUT(8x8x3) => FLATTEN", 0),
    "INPUT(8x8x3) => Upsample(scale_factor=2, mode='bilinear', align_corners=True)": (
        "INPUT(8x8x3) => UPSAMPLE(2, mode=bilinear)",
        0,
    ),
    "INPUT(1x1x8) => Dense(10, name='fc')": ("INPUT(1x1x8) => FC(10)", 90),
    "Conv2D(8, 3, input_shape=(28, 28, 1))": ("INPUT(28x28x1) => CONV(8, 3)", 80),
    "INPUT(8x8x3) => Conv2D(8, 3, data_format='channels_last', use_bias=False)": (
        "INPUT(8x8x3) => CONV(8, 3, bias=False)",
        216,
    ),
    "INPUT(8x8x3) => Conv2D(8, 3, kernel_initializer='he_normal')": ("INPUT(8x8x3) => CONV(8, 3)", 224),
    "INPUT(8x8x3) => nn.Conv2d(3, 8, 3) => nn.ReLU()": ("INPUT(8x8x3) => CONV(8, 3, in=3) => RELU", 224),
    "INPUT(8x8x3) => layers.Conv2D(8, 3)": ("INPUT(8x8x3) => CONV(8, 3)", 224),
    "INPUT(8x8x3) => tf.keras.layers.Conv2D(8, 3)": ("INPUT(8x8x3) => CONV(8, 3)", 224),
    "INPUT(8x8x3) => ZeroPadding2D(((1, 0), (2, 3)))": ("INPUT(8x8x3) => PAD((2, 3, 1, 0))", 0),
    "INPUT(8x8x3) => ReflectionPad2d(3)": ("INPUT(8x8x3) => PAD(3)", 0),
    "INPUT(8x6x3) => Permute((2, 1, 3))": ("INPUT(8x6x3) => PERMUTE((2, 1, 3))", 0),
    "INPUT(8x8x3) => Add()[CONV(3) | ]": ("INPUT(8x8x3) => ADD[CONV(3) |]", 84),
    "INPUT(8x8x3) => GaussianNoise(0.1)": ("INPUT(8x8x3) => IDENTITY", 0),
    "INPUT(8x8x3) => Dropout2d(0.5)": ("INPUT(8x8x3) => DO(0.5, channels=true)", 0),
    "INPUT(8x8x3) => Conv3x3, 32": ("INPUT(8x8x3) => CONV3x3(32)", 896),
    "INPUT(8x8x3) => MaxPool/2": ("INPUT(8x8x3) => POOL(S=2)", 0),
    "INPUT(9x9x3) => conv 3x3/2, 64": ("INPUT(9x9x3) => CONV(64, 3x3, S=2)", 1_792),
    # --- others of their kind ---
    "INPUT(9x9x3) => conv3x3, 64, stride 2 => pool 2x2/2 => FC, 10": (
        "INPUT(9x9x3) => CONV3x3(64, S=2) => POOL(2x2, S=2) => FC(10)",
        4_362,
    ),
    "INPUT(9x9x3) => 64@3x3 conv => conv 64@3x3": ("INPUT(9x9x3) => CONV(64, 3x3) => CONV(64, 3x3)", 38_720),
    "INPUT(8x8x3) => conv3-32 => conv3-64/2": ("INPUT(8x8x3) => CONV3-32 => CONV3-64(S=2)", 19_392),
    "Layer 1: Conv 3x3, 64\nLayer 2: MaxPool 2x2\nLayer 3: FC 10": ("CONV(64, 3x3) => POOL(2x2) => FC(10)", None),
    "INPUT(32x32x3) => 2x(CONV 3x3, 64) => POOL": ("INPUT(32x32x3) => [CONV(64, 3x3)]*2 => POOL", 38_720),
    "INPUT(32x32x3) => (CONV-RELU)*2-POOL-FC(10)": (
        "INPUT(32x32x3) => [CONV => RELU]*2 => POOL => FC(10)",
        202_570,
    ),
    "INPUT(8x8x3) -> Conv(3 -> 16) -> Conv 16->8": ("INPUT(8x8x3) => CONV(16, in=3) => CONV(8, in=16)", 1_608),
    "INPUT(28x28x1) => 2x32C3-MP2": ("INPUT(28x28x1) => [CONV(32, 3)]*2 => POOL(2)", 9_568),
    "INPUT(8x8x4) => nn.PixelUnshuffle(2) => nn.Softsign()": ("INPUT(8x8x4) => PIXELUNSHUFFLE(2) => SOFTPLUS", 0),
    "INPUT(8x8x4) => GELU('tanh') => CELU(1.0)": ("INPUT(8x8x4) => GELU => ELU(1)", 0),
    "INPUT(8x8x4) => layers.Resizing(12, 20) => layers.CenterCrop(height=4, width=6)": (
        "INPUT(8x8x4) => RESIZE(20x12, mode=bilinear) => RESIZE(6x4)",
        0,
    ),
    "INPUT(8x8x4) => ReLU(negative_slope=0.1)": ("INPUT(8x8x4) => RELU => LRELU(0.1)", 0),
    "INPUT(8x8x4) => Conv2D(8, 3, 3, use_bias=False)": ("INPUT(8x8x4) => CONV(8, 3, S=3, bias=False)", 288),
    "INPUT(8x8x4) => UpSampling2D(2, interpolation='bicubic')": ("INPUT(8x8x4) => UPSAMPLE(2, mode=bilinear)", 0),
    "INPUT(9x9x3) ──> CONV(8, 3) ━━▶ RELU ──▶ POOL(7)": ("INPUT(9x9x3) => CONV(8, 3) => RELU => POOL(7)", 224),
    "28x28-20c5-p2-10o": ("INPUT(28x28x1) => CONV(20, 5) => POOL(2) => FC(10)", None),
    # --- programs that list layers ---
    "INPUT(8x8x3)\nbody = nn.Sequential(\n  nn.Conv2d(3, 8, 3),\n  nn.Sequential(nn.BatchNorm2d(8), nn.ReLU()),\n)": (
        "INPUT(8x8x3) => CONV(8, 3, in=3) => [BN(in=8) => RELU]",
        240,
    ),
    "INPUT(8x8x3) =>\nstax.serial(Conv(8, (3, 3), padding='SAME'), Relu,\n  MaxPool((2, 2), (2, 2)))": (
        "INPUT(8x8x3) => CONV(8, (3, 3), P=SAME) => RELU => POOL((2, 2), (2, 2))",
        224,
    ),
    "INPUT(8x8x3)\nnn.Conv2d(3, 8, 3),\nnn.BatchNorm2d(8),\nnn.ReLU(True),": (
        "INPUT(8x8x3) => CONV(8, 3, in=3) => BN(in=8) => RELU",
        240,
    ),
    "INPUT(9x9x3) => conv2d(8, [3,3]) => max_pool2d([2,2]) => fully_connected(5)": (
        "INPUT(9x9x3) => CONV(8, 3, P=same) => POOL(2, S=2) => FC(5)",
        869,
    ),
    "INPUT(9x9x3) => Conv(filters=8, kernel_size=(3, 3))": ("INPUT(9x9x3) => CONV(K=8, F=(3, 3))", 224),
    "INPUT(9x9x3) => Conv(8, (1, 1)) => relu": ("INPUT(9x9x3) => CONV(8, (1, 1)) => RELU", 32),
    # --- an input in two words ---
    "Input Image (28x28x1) => Dense 10": ("INPUT(28x28x1) => FC(10)", 7_850),
    "Input Layer (32x32x3) -> Conv(16)": ("INPUT(32x32x3) => CONV(16)", 448),
    "image input (28x28x1) => FC(10)": ("INPUT(28x28x1) => FC(10)", 7_850),
    # --- posted notations ---
    "INPUT(28x28x1) => 32C5-MP2-64C5-MP2-512FC-10": (
        "INPUT(28x28x1) => CONV(32, 5) => POOL(2) => CONV(64, 5) => POOL(2) => FC(512) => FC(10)",
        582_026,
    ),
    "INPUT(28x28x1) => 32C5 => MP2": ("INPUT(28x28x1) => CONV(32, 5) => MP2", 832),
    "INPUT(32x32x3) => (CONV 3x3, 64)*2": ("INPUT(32x32x3) => [CONV(64, 3x3)]*2", 38_720),
    "INPUT(64x64x3)\nconv3-64\nconv3-64\nmaxpool\nFC-10": (
        "INPUT(64x64x3) => CONV3-64 => CONV3-64 => POOL => FC-10",
        694_090,
    ),
    "INPUT(32x32x3)\nBlock 1: [Conv3x3(64) -> BN -> ReLU] * 2 -> MaxPool": (
        "INPUT(32x32x3) => [CONV3x3(64) => BN => RELU]*2 => POOL",
        38_976,
    ),
    "INPUT(32x32x3) -> Block 1: [Conv3x3(64) -> BN -> ReLU] * 2 -> MaxPool": (
        "INPUT(32x32x3) => [CONV3x3(64) => BN => RELU]*2 => POOL",
        38_976,
    ),
    "INPUT(32x32x3) => Stage 1: Conv(64) => Stage 2: Conv(128)": ("INPUT(32x32x3) => CONV(64) => CONV(128)", 75_648),
    "INPUT(32x32x3) => conv5-32": ("INPUT(32x32x3) => CONV5-32", 2_432),
    "INPUT(8x8x3)-CONV3-64": ("INPUT(8x8x3) => CONV3-64", 1_792),
    "[INPUT – CONV – RELU]": ("[INPUT => CONV => RELU]", 1_792),
    "INPUT(8x8x3) ⟶ CONV3-64 ➔ RELU --> POOL ==> FC(10)": (
        "INPUT(8x8x3) => CONV3-64 => RELU => POOL => FC(10)",
        12_042,
    ),
    "INPUT(8x8x3)\n↓\nCONV3-64\n|\nv\nRELU": ("INPUT(8x8x3) => CONV3-64 => RELU", 1_792),
    "INPUT [32x32x3] => CONV [32x32x12] => RELU [32x32x12] => POOL [16x16x12]": (
        "INPUT(32x32x3) => CONV(12): 32x32x12 => RELU: 32x32x12 => POOL: 16x16x12",
        336,
    ),
    "INPUT(32x32x3) -> Conv(16) -> [BN] -> ReLU": ("INPUT(32x32x3) => CONV(16) => [BN] => RELU", 480),
    "INPUT(1x1x128) => Dense(128 -> 64)": ("INPUT(1x1x128) => FC(64, in=128)", 8_256),
    "[conv-relu-pool]xN - [affine]xM - softmax": ("[CONV => RELU => POOL]*N => [FC]*M => SOFTMAX", None),
    "- Conv2D(filters = 64, strides = 2), LeakyReLU(0.2)\n- Conv2D(filters = 8), ReLU": (
        "CONV(64, S=2) => LRELU(0.2) => CONV(8) => RELU",
        None,
    ),
    # --- and the rest of the lectures', posts' and papers' lines ---
    "INPUT(256x256x3) => c7s1-64,d128,d256,R256,u128,c7s1-3": (
        "INPUT(256x256x3) => CONV(64, 7, S=1, P=3) => IN => RELU => CONV(128, 3, S=2, P=1) => IN => RELU"
        " => CONV(256, 3, S=2, P=1) => IN => RELU => ADD[CONV(256, 3, P=1) => IN => RELU => CONV(256, 3, P=1) => IN |]"
        " => UPCONV(128, 3, S=2, P=1, output_padding=1) => IN => RELU => CONV(3, 7, S=1, P=3) => IN => RELU",
        1_872_515,
    ),
    "INPUT(224x224x3)\nconv3-64,\nconv3-64,\nmaxpool,\nFC-1000": (
        "INPUT(224x224x3) => CONV3-64 => CONV3-64 => POOL => FC-1000",
        802_855_720,
    ),
    "INPUT(8x8x3)\n  |\nCONV3-64\n  |\n  v\nsoft-max": ("INPUT(8x8x3) => CONV3-64 => SOFTMAX", 1_792),
    "INPUT => [(CONV-RELU)*2-POOL]*3-(FC-RELU)*2-SOFTMAX": (
        "INPUT => [[CONV => RELU]*2 => POOL]*3 => [FC => RELU]*2 => SOFTMAX",
        None,
    ),
    "[(CONV-RELU)*N-POOL?]*M-(FC-RELU)*K,SOFTMAX": (
        "[[CONV => RELU]*N => POOL?]*M => [FC => RELU]*K => SOFTMAX",
        None,
    ),
    "INPUT(32x32x1) => C1: 6@28x28 => C5: 120": ("INPUT(32x32x1) => C1: 28x28x6 => C5: 1x1x120", None),
    "INPUT(1x1x84) => FC(10): 10": ("INPUT(1x1x84) => FC(10): 1x1x10", 850),
    "INPUT(8x8x3) => FLATTEN: 192": ("INPUT(8x8x3) => FLATTEN: 1x1x192", 0),
    "Block 1: [Conv3x3(64) -> BN -> ReLU] * 2 -> MaxPool": ("[CONV3x3(64) => BN => RELU]*2 => POOL", None),
    "INPUT(8x8x3) => ZeroPadding2D(([1, 2], (0, 1)))": ("INPUT(8x8x3) => PAD((0, 1, 1, 2))", 0),
    "INPUT(8x8x3) => ZeroPadding2D(((1, 2), [0, 1]))": ("INPUT(8x8x3) => PAD((0, 1, 1, 2))", 0),
    "INPUT(8x8x3) => AveragePooling2D()": ("INPUT(8x8x3) => AVGPOOL", 0),
    "INPUT(8x8x3) &rarr; CONV(8) =&gt; FC(10)": ("INPUT(8x8x3) => CONV(8) => FC(10)", 5_354),
    "**INPUT**(8x8x3) => CONV(8)": ("INPUT(8x8x3) => CONV(8)", 224),
    # --- in small letters, and with the size in front ---
    "INPUT(28x28x1) => 20c5 => mp2 => FC(10)": ("INPUT(28x28x1) => CONV(20, 5) => MP2 => FC(10)", 29_330),
    "INPUT(28x28x1) => 20c5-mp2-150n-10n": ("INPUT(28x28x1) => CONV(20, 5) => POOL(2) => FC(150) => FC(10)", 434_180),
    "INPUT(28x28x1) => 3x32c3-mp2-10": ("INPUT(28x28x1) => [CONV(32, 3)]*3 => POOL(2) => FC(10)", 57_546),
    "INPUT(32x32x3) => conv 3x3@64": ("INPUT(32x32x3) => CONV(64, 3x3)", 1_792),
    "INPUT(32x32x3) => (3x3 conv, 64)*2": ("INPUT(32x32x3) => [CONV(64, 3x3)]*2", 38_720),
    "INPUT(32x32x3) => 2x(CONV-RELU)": ("INPUT(32x32x3) => [CONV => RELU]*2", 38_720),
    "INPUT(32x32x3) => 2x(CONV3-64-RELU)": ("INPUT(32x32x3) => [CONV3-64 => RELU]*2", 38_720),
    "INPUT(225x225x3) => conv1: 7x7, 64, stride 2": ("INPUT(225x225x3) => CONV(64, 7x7, S=2) as conv1", 9_472),
    "INPUT(32x32x3) => Conv2d => MaxPool2d 2": ("INPUT(32x32x3) => CONV => POOL(2)", 1_792),
    "INPUT(32x32x3) => [conv-relu]x2-pool-[conv-relu]x2-fc(10)": (
        "INPUT(32x32x3) => [CONV => RELU]*2 => POOL => [CONV => RELU]*2 => FC(10)",
        276_426,
    ),
    "INPUT(32x32x3) => Conv 5x5 (6 filters) => MaxPool 2x2": ("INPUT(32x32x3) => CONV(6, 5x5) => POOL(2x2)", 456),
    "INPUT(224x224 gray) => CONV(8, 3)": ("INPUT(224x224x1) => CONV(8, 3)", 80),
    "INPUT 28x28 grayscale image => CONV(8, 3)": ("INPUT(28x28x1) => CONV(8, 3)", 80),
    "INPUT(224x224x3 image) => CONV(8, 3)": ("INPUT(224x224x3) => CONV(8, 3)", 224),
    "INPUT(32x32x3) => FC 128 (relu) => FC 10 (softmax)": (
        "INPUT(32x32x3) => FC(128) => RELU => FC(10) => SOFTMAX",
        394_634,
    ),
    "INPUT(33x33x3) => conv 64@3x3, s=2, p=1": ("INPUT(33x33x3) => CONV(64, 3x3, S=2, P=1)", 1_792),
    "INPUT(32x32x3) => upsample x2 => conv 64": ("INPUT(32x32x3) => UPSAMPLE(2) => CONV(64)", 1_792),
    "INPUT(33x33x3) => conv1: 3x3, 64, stride 2 => maxpool: 2x2, stride 2": (
        "INPUT(33x33x3) => CONV(64, 3x3, S=2) as conv1 => POOL(2x2, S=2)",
        1_792,
    ),
    "INPUT(32x32x3) => Conv2d(3→64, k=3, s=1, p=1)": ("INPUT(32x32x3) => CONV(64, 3, S=1, P=1, in=3)", 1_792),
    # --- the figure of LeNet-5, whose layers are defined ---
    "block C1 = CONV(6, 5)\nblock S2 = AVGPOOL(2)\nINPUT(32x32x1), C1: feature maps 6@28x28, S2: f. maps 6@14x14": (
        "block c1 = CONV(6, 5) block s2 = AVGPOOL(2) INPUT(32x32x1) => c1: 28x28x6 => s2: 14x14x6",
        156,
    ),
    # --- labels of lines that say how often ---
    "INPUT(32x32x3)\nBlock 1 (x3): CONV(8, 3, P=1) => RELU\nBlock 2 (pool): POOL": (
        "INPUT(32x32x3) => [CONV(8, 3, P=1) => RELU]*3 => POOL",
        1_392,
    ),
    "INPUT(32x32x3)\nBlock 1 (repeated 2 times): => CONV(8, 3, P=1) => RELU\nBlock 2: POOL": (
        "INPUT(32x32x3) => [CONV(8, 3, P=1) => RELU]*2 => POOL",
        808,
    ),
    # --- layers around layers ---
    "INPUT(20x8) => TimeDistributed(Dense(10, activation='relu'))": ("INPUT(20x8) => CONV(10, 1) => RELU", 90),
    "TimeDistributed(Dense(10), input_shape=(20, 8))": ("INPUT(20x8) => CONV(10, 1)", 90),
    "Bidirectional(LSTM(10), input_shape=(20, 8))": (
        "INPUT(20x8) => LSTM(10, last=true, bidirectional=true, biases=1)",
        1_520,
    ),
    "INPUT(20x64) => nn.MultiheadAttention(64, 8)": (
        "INPUT(20x64) => CONV(3 * 64, 1, in=64) => ATTENTION(8) => CONV(64, 1)",
        16_640,
    ),
}
"""The text, what it is read as (lines joined), and its parameters; None where it has no input or is a family."""


def run(*arguments: str, text: str) -> str:
    done = CliRunner().invoke(cli, [*arguments, "-"], input=text.encode())
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.output


def test_a_pasted_text_is_read_as_the_diagram_that_it_means() -> None:
    for text in READ:
        diagram, params = READ[text]
        assert " ".join(run("fmt", text=text).split()) == diagram
        if params is not None:
            assert run("check", "--get", "totals.params", text=text).split()[-1] == str(params)


def test_networks_that_share_nothing_are_reported_one_by_one() -> None:
    text = "INPUT(28x28x1) => FC(10)\nINPUT(32x32x3) => FC(10)\n"
    assert run("check", "--get", "totals.params", text=text).split()[1::2] == ["7850", "30730"]


OTHER_PRINTS = """
torchsummaryX|torchinfo|Kernel Shape  Output Shape  Params Mult-Adds;0_a  [1, 8, 5, 5]  [1, 8, 24, 24]  208.0  120k
Lightning|print(model)|  ┃ Name  ┃ Type   ┃ Params;0 │ conv1 │ Conv2d │ 320
fvcore|torchinfo|¦ module ¦ #parameters or shape ¦ #flops ¦;¦:---¦:---¦:---¦;¦ model ¦ 2.8M ¦ 3G ¦
Netscope|.prototxt|ID ¦ name ¦ type ¦ batch ¦ ch_in ¦ dim_in ¦ ch_out ¦ dim_out;1 ¦ a ¦ data ¦ 1 ¦ 3 ¦ 2x2 ¦ 3 ¦ 2x2
widths|CONV3-64|cfg = [64, 'M', 128, 128, 'M']
Python code|arrows|net = conv_2d(net, 32, 3);net = max_pool_2d(net, 2)
weights|print(model)|a.weight  torch.Size([6, 3, 5, 5]);a.bias  torch.Size([6])
Flux|ADD[|Chain(;  Parallel(;    +,;    identity,;    Conv((3, 3), 3 => 3, pad=1),;  ),;)
Lua Torch|.onnx|nn.Sequential {;  [input -> (1) -> output];  (1): nn.ReLU;}
Deeplearning4j|.onnx|LayerName (LayerType)  nIn,nOut  TotalParams  ParamsShape;a (DenseLayer)  8,5  45  W:{8,5}, b:{1,5}
MATLAB|exportONNXNetwork|ans =;  2x1 Layer array with layers:;     1   ''   Image Input   28x28x1 images
Flax|diagram|┃ path ┃ module ┃ inputs ┃ outputs ┃;│ a │ Dense │ float32[1,9] │ float32[1,4] │
Haiku|diagram|¦ Module ¦ Config ¦ Module params ¦;¦ mlp (MLP) ¦ MLP(3) ¦ w: f32[8,3] ¦
MXNet|.onnx|Layer (type)   Output Shape   Param #   Previous Layer;data(null)   1x28x28   0
PaddleSlim|paddle.summary|¦ No. ¦ TYPE ¦ INPUT ¦ OUTPUT ¦;¦ 0 ¦ conv2d ¦ (3, 8, 8) ¦ (8, 4, 4) ¦
compiler|.onnx|graph(%x : Float(1, 3, 8, 8)):;  %3 : Float(1, 6, 6, 6) = onnx::Conv[group=1](%x, %w)
compiler|.onnx|module {;  func.func @main(%arg0: tensor<1x3x8x8xf32>) -> tensor<1x6x6x6xf32> {
compiler|.onnx|<;   ir_version: 8,;>;graph (float[1,3,8,8] x) => (float[1,6,6,6] y) {
Caffe|.prototxt|I0101 12:00:00.000000  1234 net.cpp:150] Setting up conv1
output sizes|print(model)|Conv2d output shape: torch.Size([1, 6, 28, 28]);ReLU output shape: torch.Size([1, 6, 28, 28])
output sizes|print(model)|Layer: conv2d, Output Shape: (None, 26, 26, 32), Params: 320
fastai|torchinfo|Layer (type)  Output Shape  Param #  Trainable;=====;Conv2d  [8, 4, 4]  216  False
"""
"""Program, what to give instead, and lines of what it prints; ¦ stands for |."""


@pytest.mark.parametrize("line", OTHER_PRINTS.strip().splitlines())
def test_what_other_programs_print_is_named_with_what_to_give_instead(line: str) -> None:
    program, instead, text = line.split("|")
    (found,) = shapecalc.check(text.replace(";", "\n").replace("¦", "|")).diagnostics
    assert program in found.message
    assert instead in found.help[0]

"""What people type and paste, line by line: read as they mean it, or refused with the reason.

Each row is the smallest text of its kind; with it stands the diagram that it is read as, or the diagnostic. Collected
from public threads, tutorials and posted diagrams.
"""

from __future__ import annotations

from click.testing import CliRunner

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
    "INPUT(8x8x3) » nn.ReLU() » Conv 3 » 16": ("INPUT(8x8x3) => RELU => CONV(16, in=3)", None),
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

SAID: dict[str, tuple[str, ...]] = {
    # --- another meaning than its author's ---
    "INPUT(8x8x3) => CONV(64, 3) => BatchNorm2d(128)": ("SHP306", "BatchNorm2d expects 128 channels, 64 arrive"),
    "INPUT(8x8x3) => CONV(64, 3) => GroupNorm(4, 32)": ("SHP306", "GroupNorm expects 32 channels, 64 arrive"),
    "INPUT(1x1x64) => Linear(128, 10)": ("SHP306", "Linear expects 128 features, 64 arrive"),
    "INPUT(3x32x32) => CONV3-64": ("SHP505", "write the size as 32x32x3"),
    "INPUT(32x32x3) => CONV(3,16) => FC(10)": ("SHP123", "write CONV(16, 3) for 16 filters of 3x3"),
    "INPUT(32x32x3) => CONV(f=16, k=3)": ("SHP123", "write CONV(16, 3) for 16 filters of 3x3"),
    "INPUT(32x32x3) => CONV(k=3, s=1, p=1)": ("SHP123", "k is read as K, the number of filters"),
    "INPUT(8x8x4) => PReLU()": (
        "SHP122",
        "as torch reads it: PRELU(shared=true)",
        "as Keras reads it: PRELU(each=true)",
    ),
    "INPUT(32x32x3) as a": ("SHP407", "nothing reads INPUT(32x32x3)"),
    "INPUT(28x28x1) => CONV(16,3) => RELU => Dense(10)": ("SHP508", "Keras' Dense would not flatten 26x26x16"),
    "INPUT(32x32x3) => nn.Linear(3072,10)": (
        "SHP508",
        "torch's Linear would not flatten 32x32x3: it would read 32 values at each of 96 rows",
        "write nn.Flatten() before it",
    ),
    "INPUT(4x4x1) => PAD(1) => POOL(3, S=2)": ("SHP202", "clean, 1 note"),
    "INPUT(10)": ("SHP103", "must be a width, a height and a depth, and 10 is one number", "write 10x1"),
    # --- what their frameworks refuse ---
    "INPUT(9x9x3) => nn.Conv2d(3, 8, 3, stride=2, padding='same')": ("needs a stride of 1", "padding=1", "1 error"),
    "INPUT(9x9x3) => ConvTranspose2d(3, 8, 3, padding='same')": ("padding of ConvTranspose2d is a number", "1 error"),
    "INPUT(9x9x3) => Conv2D(8, 3, strides=2, dilation_rate=2)": ("strides or a dilation, and not both", "1 error"),
    "INPUT(8x8x8x4) => LayerNormalization(axis=3)": ("is for 2 axes", "write axis=-1", "1 error"),
    "INPUT(8x8x4) => PReLU(shared_axes=[1])": ("PReLU is for 1 axis", "1 error"),
    "INPUT(100x1x8) => Conv1D(16, 3)": ("Conv1D is for 1 axis", "let 100x8 arrive", "1 error"),
    "INPUT(8x8x2) => nn.Conv2d(4, 8, 3, groups=4)": ("Conv2d expects 4 channels, 2 arrive", "1 error"),
    "INPUT(8x8x4) => GroupNormalization(groups=-1)": ("as many as channels", "write IN(affine=true)", "1 error"),
    "INPUT(8x8x4) => nn.Unfold(3)": ("no layer called Unfold", "write OPAQUE(WxHxD, params=…)", "1 error"),
    "INPUT(8x8x4) => nn.RMSNorm(4)": ("LN(affine=false) => SCALE(bias=false)", "1 error"),
    "INPUT(8x8x4) => layers.LayerNormalization(center=False)": ("LN(affine=false) => SCALE(bias=false)", "1 error"),
    # --- slips that fail: one message for both ---
    "INPUT(32x32x3) => CONV(3, 64)": ("error[SHP123]", "a window 64 wide on 32", "1 error"),
    "INPUT(32x32x3) => CONV(3, 3, 64)": ("SHP123", "a stride of 64", "write CONV(64, 3)"),
    "INPUT(32x32x3) => CONV(3, 3, 3, 64)": ("SHP123", "a padding of 64", "write CONV(64, 3)"),
    "INPUT(1x28x28) => CONV(8, 3)": ("INPUT(28x28x1) if 1 is the number of channels", "1 error"),
    "INPUT((3, 32, 32)) => CONV(8)": ("a 32x3 image with 32 channels", "1 error"),
    "INPUT(1x1x128) => FC(128, 10)": ("write FC(10, in=128)", "1 error"),
    "INPUT(1x1x128) => Dense(128, 10)": ("write Linear(128, 10), which says what arrives", "1 error"),
    "INPUT(4x4x8) => LayerNorm([8, 4, 4])": ("write OPAQUE(4x4x8, params=256)", "1 error"),
    "INPUT(1x1x128) => Dense(input_dim=128, units=10)": ("remove this argument", "1 error"),
    "INPUT(10x10x8) => nn.Upsample(2)": ("SHP122", "makes 10x10x8 smaller", "write scale_factor=2", "1 error"),
    # --- products that may be sizes ---
    "INPUT(9x9x3) => conv 3*3 => FC(10)": ("SHP122", "write [CONV(3)]*3", "write CONV(F=3x3)", "1 error"),
    "INPUT(9x9x3) => CONV(64, 3*3)": ("SHP122", "write 3x3 for a window", "write 9 for 9", "1 error"),
    "INPUT(9x9x3) => POOL(2*2)": ("SHP122", "write 2x2 for a window", "1 error"),
    "INPUT(9x9x3) => CONV3x3x64": ("SHP103", "write CONV(64, 3x3)", "1 error"),
    "INPUT(9x9x3) => 3x3x64 CONV": ("write CONV(64, 3x3)", "1 error"),
    "INPUT(9x9x3) => Conv[3x3, 64]": ("write Conv(64, 3x3)", "1 error"),
    "INPUT(9x9x3) => Conv_64_3": ("write Conv(64, 3)", "1 error"),
    # --- notations with two readings, texts of other tools: one message each ---
    "C64-C128-C256": ("SHP024", "can be read in two ways", "as in pix2pix", "1 error"),
    "INPUT(56x56x64) => [3x3, 64] x 3": ("SHP024", "does not say how its layers are joined", "1 error"),
    "| Layer | Size |\n|---|---|\n| conv1 | 3x3, 64 |": ("SHP020", "a table in Markdown", "1 error"),
    "\\text{INPUT} \\rightarrow \\text{CONV}(64)": ("SHP020", "this is LaTeX", "1 error"),
    "INPUT(8x8x3) â CONV(8) â FC(10)": ("SHP006", "what is left of an arrow", "and 1 more", "1 error"),
    "INPUT(8x8x3) â†’ CONV(8)": ("SHP006", "what is left of an arrow", "1 error"),
    "Input Image (28x28x1) => Dense 10": ("it would read 1 value at each of 784 positions", "1 note"),
    "INPUT(32x32x3) => nn.Conv2d(1, 8, 3)": ("Conv2d expects 1 channel, 3 arrive", "1 error"),
    "INPUT(32x32x1) => nn.Conv2d(3, 8, 3)": ("Conv2d expects 3 channels, 1 arrives", "1 error"),
    "Conv2D(8, 3, input_shape=(3, 224, 224))": ("a 224x3 image with 224 channels", "if it has 3 channels"),
    # --- the kinds of texts that are not read, one message each ---
    "graph TD\nA[INPUT 32x32x3] --> B[CONV 16]\nB --> C[FC 10]": ("SHP020", "this is Mermaid", "1 error"),
    "+-------+     +------+\n| INPUT | --> | CONV |\n+-------+     +------+": ("a drawing of boxes", "1 error"),
    "┌───────┐\n│ INPUT │\n└───┬───┘\n┌───▼───┐\n│ CONV  │\n└───────┘": ("a drawing of boxes", "1 error"),
    'layers {\n  name: "conv1"\n  type: CONVOLUTION\n  bottom: "data"\n  top: "conv1"\n}': (
        "conv1 reads the blob data, which no layer before it gives",
        "1 error",
    ),
    "[net]\nwidth=9\nheight=9\nchannels=3\n\n[convolutional]\nfilters=16\nsize=3\nstride=1\npad=1\n": ("clean",),
    "nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [-1, 1, Classify, [nc]]\n": ("clean",),
    '{"class_name": "Sequential", "config": {"layers": [{"class_name": "Conv2D", "config": {"batch_input_shape":'
    ' [null, 9, 9, 1], "filters": 32, "kernel_size": [3, 3], "padding": "valid", "activation": "relu"}}]}}': ("clean",),
    "CD512-CD512-C512-C256": ("SHP024", "as in the decoder of pix2pix", "UPCONV(512, 4, S=2, P=1)", "1 error"),
    "INPUT(32x32x1) => C1 => S2 => C3 => F6": ("C1 is a layer's name in a figure", "holds for S2, C3, F6", "1 error"),
    "INPUT(32x32x3) => CONV: 64": ("SHP016", "the claim 64 is one number", "or CONV(64)", "1 error"),
    "INPUT | CONV | RELU": ("SHP014", "or INPUT => CONV to put one after the other", "1 error"),
    "INPUT(32x32x3) => Conv2D 64 filters 3x3 relu": ("SHP024", "write Conv2D(64, 3x3) => relu", "1 error"),
    "INPUT(32x32x3) => 64 filters of 3x3": ("SHP024", "write CONV(64, 3x3)", "1 error"),
    "INPUT(32x32x3) => 3x3 conv, 64 filters, relu": ("SHP024", "write conv(64, 3x3) => relu", "1 error"),
    # --- a notation whose numbers can be read in two ways, or not at all ---
    "INPUT(28x28x1) => 3x3c64-mp2-10": (
        "SHP024",
        "as one layer: write CONV(64, 3)",
        "write [CONV(3, 64)]*3",
        "1 error",
    ),
    "3x3c64 => FC(10)": ("SHP024", "as one layer: write CONV(64, 3)", "1 error"),
    "INPUT(56x56x64) => [3×3 conv, 64] × 2": ("SHP024", "as a plain chain: write [CONV(64, 3, P=1)]*2", "1 error"),
    "INPUT(28x28x1) => C(64,3) => P(2) => F(10)": ("holds for P, F", "write CONV for C, POOL for P or S", "1 error"),
    "INPUT(28x28x1) => C1 => S2 => OUTPUT": ("no layer or block called C1", "holds for S2, OUTPUT", "1 error"),
    "INPUT(32x32x3) => MaxPool/3": ("SHP024", "write MaxPool(3)", "1 error"),
    "INPUT(32x32x3) => POOL/3": ("SHP024", "write POOL(3)", "1 error"),
    "INPUT(32x32x3) => RELU: 64": ("SHP016", "write RELU: 1x1x64 for so many values", "1 error"),
    "INPUT(32x32x3) => 2x CONV3-64 => POOL": ("SHP007", "write CONV3-64*2", "1 error"),
    "INPUT(32x32x3) => 3*[CONV3-64-RELU] => POOL": ("SHP007", "write [CONV3-64 => RELU]*3", "1 error"),
    "INPUT(32x32x3)\nBlock 1 (64 filters): CONV\nBlock 2: POOL": ("label Block 1", "not read: 64 filters", "1 error"),
    "INPUT(20x32) => nn.MultiheadAttention(64, 8)": ("MultiheadAttention expects 64 channels, 32 arrive", "1 error"),
    "INPUT(1x1x128) > Dense(128 > 64)": ("SHP122", "128 > 64 is a comparison", "write 64 if 128 come in", "1 error"),
    "x = Conv2D(32, 3)(x)": ("SHP020", "this is Python code", "without x = and (x)", "1 error"),
    "inputs = Input((28, 28, 1))\nx = Conv2D(32, 3)(inputs)\ny = Dense(10)(x)": ("without x = and (x)", "1 error"),
    "INPUT 32x32 => C1: feature maps 6@28x28 => S2: f. maps 6@14x14 => C5: layer 120 => F6: layer 84 => OUTPUT 10": (
        "no layer or block called C1",
        "holds for S2, C5, F6, OUTPUT",
        "1 error",
    ),
    "INPUT 32x32\nC1: feature maps 6@28x28\nS2: f. maps 6@14x14\nC5: layer 120\nOUTPUT 10": (
        "for S2, C5, OUTPUT",
        "1 error",
    ),
    "INPUT(32x32x1) -> C1 6@28x28 -> S2 6@14x14 -> F6 84": ("no layer or block called C1", "for S2, F6", "1 error"),
    "INPUT(32x32x3) => conv k9n64s1 => relu": ("SHP024", "write conv(64, 9, S=1, P=same)", "1 error"),
    "INPUT(32x32x3) => k9n64s1 => relu": ("write CONV(64, 9, S=1, P=same), if the padding keeps the size", "1 error"),
    "INPUT(32x32x3) => 2x2 pool, stride 2": ("write pool(2x2, S=2)", "1 error"),
    "784 -> 128 -> 10": ("SHP024", "as neurons: write INPUT(1x1x784) => FC(128) => FC(10)", "1 error"),
    "INPUT(784x1) -> 128 -> 64 -> 10": ("128 is a number, not a layer", "and 2 more", "write FC(128)", "1 error"),
    "INPUT(32x32x3) => 28x28x6 => 14x14x6": ("28x28x6 is a size, not a layer", "and 1 more", "1 error"),
    "INPUT(32x32x3) => conv1 28x28x6": ("write CONV(6): 28x28x6 if that is the volume", "1 error"),
    "INPUT(32x32x3) => CONV 64x3x3": ("write CONV(64, 3x3) for 64 filters of 3x3", "1 error"),
    "INPUT(1x1x512) => fc 512x10": ("write FC(10, in=512)", "1 error"),
    "INPUT(32x32x3) => Conv(64, k3, s2)": ("k3 is a name; write F=3", "s2 is a name; write S=2", "1 error"),
    "INPUT(32x32x3) => conv3x3_64": ("write conv(64, 3x3)", "1 error"),
    "INPUT(32x32x3) => Conv_3_64": ("write Conv(64, 3)", "1 error"),
    "INPUT(32x32x3) => conv1_1 => conv1_2": ("CONV(64, 3) as conv1_1", "the same holds for conv1_2", "1 error"),
    "INPUT(32x32x3) => relu1 => relu2": ("a number in its name", "the same holds for relu2", "write relu", "1 error"),
    "INPUT(32x32x3) => Conv(64, 3, 'SAME')": ("SHP103", "write P=SAME", "1 error"),
    "INPUT(32x32x3) => MaxPool(2x2, valid)": ("SHP103", "write P=valid", "1 error"),
    "INPUT(32x32x3) => conv(5x5x3x32)": ("write CONV(32, 5x5, in=3)", "1 error"),
    "INPUT(32x32x3) => conv3-64 (x2)": ("x2 is a name; write *2 after a layer or a group to repeat it", "1 error"),
    "INPUT(32x32x3) => 5x5 conv 32": ("write conv(32, 5x5)", "1 error"),
    "INPUT(None, 28, 28, 1) => CONV(8, 3)": (
        "its size has no batch",
        "write INPUT(28x28x1), and --batch 32",
        "1 error",
    ),
    "INPUT(batch, 28, 28, 1) => CONV(8, 3)": ("its size has no batch", "write INPUT(28x28x1)", "1 error"),
    "INPUT(1, 28, 28, 1) => CONV(8, 3)": ("INPUT(28x28x1) if 1 is the number of channels", "1 error"),
    "INPUT(1, 3, 224, 224) => CONV(8, 3)": ("INPUT(224x224x3) if 3 is the number of channels", "1 error"),
    "INPUT(1x1x128) => FC: Linear(128, 10)": ("SHP005", "write => Linear(128, 10)", "1 error"),
    "INPUT(32x32x12) => POOL [16x16x16]": ("SHP301", "gives 16x16x12", "1 error"),
    # --- names of layers that could be sizes, and sizes that could be filters ---
    "INPUT(32x32x3) => conv1 => conv2 => fc3": (
        "SHP125",
        "like the name of a layer",
        "holds for conv2, fc3",
        "1 warning",
    ),
    "INPUT(32x32x3) => CONV(8, 3) => fc6 => fc7": ("SHP125", "FC(128) as fc6", "1 warning"),
    "INPUT(32x32x3) => conv2d_1 => dense_1": ("SHP125", "CONV(64, 3) as conv2d_1", "holds for dense_1", "1 warning"),
    "INPUT(32x32x3) => conv32 => POOL2 => conv64": ("SHP125", "write CONV(32) for 32 filters", "1 warning"),
    "INPUT(32x32x3) => CONV3 => CONV3 => POOL2 => CONV1 => FC10": ("clean",),
    "INPUT(227x227x3) => CONV11 => CONV5 => FC1": ("clean",),
    "INPUT(32x32x3) => Conv3x3(3, 64)": ("SHP123", "a stride of 64", "write CONV3x3(64) for 64 filters", "1 warning"),
    "INPUT(32x32x64) => conv1x1(64, 128)": ("SHP123", "write CONV1x1(128) for 128 filters of 1x1", "1 warning"),
    # --- a doubled word ---
    "INPUT INPUT => FC(10)": ("INPUT is written more than once", "write INPUT once", "1 error"),
    "INPUT INPUT(28x28x1) => FC(10)": ("INPUT is written more than once", "1 error"),
    "Input Layer input [28x28x1] => FC(10)": ("Input is written more than once", "1 error"),
    "image Image image 28x28x1 => FC(10)": ("image is written more than once", "1 error"),
    "INPUT(32x32x3) => CONV(8) => RELU RELU => FC(10)": ("an arrow is missing between RELU and RELU", "1 error"),
    # --- advice ---
    "INPUT(6x5x1) => POOL => POOL": ("INPUT(8x4x1) fits", "INPUT(4x4x1) fits", "INPUT(8x8x1) fits"),
    "INPUT(8000x1) => CONV(128,80,S=4) => POOL(4) => CONV(128,3) => POOL(4) => CONV(256,3) => POOL(4)"
    " => CONV(512,3) => POOL(4)": ("INPUT(7916x1) fits", "INPUT(8940x1) fits"),
    "INPUT(30x30x3) => CONV(8,3,S=2,P=1) as a => CONV(8,3,S=2,P=1) => UPSAMPLE(2) => ADD[ | @a]": (
        "INPUT(32x32x3) fits",
        "INPUT(28x28x3) fits",
    ),
    "INPUT(40x40x8) => AVGPOOL(90)": ("INPUT(90x90x8) fits",),
    "INPUT(24x24x1) => CONV(8,3,S=2,P=1) => UPCONV(1,3,S=2,P=1): 24x24x1": ("output_padding=1 gives 24x24x1",),
    "INPUT(32x32x3) => CONV(16,F=5,P=1): 32x32x16 => RELU => POOL(2): 16x16x16": ("P=2 keeps 32x32", "1 error"),
    "INPUT(62x1x100) => CONV(8,1) => POOL(3x1): 20x1x8": ("clean",),
    "INPUT(32x32x3) => Conv 3x3x16": ("write CONV(16, 3x3) for 16 filters of 3x3",),
    "INPUT(32x32x3) => CONV(16,3,1,1,relu)": ("relu is a layer of its own", "write CONV(16, 3, 1, 1) => RELU"),
    "INPUT(32x32x3) => CONV(16, 3, S=2): 16x16x16": ("P=1 keeps 32x32 and gives 16x16",),
    "INPUT(8x8x6) => CONV(9, 3, groups=4)": ("SHP207", "groups=3 divides 6 and 9"),
    "INPUT(32x32x3) => CONV(16, 5) => POOL(2) => FLATTEN: 4096": ("gives 1x1x3136", "INPUT(36x36x3) fits", "1 error"),
    "INPUT(32x32x3) => CONV(16, 5) => POOL(2) => Linear(4096, 10)": ("3,136 arrive: 14·14·16", "INPUT(36x36x3) fits"),
    "INPUT(62x100) => MaxPooling1D(3): 20x100": ("clean, 1 note",),
    "INPUT(4x4x1) => PAD(1) => RELU => POOL(3, S=2)": ("clean, 1 note",),
    "INPUT(4x4x1) => PAD(1) => BN => POOL(3, S=2)": ("clean, 1 note",),
    "INPUT(4x4x2) => PAD(1) => SLICE(0, 1) => POOL(3, S=2)": ("clean, 1 note",),
    "INPUT(30x30x8) => CONV(8,3) as a => CONV(8,3) => ADD[ | @a]": ("CROP(1) at the end of branch 2",),
    "INPUT(30x30x8) => CONV(8,3,P=1) as a => CONV(16,3,P=1) => ADD[ | @a]": ("CONV(8, 1) at the end of branch 1",),
    "INPUT(8x8x6) => FOO => BAR => SE": ("define it: block SE(c, r=16)",),
}
"""The text, and parts of what `check` says."""


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


def test_a_pasted_text_is_refused_or_remarked_on_in_one_message() -> None:
    for text in SAID:
        said = " ".join(run("check", "--quiet", "--notes", text=text).split())
        assert [part for part in SAID[text] if part not in said] == []


def test_networks_that_share_nothing_are_reported_one_by_one() -> None:
    text = "INPUT(28x28x1) => FC(10)\nINPUT(32x32x3) => FC(10)\n"
    assert run("check", "--get", "totals.params", text=text).split()[1::2] == ["7850", "30730"]

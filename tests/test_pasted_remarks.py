"""Texts as people paste them that mean something else, or nothing: each is answered in one message."""

from __future__ import annotations

import pytest

import shapecalc
from tests.test_pasted_texts import run

REFUSED: dict[str, tuple[str, ...]] = {
    # --- another meaning than its author's ---
    "INPUT(8x8x3) => CONV(64, 3) => BatchNorm2d(128)": ("SHP306", "BatchNorm2d expects 128 channels, 64 arrive"),
    "INPUT(8x8x3) => CONV(64, 3) => GroupNorm(4, 32)": ("SHP306", "GroupNorm expects 32 channels, 64 arrive"),
    "INPUT(1x1x64) => Linear(128, 10)": ("SHP306", "Linear expects 128 features, 64 arrive"),
    "INPUT(8x8x4) => PReLU()": (
        "SHP122",
        "read by PyTorch: PRELU(shared=true)",
        "read by Keras: PRELU(each=true)",
    ),
    "INPUT(10)": ("SHP103", "must be a width, a height and a depth, and 10 is one number", "write 10x1"),
    # --- what their frameworks refuse ---
    "INPUT(9x9x3) => nn.Conv2d(3, 8, 3, stride=2, padding='same')": ("needs a stride of 1", "padding=1"),
    "INPUT(9x9x3) => ConvTranspose2d(3, 8, 3, padding='same')": ("padding of ConvTranspose2d is a number",),
    "INPUT(9x9x3) => Conv2D(8, 3, strides=2, dilation_rate=2)": ("strides or a dilation, and not both",),
    "INPUT(8x8x8x4) => LayerNormalization(axis=3)": ("is for 2 axes", "write axis=-1"),
    "INPUT(8x8x4) => PReLU(shared_axes=[1])": ("PReLU is for 1 axis",),
    "INPUT(100x1x8) => Conv1D(16, 3)": ("Conv1D is for 1 axis", "let 100x8 arrive"),
    "INPUT(8x8x2) => nn.Conv2d(4, 8, 3, groups=4)": ("Conv2d expects 4 channels, 2 arrive",),
    "INPUT(8x8x4) => GroupNormalization(groups=-1)": ("as many as channels", "write IN(affine=true)"),
    "INPUT(8x8x4) => nn.Unfold(3)": ("no layer called Unfold", "write OPAQUE(WxHxD, params=…)"),
    "INPUT(8x8x4) => nn.RMSNorm(4)": ("LN(affine=false) => SCALE(bias=false)",),
    "INPUT(8x8x4) => layers.LayerNormalization(center=False)": ("LN(affine=false) => SCALE(bias=false)",),
    # --- slips that fail: one message for both ---
    "INPUT(32x32x3) => CONV(3, 64)": ("error[SHP123]", "a window 64 wide on 32"),
    "INPUT(1x28x28) => CONV(8, 3)": ("INPUT(28x28x1) if 1 is the number of channels",),
    "INPUT((3, 32, 32)) => CONV(8)": ("a 32x3 image with 32 channels",),
    "INPUT(1x1x128) => FC(128, 10)": ("write FC(10, in=128)",),
    "INPUT(1x1x128) => Dense(128, 10)": ("write Linear(128, 10), which says what arrives",),
    "INPUT(4x4x8) => LayerNorm([8, 4, 4])": ("write OPAQUE(4x4x8, params=256)",),
    "INPUT(1x1x128) => Dense(input_dim=128, units=10)": ("remove this argument",),
    "INPUT(10x10x8) => nn.Upsample(2)": ("SHP122", "makes 10x10x8 smaller", "write scale_factor=2"),
    # --- functions by name: one with weights, one that halves the depth, a slip ---
    "INPUT(8x8x4) => ACT(prelu)": ("SHP103", "prelu is a layer of its own", "write PRELU"),
    "INPUT(8x8x4) => ACT(softmax)": ("SHP103", "write SOFTMAX"),
    "INPUT(8x8x4) => ACT(swiglu)": ("SHP103", "swiglu gives half of it", "MUL[ SLICE("),
    "INPUT(8x8x4) => ACT(mishs)": ("SHP103", "no function called mishs", "write ACT(mish)"),
    # --- sizes that only the program knows ---
    "model = Sequential()\nmodel.add(Dense(5, input_shape=x.shape[1:]))": ("SHP110", "give --input, such as 1x1x100"),
    "Conv2D(4, 3, input_shape=shape) => Flatten()": ("SHP114", "shape has no value"),
    "Conv2D(4, 3, input_shape=(rows, cols, 1)) => Flatten()": ("SHP114", "cols, rows have no value"),
    "INPUT(W=w, H=h, D=3) => FC(10)": ("SHP114", "w, h have no value"),
    # --- sentences ---
    "1. Convolutional layer (with bias) with 32 5x5 filters, with zero-padding 2\n2. ReLU\n3. Convolutional layer "
    "(with bias) with 16 3x3 filters\n4. Fully-connected layer (with bias) to compute scores for 10 classes": (
        "SHP020",
        "a description in sentences",
    ),
    "We use the following model: `CONV2D -> RELU -> MAXPOOL -> FC`. It has been trained on images of 64 by 64.": (
        "SHP020",
        "keep only the diagram that is in it: CONV2D -> RELU -> MAXPOOL -> FC",
    ),
    "├─Conv2d: 1-7    [1, 8, 14, 14]  --\n│    └─ReLU: 2-8   [1, 8, 14, 14]  --": ("part of a printed summary",),
    "  Conv2d-7   [-1, 8, 4, 4]   4,096\n    ReLU-8   [-1, 8, 4, 4]   0\n": ("part of a printed summary",),
    "layers = [\n    Conv2D(in_nchannel=3, out_nchannel=6),\n    Dense(out_dim=120),\n]": ("a list of Python",),
    "pub type Model = (\n    (Conv2D<1, 32, 3>, ReLU),\n);": ("Rust code",),
    "**Layer**|**Pad**\n:---:|:---:\nConvolution|[0 1]\nMax Pool|[0 1]": ("a table in Markdown",),
    "32x32x3 (conv 3x3, 64) x 2, maxpool 2x2, fc 10": ("SHP020", "[CONV(64, 3, P=1)]*2 => POOL"),
    "INPUT(8x8x3) => fully connected layer => RELU": ("SHP025", "write FULLYCONNECTED"),
    # --- products that may be sizes ---
    "INPUT(9x9x3) => conv2d(8, [3,3]) => relu": ("SHP122", "read by slim: CONV(8, 3, P=same)"),
    "INPUT(9x9x3) => conv 3*3 => FC(10)": ("SHP122", "write [CONV(3)]*3", "write CONV(F=3x3)"),
    "INPUT(9x9x3) => CONV(64, 3*3)": ("SHP122", "write 3x3 for a window", "write 9 for 9"),
    "INPUT(9x9x3) => Conv(8, (3, 3)) => relu": ("SHP122", "write CONV(8, 3, P=same)", "write CONV(8, 3)"),
    "INPUT(9x9x3) => POOL(2*2)": ("SHP122", "write 2x2 for a window"),
    "INPUT(9x9x3) => CONV3x3x64": ("SHP103", "write CONV(64, 3x3)"),
    "INPUT(9x9x3) => 3x3x64 CONV": ("write CONV(64, 3x3)",),
    "INPUT(9x9x3) => Conv[3x3, 64]": ("write Conv(64, 3x3)",),
    "INPUT(9x9x3) => Conv_64_3": ("write Conv(64, 3)",),
    # --- notations with two readings, texts of other tools: one message each ---
    "C64-C128-C256": ("SHP024", "can be read in two ways", "as in pix2pix"),
    "INPUT(56x56x64) => [3x3, 64] x 3": ("SHP024", "does not say how its layers are joined"),
    "| Layer | Size |\n|---|---|\n| conv1 | 3x3, 64 |": ("SHP020", "a table in Markdown"),
    "\\text{INPUT} \\rightarrow \\text{CONV}(64)": ("SHP020", "this is LaTeX"),
    "INPUT(8x8x3) â CONV(8) â FC(10)": ("SHP006", "what is left of an arrow", "and 1 more"),
    "INPUT(8x8x3) â†’ CONV(8)": ("SHP006", "what is left of an arrow"),
    "INPUT(32x32x3) => nn.Conv2d(1, 8, 3)": ("Conv2d expects 1 channel, 3 arrive",),
    "INPUT(32x32x1) => nn.Conv2d(3, 8, 3)": ("Conv2d expects 3 channels, 1 arrives",),
    "Conv2D(8, 3, input_shape=(3, 224, 224))": ("a 224x3 image with 224 channels", "if it has 3 channels"),
    # --- the kinds of texts that are not read, one message each ---
    "graph TD\nA[INPUT 32x32x3] --> B[CONV 16]\nB --> C[FC 10]": ("SHP020", "this is Mermaid"),
    "+-------+     +------+\n| INPUT | --> | CONV |\n+-------+     +------+": ("a drawing of boxes",),
    "┌───────┐\n│ INPUT │\n└───┬───┘\n┌───▼───┐\n│ CONV  │\n└───────┘": ("a drawing of boxes",),
    'layers {\n  name: "conv1"\n  type: CONVOLUTION\n  bottom: "data"\n  top: "conv1"\n}': (
        "conv1 reads the blob data, which no layer before it gives",
    ),
    "CD512-CD512-C512-C256": ("SHP024", "as in the decoder of pix2pix", "UPCONV(512, 4, S=2, P=1)"),
    "INPUT(32x32x1) => C1 => S2 => C3 => F6": ("C1 is a layer's name in a figure", "holds for S2, C3, F6"),
    "INPUT(32x32x3) => CONV: 64": ("SHP016", "the claim 64 is one number", "or CONV(64)"),
    "INPUT | CONV | RELU": ("SHP014", "or INPUT => CONV to put one after the other"),
    "INPUT(32x32x3) => Conv2D 64 filters 3x3 relu": ("SHP024", "write Conv2D(64, 3x3) => relu"),
    "INPUT(32x32x3) => 64 filters of 3x3": ("SHP024", "write CONV(64, 3x3)"),
    "INPUT(32x32x3) => 3x3 conv, 64 filters, relu": ("SHP024", "write conv(64, 3x3) => relu"),
    # --- a notation whose numbers can be read in two ways, or not at all ---
    "INPUT(28x28x1) => 3x3c64-mp2-10": ("SHP024", "as one layer: write CONV(64, 3)", "write [CONV(3, 64)]*3"),
    "3x3c64 => FC(10)": ("SHP024", "as one layer: write CONV(64, 3)"),
    "INPUT(56x56x64) => [3×3 conv, 64] × 2": ("SHP024", "as a plain chain: write [CONV(64, 3, P=1)]*2"),
    "INPUT(28x28x1) => C(64,3) => P(2) => F(10)": ("holds for P, F", "write CONV for C, POOL for P or S"),
    "INPUT(28x28x1) => C1 => S2 => OUTPUT": ("no layer or block called C1", "holds for S2, OUTPUT"),
    "INPUT(32x32x3) => MaxPool/3": ("SHP024", "write MaxPool(3)"),
    "INPUT(32x32x3) => POOL/3": ("SHP024", "write POOL(3)"),
    "INPUT(32x32x3) => RELU: 64": ("SHP016", "write RELU: 1x1x64 for so many values"),
    "INPUT(32x32x3) => 2x CONV3-64 => POOL": ("SHP007", "write CONV3-64*2"),
    "INPUT(32x32x3) => 3*[CONV3-64-RELU] => POOL": ("SHP007", "write [CONV3-64 => RELU]*3"),
    "INPUT(32x32x3)\nBlock 1 (64 filters): CONV\nBlock 2: POOL": ("label Block 1", "not read: 64 filters"),
    "INPUT(20x32) => nn.MultiheadAttention(64, 8)": ("MultiheadAttention expects 64 channels, 32 arrive",),
    "INPUT(1x1x120) => FC 120 -> 84": ("84 is a number, not a layer", "write FC(84)"),
    "INPUT(1x1x128) > Dense(128 > 64)": ("SHP122", "128 > 64 is a comparison", "write 64 if 128 come in"),
    "x = Conv2D(32, 3)(x)": (
        "SHP020",
        "Python code is read and not run, and x has no value before this",
        "without x = and (x)",
    ),
    "INPUT 32x32 => C1: feature maps 6@28x28 => S2: f. maps 6@14x14 => C5: layer 120 => F6: layer 84 => OUTPUT 10": (
        "no layer or block called C1",
        "holds for S2, C5, F6, OUTPUT",
    ),
    "INPUT 32x32\nC1: feature maps 6@28x28\nS2: f. maps 6@14x14\nC5: layer 120\nOUTPUT 10": ("for S2, C5, OUTPUT",),
    "INPUT(32x32x1) -> C1 6@28x28 -> S2 6@14x14 -> F6 84": ("no layer or block called C1", "for S2, F6"),
    "INPUT(32x32x3) => conv k9n64s1 => relu": ("SHP024", "write conv(64, 9, S=1, P=same)"),
    "INPUT(32x32x3) => k9n64s1 => relu": ("write CONV(64, 9, S=1, P=same), if the padding keeps the size",),
    "INPUT(32x32x3) => 2x2 pool, stride 2": ("write pool(2x2, S=2)",),
    "784 -> 128 -> 10": ("SHP024", "as neurons: write INPUT(1x1x784) => FC(128) => FC(10)"),
    "INPUT(784x1) -> 128 -> 64 -> 10": ("128 is a number, not a layer", "and 2 more", "write FC(128)"),
    "INPUT(32x32x3) => 28x28x6 => 14x14x6": ("28x28x6 is a size, not a layer", "and 1 more"),
    "INPUT(32x32x3) => conv1 28x28x6": ("write CONV(6): 28x28x6 if that is the volume",),
    "INPUT(32x32x3) => CONV 64x3x3": ("write CONV(64, 3x3) for 64 filters of 3x3",),
    "INPUT(1x1x512) => fc 512x10": ("write FC(10, in=512)",),
    "INPUT(32x32x3) => Conv(64, k3, s2)": ("k3 is a name; write F=3", "s2 is a name; write S=2"),
    "INPUT(32x32x3) => conv3x3_64": ("write conv(64, 3x3)",),
    "INPUT(32x32x3) => Conv_3_64": ("write Conv(64, 3)",),
    "INPUT(32x32x3) => conv1_1 => conv1_2": ("CONV(64, 3) as conv1_1", "the same holds for conv1_2"),
    "INPUT(32x32x3) => relu1 => relu2": ("a number in its name", "the same holds for relu2", "write relu"),
    "INPUT(32x32x3) => Conv(64, 3, 'SAME')": ("SHP103", "write P=SAME"),
    "INPUT(32x32x3) => nn.MaxPool2d(2, padding='same')": ("SHP103", "write padding=1, or POOL, whose P takes words"),
    "INPUT(32x32x3) => MaxPool(2x2, valid)": ("SHP103", "write P=valid"),
    "INPUT(32x32x3) => conv(5x5x3x32)": ("write CONV(32, 5x5, in=3)",),
    "INPUT(32x32x3) => conv3-64 (x2)": ("x2 is a name; write *2 after a layer or a group to repeat it",),
    "INPUT(32x32x3) => 5x5 conv 32": ("write conv(32, 5x5)",),
    "INPUT(None, 28, 28, 1) => CONV(8, 3)": ("its size has no batch", "write INPUT(28x28x1), and --batch 32"),
    "INPUT(batch, 28, 28, 1) => CONV(8, 3)": ("its size has no batch", "write INPUT(28x28x1)"),
    "INPUT(1, 28, 28, 1) => CONV(8, 3)": ("INPUT(28x28x1) if 1 is the number of channels",),
    "INPUT(1, 3, 224, 224) => CONV(8, 3)": ("INPUT(224x224x3) if 3 is the number of channels",),
    "INPUT(1x1x128) => FC: Linear(128, 10)": ("SHP005", "write => Linear(128, 10)"),
    "INPUT(32x32x12) => POOL [16x16x16]": ("SHP301", "gives 16x16x12"),
    # --- names of layers that could be sizes, and sizes that could be filters ---
    "INPUT(8x8x8) => FC6(4096)": ("write FC(4096) as fc6 if 6 only numbers the layer",),
    "INPUT(8x8x8) => FC 2x4096": ("write FC(4096)*2 for 2 layers of 4096",),
    "INPUT(32x32x3) => Conv(64x3x3x3)": ("write CONV(64, 3x3, in=3)",),
    "INPUT(8x8x3)\na = nn.Sequential(nn.ReLU())\nb = nn.Sequential(nn.ReLU())": ("this is Python code",),
    "m = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU())": (
        "give --input 224x224x1",
        "model(torch.randn(1, 1, 224, 224))",
    ),
    "INPUT(9x9x3) => Conv 3x3 s2 p1 16": ("write Conv(16, 3x3, S=2, P=1)",),
    "INPUT(9x9x3) => conv7x7, 16, s=2, p=3": ("write conv(16, 7x7, S=2, P=3)",),
    "INPUT(9x9x3) => Conv 3x3, same, 16": ("write Conv(16, 3x3, P=same)",),
    "INPUT(9x9x3) => CONV(16, 3x3, dilation rate 2)": ("write dilation=2",),
    "INPUT(9x9x3) => CONV(16, 3) [7, 7, 16]": ("write : 7x7x16",),
    "INPUT(9x9x3) => CONV(16, 3) => (16, 7, 7)": ("(16, 7, 7) is a size, not a layer",),
    "INPUT(64²x3) => CONV(8, 3)": ("write 64x64x3",),
    "INPUT(9x9x4) => CONV(8, 3, None)": ("None is a name, and no number: leave the argument out",),
    "INPUT(8x8x3) => FC(2,048)": ("2,048 is read as 2 arguments", "write 2048"),
    "INPUT(8x8x3) => softmax(10)": ("write FC(10) => SOFTMAX for 10 classes",),
    "INPUT(8x8x3) => GAP(8)": ("or AVGPOOL(8) for windows",),
    "x = [imageInputLayer([9 9 3])\nreluLayer]": ("this is MATLAB code",),
    "layer_defs = [];\nlayer_defs.push({type:'conv', sx:5});": ("this is JavaScript",),
    "net << conv(9, 9, 5, 1, 6)\n    << tanh();": ("this is C++",),
    ".layer(new Conv.Builder(5, 5).build())": ("this is Java",),
    "INPUT(9x9x3) => hk.Conv2D(8, 3)": ("code of a framework", "write its calls in our words"),
    # --- a doubled word ---
    "INPUT INPUT => FC(10)": ("INPUT is written more than once", "remove all but one INPUT"),
    "INPUT INPUT(28x28x1) => FC(10)": ("INPUT is written more than once",),
    "Input Layer input [28x28x1] => FC(10)": ("Input is written more than once",),
    "image Image image 28x28x1 => FC(10)": ("image is written more than once",),
    "INPUT(32x32x3) => CONV(8) => RELU RELU => FC(10)": ("an arrow is missing between RELU and RELU",),
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
    "INPUT(32x32x3) => CONV(16,F=5,P=1): 32x32x16 => RELU => POOL(2): 16x16x16": ("P=2 keeps 32x32",),
    "INPUT(32x32x3) => Conv 3x3x16": ("write CONV(16, 3x3) for 16 filters of 3x3",),
    "INPUT(32x32x3) => CONV(8, 3, S=[1,2,2,1])": ("one for the channels, as in TensorFlow", "write 2, for"),
    "INPUT(32x32x3) => CONV(16,3,1,1,relu)": ("relu is a layer of its own", "write CONV(16, 3, 1, 1) => RELU"),
    "INPUT(32x32x3) => CONV(16, 3, S=2): 16x16x16": ("P=1 keeps 32x32 and gives 16x16",),
    "INPUT(8x8x6) => CONV(9, 3, groups=4)": ("SHP207", "groups=3 divides 6 and 9"),
    "INPUT(32x32x3) => CONV(16, 5) => POOL(2) => FLATTEN: 4096": ("gives 1x1x3136", "INPUT(36x36x3) fits"),
    "INPUT(32x32x3) => CONV(16, 5) => POOL(2) => Linear(4096, 10)": ("3,136 arrive: 14·14·16", "INPUT(36x36x3) fits"),
    "INPUT(30x30x8) => CONV(8,3) as a => CONV(8,3) => ADD[ | @a]": ("CROP(1) at the end of branch 2",),
    "INPUT(30x30x8) => CONV(8,3,P=1) as a => CONV(16,3,P=1) => ADD[ | @a]": ("CONV(8, 1) at the end of branch 1",),
}
"""Texts with one error, and parts of what `check` says."""
REMARKED: dict[str, tuple[str, ...]] = {
    # --- another meaning than its author's ---
    "INPUT(3x32x32) => CONV3-64": ("SHP505", "write the size as 32x32x3"),
    "INPUT(16x3x112x112) => CONV(8, 3)": (
        "112x112x16x3 if 3 is the number of channels",
        "or 112x112x3 if 16 is the number of images",
        "1 warning",
    ),
    "INPUT(32x32x3) => CONV(3,16) => FC(10)": ("SHP123", "write CONV(16, 3) for 16 filters of 3x3"),
    "INPUT(32x32x3) => CONV(f=16, k=3)": ("SHP123", "write CONV(16, 3) for 16 filters of 3x3"),
    "INPUT(32x32x3) => CONV(k=3, s=1, p=1)": ("SHP123", "k is read as K, the number of filters"),
    "INPUT(32x32x3) as a": ("SHP407", "nothing reads INPUT(32x32x3)"),
    "INPUT(28x28x1) => CONV(16,3) => RELU => Dense(10)": ("SHP508", "Keras' Dense would not flatten 26x26x16"),
    "INPUT(28x28x1) => Dense(features=10)": ("SHP508", "Flax' Dense would not flatten 28x28x1"),
    "INPUT(32x32x3) => nn.Linear(3072,10)": (
        "SHP508",
        "PyTorch's Linear would not flatten 32x32x3: it would read 32 values at each of 96 rows",
        "write nn.Flatten() before it",
    ),
    "INPUT(4x4x1) => PAD(1) => POOL(3, S=2)": ("SHP202", "clean, 1 note"),
    # --- slips that fail: one message for both ---
    "INPUT(32x32x3) => CONV(3, 3, 64)": ("SHP123", "a stride of 64", "write CONV(64, 3)"),
    "INPUT(32x32x3) => CONV(3, 3, 64) => FC(10)": ("SHP123", "a stride of 64", "write CONV(64, 3)", "1 warning"),
    "INPUT(32x32x3) => CONV(3, 3, 3, 64)": ("SHP123", "a padding of 64", "write CONV(64, 3)"),
    # --- notations with two readings, texts of other tools: one message each ---
    "Input Image (28x28x1) => Dense 10": ("it would read 1 value at each of 784 positions", "1 note"),
    # --- the kinds of texts that are not read, one message each ---
    "[net]\nwidth=9\nheight=9\nchannels=3\n\n[convolutional]\nfilters=16\nsize=3\nstride=1\npad=1\n": ("clean",),
    "nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [-1, 1, Classify, [nc]]\n": ("clean",),
    '{"class_name": "Sequential", "config": {"layers": [{"class_name": "Conv2D", "config": {"batch_input_shape":'
    ' [null, 9, 9, 1], "filters": 32, "kernel_size": [3, 3], "padding": "valid", "activation": "relu"}}]}}': ("clean",),
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
    "INPUT(32x32x3) => Conv16(5, 2)": ("SHP125", "write CONV(16, 5, 2) for 16 filters", "1 warning"),
    "INPUT(8x8x3) => POOL2(2) => CONV3(8)": ("clean",),
    "INPUT(32x32x3) => pool4(3, 2)": ("SHP125", "POOL(3, 2) as pool4", "1 warning"),
    "INPUT(32x32x3) => pool3(3, 2)": ("SHP212", "P=1 keeps 32x32", "1 warning"),
    "INPUT(9x9x8)\n1x1, 64\n3x3, 64": ("1x1, 64 is a size and a number, and no layer is named", "2 errors"),
    # --- numbers in the order of others, windows and factors that may be sizes ---
    "INPUT(28x28x1) => CONV(32, 3, 5)": ("write CONV(32, 5x3) for a window of 3 rows and 5 columns", "1 warning"),
    "INPUT(31x31x6) => CONV(6, 16, 5)": ("write CONV(16, 5, in=6) if 6 come in and 16 go out", "1 warning"),
    "INPUT(32x32x3) => CONV 5 => CONV 7": ("write CONV(64, 5) for a window of 5x5", "holds for CONV(7)", "1 warning"),
    "INPUT(9x9x8) => UPCONV(4, 2)": ("SHP122", "makes 10x10 of 9x9", "write S=2", "1 warning"),
    "INPUT(10x10x8) => RESIZE(2)": ("SHP122", "makes 10x10x8 smaller", "write RESIZE(size=2)", "1 warning"),
    "INPUT(7x7x8) => UPSAMPLE(14x14)": ("SHP122", "makes 7x7x8 98x98x8", "write RESIZE(size=14)", "1 warning"),
    "INPUT(7x7x8) => UPSAMPLE(factor=14)": ("clean",),
    "INPUT(8x8x8) => AVGPOOL => FC(10)": ("SHP122", "write GAP for the average of the whole 8x8", "1 warning"),
    "INPUT(8x8x8) => AVGPOOL(2) => FC(10)": ("clean",),
    "INPUT(8x8x8) => AVGPOOL as a => RELU => FC(9)\n@a => FLATTEN => FC(10)": ("SHP122", "and FLATTEN follows"),
    "INPUT(8x8x8) => AVGPOOL => DO => FC(10)": ("SHP122", "and DO follows"),
    "INPUT(8x8x8) => AVGPOOL => SOFTMAX": ("SHP122", "and SOFTMAX follows"),
    "INPUT(9x9x3) => CONCAT[CONV(16, 3) | 16C3]": ("SHP514",),
    "INPUT(8x8x3) => CONCAT[AVGPOOL(2, S=2) => FC(3) | AVGPOOL => FC(3)]": ("SHP122", "and FC follows"),
    "INPUT(9x4) => LSTM-128 => FC(10)": ("SHP126", "write LSTM(128, last=true) for the last step"),
    "INPUT(9x4) => GRU64 => DO => FC(10)": ("SHP126", "write GRU(64, last=true) for the last step"),
    "INPUT(9x6) => ATTENTION(2) => SIGMOID => FC(10)": ("SHP126",),
    "INPUT(9x4) => BiLSTM_8 => FC(10)": ("SHP126", "write BILSTM(8, last=true) for the last step"),
    "INPUT(8x8x8x2) => ADD[CONV(2,3) | CONV(2,3,P=1)] => LEARNED(1x6)": ("SHP208", "SHP127"),
    # --- advice ---
    "INPUT(62x1x100) => CONV(8,1) => POOL(3x1): 20x1x8": ("clean",),
    "INPUT(62x100) => MaxPooling1D(3): 20x100": ("clean, 1 note",),
    "INPUT(4x4x1) => PAD(1) => RELU => POOL(3, S=2)": ("clean, 1 note",),
    "INPUT(4x4x1) => PAD(1) => BN => POOL(3, S=2)": ("clean, 1 note",),
    "INPUT(4x4x2) => PAD(1) => SLICE(0, 1) => POOL(3, S=2)": ("clean, 1 note",),
    "INPUT(8x8x6) => FOO => BAR => SE": ("define it: block SE(c, r=16)",),
}
"""Texts that are read, or have several errors, and parts of what `check` says."""


@pytest.mark.parametrize(("texts", "count"), [(REFUSED, "1 error"), (REMARKED, "")], ids=["refused", "remarked on"])
def test_a_pasted_text_is_answered_in_one_message(texts: dict[str, tuple[str, ...]], count: str) -> None:
    for text, parts in texts.items():
        said = " ".join(run("check", "--quiet", "--notes", text=text).split())
        assert [part for part in (*parts, count) if part not in said] == [], text


def test_a_size_that_an_option_gives_is_not_fixed_in_the_text() -> None:
    found = {text: shapecalc.check(text, input=(3, 128, 128)).diagnostics for text in ("INPUT => CONV3-64",)}
    written = shapecalc.check("INPUT(3x128x128) => CONV3-64").diagnostics
    assert [len(d.fixes) for d in (*found["INPUT => CONV3-64"], *written) if d.code == "SHP505"] == [0, 1]


OTHER_NUMBERS = {
    "FC(9,512)": ("FC(10,512)", "if the comma separates thousands"),
    "FC 4x512": ("FC 5x512", "layers of 512"),
    "FC 2x5": ("FC 2x4", "layers of"),
}
"""Texts that are told of another reading, and others with numbers that are not."""


def test_what_numbers_cannot_mean_is_not_suggested() -> None:
    for text, (other, suggestion) in OTHER_NUMBERS.items():
        answers = [run("check", "-q", text=f"INPUT(8x8x8) => {one}") for one in (text, other)]
        assert [suggestion in answer for answer in answers] == [True, False], answers

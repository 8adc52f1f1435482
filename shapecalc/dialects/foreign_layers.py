"""Names of layers that the language does not have, and what to write instead: a table, a row for each idea."""

from __future__ import annotations

import re
from functools import cache

BARE = "bias=false) => BN"
"""A convolution's end before a batch normalisation, which has a shift of its own."""
RESIDUAL = f"ADD[ | CONV(c, 3, P=1, {BARE} => RELU => CONV(c, 3, P=1, {BARE} ] => RELU"
NARROW = f"CONV(c, 1, {BARE} => RELU => CONV(c, 3, P=1, {BARE} => RELU => CONV(4*c, 1, {BARE}"
INVERTED = f"CONV(t*c, 1, {BARE} => RELU6 => DWCONV(3, P=1, {BARE} => RELU6 => CONV(c, 1, {BARE}"
TRANSFORMER = (
    "ADD[ | LN => CONV(3*d, 1) => ATTENTION(h) => CONV(d, 1) ] => ADD[ | LN => CONV(4*d, 1) => GELU => CONV(d, 1) ]"
)
EXCITED = "MUL[ | GAP => CONV(c // r, 1) => RELU => CONV(c, 1) => SIGMOID ]"

INSTEAD: tuple[tuple[str, str], ...] = (
    ("SE SEBLOCK SELAYER SEMODULE SQUEEZEEXCITE SQUEEZEEXCITATION", f"define it: block SE(c, r=16) = {EXCITED}"),
    ("RES RESBLOCK RESIDUALBLOCK RESNETBLOCK BASICBLOCK IDENTITYBLOCK", f"define it: block RESBLOCK(c) = {RESIDUAL}"),
    ("BOTTLENECK BOTTLENECKBLOCK", f"define it: block BOTTLENECK(c) = ADD[ | {NARROW} ] => RELU"),
    ("MBCONV INVERTEDRESIDUAL INVERTEDBOTTLENECK", f"define it: block MBCONV(c, t=6) = ADD[ | {INVERTED} ]"),
    ("FIRE FIREMODULE",
     "define it: block FIRE(s, e) = CONV(s, 1) => RELU => CONCAT[ CONV(e, 1) => RELU | CONV(e, 3, P=1) => RELU ]"),
    ("INCEPTION INCEPTIONMODULE INCEPTIONBLOCK",
     "define it: block INCEPTION(a, b, c) = CONCAT[ CONV(a, 1) | CONV(b, 3, P=1) | CONV(c, 5, P=2) ]"),
    ("CONVOLUTION2DLAYER CONVOLUTION1DLAYER",
     "in MATLAB the size comes first: write CONV(8, 3, P=same) for convolution2dLayer(3, 8, 'Padding', 'same')"),
    ("MAXPOOLING2DLAYER AVERAGEPOOLING2DLAYER MAXPOOLING1DLAYER",
     "write POOL(2, S=2) for maxPooling2dLayer(2, 'Stride', 2); in MATLAB S is 1 where none is written"),
    ("FULLYCONNECTEDLAYER RELULAYER BATCHNORMALIZATIONLAYER SOFTMAXLAYER DROPOUTLAYER",
     "write it without Layer: FC(10), RELU, BN, SOFTMAX, DO(0.5)"),
    ("CONV2DLAYER CONV1DLAYER MAXPOOL2DLAYER MAXPOOL1DLAYER",
     "write CONV(32, 5) => RELU for Lasagne's Conv2DLayer, which ends with rectify, and POOL(2) for its pools"),
    ("LAYERCONV LAYERMAXPOOLING LAYERAVERAGEPOOLING LAYERDENSE LAYERFLATTEN LAYERDROPOUT LAYERBATCHNORMALIZATION",
     "write it as in Python: Conv2D(32, 3) for layer_conv_2d(32, 3), MaxPooling2D(2), Flatten(), Dense(10)"),
    ("SPATIALCONVOLUTION", "write Conv2d(1, 6, 5), as PyTorch calls it: in, out, kernel, S=1, P=0"),
    ("SPATIALMAXPOOLING SPATIALAVERAGEPOOLING", "write MaxPool2d(2, 2), as PyTorch calls it, or AvgPool2d(2, 2)"),
    ("DENSELAYER",
     "write FC(256) => RELU for Lasagne's; for DenseNet's write CONCAT[ | BN => RELU => CONV(k, 3, P=1) ]"),
    ("DENSEBLOCK",
     "define it: block DENSEBLOCK(k) = CONCAT[ | BN => RELU => CONV(k, 3, P=1) ], and repeat it"),
    ("CONVBLOCK CONVLAYER CONVUNIT", f"define it: block CONVBLOCK(c) = CONV(c, 3, P=1, {BARE} => RELU"),
    ("FOCUS", "write PIXELUNSHUFFLE(2), which moves positions into channels"),
    ("SELFATTENTION MULTIHEADATTENTION MULTIHEADSELFATTENTION MHA MHSA",
     "write CONV(3*d, 1) => ATTENTION(heads) => CONV(d, 1), or ATTENTION(heads)[ query | key | value ]"),
    ("TRANSFORMER TRANSFORMERBLOCK TRANSFORMERENCODER TRANSFORMERENCODERLAYER ENCODERLAYER",
     f"define it: block TRANSFORMER(d, h) = {TRANSFORMER}"),
    ("NONLOCAL NONLOCALBLOCK",
     "define it: block NONLOCAL(d) = ADD[ | ATTENTION[ CONV(d, 1) | CONV(d, 1) | CONV(d, 1) ] => CONV(2*d, 1) ]"),
    ("DW DEPTHWISE", "write DWCONV(3, P=1): a window for each channel by itself"),
    ("PW PWCONV POINTWISE POINTWISECONV POINTWISECONVOLUTION",
     "write CONV(64, 1): a window of 1x1 reads all channels of one position"),
    ("DSCONV DWSCONV DEPTHWISESEPARABLE DEPTHWISESEPARABLECONV",
     "write SEPCONV(64, 3), or DWCONV(3) => BN => RELU => CONV(64, 1) with layers between the two"),
    ("DILATEDCONV DILATEDCONVOLUTION ATROUSCONV ATROUS ACONV", "write CONV(64, 3, dilation=2)"),
    ("GROUPCONV GROUPEDCONV GCONV", "write CONV(64, 3, groups=4)"),
    ("STRIDEDCONV DOWNSAMPLE DOWNSAMPLING", "write POOL(2) or CONV(64, 3, S=2, P=1), which halve the size"),
    ("FRACTIONALCONV FRACTIONALLYSTRIDEDCONV", "write UPCONV(64, 4, S=2, P=1), which doubles the size"),
    ("SUBPIXEL SUBPIXELCONV", "write CONV(4*c, 3, P=1) => PIXELSHUFFLE(2), which doubles the size"),
    ("CBR CBL CBS CBA", "write CONV(64, 3, P=1, bias=false) => BN => RELU, or another function after BN"),
    ("STEM", "write its layers, such as CONV(64, 7, S=2, P=3) => BN => RELU => POOL(3, S=2, P=1)"),
    ("SHORTCUT SKIP SKIPCONNECTION", "write ADD[ | CONV(c, 3, P=1) ]: the empty branch passes on what arrives"),
    ("MERGE", "write ADD[ a | b ] for the sum, or CONCAT[ a | b ] for one depth after the other"),
    ("SPP SPPF SPATIALPYRAMIDPOOLING",
     "write CONCAT[ | POOL(5, S=1, P=2) | POOL(9, S=1, P=4) | POOL(13, S=1, P=6) ]"),
    ("ROIPOOL ROIPOOLING ROIALIGN", "write ADAPTIVEPOOL(7), which gives the same size"),
    ("STOCHASTICPOOL SUMPOOL", "write POOL(2), which gives the same size"),
    ("FFN FEEDFORWARD MLP MLPBLOCK",
     "write CONV(4*d, 1) => GELU => CONV(d, 1) for every position, or FC(256) => RELU => FC(10) for one vector"),
    ("PATCHEMBED PATCHEMBEDDING PATCHIFY PATCHES",
     "write CONV(768, 16, S=16) => RESHAPE(196x768) for patches of 16x16 of a 224x224 image"),
    ("SCORE CLASSIFIER HEAD", "write FC(10) for 10 classes, or CONV(21, 1) for 21 at every position"),
    ("HIDDEN FULL", "write FC(128) => RELU"),
    ("NONLINEARITY", "write the function, such as RELU or TANH"),
    ("SQUARE", "write ACT(square)"),
    ("CRELU", "write CONCAT[ RELU | RESCALE(-1) => RELU ]"),
    ("LOGSOFTMAX", "write SOFTMAX, which has the same volume and no parameters either"),
    ("NORMALIZE L2NORM L2NORMALIZE",
     "leave it out, as it changes no volume; for SSD's, with a weight a channel, write SCALE(bias=false)"),
    ("POSITIONALENCODING POSITIONENCODING SINUSOIDAL",
     "write ADD[ | LEARNED(trained=false) ] for a table of sines, or ADD[ | LEARNED ] for positions that are trained"),
    ("AVG", "write POOL(2, mode=avg) for windows, or GAP for all positions"),
    ("TIMEDISTRIBUTED", "write CONV(K, 1), which does the same at every position as an FC"),
    ("DROPCONNECT DROPBLOCK GAUSSIANNOISE GAUSSIANDROPOUT",
     "it changes no volume and has no weights: write DO, or leave it out"),
    ("BILINEAR NEAREST UPSAMPLELIKE", "write UPSAMPLE(2) to enlarge by a factor, or RESIZE(56x40) for a size"),
    ("ZEROPAD REFLECTIONPAD REFLECTPAD REPLICATIONPAD CONSTANTPAD PADDING", "write PAD(1)"),
    ("GLU SWIGLU GEGLU", "write MUL[ CONV(c, 1) | CONV(c, 1) => SIGMOID ] in place of it and of the layer before it"),
    ("RMSNORM RMSNORMALIZATION", "write LN(affine=false) => SCALE(bias=false), which has one weight a channel too"),
    ("FRACTIONALMAXPOOL", "write ADAPTIVEMAXPOOL(size), which gives the same size"),
    ("MAXUNPOOL UNPOOL UNPOOLING", "write UPSAMPLE(2), which gives the same size"),
    ("REPEATVECTOR", "write RESHAPE and UPSAMPLE, or OPAQUE(WxHxD) with what it gives"),
    ("BIDIRECTIONAL", "write the layer inside of it with bidirectional=true: LSTM(64, bidirectional=true)"),
    ("SEQUENTIAL MODULELIST MODULE", "write its layers one after the other, joined by arrows"),
    ("HARDTANH", "write CLIP(-1, 1)"),
    ("DIFF MINUS", "write SUB[ a | b ]"),
    ("UP", "write UPSAMPLE(2), or UPCONV(64, 2, S=2) with weights, which double the size"),
    ("DOWN", "write POOL(2), or CONV(64, 3, S=2, P=1), which halve the size"),
    ("GP GPOOL", "write GAP"),
    ("POOLMAX MAXP", "write POOL(2)"),
    ("POOLAVG POOLAVERAGE POOLMEAN AVGP", "write AVGPOOL(2)"),
    ("MFM MIN MINIMUM AVERAGE MEAN",
     "write MAX[ a | b ] or ADD[ a | b ] for branches, which give the same volume, or GAP for every channel"),
    ("CONVLSTM", "LSTM, GRU and RNN read sequences, and no layer does so with images: leave it out"),
    ("SWAPAXES MOVEAXIS", "write PERMUTE((2,1,3)), which exchanges width and height"),
    ("EINGABE ENTRADA ENTRÉE ENTREE INGRESSO GIRIŞ WEJŚCIE ВХОД 输入 輸入 入力 입력", "write INPUT"),
    ("FALTUNG CONVOLUCIÓN CONVOLUCION CONVOLUÇÃO CONVOLUZIONE СВЕРТКА СВЁРТКА 卷积 卷積 畳み込み 합성곱", "write CONV"),
    ("池化 プーリング ПУЛИНГ 풀링", "write POOL"),
    ("全连接 全連接 全結合 완전연결 ПОЛНОСВЯЗНЫЙ ПС", "write FC"),
    ("OUTPUT OUT AUSGABE SALIDA SAÍDA SORTIE USCITA ВЫХОД 输出 出力 PREDICTIONS LOGITS",
     "leave it out, as what the last layer gives is the output; or write FC(10) for a layer of 10 units"),
    ("ALEXNET VGG RESNET RESNEXT DENSENET MOBILENET MOBILENETV EFFICIENTNET GOOGLENET XCEPTION LENET UNET BACKBONE",
     "write its layers: shapecalc zoo lists published networks, and shapecalc zoo vgg-16 prints the layers of one"),
    ("LOSS CROSSENTROPY CROSSENTROPYLOSS MSELOSS NLLLOSS", "leave it out: a loss is not part of the network"),
)  # fmt: skip
"""Names without their numbers, and one line of advice."""


@cache
def _by_name() -> dict[str, str]:
    return {name: advice for names, advice in INSTEAD for name in names.split()}


def instead_of(name: str) -> str | None:
    """What to write instead of a layer that the language does not have: `ReflectionPad2d`, `ZERO_PAD`, `resblock3`."""
    backwards = name.upper()[::-1]
    stem = re.sub(r"\A(?:D[123]|[\d_])*", "", backwards)[::-1].replace("_", "")
    return _by_name().get("LOSS" if stem.endswith("LOSS") else stem)

"""What each type of Caffe's layers is in our words."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, Word
from shapecalc.formats.caffe.caffe_layer import CaffeLayer
from shapecalc.formats.caffe.text_format import Message

V1_TYPES = {
    "ABSVAL": "AbsVal", "ACCURACY": "Accuracy", "ARGMAX": "ArgMax", "BNLL": "BNLL", "CONCAT": "Concat",
    "CONVOLUTION": "Convolution", "DATA": "Data", "DECONVOLUTION": "Deconvolution", "DROPOUT": "Dropout",
    "DUMMY_DATA": "DummyData", "ELTWISE": "Eltwise", "EUCLIDEAN_LOSS": "EuclideanLoss", "EXP": "Exp",
    "FLATTEN": "Flatten", "HDF5_DATA": "HDF5Data", "HDF5_OUTPUT": "HDF5Output", "HINGE_LOSS": "HingeLoss",
    "IMAGE_DATA": "ImageData", "INNER_PRODUCT": "InnerProduct", "LRN": "LRN", "MEMORY_DATA": "MemoryData", "MVN": "MVN",
    "POOLING": "Pooling", "POWER": "Power", "RELU": "ReLU", "SIGMOID": "Sigmoid",
    "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss", "SILENCE": "Silence", "SLICE": "Slice",
    "SOFTMAX": "Softmax", "SOFTMAX_LOSS": "SoftmaxWithLoss", "SPLIT": "Split", "TANH": "TanH",
    "THRESHOLD": "Threshold", "WINDOW_DATA": "WindowData",
}  # fmt: skip
"""Types of the first version. Source: V1LayerParameter in Caffe's caffe.proto."""
V1_NUMBERS = {
    "35": "AbsVal", "1": "Accuracy", "3": "Concat", "4": "Convolution", "5": "Data", "6": "Dropout", "8": "Flatten",
    "14": "InnerProduct", "15": "LRN", "17": "Pooling", "18": "ReLU", "19": "Sigmoid", "20": "Softmax",
    "21": "SoftmaxWithLoss", "22": "Split", "23": "TanH", "25": "Eltwise", "33": "Slice", "36": "Silence",
    "39": "Deconvolution",
}  # fmt: skip
"""The same by their numbers."""
LOSSES = frozenset({
    "Accuracy", "SoftmaxWithLoss", "EuclideanLoss", "HingeLoss", "SigmoidCrossEntropyLoss", "ContrastiveLoss",
    "InfogainLoss", "MultinomialLogisticLoss", "Silence", "HDF5Output", "SmoothL1Loss", "MultiBoxLoss",
})  # fmt: skip
"""What measures or swallows outputs, and is no part of the network."""

Read = Callable[[CaffeLayer], Any]


def _sizes(param: Message, name: str, default: int, long: str = "") -> Sizes:
    """Width and height of `kernel_size`, or of `kernel_h` and `kernel_w`; what repeats is height, then width."""
    both = param.numbers(long or name)
    height, width = (both[0], both[-1]) if both else (default, default)
    return Sizes((param.number(f"{name}_w", width), param.number(f"{name}_h", height)))


def _window(param: Message) -> dict[str, Any]:
    width, height = _sizes(param, "pad", 0)
    return {
        "extent": _sizes(param, "kernel", 1, "kernel_size"),
        "stride": _sizes(param, "stride", 1),
        "padding": Padding("", ((width, width), (height, height))),
    }


def _convolution(kind: str) -> Read:
    def read(layer: CaffeLayer) -> None:
        param = layer.message.message("convolution_param")
        dilation, groups = _sizes(param, "dilation", 1), param.number("group", 1)
        layer.add(
            kind,
            filters=param.number("num_output", 0),
            dilation=dilation if set(dilation) != {1} else None,
            groups=groups if groups > 1 else None,
            bias=None if param.flag("bias_term", True) else False,
            **_window(param),
        )

    return read


def _depthwise(layer: CaffeLayer) -> None:
    param, volume = layer.message.message("convolution_param"), layer.volume
    many = max(1, param.number("num_output", 0) // volume.depth) if volume else 1
    bias = None if param.flag("bias_term", True) else False
    layer.add("DWCONV", multiplier=many if many > 1 else None, bias=bias, **_window(param))


def _pooling(layer: CaffeLayer) -> None:
    """Rounds up unless it says FLOOR; a window that begins in the padding is dropped only where there is padding."""
    param = layer.message.message("pooling_param")
    mode = Word("avg" if param.text("pool", "MAX") in ("AVE", "1") else "max")
    if param.flag("global_pooling", False):
        layer.add("GAP", mode=mode)
    elif param.text("round_mode", "CEIL") in ("FLOOR", "1"):
        layer.add("POOL", mode=mode, **_window(param))
    else:
        layer.add("POOL", mode=mode, ceil=Word("caffe"), **_window(param))


def _inner_product(layer: CaffeLayer) -> None:
    param = layer.message.message("inner_product_param")
    layer.add("FC", units=param.number("num_output", 0), bias=None if param.flag("bias_term", True) else False)


def _batch_norm(layer: CaffeLayer) -> None:
    """Mean and variance; the affine part is a Scale after it."""
    layer.add("BN", affine=False, eps=layer.message.message("batch_norm_param").real("eps", 1e-5))


def _scale(layer: CaffeLayer) -> None:
    if len(layer.inputs) > 1:
        layer.add("MUL", layer.inputs)
    else:
        layer.add("SCALE", bias=None if layer.message.message("scale_param").flag("bias_term", False) else False)


def _bias(layer: CaffeLayer) -> None:
    layer.opaque(layer.volume, layer.volume.depth if layer.volume else 0)


def _relu(layer: CaffeLayer) -> None:
    slope = layer.message.message("relu_param").real("negative_slope", 0)
    if slope:
        layer.add("LRELU", slope=slope)
    else:
        layer.add("RELU")


def _prelu(layer: CaffeLayer) -> None:
    layer.add("PRELU", shared=layer.message.message("prelu_param").flag("channel_shared", False) or None)


def _elu(layer: CaffeLayer) -> None:
    layer.add("ELU", alpha=layer.message.message("elu_param").real("alpha", 1))


def _lrn(layer: CaffeLayer) -> None:
    param = layer.message.message("lrn_param")
    if param.text("norm_region", "ACROSS_CHANNELS") in ("WITHIN_CHANNEL", "1"):
        layer.opaque(layer.volume)
        return
    layer.add(
        "LRN", n=param.number("local_size", 5), alpha=param.real("alpha", 1), beta=param.real("beta", 0.75),
        k=param.real("k", 1),
    )  # fmt: skip


def _dropout(layer: CaffeLayer) -> None:
    layer.add("DO", p=layer.message.message("dropout_param").real("dropout_ratio", 0.5))


def _concat(layer: CaffeLayer) -> None:
    """Along the channels it is ours; along height or width it is opaque."""
    param = layer.message.message("concat_param")
    axis = param.number("axis", param.number("concat_dim", 1))
    volumes = [volume for node in layer.inputs if (volume := layer.blobs.volume(node)) is not None]
    if axis in (1, -3) or len(volumes) < len(layer.inputs):
        layer.add("CONCAT" if len(layer.inputs) > 1 else "IDENTITY", layer.inputs)
        return
    place = {2: 1, 3: 0, -2: 1, -1: 0}.get(axis, -1)
    first = volumes[0]
    if place < 0 or place >= len(first.spatial) or any(len(v.spatial) != len(first.spatial) for v in volumes):
        layer.opaque(None)
        return
    spatial = list(first.spatial)
    spatial[place] = sum(volume.spatial[place] for volume in volumes)
    layer.opaque(Volume(tuple(spatial), first.depth))


def _eltwise(layer: CaffeLayer) -> None:
    operation = layer.message.message("eltwise_param").text("operation", "SUM")
    kinds = {"SUM": "ADD", "1": "ADD", "PROD": "MUL", "0": "MUL"}
    if operation in kinds:
        layer.add(kinds[operation], layer.inputs)
    else:
        layer.opaque(layer.volume)


def _slice(layer: CaffeLayer) -> list[int] | None:
    """Channels between the points, or equal parts for every top."""
    param, volume, tops = layer.message.message("slice_param"), layer.volume, len(layer.message.texts("top"))
    if param.number("axis", param.number("slice_dim", 1)) != 1 or volume is None:
        layer.opaque(None)
        return None
    points = param.numbers("slice_point") or [volume.depth * i // tops for i in range(1, tops)]
    ends = [*points, volume.depth]
    starts = [0, *points]
    found = []
    for start, end in zip(starts, ends, strict=True):
        found.append(layer.add("SLICE", start=start, stop=end))
    return found


def _crop(layer: CaffeLayer) -> None:
    """From `axis` on the sizes of the second blob, after the offsets: one for every axis, or one for all."""
    param = layer.message.message("crop_param")
    volumes = [layer.blobs.volume(node) for node in layer.inputs]
    axis, offsets = param.number("axis", 2), param.numbers("offset") or [0]
    if len(volumes) != 2 or axis not in (2, 3) or None in volumes:
        layer.opaque(None)
        return
    given, wanted = (volume.spatial for volume in volumes if volume is not None)
    each = offsets * 2 if len(offsets) == 1 else [0] * (axis - 2) + offsets
    pairs = []
    for place, (size, want) in enumerate(zip(given, wanted, strict=False)):
        offset = each[1 - place] if place < 2 else 0
        cut = axis == 2 or place == 0
        pairs.append((offset, size - offset - want) if cut else (0, 0))
    if len(pairs) != 2 or min(min(pair) for pair in pairs) < 0:
        layer.opaque(None)
    else:
        layer.add("CROP", padding=Padding("", tuple(pairs)))


def _reshape(layer: CaffeLayer) -> None:
    """`dim: 0` keeps a size, -1 is what is left; channels come first."""
    volume, dims = layer.volume, layer.message.message("reshape_param").message("shape").numbers("dim")
    if volume is None or not 2 <= len(dims) <= 4 or dims.count(-1) > 1:
        layer.opaque(None)
        return
    before = [1, volume.depth, *reversed(volume.spatial)]
    sizes = [before[place] if n == 0 and place < len(before) else n for place, n in enumerate(dims)][1:]
    if -1 in sizes:
        known = prod(n for n in sizes if n != -1)
        sizes[sizes.index(-1)] = volume.size // known if known else 0
    if len(sizes) == 1:
        layer.add("FLATTEN")
    elif min(sizes) < 1:
        layer.opaque(None)
    else:
        layer.add("RESHAPE", size=Sizes((*reversed(sizes[1:]), sizes[0])))


def _same(layer: CaffeLayer) -> None:
    """Values change in a way that the language has no word for, and their number does not."""
    layer.opaque(layer.volume)


def _normalize(layer: CaffeLayer) -> None:
    """SSD's: the length of each position is made 1, and each channel scaled."""
    shared = layer.message.message("norm_param").flag("channel_shared", True)
    depth = layer.volume.depth if layer.volume else 0
    layer.opaque(layer.volume, 1 if shared else depth)


def _plain(kind: str, **arguments: Any) -> Read:
    def read(layer: CaffeLayer) -> None:
        layer.add(kind, **arguments)

    return read


def unknown_type(layer: CaffeLayer) -> None:
    """A type that Caffe does not have."""
    layer.opaque(None)


TYPES: dict[str, Read] = {
    "Convolution": _convolution("CONV"), "Deconvolution": _convolution("UPCONV"),
    "ConvolutionDepthwise": _depthwise, "DepthwiseConvolution": _depthwise, "Pooling": _pooling,
    "InnerProduct": _inner_product, "BatchNorm": _batch_norm, "Scale": _scale, "Bias": _bias, "ReLU": _relu,
    "ReLU6": _plain("RELU6"), "PReLU": _prelu, "ELU": _elu, "Sigmoid": _plain("SIGMOID"), "TanH": _plain("TANH"),
    "Swish": _plain("SILU"), "LRN": _lrn, "Dropout": _dropout, "Softmax": _plain("SOFTMAX"), "Concat": _concat,
    "Eltwise": _eltwise, "Slice": _slice, "Split": _plain("IDENTITY"), "Crop": _crop, "Reshape": _reshape,
    "Flatten": _plain("FLATTEN"), "ShuffleChannel": _same, "Normalize": _normalize, "MVN": _same,
    **{kind: _plain("ACT", name=Word(kind.lower()))
       for kind in ("AbsVal", "BNLL", "Exp", "Log", "Power", "Threshold")},
}  # fmt: skip
"""The reader of each type."""

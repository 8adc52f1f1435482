"""What each type of Caffe's layers is in our words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, Word
from shapecalc.formats.caffe import anchor_boxes, blob_axes
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
MEASURES = ("Loss", "Accuracy", "Evaluate", "DetectionOutput", "OHEM", "Silence", "HDF5Output")
"""How types end that measure or swallow outputs, in Caffe and its forks."""

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
    within = param.text("norm_region", "ACROSS_CHANNELS") in ("WITHIN_CHANNEL", "1")
    layer.add(
        "LRN", n=param.number("local_size", 5), alpha=param.real("alpha", 1), beta=param.real("beta", 0.75),
        k=param.real("k", 1), within=within or None,
    )  # fmt: skip


def _dropout(layer: CaffeLayer) -> None:
    layer.add("DO", p=layer.message.message("dropout_param").real("dropout_ratio", 0.5))


def _eltwise(layer: CaffeLayer) -> None:
    """A sum, whose coefficients of 1 and −1 make a difference of it, a product, or the larger value."""
    param = layer.message.message("eltwise_param")
    kind = {"PROD": "MUL", "0": "MUL", "MAX": "MAX", "2": "MAX"}.get(param.text("operation", "SUM"), "ADD")
    factors = [float(text) if text.lstrip("-") in ("1", "1.0") else 0.0 for text in param.texts("coeff")]
    layer.add("SUB" if kind == "ADD" and factors == [1, -1] else kind, layer.inputs)


def _axpy(layer: CaffeLayer) -> None:
    """SENet's: a factor a channel, times the second blob, plus the third."""
    factor, blob, other = (*layer.inputs, *layer.inputs[-1:] * 2)[:3]
    layer.add("ADD", (layer.aside("MUL", (blob, factor)), other))


def _softmax(layer: CaffeLayer) -> None:
    """Over the channels, or over the one axis that follows them; over one of several it is opaque."""
    axis, volume = layer.message.message("softmax_param").number("axis", 1), layer.volume
    if axis == 1 or volume is None or (volume.flat and axis == -1):
        layer.add("SOFTMAX")
    elif len(volume.spatial) == 1 and axis in (2, -1):
        layer.add("SOFTMAX", over=Word("positions"))
    else:
        layer.opaque(volume)


def _shuffle(layer: CaffeLayer) -> None:
    layer.add("SHUFFLE", groups=layer.message.message("shuffle_channel_param").number("group", 1))


def _mvn(layer: CaffeLayer) -> None:
    """Mean 0 and variance 1 of each channel, or of all together; without the variance it is opaque."""
    param = layer.message.message("mvn_param")
    if not param.flag("normalize_variance", True):
        layer.opaque(layer.volume)
    elif param.flag("across_channels", False):
        layer.add("GN", groups=1, affine=False, eps=param.real("eps", 1e-9))
    else:
        layer.add("IN", affine=False, eps=param.real("eps", 1e-9))


def _plain(kind: str, **arguments: Any) -> Read:
    def read(layer: CaffeLayer) -> None:
        layer.add(kind, **arguments)

    return read


def measures(kind: str, message: Message) -> bool:
    """Whether a layer measures or swallows outputs, and is no part of the network."""
    return kind not in TYPES and (kind.endswith(MEASURES) or "loss_weight" in message.fields)


def unknown_type(layer: CaffeLayer) -> None:
    """A type that Caffe does not have."""
    layer.opaque(None)


TYPES: dict[str, Read] = {
    "Convolution": _convolution("CONV"), "Deconvolution": _convolution("UPCONV"),
    "ConvolutionDepthwise": _depthwise, "DepthwiseConvolution": _depthwise, "Pooling": _pooling,
    "InnerProduct": _inner_product, "BatchNorm": _batch_norm, "BN": _plain("BN"), "Scale": _scale, "Bias": _bias,
    "ReLU": _relu, "ReLU6": _plain("RELU6"), "PReLU": _prelu, "ELU": _elu, "SeLu": _plain("SELU"),
    "Sigmoid": _plain("SIGMOID"), "TanH": _plain("TANH"), "Swish": _plain("SILU"), "LRN": _lrn, "MVN": _mvn,
    "Normalize": anchor_boxes.normalize, "Dropout": _dropout, "SeLuDropout": _dropout, "Softmax": _softmax,
    "Eltwise": _eltwise, "Axpy": _axpy, "Concat": blob_axes.concat, "Slice": blob_axes.cut, "Crop": blob_axes.crop,
    "Split": _plain("IDENTITY"), "Reshape": blob_axes.reshape, "Permute": blob_axes.permute,
    "Flatten": _plain("FLATTEN"), "ShuffleChannel": _shuffle, "Interp": blob_axes.interpolate,
    "PriorBox": anchor_boxes.prior_box, "Python": anchor_boxes.python, "Proposal": anchor_boxes.proposal,
    "ArgMax": blob_axes.argmax, "Upsample": blob_axes.upsample, "Reorg": blob_axes.reorder,
    **dict.fromkeys(anchor_boxes.POOLS, anchor_boxes.box_pool),
    **{kind: _plain("ACT", name=Word(kind.lower()))
       for kind in ("AbsVal", "BNLL", "Exp", "Log", "Power", "Threshold")},
}  # fmt: skip
"""The reader of each type."""

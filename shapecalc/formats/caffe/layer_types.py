"""What each type of Caffe's layers is in our words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapecalc.core.phrases import size_text
from shapecalc.formats.caffe import anchor_boxes, blob_axes, weighted_layers
from shapecalc.formats.caffe.caffe_layer import CaffeLayer
from shapecalc.formats.caffe.text_format import Message

V1_NUMBERS = (
    "NONE", "ACCURACY", "BNLL", "CONCAT", "CONVOLUTION", "DATA", "DROPOUT", "EUCLIDEAN_LOSS", "FLATTEN", "HDF5_DATA",
    "HDF5_OUTPUT", "IM2COL", "IMAGE_DATA", "INFOGAIN_LOSS", "INNER_PRODUCT", "LRN", "MULTINOMIAL_LOGISTIC_LOSS",
    "POOLING", "RELU", "SIGMOID", "SOFTMAX", "SOFTMAX_LOSS", "SPLIT", "TANH", "WINDOW_DATA", "ELTWISE", "POWER",
    "SIGMOID_CROSS_ENTROPY_LOSS", "HINGE_LOSS", "MEMORY_DATA", "ARGMAX", "THRESHOLD", "DUMMY_DATA", "SLICE", "MVN",
    "ABSVAL", "SILENCE", "CONTRASTIVE_LOSS", "EXP", "DECONVOLUTION",
)  # fmt: skip
"""Types of the first version by their numbers. Source: V1LayerParameter in Caffe's caffe.proto."""
MEASURES = ("Loss", "Accuracy", "Evaluate", "EvalDetection", "Output", "OHEM", "Silence")
"""How types end that measure or swallow outputs, in Caffe and its forks."""

Read = Callable[[CaffeLayer], Any]


def _with_number(kind: str, field: str, message: str, key: str, default: float, **arguments: Any) -> Read:
    """A layer of ours with one number, and what its message calls that."""

    def read(layer: CaffeLayer) -> None:
        layer.add(kind, **{field: layer.param(message).real(key, default)}, **arguments)

    return read


def _relu(layer: CaffeLayer) -> None:
    slope = layer.param("relu_param").real("negative_slope", 0)
    if slope:
        layer.add("LRELU", slope=slope)
    else:
        layer.add("RELU")


def _prelu(layer: CaffeLayer) -> None:
    layer.add("PRELU", shared=layer.param("prelu_param").flag("channel_shared", False) or None)


def _lrn(layer: CaffeLayer) -> None:
    param = layer.param("lrn_param")
    within = param.text("norm_region", "ACROSS_CHANNELS") in ("WITHIN_CHANNEL", "1")
    layer.add(
        "LRN", n=param.number("local_size", 5), alpha=param.real("alpha", 1), beta=param.real("beta", 0.75),
        k=param.real("k", 1), within=within or None,
    )  # fmt: skip


def _eltwise(layer: CaffeLayer) -> None:
    """A sum, whose coefficients of 1 and −1 make a difference of it, a product, or the larger value."""
    param = layer.param("eltwise_param")
    kind = {"PROD": "MUL", "0": "MUL", "MAX": "MAX", "2": "MAX"}.get(param.text("operation", "SUM"), "ADD")
    factors = [float(text) if text.lstrip("-") in ("1", "1.0") else 0.0 for text in param.texts("coeff")]
    made = layer.add("SUB" if kind == "ADD" and factors == [1, -1] else kind, layer.inputs)
    sizes = dict.fromkeys(volume.sizes for node in layer.inputs if (volume := layer.blobs.volume(node)))
    if len(sizes) > 1 and layer.blobs.volume(made):  # ours repeats what has one position or one channel
        shown = " and ".join(size_text(one) for one in sizes)
        layer.blobs.assembler.report("SHP208", f"Eltwise reads blobs of one size, and these are {shown}", made)


def _axpy(layer: CaffeLayer) -> None:
    """SENet's: a factor a channel, times the second blob, plus the third."""
    factor, blob, other = (*layer.inputs, *layer.inputs[-1:] * 2)[:3]
    layer.add("ADD", (layer.aside("MUL", (blob, factor)), other))


def _softmax(layer: CaffeLayer) -> None:
    """Over the channels, or over the one axis that follows them; over one of several it is opaque."""
    volume, place = layer.volume, layer.axis(layer.param("softmax_param").number("axis", 1))
    if volume is None or place == -1:
        layer.add("SOFTMAX")
    elif len(volume.spatial) == 1 and place == 0:
        layer.add("SOFTMAX", over="positions")
    else:
        layer.opaque(volume)


def _shuffle(layer: CaffeLayer) -> None:
    layer.add("SHUFFLE", groups=layer.param("shuffle_channel_param").number("group", 1))


def _mvn(layer: CaffeLayer) -> None:
    """Mean 0 and variance 1 of each channel, or of all together; without the variance it is opaque."""
    param = layer.param("mvn_param")
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


def _same(layer: CaffeLayer) -> None:
    """A function that the language has no word for, and that changes no size."""
    layer.opaque(layer.volume)


def type_called(kind: str) -> str:
    """The name in the second version of a type: of its number, or of a word of the first, as in INNER_PRODUCT."""
    if kind.isdigit() and int(kind) < len(V1_NUMBERS):
        kind = V1_NUMBERS[int(kind)]
    if not kind.isupper():
        return kind
    return _BY_CAPITALS.get(kind.replace("_", ""), kind.title().replace("_", ""))


def measures(kind: str, message: Message) -> bool:
    """Whether a layer measures or swallows outputs, and is no part of the network."""
    return kind not in TYPES and (kind.endswith(MEASURES) or "loss_weight" in message.fields)


def unknown_type(layer: CaffeLayer) -> None:
    """A type that Caffe does not have."""
    layer.opaque(None)


TYPES: dict[str, Read] = {
    **dict.fromkeys(
        ("Convolution", "Convolution3D", "Deconvolution", "Deconvolution3D"), weighted_layers.convolution
    ),
    **dict.fromkeys(("ConvolutionDepthwise", "DepthwiseConvolution"), weighted_layers.depthwise),
    **dict.fromkeys(("Pooling", "Pooling3D"), weighted_layers.pooling),
    **dict.fromkeys(("Dropout", "SeLuDropout"), _with_number("DO", "p", "dropout_param", "dropout_ratio", 0.5)),
    "InnerProduct": weighted_layers.inner_product, "MarginInnerProduct": weighted_layers.margin,
    # the affine part of a BatchNorm is a Scale after it
    "BatchNorm": _with_number("BN", "eps", "batch_norm_param", "eps", 1e-5, affine=False),
    "BN": _plain("BN"), "Scale": weighted_layers.scale, "Bias": weighted_layers.bias,
    "ReLU": _relu, "ReLU6": _plain("RELU6"), "PReLU": _prelu,
    "ELU": _with_number("ELU", "alpha", "elu_param", "alpha", 1), "SeLu": _plain("SELU"),
    "Sigmoid": _plain("SIGMOID"), "TanH": _plain("TANH"), "Swish": _plain("SILU"), "LRN": _lrn, "MVN": _mvn,
    "Normalize": anchor_boxes.normalize, "Softmax": _softmax,
    "Eltwise": _eltwise, "Axpy": _axpy, "Concat": blob_axes.concat, "Slice": blob_axes.cut, "Crop": blob_axes.crop,
    "Split": _plain("IDENTITY"), "Reshape": blob_axes.reshape, "Permute": blob_axes.permute,
    "Flatten": blob_axes.flatten, "ShuffleChannel": _shuffle, "Interp": blob_axes.interpolate,
    "PriorBox": anchor_boxes.prior_box, "Python": anchor_boxes.python, "Proposal": anchor_boxes.proposal,
    "ArgMax": blob_axes.argmax, "Upsample": blob_axes.upsample, "Reorg": blob_axes.reorder, "Tile": blob_axes.tile,
    "Reduction": blob_axes.reduction, "SPP": blob_axes.pyramid, "Embed": weighted_layers.embed,
    "MultiStageMeanfield": weighted_layers.mean_field,
    **dict.fromkeys(weighted_layers.RECURRENT, weighted_layers.recurrent),
    **dict.fromkeys(anchor_boxes.POOLS, anchor_boxes.box_pool),
    **dict.fromkeys(("BatchReindex", "Filter", "DenseCRF", "Flip", "VoxelSoftmax"), _same),
    **{kind: _plain("ACT", name=kind.lower())
       for kind in ("AbsVal", "BNLL", "Clip", "Exp", "Log", "Power", "Threshold")},
}  # fmt: skip
"""The reader of each type."""
_BY_CAPITALS = {kind.upper(): kind for kind in TYPES}
"""Types by the words of the first version without their underscores."""

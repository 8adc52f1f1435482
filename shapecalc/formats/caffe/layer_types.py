"""What each type of Caffe's layers is in our words."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, Word
from shapecalc.formats.caffe import anchor_boxes, blob_axes, timed_blobs
from shapecalc.formats.caffe.caffe_layer import CaffeLayer, volume_of
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
PLANE = 2
"""Axes of an image."""

Read = Callable[[CaffeLayer], Any]


def _sizes(param: Message, name: str, default: int, axes: int, time: str = "", long: str = "") -> Sizes:
    """Width, height and depth: `kernel_size` for all or one each, depth first; `kernel_h` and the like override them.

    C3D's layers have what is along time in a field of its own.
    """
    given = param.numbers(long or name) or [default]
    sizes = [given[max(axes - 1 - place, 0)] if len(given) == axes else given[-1] for place in range(axes)]
    if axes == PLANE:
        sizes = [param.number(f"{name}_w", given[-1]), param.number(f"{name}_h", given[0])]
    elif time:
        sizes[-1] = param.number(time, default)
    return Sizes(sizes)


def _window(layer: CaffeLayer, param: Message) -> dict[str, Any]:
    axes = len(layer.volume.spatial) if layer.volume else PLANE
    fields = ("kernel_depth", "temporal_stride", "temporal_pad") if layer.kind.endswith("3D") else ("",) * 3
    return {
        "extent": _sizes(param, "kernel", 1, axes, fields[0], "kernel_size"),
        "stride": _sizes(param, "stride", 1, axes, fields[1]),
        "padding": Padding("", tuple((n, n) for n in _sizes(param, "pad", 0, axes, fields[2]))),
    }


def _convolution(kind: str) -> Read:
    def read(layer: CaffeLayer) -> None:
        param = layer.param("convolution_param")
        axes = len(layer.volume.spatial) if layer.volume else PLANE
        dilation, groups = _sizes(param, "dilation", 1, axes), param.number("group", param.number("filter_group", 1))
        layer.add(
            kind,
            filters=param.number("num_output", 0),
            dilation=dilation if set(dilation) != {1} else None,
            groups=groups if groups > 1 else None,
            bias=None if param.flag("bias_term", True) else False,
            **_window(layer, param),
        )

    return read


def _depthwise(layer: CaffeLayer) -> None:
    param, volume = layer.param("convolution_param"), layer.volume
    many = max(1, param.number("num_output", 0) // volume.depth) if volume else 1
    dilation = _sizes(param, "dilation", 1, PLANE)
    layer.add(
        "DWCONV",
        multiplier=many if many > 1 else None,
        bias=None if param.flag("bias_term", True) else False,
        dilation=dilation if set(dilation) != {1} else None,
        **_window(layer, param),
    )


def _pooling(layer: CaffeLayer) -> None:
    """Rounds up unless it says otherwise; a window that begins in padding is dropped only where there is padding."""
    param = layer.param("pooling_param")
    mode = Word("avg" if param.text("pool", "MAX") in ("AVE", "1") else "max")
    down = param.text("round_mode", "CEIL") in ("FLOOR", "1") or not param.flag("ceil_mode", True)
    if param.flag("global_pooling", False):
        layer.add("GAP", mode=mode)
    else:
        layer.add("POOL", mode=mode, ceil=None if down else Word("caffe"), **_window(layer, param))


def _inner_product(layer: CaffeLayer) -> None:
    """All axes from `axis` on are multiplied: usually all of an image, of steps the values of each."""
    param, volume = layer.param("inner_product_param"), layer.volume
    units, bias, axes = param.number("num_output", 0), param.flag("bias_term", True), layer.axes
    axis = param.number("axis", 1)
    axis += len(axes) if axis < 0 else 0
    if volume is None or (axis == 1 and not layer.steps):
        layer.add("FC", units=units, bias=None if bias else False)
    elif layer.steps and axis == len(axes) - 1:
        layer.add("CONV", filters=units, extent=Sizes((1,)), bias=None if bias else False)
    elif layer.steps or not 1 < axis < len(axes) or units < 1:
        layer.opaque(None)
    else:
        rest, kept = prod(layer.dims[axis - 1 :]), layer.dims[: axis - 1]
        layer.opaque(volume_of([*kept, units]), (rest + bias) * units, volume.size * units)


def _margin(layer: CaffeLayer) -> None:
    """SphereFace's: a product with weights of length 1, whose angles the label changes while it is trained."""
    units, volume = layer.message.message("margin_inner_product_param").number("num_output", 0), layer.volume
    products = units * volume.size if volume else 0
    layer.opaque(volume_of([units]) if products > 0 else None, products, products)


def _batch_norm(layer: CaffeLayer) -> None:
    """Mean and variance; the affine part is a Scale after it."""
    layer.add("BN", affine=False, eps=layer.message.message("batch_norm_param").real("eps", 1e-5))


def _scale(layer: CaffeLayer) -> None:
    """A factor and perhaps a shift for each channel, or those of a second blob."""
    param = layer.message.message("scale_param")
    shift = param.flag("bias_term", False)
    if len(layer.inputs) == 1 and layer.volume and _stated_axes(layer, param) == [-1]:
        layer.add("SCALE", bias=None if shift else False)
    elif len(layer.inputs) > 1 and not shift:
        layer.add("MUL", layer.inputs)
    else:
        _per_axes(layer, param, 1 + shift)


def _bias(layer: CaffeLayer) -> None:
    if len(layer.inputs) > 1:
        layer.add("ADD", layer.inputs)
    else:
        _per_axes(layer, layer.message.message("bias_param"), 1)


def _stated_axes(layer: CaffeLayer, param: Message) -> list[int | None]:
    """The axes of which each position has a number of its own: `num_axes` of them from `axis` on, or all with -1."""
    axis, many = param.number("axis", 1), param.number("num_axes", 1)
    axis += len(layer.axes) if axis < 0 else 0
    return [*layer.axes[axis : None if many < 0 else axis + many]]


def _per_axes(layer: CaffeLayer, param: Message, each: int) -> None:
    """Trained numbers that are not one a channel, or those of a second blob with a shift for each."""
    volume, second = layer.volume, layer.blobs.volume(layer.inputs[-1])
    places = _stated_axes(layer, param)
    if volume is None or second is None or None in places:
        layer.opaque(None)
    elif len(layer.inputs) > 1:
        layer.opaque(volume, second.size)
    else:
        layer.opaque(volume, each * prod(volume.sizes[place] for place in places if place is not None))


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
    volume, place = layer.volume, layer.axis(layer.message.message("softmax_param").number("axis", 1))
    if volume is None or place == -1:
        layer.add("SOFTMAX")
    elif len(volume.spatial) == 1 and place == 0:
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


def _same(layer: CaffeLayer) -> None:
    """A function that the language has no word for, and that changes no size."""
    layer.opaque(layer.volume)


def _mean_field(layer: CaffeLayer) -> None:
    """CRF-RNN's: kernels of two filters and of the labels' compatibility, each labels x labels."""
    layer.opaque(layer.volume, 3 * layer.volume.depth**2 if layer.volume else 0)


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
    **dict.fromkeys(("Convolution", "Convolution3D"), _convolution("CONV")),
    **dict.fromkeys(("Deconvolution", "Deconvolution3D"), _convolution("UPCONV")),
    **dict.fromkeys(("ConvolutionDepthwise", "DepthwiseConvolution"), _depthwise),
    **dict.fromkeys(("Pooling", "Pooling3D"), _pooling),
    "InnerProduct": _inner_product, "MarginInnerProduct": _margin, "BatchNorm": _batch_norm, "BN": _plain("BN"),
    "Scale": _scale, "Bias": _bias,
    "ReLU": _relu, "ReLU6": _plain("RELU6"), "PReLU": _prelu, "ELU": _elu, "SeLu": _plain("SELU"),
    "Sigmoid": _plain("SIGMOID"), "TanH": _plain("TANH"), "Swish": _plain("SILU"), "LRN": _lrn, "MVN": _mvn,
    "Normalize": anchor_boxes.normalize, "Dropout": _dropout, "SeLuDropout": _dropout, "Softmax": _softmax,
    "Eltwise": _eltwise, "Axpy": _axpy, "Concat": blob_axes.concat, "Slice": blob_axes.cut, "Crop": blob_axes.crop,
    "Split": _plain("IDENTITY"), "Reshape": blob_axes.reshape, "Permute": blob_axes.permute,
    "Flatten": blob_axes.flatten, "ShuffleChannel": _shuffle, "Interp": blob_axes.interpolate,
    "PriorBox": anchor_boxes.prior_box, "Python": anchor_boxes.python, "Proposal": anchor_boxes.proposal,
    "ArgMax": blob_axes.argmax, "Upsample": blob_axes.upsample, "Reorg": blob_axes.reorder, "Tile": blob_axes.tile,
    "Reduction": blob_axes.reduction, "SPP": blob_axes.pyramid, "Embed": timed_blobs.embed,
    "MultiStageMeanfield": _mean_field,
    **dict.fromkeys(timed_blobs.RECURRENT, timed_blobs.recurrent),
    **dict.fromkeys(anchor_boxes.POOLS, anchor_boxes.box_pool),
    **dict.fromkeys(("BatchReindex", "Filter", "DenseCRF", "Flip", "VoxelSoftmax"), _same),
    **{kind: _plain("ACT", name=Word(kind.lower()))
       for kind in ("AbsVal", "BNLL", "Clip", "Exp", "Log", "Power", "Threshold")},
}  # fmt: skip
"""The reader of each type."""
_BY_CAPITALS = {kind.upper(): kind for kind in TYPES}
"""Types by the words of the first version without their underscores."""

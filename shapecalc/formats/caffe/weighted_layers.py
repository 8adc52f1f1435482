"""Caffe's layers with weights, and the blobs of its recurrent ones, which have steps in front."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import unreadable
from shapecalc.formats.caffe.caffe_layer import CaffeLayer
from shapecalc.formats.caffe.text_format import Message
from shapecalc.lowering.flow import volume_of

PLANE = 2
"""Axes of an image."""
_EXTENTS = ("kernel_size", "kernel_h", "kernel_w")
"""Fields of which one is there, unless a pool takes the whole map."""


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


def _axes(layer: CaffeLayer) -> int:
    return len(layer.volume.spatial) if layer.volume else PLANE


def _window(layer: CaffeLayer, param: Message) -> dict[str, Any]:
    """Extent, stride and padding. Raises Diagnosed SHP010 where no extent is stated, as Caffe refuses it."""
    if param.fields.keys().isdisjoint(_EXTENTS):
        message = f"{layer.kind} {shortened(layer.name)} has no kernel_size"
        raise unreadable(message, param.span, help=("write kernel_size: 3, or another extent",))
    axes = _axes(layer)
    fields = ("kernel_depth", "temporal_stride", "temporal_pad") if layer.kind.endswith("3D") else ("",) * 3
    return {
        "extent": _sizes(param, "kernel", 1, axes, fields[0], "kernel_size"),
        "stride": _sizes(param, "stride", 1, axes, fields[1]),
        "padding": Padding("", tuple((n, n) for n in _sizes(param, "pad", 0, axes, fields[2]))),
    }


def is_wide(kind: str, message: Message) -> bool:
    """Whether a layer of an image has windows of more than one position, which it does not make larger."""
    params = (message.message(key) for key in ("convolution_param", "pooling_param"))
    wide = any(n > 1 for param in params for key in _EXTENTS for n in param.numbers(key))
    return wide and not kind.startswith("Deconvolution")


def _kernel(layer: CaffeLayer) -> dict[str, Any]:
    """What convolutions have besides a window."""
    param = layer.param("convolution_param")
    dilation = _sizes(param, "dilation", 1, _axes(layer))
    return {
        "dilation": dilation if set(dilation) != {1} else None,
        "bias": None if param.flag("bias_term", True) else False,
        **_window(layer, param),
    }


def convolution(layer: CaffeLayer) -> None:
    """Groups are called filter groups by C3D."""
    param = layer.param("convolution_param")
    groups = param.number("group", param.number("filter_group", 1))
    kind = "UPCONV" if layer.kind.startswith("Deconvolution") else "CONV"
    filters = param.number("num_output", 0)
    layer.add(kind, filters=filters, groups=groups if groups > 1 else None, **_kernel(layer))


def depthwise(layer: CaffeLayer) -> None:
    """As many outputs as channels, or so many times as many."""
    outputs = layer.param("convolution_param").number("num_output", 0)
    many = max(1, outputs // layer.volume.depth) if layer.volume else 1
    layer.add("DWCONV", multiplier=many if many > 1 else None, **_kernel(layer))


def pooling(layer: CaffeLayer) -> None:
    """Rounds up unless it says otherwise; a window that begins in padding is dropped only where there is padding.

    A stochastic pool is opaque: it gives the mean that its own values weight, without padding. Source:
    PoolingLayer::LayerSetUp, StoPoolForwardTest.
    """
    param = layer.param("pooling_param")
    method, whole, volume = param.text("pool", "MAX"), param.flag("global_pooling", False), layer.volume
    mode = "avg" if method in ("AVE", "1") else "max"
    down = param.text("round_mode", "CEIL") in ("FLOOR", "1") or not param.flag("ceil_mode", True)
    window = {"stride": _sizes(param, "stride", 1, _axes(layer))} if whole else _window(layer, param)
    if volume and method in ("STOCHASTIC", "2"):
        sides = zip(volume.spatial, volume.spatial if whole else window["extent"], window["stride"], strict=True)
        sizes = [(size - extent if down else size - extent + stride - 1) // max(stride, 1) + 1
                 for size, extent, stride in sides]  # fmt: skip
        layer.opaque(Volume(tuple(sizes), volume.depth) if min(sizes) > 0 else None)
    elif whole:
        layer.add("GAP", mode=mode)
    else:
        layer.add("POOL", mode=mode, ceil=None if down else "caffe", **window)


def inner_product(layer: CaffeLayer) -> None:
    """All axes from `axis` on are multiplied: usually all of an image, of steps the values of each."""
    param, volume = layer.param("inner_product_param"), layer.volume
    units, bias, axes = param.number("num_output", 0), param.flag("bias_term", True), layer.axes
    axis = param.number("axis", 1)
    axis += len(axes) if axis < 0 else 0
    if volume is None or (axis == 1 and not layer.steps):
        layer.add("FC", units=units, bias=None if bias else False)
    elif layer.steps and axis == len(axes) - 1:
        layer.add("CONV", filters=units, extent=Sizes((1,)), bias=None if bias else False)
    else:
        layer.needs(1 < axis < len(axes) and units > 0 and not layer.steps)
        rest, kept = prod(layer.dims[axis - 1 :]), layer.dims[: axis - 1]
        layer.opaque(volume_of([*kept, units], last=False), (rest + bias) * units, volume.size * units)


def margin(layer: CaffeLayer) -> None:
    """SphereFace's: a product with weights of length 1, whose angles the label changes while it is trained."""
    units = layer.param("margin_inner_product_param").number("num_output", 0)
    products = units * layer.known(layer.volume).size
    layer.opaque(layer.known(volume_of([units], last=False)), products, products)


def scale(layer: CaffeLayer) -> None:
    """A factor and perhaps a shift for each channel, or those of a second blob."""
    param = layer.param("scale_param")
    shift = param.flag("bias_term", False)
    if len(layer.inputs) == 1 and layer.volume and _stated_axes(layer, param) == [-1]:
        layer.add("SCALE", bias=None if shift else False)
    elif len(layer.inputs) > 1 and not shift:
        layer.add("MUL", layer.inputs)
    else:
        _per_axes(layer, param, 1 + shift)


def bias(layer: CaffeLayer) -> None:
    """A shift for each channel, or that of a second blob."""
    if len(layer.inputs) > 1:
        layer.add("ADD", layer.inputs)
    else:
        _per_axes(layer, layer.param("bias_param"), 1)


def _stated_axes(layer: CaffeLayer, param: Message) -> list[int | None]:
    """The axes of which each position has a number of its own: `num_axes` of them from `axis` on, or all with -1."""
    axis, many = param.number("axis", 1), param.number("num_axes", 1)
    axis += len(layer.axes) if axis < 0 else 0
    return [*layer.axes[axis : None if many < 0 else axis + many]]


def _per_axes(layer: CaffeLayer, param: Message, each: int) -> None:
    """Trained numbers that are not one a channel, or those of a second blob with a shift for each."""
    volume, second = layer.known(layer.volume), layer.known(layer.blobs.volume(layer.inputs[-1]))
    places = [layer.known(place) for place in _stated_axes(layer, param)]
    own = each * prod(volume.sizes[place] for place in places)
    layer.opaque(volume, second.size if len(layer.inputs) > 1 else own)


def mean_field(layer: CaffeLayer) -> None:
    """CRF-RNN's: kernels of two filters and of the labels' compatibility, each labels x labels."""
    layer.opaque(layer.volume, 3 * layer.volume.depth**2 if layer.volume else 0)


# --- blobs with steps -----------------------------------------------------------------------------

RECURRENT = {"LSTM": 4, "RNN": 1}
"""Gates of the recurrent layers. They read steps, marks of where a sequence begins, and perhaps values of no step."""
MARKS = 1
"""The place of the marks among what a recurrent layer reads: they start its state anew, and give no values."""
REGROUP = frozenset({"Reshape", "Flatten"})
"""What makes steps of images."""


def step_blobs(layers: Sequence[tuple[str, Message]]) -> set[str]:
    """The blobs of steps: what recurrent layers read and make, and what that is made of."""
    found: set[str] = set()
    for kind, message in reversed(layers):
        if kind in RECURRENT:
            found.update(message.texts("bottom")[: MARKS + 1])
        elif kind not in REGROUP and found.intersection(message.texts("top")):
            found.update(message.texts("bottom"))
    return found


def recurrent(layer: CaffeLayer) -> list[int] | None:
    """One bias a gate. RNN has a second product, of the state, which is what it gives.

    Source: LSTMLayer, RNNLayer. With values of no step, or with states that are given and handed on, it is opaque.
    """
    param, volume = layer.param("recurrent_param"), layer.known(layer.volume)
    units, gates = param.number("num_output", 0), RECURRENT[layer.kind]
    states = min(gates, 2) if param.flag("expose_hidden", False) else 0
    assembler, span = layer.blobs.assembler, layer.message.span
    layer.needs(layer.steps and units > 0)
    if len(layer.inputs) > 1:
        other = layer.blobs.volume(layer.inputs[1]) if len(layer.inputs) > 1 + states else None
        still = gates * units * (other.size if other else 0)
        kernels = gates * units * (volume.depth + units) + (0 if gates > 1 else units**2)
        biases = (gates if gates > 1 else gates + 1) * units
        made = Volume(volume.spatial, units)
        ends = [layer.opaque(made, params=kernels + still + biases, macs=volume.positions * kernels + still)]
        last = Volume((1,), units)
        ends += [assembler.opaque(layer.kind, layer.inputs, span, volume=last) for _ in range(states)]
        layer.blobs.steps.update(ends)
        return ends
    if gates > 1:
        layer.add("LSTM", units=units, biases=1)
    else:
        state = assembler.add("RNN", layer.inputs, span, layer.name, units=units, biases=1)
        given = assembler.add("CONV", (state,), span, filters=units, extent=Sizes((1,)))
        layer.made = assembler.add("TANH", (given,), span)
        layer.keeps_axes()
    return None


def embed(layer: CaffeLayer) -> None:
    """A row of a table for every index, and a bias where it does not say otherwise: the values are the last axis."""
    param, volume = layer.param("embed_param"), layer.known(layer.volume)
    rows, units, bias = param.number("input_dim", 0), param.number("num_output", 0), param.flag("bias_term", True)
    layer.needs(min(rows, units) > 0 and not (layer.steps and volume.depth > 1))
    if layer.steps and not bias:
        layer.add("EMBEDDING", rows=rows, units=units)
    else:
        made = Volume(volume.spatial, units) if layer.steps else volume_of([*layer.dims, units], last=False)
        layer.opaque(made, params=(rows + bias) * units)

"""Layers that keep the size of what they read: functions of single values, and normalisations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from shapecalc.lowering.arrangements import reversed_axes
from shapecalc.lowering.keras.settings import KerasTensor, LayerSettings
from shapecalc.lowering.keras.use import Read, Use


def axis_of(axis: Any, rank: int) -> int:
    """An axis of the shape without the batch; beyond it where it is none."""
    place = rank if type(axis) is not int else axis + rank if axis < 0 else axis - 1
    return place if place >= 0 else rank


def is_channel(tensor: KerasTensor, axis: Any) -> bool:
    """Whether an axis is that of the channels, or the only one."""
    place = axis_of(axis, tensor.rank)
    return place == 0 if tensor.first or tensor.rank == 1 else place == tensor.rank - 1


def batch_norm(use: Use) -> KerasTensor:
    """Over the channels it is ours; over another axis it is opaque."""
    axis = use.settings.values.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and axis else axis
    scale, center = use.settings.flag("scale", True), use.settings.flag("center", True)
    shape, eps = use.shape, use.settings.real("epsilon", 1e-3)
    if is_channel(use.tensor, axis):
        made = use.add("BN", affine=scale or center, scale=scale or not center, shift=center or not scale, eps=eps)
        return use.holding(made, "scale", "shift", "mean", "variance")
    size = shape[axis_of(axis, len(shape))] if shape and axis_of(axis, len(shape)) < len(shape) else 0
    return use.shaped(shape, (scale + center) * size, 2 * size)


def _size(use: Use, axes: Any) -> int:
    """How many values some axes have together."""
    shape = use.shape or ()
    places = [axis_of(axis, len(shape)) for axis in axes]
    return prod(shape[place] for place in places if place < len(shape))


def layer_norm(use: Use) -> KerasTensor:
    """Over the channels it is ours, where it has a scale alone with a SCALE; over several axes it is opaque."""
    axes = use.settings.values.get("axis", -1)
    axes = axes if isinstance(axes, list) else [axes]
    rms = use.settings.kind == "RMSNormalization" or use.settings.flag("rms_scaling", False)
    scale, center = use.settings.flag("scale", True) or rms, use.settings.flag("center", True) and not rms
    if len(axes) != 1 or not is_channel(use.tensor, axes[0]) or (center and not scale):
        return use.shaped(use.shape, (scale + center) * _size(use, axes))
    made = use.add("LN", affine=None if center else False, eps=use.settings.real("epsilon", 1e-3))
    use.differing(made, "it takes off no mean" if rms else "")
    if scale and not center:
        return use.holding(use.add("SCALE", (made,), bias=False), "scale")
    return use.holding(made, "scale", "shift")


def group_norm(use: Use) -> KerasTensor:
    """Groups of -1 are one for each channel."""
    volume, groups, axis = use.volume, use.settings.whole("groups", 32), use.settings.values.get("axis", -1)
    scale, center = use.settings.flag("scale", True), use.settings.flag("center", True)
    if is_channel(use.tensor, axis) and scale == center:
        eps, count = use.settings.real("epsilon", 1e-3), (volume.depth if volume else 1) if groups == -1 else groups
        made = use.add("GN", groups=count, affine=None if scale else False, eps=eps)
        return use.holding(made, "scale", "shift")
    return use.shaped(use.shape, (scale + center) * _size(use, [axis]))


def instance_norm(use: Use) -> KerasTensor:
    """Of keras_contrib and of TensorFlow Addons: each channel is a group, and no axis means one weight for all."""
    if use.settings.values.get("axis", -1) is None:
        return use.shaped(use.shape, use.settings.flag("scale", True) + use.settings.flag("center", True))
    return group_norm(use._replace(settings=use.settings.with_values(use.settings.kind, {"groups": -1})))


def normalization(use: Use) -> KerasTensor:
    """With a mean that is given it has no weights; else a mean, a variance and a counter."""
    if use.settings.values.get("mean") is not None or use.volume is None:
        return use.differing(use.add("IDENTITY"), "it takes off a mean and divides by a deviation that are settings")
    axes = use.settings.values.get("axis", -1)
    axes = axes if isinstance(axes, list) else [] if axes is None else [axes]
    return use.shaped(use.shape, 0, 2 * _size(use, axes) + 1)


def relu(use: Use) -> KerasTensor:
    """Its largest value and its slope below zero make other layers of it."""
    slope, most = use.settings.real("negative_slope", 0) or 0, use.settings.values.get("max_value")
    if most == 6 and not slope:
        return use.differing(use.add("RELU6"), _threshold(use))
    made = use.add("LRELU", slope=slope) if slope else use.add("RELU")
    return use.differing(made, _threshold(use) or (f"its largest value is {most}" if most is not None else ""))


def _threshold(use: Use) -> str:
    return "its threshold is not 0" if use.settings.real("threshold", 0) else ""


def softmax(use: Use) -> KerasTensor:
    """Over the channels, which are the last axis unless it says otherwise."""
    made, axis = use.add("SOFTMAX"), use.settings.values.get("axis", -1)
    return use.differing(made, "" if is_channel(use.tensor, axis) else f"it sums along axis {axis}")


def rescaling(use: Use) -> KerasTensor:
    """One number and another for all values; numbers by channel are left out."""
    scale, offset = (use.settings.values.get(key, value) for key, value in (("scale", 1.0), ("offset", 0.0)))
    if isinstance(scale, int | float) and isinstance(offset, int | float):
        return use.add("RESCALE", scale=scale, offset=offset or None)
    return use.differing(use.add("IDENTITY"), "it scales each channel by a number of its own")


def prelu(use: Use) -> KerasTensor:
    """One slope a value, but for the axes that are shared; one a channel is ours."""
    shape, axes = use.shape, use.settings.values.get("shared_axes") or []
    shared = {axis_of(axis, use.tensor.rank) for axis in axes} if isinstance(axes, list) else set()
    channel = 0 if use.tensor.first else use.tensor.rank - 1
    if shared == set(range(use.tensor.rank)) - {channel}:
        return use.holding(use.add("PRELU"), "slope")
    if not shared:
        arrange = reversed_axes if use.tensor.first else _width_first
        return use.holding(use.add("PRELU", each=True), ("slope", arrange))
    return use.shaped(shape, prod(n for place, n in enumerate(shape or ()) if place not in shared))


def _width_first(array: Any) -> Any:
    """Slopes of height x width x channels in our order."""
    rank = array.ndim - 1
    return array.transpose(*reversed(range(rank)), rank)


def activation(use: Use) -> KerasTensor:
    """An activation as a layer of its own."""
    made = use.activated(use.tensor)
    return use.add("IDENTITY") if made == use.tensor else made


def layer_scale(use: Use) -> KerasTensor:
    """One factor a channel."""
    return use.holding(use.add("SCALE", bias=False), "scale")


def plain(kind: str, why: str = "") -> Read:
    """A layer that is one of ours, but for its values where there is a reason."""
    return lambda use: use.differing(use.add(kind), why)


def of_size(size: Callable[[LayerSettings, Sequence[int]], tuple[Sequence[int], int]]) -> Read:
    """A layer of which the output and the parameters follow from its settings and from the shape that it reads."""
    return lambda use: use.shaped(None) if use.shape is None else use.shaped(*size(use.settings, use.shape))


def quantized(read: Read) -> Read:
    """A layer whose values are rounded to a few bits before they are used."""
    return lambda use: use.differing(read(use), "its values are quantized")


def encoded(use: Use) -> KerasTensor:
    """Each value as a row, or all of them as one, with a place for each class."""
    shape = use.shape
    several = use.settings.text("output_mode", "multi_hot") != "one_hot" or (shape or ())[-1:] == (1,)
    wide = use.settings.whole("num_tokens")
    return use.shaped(None if shape is None else (*(shape[:-1] if several else shape), wide))


def words(use: Use) -> KerasTensor:
    """A text as so many indices."""
    length = use.settings.values.get("output_sequence_length")
    return use.shaped((length,)) if isinstance(length, int) else use.stated_as()


def kept(use: Use) -> KerasTensor:
    """Values change and their number does not, without weights."""
    return use.shaped(use.shape)


def lambda_layer(use: Use) -> KerasTensor:
    """Its function is bytecode, which is never read; its output may be stated."""
    shape = use.settings.values.get("output_shape")
    if isinstance(shape, list) and all(type(n) is int for n in shape):
        return use.shaped(shape)
    return use.stated_as()


def unknown(use: Use) -> KerasTensor:
    """A layer that is in no table."""
    return use.uncounted(f"{use.settings.kind} is not a layer that shapecalc knows")

"""Normalisations: ours over the channels, opaque over other axes."""

from __future__ import annotations

from math import prod
from typing import Any

from shapecalc.formats.keras.tensors import KerasTensor
from shapecalc.formats.keras.use import Use


def axis_of(axis: Any, rank: int) -> int:
    """An axis of the shape without the batch; beyond it where it is none."""
    place = rank if type(axis) is not int else axis + rank if axis < 0 else axis - 1
    return place if place >= 0 else rank


def is_channel(tensor: KerasTensor, axis: Any) -> bool:
    """Whether an axis is that of the channels, or the only one."""
    place = axis_of(axis, tensor.rank)
    return place == 0 if tensor.first or tensor.rank == 1 else place == tensor.rank - 1


def batch_norm(use: Use) -> KerasTensor:
    """Over the channels it is ours, where it has a scale alone with a SCALE; over another axis it is opaque."""
    axis = use.settings.values.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and axis else axis
    scale, center = use.settings.flag("scale", True), use.settings.flag("center", True)
    shape, eps = use.shape, use.settings.real("epsilon", 1e-3)
    if is_channel(use.tensor, axis) and scale and not center:
        made = use.holding(use.add("BN", affine=False, eps=eps), "mean", "variance", before=1)
        return use.holding(use.add("SCALE", (made,), bias=False), "scale")
    if is_channel(use.tensor, axis):
        made = use.add("BN", affine=None if center else False, scale=False if center and not scale else None, eps=eps)
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

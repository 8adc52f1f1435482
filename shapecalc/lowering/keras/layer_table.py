"""The reader of each layer of Keras by its class, and a layer at every step of a sequence as one over an axis more."""

from __future__ import annotations

import re
from functools import cache
from math import prod
from typing import Any

from shapecalc.dialects.forms import forms
from shapecalc.lowering.keras import elementwise, rearranging, sliding
from shapecalc.lowering.keras.elementwise import batch_norm, group_norm, instance_norm, layer_norm, normalization
from shapecalc.lowering.keras.rearranging import reshape, reshaped
from shapecalc.lowering.keras.sequences import RECURRENT, SEQUENCES, recurrent_at_every_step
from shapecalc.lowering.keras.settings import KerasTensor, LayerSettings
from shapecalc.lowering.keras.sliding import einsum_dense
from shapecalc.lowering.keras.use import Read, Use


@cache
def reader_of(kind: str) -> Read | None:
    """The reader of a class; None for one that is not known."""
    known = SEQUENCES.get(kind) or _OTHERS.get(kind)
    if known is not None:
        return known
    if kind in ("BinaryDense", "TernaryDense"):
        return reader_of("QDense")
    if kind.startswith("Q"):  # of QKeras
        read = None if kind[1:] in SEQUENCES else reader_of(kind[1:])
        return read and elementwise.quantized(read)
    of_steps = kind in ("DepthwiseConv3D", "SeparableConv3D", "LocallyConnected3D")  # at every step of a sequence
    form = forms("Keras").get(kind.replace("3D", "2D") if of_steps else kind)
    return sliding.by_form(form) if form is not None and form.ours in sliding.ARRAYS else None


_OTHERS: dict[str, Read] = {
    "Dense": sliding.dense, "Flatten": rearranging.flatten, "Reshape": rearranging.reshape,
    "Permute": rearranging.permute, "RepeatVector": rearranging.repeat_vector, "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm, "GroupNormalization": group_norm, "Normalization": normalization,
    "UnitNormalization": elementwise.kept, "LayerScale": elementwise.layer_scale, "Add": rearranging.merge("ADD"),
    "Multiply": rearranging.merge("MUL"), "Subtract": rearranging.merge("SUB"), "Average": rearranging.average,
    "Maximum": rearranging.merge("MAX"), "Minimum": rearranging.merge(""), "Divide": rearranging.merge(""),
    "Concatenate": rearranging.concatenate, "Merge": rearranging.keras1_merge, "Activation": elementwise.activation,
    "ReLU": elementwise.relu, "PReLU": elementwise.prelu, "Softmax": elementwise.softmax,
    "StochasticDepth": elementwise.plain("IDENTITY"), "Rescaling": elementwise.rescaling,
    "Resizing": sliding.resizing, "CenterCrop": sliding.center_crop, "RandomCrop": sliding.center_crop,
    "ThresholdedReLU": elementwise.plain("RELU", "its threshold is not 0"),
    "Masking": elementwise.plain("IDENTITY", "steps that are masked are left out after it"),
    **dict.fromkeys(("InstanceNormalization", "Addons>InstanceNormalization"), instance_norm),
    "Addons>GroupNormalization": group_norm,
    "ContrastLimitedAdaptiveHistogramEqualization": elementwise.kept,
    **dict.fromkeys(("RandomHeight", "RandomWidth"), elementwise.plain("IDENTITY")),
    "Highway": elementwise.of_size(
        lambda said, shape: (shape, 2 * shape[-1] * (shape[-1] + said.flag("use_bias", True)))
    ),
    "MaxoutDense": elementwise.of_size(
        lambda said, shape: (
            (said.whole("units"),),
            said.whole("nb_feature", 4) * said.whole("units") * (shape[-1] + said.flag("use_bias", True)),
        )
    ),
    "SReLU": elementwise.of_size(lambda said, shape: (shape, 4 * prod(shape))),
    "Lambda": elementwise.lambda_layer, "RMSNormalization": layer_norm, "Dot": rearranging.dot,
    "EinsumDense": einsum_dense, "CategoryEncoding": elementwise.encoded,
    "TextVectorization": elementwise.words,
    **dict.fromkeys(
        ("Discretization", "Hashing", "IntegerLookup", "StringLookup", "HashedCrossing"), elementwise.kept
    ),
}  # fmt: skip


# --- at every step --------------------------------------------------------------------------------

ALONG_STEPS = {
    **dict.fromkeys(("kernel_size", "strides", "dilation_rate", "pool_size", "size"), 1),
    "output_padding": 0,
}
"""Settings with a number for each axis of positions, and what it is along the steps."""
UNREAD = ("RepeatVector", "Dot", "EinsumDense", "LocallyConnected1D", "LocallyConnected2D")
"""Classes that are others with an axis more."""
ALONG_LAST = ("Dense", "LayerNormalization", "BatchNormalization", "Softmax")
"""Classes that work along the last axis, which is where the channels are."""
AXES = ("axis", "axes", "dim", "axis1", "axis2", "source", "destination")
ALL_STEPS: dict[str, Any] = {
    "perm": None, "paddings": [0, 0], "pad_width": [0, 0], "multiples": 1, "repeats": 1, "slice_spec": {"start": None},
}  # fmt: skip
"""Arguments of functions with a part for each axis, and the part that leaves an axis as it is."""
RANKED = re.compile(r"(.*?)([12])D(Transpose)?")
"""Classes that say how many axes of positions they have."""


def at_every_step(use: Use, read: Read, steps: int) -> KerasTensor:
    """What a layer gives for tensors of which the first `steps` axes are steps."""
    settings, shape = use.settings, use.shape or ()
    times, ranked = list(shape[:steps]), RANKED.fullmatch(settings.kind)
    made = recurrent_at_every_step(use, steps) if settings.kind in RECURRENT else None
    if made is not None:
        return made
    unread = f"shapecalc does not read {settings.kind} at every step of a sequence"
    if settings.kind in UNREAD or (settings.kind in SEQUENCES and settings.kind != "Embedding"):
        return use.uncounted(unread)
    if settings.kind == "Flatten":
        return reshaped(use, [*times, -1]) if times else use.stated_as()
    if settings.kind == "Reshape":
        return reshape(use, times) if times else use.stated_as()
    if ranked is None:
        made = read(use._replace(settings=settings.with_values(settings.kind, _moved(settings, steps))))
        alone = settings.kind == "GroupNormalization"
        return use.differing(made, "each step is normalised by itself" if alone else "")
    values, kind = _widened(settings, int(ranked[2]), steps), ranked[1].removeprefix("Global")
    whole = kind != ranked[1]
    if whole:
        values["pool_size"] = [1] * steps + list(shape[steps:-1])
    kind = f"{kind}{int(ranked[2]) + steps}D{ranked[3] or ''}"
    wider = reader_of(kind)
    if wider is None or settings.channels_first or (whole and not times):
        return use.uncounted(unread)
    made = wider(use._replace(settings=settings.with_values(kind, values)))
    if not whole or settings.flag("keepdims", False):
        return made
    return use.named_last(reshaped(use._replace(inputs=(made,)), [*times, shape[-1]]))


def folded(use: Use, read: Read) -> KerasTensor:
    """What a layer that works along the last axis gives for a tensor with more axes than a volume."""
    *front, last = use.tensor.axes
    made = read(use._replace(inputs=(reshaped(use, (prod(front), last)),)))
    volume = use.assembler.volumes[made.node]
    shape = (*front, volume.depth if volume else last)
    return use.named_last(made)._replace(rank=len(shape), axes=shape, steps=use.tensor.steps)


def _widened(settings: LayerSettings, rank: int, steps: int) -> dict[str, Any]:
    """Settings of windows and borders for more axes in front."""
    found: dict[str, Any] = {}
    for key, alone in ALONG_STEPS.items():
        if settings.values.get(key) is not None:
            found[key] = [alone] * steps + list(settings.each(key, rank))
    for key in ("padding", "cropping"):
        if settings.values.get(key) is not None and not isinstance(settings.values[key], str):
            found[key] = [[0, 0]] * steps + [list(pair) for pair in settings.pairs(key, rank)]
    return found


def _moved(settings: LayerSettings, steps: int) -> dict[str, Any]:
    """Axes that count from the front come later; slopes are the same at every step, and steps keep their place."""
    here = list(range(1, steps + 1))
    found = {"axis": _later(settings.values.get("axis"), steps)}
    for key in ("shared_axes", "dims"):
        axes = settings.values.get(key)
        found[key] = here + _later(axes if isinstance(axes, list) else [] if axes is None else [axes], steps)
    return {key: value for key, value in found.items() if key in settings.values}


def _later(axes: Any, steps: int) -> Any:
    """An axis, or some, where there are others after the batch."""
    if isinstance(axes, list):
        return [_later(axis, steps) for axis in axes]
    return axes + steps if type(axes) is int and axes > 0 else axes


def after_steps(use: Use) -> Use:
    """The call of a function whose arguments count the axes of one step: steps come between these and the batch."""
    steps = use.tensor.steps

    def moved(key: str, value: Any) -> Any:
        if key in AXES:
            return _later(value, steps)
        if not isinstance(value, list) or key not in ALL_STEPS:
            return value
        here = list(range(1, steps + 1)) if key == "perm" else [ALL_STEPS[key]] * steps
        return [*value[:1], *here, *(_later(value[1:], steps) if key == "perm" else value[1:])]

    said = use.call.named, use.settings.values
    named, values = ({key: moved(key, value) for key, value in arguments.items()} for arguments in said)
    settings = use.settings.with_values(use.settings.kind, values)
    return use._replace(settings=settings, call=use.call.with_arguments(named, use.call.operand))

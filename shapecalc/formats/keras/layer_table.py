"""The reader of each layer of Keras, by its class."""

from __future__ import annotations

from functools import cache
from math import prod

from shapecalc.dialects.forms import forms
from shapecalc.formats.keras import elementwise, rearranging, sliding
from shapecalc.formats.keras.einsums import einsum_dense
from shapecalc.formats.keras.elementwise import batch_norm, group_norm, instance_norm, layer_norm, normalization
from shapecalc.formats.keras.sequences import SEQUENCES
from shapecalc.formats.keras.use import Read


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

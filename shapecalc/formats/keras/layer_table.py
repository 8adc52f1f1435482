"""The reader of each layer of Keras, by its class."""

from __future__ import annotations

from shapecalc.dialects.forms import forms
from shapecalc.formats.keras import elementwise, rearranging, sliding
from shapecalc.formats.keras.einsums import einsum_dense
from shapecalc.formats.keras.normalisations import batch_norm, group_norm, layer_norm, normalization
from shapecalc.formats.keras.sequences import SEQUENCES
from shapecalc.formats.keras.use import Read


def _table() -> dict[str, Read]:
    table = {name: sliding.by_form(form) for name, form in forms("Keras").items() if form.ours in sliding.ARRAYS}
    for kind in ("DepthwiseConv", "SeparableConv", "LocallyConnected"):
        table[f"{kind}3D"] = table[f"{kind}2D"]  # at every step of a sequence
    table |= _OTHERS
    table |= {f"Q{kind}": elementwise.quantized(read) for kind, read in table.items()}  # of QKeras
    return table | dict.fromkeys(("BinaryDense", "TernaryDense"), table["QDense"]) | SEQUENCES


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
    "Lambda": elementwise.lambda_layer, "RMSNormalization": layer_norm, "Dot": rearranging.dot,
    "EinsumDense": einsum_dense, "CategoryEncoding": elementwise.encoded,
    "TextVectorization": elementwise.words,
    **dict.fromkeys(
        ("Discretization", "Hashing", "IntegerLookup", "StringLookup", "HashedCrossing"), elementwise.kept
    ),
}  # fmt: skip
LAYERS: dict[str, Read] = _table()
"""The reader of each class."""

"""The reader of each layer of Keras, by its class."""

from __future__ import annotations

from shapecalc.formats.keras.elementwise import (
    activation,
    dropout,
    elu,
    kept,
    lambda_layer,
    layer_scale,
    leaky,
    masking,
    plain,
    prelu,
    relu,
    rescaling,
    softmax,
    tf_operation,
)
from shapecalc.formats.keras.normalisations import batch_norm, group_norm, layer_norm, normalization
from shapecalc.formats.keras.rearranging import (
    concatenate,
    flatten,
    keras1_merge,
    merge,
    permute,
    repeat_vector,
    reshape,
)
from shapecalc.formats.keras.sequences import SEQUENCES
from shapecalc.formats.keras.sliding import (
    border,
    convolution,
    dense,
    depthwise,
    global_pool,
    local,
    pool,
    separable,
    transposed,
    upsampling,
)
from shapecalc.formats.keras.use import Read


def _table() -> dict[str, Read]:
    table: dict[str, Read] = {}
    for rank in "123":
        table |= {
            f"Conv{rank}D": convolution,
            f"Conv{rank}DTranspose": transposed,
            f"DepthwiseConv{rank}D": depthwise,
            f"SeparableConv{rank}D": separable,
            f"LocallyConnected{rank}D": local,
            f"MaxPooling{rank}D": pool("max"),
            f"AveragePooling{rank}D": pool("avg"),
            f"GlobalMaxPooling{rank}D": global_pool("max"),
            f"GlobalAveragePooling{rank}D": global_pool("avg"),
            f"ZeroPadding{rank}D": border("PAD", "padding"),
            f"Cropping{rank}D": border("CROP", "cropping"),
            f"UpSampling{rank}D": upsampling,
            f"SpatialDropout{rank}D": dropout,
        }
    return table | _OTHERS | SEQUENCES


_OTHERS: dict[str, Read] = {
    "Dense": dense, "Flatten": flatten, "Reshape": reshape, "Permute": permute, "RepeatVector": repeat_vector,
    "BatchNormalization": batch_norm, "LayerNormalization": layer_norm, "GroupNormalization": group_norm,
    "Normalization": normalization, "UnitNormalization": kept, "LayerScale": layer_scale,
    "Add": merge("ADD"), "Multiply": merge("MUL"), "Subtract": merge("SUB"), "Average": merge(""),
    "Maximum": merge("MAX"), "Minimum": merge(""), "Divide": merge(""),
    "Concatenate": concatenate, "Merge": keras1_merge,
    "Activation": activation, "ReLU": relu, "LeakyReLU": leaky, "PReLU": prelu, "ELU": elu,
    "Softmax": softmax, "Dropout": dropout, "AlphaDropout": dropout, "GaussianDropout": dropout,
    "StochasticDepth": plain("IDENTITY"), "GaussianNoise": plain("IDENTITY"), "Rescaling": rescaling,
    **{
        f"Random{what}": plain("IDENTITY")
        for what in ("Flip", "Rotation", "Zoom", "Translation", "Contrast", "Brightness")
    },
    "ActivityRegularization": plain("IDENTITY"), "Identity": plain("IDENTITY"), "Masking": masking,
    "Lambda": lambda_layer, "TFOpLambda": tf_operation, "SlicingOpLambda": tf_operation,
}  # fmt: skip
LAYERS: dict[str, Read] = _table()
"""The reader of each class."""

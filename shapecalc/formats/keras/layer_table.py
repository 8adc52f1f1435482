"""The reader of each layer of Keras, by its class."""

from __future__ import annotations

from shapecalc.formats.keras import elementwise, rearranging, sliding
from shapecalc.formats.keras.einsums import einsum_dense
from shapecalc.formats.keras.normalisations import batch_norm, group_norm, layer_norm, normalization
from shapecalc.formats.keras.sequences import SEQUENCES
from shapecalc.formats.keras.use import Read


def _table() -> dict[str, Read]:
    table: dict[str, Read] = {}
    for rank in "123":
        table |= {
            f"Conv{rank}D": sliding.convolution,
            f"Conv{rank}DTranspose": sliding.transposed,
            f"DepthwiseConv{rank}D": sliding.depthwise,
            f"SeparableConv{rank}D": sliding.separable,
            f"LocallyConnected{rank}D": sliding.local,
            f"MaxPooling{rank}D": sliding.pool("max"),
            f"AveragePooling{rank}D": sliding.pool("avg"),
            f"GlobalMaxPooling{rank}D": sliding.global_pool("max"),
            f"GlobalAveragePooling{rank}D": sliding.global_pool("avg"),
            f"ZeroPadding{rank}D": sliding.border("PAD", "padding"),
            f"Cropping{rank}D": sliding.border("CROP", "cropping"),
            f"UpSampling{rank}D": sliding.upsampling,
            f"SpatialDropout{rank}D": elementwise.dropout,
            f"AdaptiveMaxPooling{rank}D": sliding.adaptive("max"),
            f"AdaptiveAveragePooling{rank}D": sliding.adaptive("avg"),
        }
    table |= _OTHERS
    table |= {f"Q{kind}": elementwise.quantized(read) for kind, read in table.items()}  # of QKeras
    return table | dict.fromkeys(("BinaryDense", "TernaryDense"), table["QDense"]) | SEQUENCES


AUGMENTATIONS = ("AugMix", "AutoContrast", "CutMix", "Equalization", "MixUp", "RandAugment", "Solarization", *(
    f"Random{what}" for what in (
    "Flip", "Rotation", "Zoom", "Translation", "Contrast", "Brightness", "Grayscale", "Hue", "Saturation", "Sharpness",
    "Erasing", "Posterization", "ColorJitter", "ColorDegeneration", "GaussianBlur", "Invert", "Perspective", "Shear",
    "ElasticTransform",
)))  # fmt: skip
"""What changes images while training alone."""
_OTHERS: dict[str, Read] = {
    "Dense": sliding.dense, "Flatten": rearranging.flatten, "Reshape": rearranging.reshape,
    "Permute": rearranging.permute, "RepeatVector": rearranging.repeat_vector, "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm, "GroupNormalization": group_norm, "Normalization": normalization,
    "UnitNormalization": elementwise.kept, "LayerScale": elementwise.layer_scale, "Add": rearranging.merge("ADD"),
    "Multiply": rearranging.merge("MUL"), "Subtract": rearranging.merge("SUB"), "Average": rearranging.average,
    "Maximum": rearranging.merge("MAX"), "Minimum": rearranging.merge(""), "Divide": rearranging.merge(""),
    "Concatenate": rearranging.concatenate, "Merge": rearranging.keras1_merge, "Activation": elementwise.activation,
    "ReLU": elementwise.relu, "LeakyReLU": elementwise.leaky, "PReLU": elementwise.prelu, "ELU": elementwise.elu,
    "Softmax": elementwise.softmax, "Dropout": elementwise.dropout, "AlphaDropout": elementwise.dropout,
    "GaussianDropout": elementwise.dropout, "StochasticDepth": elementwise.plain("IDENTITY"),
    "GaussianNoise": elementwise.plain("IDENTITY"), "Rescaling": elementwise.rescaling,
    "Resizing": sliding.resizing, "CenterCrop": sliding.center_crop, "RandomCrop": sliding.center_crop,
    **dict.fromkeys(AUGMENTATIONS, elementwise.plain("IDENTITY")),
    "ActivityRegularization": elementwise.plain("IDENTITY"), "Identity": elementwise.plain("IDENTITY"),
    "Masking": elementwise.masking, "Lambda": elementwise.lambda_layer, "RMSNormalization": layer_norm,
    "Dot": rearranging.dot, "EinsumDense": einsum_dense, "ThresholdedReLU": elementwise.thresholded,
    "CategoryEncoding": elementwise.encoded, "TextVectorization": elementwise.words,
    **dict.fromkeys(
        ("Discretization", "Hashing", "IntegerLookup", "StringLookup", "HashedCrossing"), elementwise.kept
    ),
}  # fmt: skip
LAYERS: dict[str, Read] = _table()
"""The reader of each class."""

"""Layers that a file of Keras has under older names, and those that are not read, which is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.test_keras_calls import CONV_LSTM, READS, X, checked, layer, tensor

OLD = {
    "Convolution2D": "CONV", "AtrousConvolution2D": "CONV", "Deconvolution2D": "UPCONV",
    "SeparableConvolution2D": "SEPCONV", "BatchNormalizationV1": "BN", "BatchNormalizationV2": "BN",
    "SyncBatchNormalization": "BN",
}  # fmt: skip
"""What Keras 1 and early TensorFlow call layers."""


@pytest.mark.parametrize(("kind", "ours"), OLD.items())
def test_a_layer_under_an_older_name_is_the_one_of_today(kind: str, ours: str, tmp_path: Path) -> None:
    start = layer("InputLayer", "x", [], batch_shape=[None, 12, 10, 3])
    sizes = {} if ours == "BN" else {"filters": 3, "kernel_size": [3, 3]}
    assert (
        checked(tmp_path / "net.json", start, layer(kind, "f", [tensor("x", 12, 10, 3)], **sizes)).rows[1].kind == ours
    )


FILMS = tensor("x", 5, 9, 11, 2)
CONV_LSTM_FIRST = layer("ConvLSTM2D", "r", [FILMS], filters=3, kernel_size=[3, 3], data_format="channels_first")
WIDER = CONV_LSTM["config"] | {"filters": 4}


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (
            layer("Bidirectional", "r", [FILMS], layer=CONV_LSTM, backward_layer=CONV_LSTM | {"config": WIDER}),
            "two directions that differ",
        ),
        (
            CONV_LSTM_FIRST,
            "this ConvLSTM2D",
        ),
        (layer("EinsumDense", "r", [READS], equation="abc,cde->abde", output_shape=3), "this equation of EinsumDense"),
        (layer("EinsumDense", "r", [READS], equation="abc->abc", output_shape=[5, 4]), "this equation of EinsumDense"),
    ],
)
def test_a_layer_that_is_not_read_is_said_not_to_be_counted(last: dict[str, Any], why: str, tmp_path: Path) -> None:
    start = X if last["class_name"] == "EinsumDense" else layer("InputLayer", "x", [], batch_shape=[None, 5, 9, 11, 2])
    (warning, _) = checked(tmp_path / "net.json", start, last, layer("ReLU", "a", [tensor("r", 5, 4)])).diagnostics
    assert warning.message == f"shapecalc does not read {why}: if it has parameters, they are not counted"

"""Layers of Keras with settings that few models have: their parameters as Keras 3.15 counts them, and our word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.test_keras_calls import checked, function, layer, tensor

X = layer("InputLayer", "x", [], batch_shape=[None, 5, 4])
Y = layer("InputLayer", "y", [], batch_shape=[None, 6, 4])
IMAGE = layer("InputLayer", "i", [], batch_shape=[None, 6, 8, 4])
READS, OTHER, SEEN = tensor("x", 5, 4), tensor("y", 6, 4), tensor("i", 6, 8, 4)
GROUPED = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}


@pytest.mark.parametrize(
    ("last", "params"),
    [
        (
            layer("MultiHeadAttention", "r", [SEEN, SEEN], num_heads=2, key_dim=3, value_dim=5, attention_axes=[1]),
            154,
        ),
        (layer("GroupQueryAttention", "r", [READS, OTHER], **GROUPED), 172),
        (layer("GroupQueryAttention", "r", [READS, OTHER], use_bias=False, **GROUPED), 144),
    ],
)
def test_attention_that_no_layer_of_ours_stands_for_has_its_parameters(
    last: dict[str, Any], params: int, tmp_path: Path
) -> None:
    report = checked(tmp_path / "net.json", X, Y, IMAGE, last)
    assert (report.rows[-1].params, report.rows[-1].node.layer.opaque) == (params, True)


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (function("Moveaxis", "r", [READS], source=1, destination=2), "PERMUTE((2,1))"),
        (layer("Rescaling", "r", [READS], scale=2.0, offset=-1.0), "RESCALE(2, offset=-1)"),
        (layer("Rescaling", "r", [READS], scale=[1.0, 2.0, 3.0, 4.0], offset=-1.0), "IDENTITY"),
        (layer("Rescaling", "r", [READS], scale=2.0, offset=[1.0, 2.0, 3.0, 4.0]), "IDENTITY"),
    ],
)
def test_a_layer_is_ours_where_its_settings_are(last: dict[str, Any], text: str, tmp_path: Path) -> None:
    assert checked(tmp_path / "net.json", X, last).rows[-1].node.text == text

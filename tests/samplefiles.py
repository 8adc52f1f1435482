"""The samples as test cases: those that meet every construct of the language, and the others marked as slow."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import Any

import pytest

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*.net*"))
FIRST_OF_THEIR_KIND = {
    "alexnet-224", "all-cnn", "cifar-lecture", "convnext-tiny", "crnn", "dcgan-generator", "googlenet", "keras-mnist",
    "lenet5", "mobilenet-v2", "resnet20-cifar10", "resnet50", "se-resnet50", "shufflenet-v2", "siamese-omniglot",
    "squeezenet1_1", "unet", "vae-decoder", "vgg16-listing", "xception",
}  # fmt: skip
"""What is proved on these is proved again on the others."""


def each_sample(*, but: Set[str] = frozenset()) -> list[Any]:
    """The paths of all samples as parameters of a test; those that are too large for it are slow as well."""
    quick = FIRST_OF_THEIR_KIND - but
    return [
        pytest.param(path, marks=[] if path.stem in quick else [pytest.mark.slow], id=path.name) for path in SAMPLES
    ]

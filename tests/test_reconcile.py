"""`shapecalc reconcile`: published figures, and which convention or variant they are true of."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli

SAMPLES = Path(__file__).parents[1] / "samples"

PUBLISHED = [
    ("resnet50", "macs=4.1G", "as it is written: 4,089,184,256"),
    ("resnet50", "macs=3.8G", "(ResNet v1): 3,857,973,248"),
    ("resnet50-v1", "macs=4.1G", "(ResNet v1.5): 4,089,184,256"),
    # keras.applications.ResNet50: a bias in every convolution, and what Keras calls non-trainable parameters
    ("resnet50", "params=25,636,712", "with a bias in every convolution and fully connected layer, with the running"),
    ("alexnet-227", "params=61M", "as it is written: 60,965,224"),
    ("alexnet-227", "params=62,378,344", "without groups: 62,378,344"),
    ("alexnet-224", "params=60,965,224", "with an input of 227x227x3: 60,965,224"),
    ("vgg16", "params=138,344,128", "as it is written, without biases: 138,344,128"),
    ("vgg16", "macs=30.9G", "as it is written, as twice as many FLOPs: 30,940,528,640"),
    ("resnet18", "macs=1,814,083,944", "as torchinfo counts: 1,814,083,944"),
    ("googlenet-torchvision", "params=6,624,904", "without auxiliary outputs: 6,624,904"),
    ("resnet18", "params=11.7M", "as it is written: 11,689,512"),
]


def reconciled(sample: str, *claims: str) -> tuple[int, str]:
    options = [part for claim in claims for part in ("--claimed", claim)]
    done = CliRunner().invoke(cli, ["reconcile", str(SAMPLES / f"{sample}.net"), *options])
    return done.exit_code, done.output


@pytest.mark.parametrize(("sample", "claim", "explanation"), PUBLISHED)
def test_a_published_figure_is_explained(sample: str, claim: str, explanation: str) -> None:
    code, said = reconciled(sample, claim)
    assert code == 0, said
    assert explanation in said.splitlines()[0]


def test_what_nothing_explains_is_said_with_the_nearest() -> None:
    code, said = reconciled("resnet18", "params=99M", "params=11.7M")
    assert code == 1
    assert "params = 99M is true in no way that was tried; the nearest is" in said
    assert "params = 11.7M is true as it is written" in said


@pytest.mark.parametrize("claim", ["params", "widths=3", "params=many", "=5"])
def test_a_claim_that_cannot_be_read_is_refused(claim: str) -> None:
    code, said = reconciled("resnet18", claim)
    assert code == 2, said

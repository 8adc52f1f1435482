"""`shapecalc reconcile`: published figures, and which convention or variant they are true of."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
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
    # counting.md of the tools: fvcore and thop count normalisations, torchinfo and ptflops biases
    ("resnet18", "macs=1,819,065,856", "as fvcore counts: 1,819,065,856"),
    ("resnet50", "macs=4,133,742,592", "as thop counts: 4,133,742,592"),
    ("alexnet-227", "macs=725,066,088", "counts: 725,066,088"),
    ("alexnet-224", "params=61M", "with an input of 227x227x3: 60,965,224"),
    ("alexnet-227", "params=49,430,888", "with an input of 224x224x3: 49,430,888"),
    ("alexnet-torchvision", "params=61M", "as it is written: 61,100,840"),
    # He et al. 2015 call multiply-accumulates FLOPs, count VGG-16 without its FCs, and stride in the 1x1
    ("vgg16", "flops=15.3G", "without fully connected layers, as MACs: 15,346,630,656"),
    ("resnet152", "flops=11.3G", "(ResNet v1), as MACs: 11,282,415,616"),
    ("resnet34", "flops=3.6G", "as it is written, as MACs: 3,663,761,408"),
    # keras.applications: include_top=False, and normalisations without a scale (Inception v3)
    ("resnet50", "params=23,587,712", "a bias in every convolution and fully connected layer and without fully"),
    ("resnet50", "params=25,583,592", "with a bias in every convolution and fully connected layer: 25,583,592"),
    ("inception-v3", "params=23,851,784", "without auxiliary outputs, without the scales, with the running statistics"),
    ("inception-v3", "params=23.8M", "without auxiliary outputs: 23,834,568"),
    ("inception-v3", "params=27.2M", "as it is written: 27,161,264"),
    ("googlenet", "params=7M", "without auxiliary outputs: 6,998,552"),
    ("densenet121", "params=8,062,504", "with the running statistics of the normalisations: 8,062,504"),
    ("mobilenet-v2", "params=3,538,984", "with the running statistics of the normalisations: 3,538,984"),
    ("resnet50", "params=23.5M", "with 10 classes: 23,528,522"),
    # the rows of the lecture's listing, which leaves out activations; and twice as many for the backward pass
    ("vgg16", "activations=15,237,608", "as it is written: 15,237,608"),
    ("vgg16", "memory=58.1MiB", "as it is written: 60,950,432"),
    ("vgg16", "activations=30,475,216", "as it is written, twice, for the backward pass: 30,475,216"),
    # sizes of weight files, and a G of 2^30
    ("resnet50", "params=98MB", "as it is written: 102,228,128"),
    ("vgg16", "memory=528MB", "as it is written, of the parameters: 553,430,176"),
    ("resnet50", "macs=3.81G", "where G is 2^30: 4,089,184,256"),
    ("unet-keras", "params=31,032,837", "with an input of 256x256x3: 31,032,837"),
    ("resnext50-32x4d", "macs=4.2G", "as it is written: 4,230,479,872"),
]


def reconciled(sample: str, *claims: str) -> tuple[int, str]:
    options = [part for claim in claims for part in ("--claimed", claim)]
    done = CliRunner().invoke(cli, ["reconcile", str(SAMPLES / f"{sample}.net"), *options])
    return done.exit_code, done.output


@pytest.mark.parametrize("sample", dict.fromkeys(sample for sample, _, _ in PUBLISHED))
def test_published_figures_are_explained(sample: str) -> None:
    explained = {claim: explanation for of, claim, explanation in PUBLISHED if of == sample}
    code, said = reconciled(sample, *explained)
    assert code == 0, said
    first = [line for line in said.splitlines() if not line.startswith(" ")]
    assert [why for why, line in zip(explained.values(), first, strict=True) if why not in line] == [], said


def test_what_nothing_explains_is_said_with_the_nearest() -> None:
    code, said = reconciled("resnet18", "params=99M", "params=11.7M")
    assert code == 1
    assert "params = 99M is true in no way that was tried; the nearest is" in said
    assert "params = 11.7M is true as it is written" in said


def test_programs_get_the_same_as_json() -> None:
    claims = ["--claimed", "macs=3.8G", "--claimed", "params=25.6M", "--claimed", "params=9"]
    done = CliRunner().invoke(cli, ["reconcile", str(SAMPLES / "resnet50.net"), *claims, "--format", "json"])
    printed = json.loads(done.output)
    schema = json.loads((SAMPLES.parent / "shapecalc/schemas/reconcile.schema.json").read_text("utf-8"))
    jsonschema.validate(printed, schema)
    macs, params, none = printed["networks"][0]["claims"]
    assert done.exit_code == 1
    assert [one["explained"] for one in (macs, params, none)] == [True, True, False]
    assert macs["explanations"][0]["value"] == 3_857_973_248
    assert params["explanations"] == [{"variant": "as it is written", "convention": None, "value": 25_557_032}]
    assert none["explanations"] == []
    assert none["nearest"]["value"] > 9


@pytest.mark.parametrize("claim", ["params", "widths=3", "params=many", "=5"])
def test_a_claim_that_cannot_be_read_is_refused(claim: str) -> None:
    code, said = reconciled("resnet18", claim)
    assert code == 2, said


def test_of_a_large_network_not_every_variant_is_tried_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shapecalc.transforms.reconcile.MOST_STEPS", 100)
    done = CliRunner().invoke(cli, ["reconcile", "zoo:lenet-5", "--claimed", "params=1", "--format", "json"])
    (claim,) = json.loads(done.output)["networks"][0]["claims"]
    shown = CliRunner().invoke(cli, ["reconcile", "zoo:lenet-5", "--claimed", "params=1"]).output
    assert claim["untried"] > 1
    assert f"not tried: {claim['untried']} variants, as the network is large" in shown


def test_a_pool_over_channels_is_no_bottleneck() -> None:
    text = "INPUT(8x8x4) => CONV(4, 1) => DEPTHPOOL(2, S=2)"
    done = CliRunner().invoke(cli, ["reconcile", text, "--claimed", "params=99"])
    assert (done.exit_code, done.output.partition(" tried")[0]) == (1, "params = 99 is true in no way that was")


SMALL = "INPUT(4x4x1) => CONV(2, 3, P=1) => BN => DO => FC(3)"
PARAMS, MACS = 9 * 2 + 2 + 2 * 2 + 32 * 3 + 3, 9 * 2 * 16 + 32 * 3
VALUES, ALL = 16 + 32 + 32 + 3, 16 + 32 + 32 + 32 + 3
"""Without what DO gives, which is a view of what arrives, and with it."""
COUNTED = {
    f"params={PARAMS - 5}": "without biases",
    f"params={PARAMS + 4}": "as it is written, with the running statistics of the normalisations",
    f"params={PARAMS - 4}": "as it is written, without normalisations",
    f"params={PARAMS - 2}": "as it is written, without the scales of the normalisations",
    f"weights={PARAMS}": "as it is written, with biases",
    f"weights={18 + 96}": "as it is written, without normalisations",
    f"macs={2 * MACS}": "as it is written, as twice as many FLOPs",
    f"flops={MACS}": "as it is written, as MACs",
    f"macs={9 * 2 * 16}": "of convolutions alone",
    f"flops={2 * 9 * 2 * 16}": "of convolutions alone",
    f"activations={ALL}": "as it is written, with every layer's output",
    f"activations={2 * VALUES}": "as it is written, twice, for the backward pass",
    f"memory={PARAMS}": "as it is written, of the parameters",
    f"memory={PARAMS + 4}": "as it is written, of the parameters and running statistics",
    f"memory={VALUES + PARAMS}": "as it is written, of the volumes and the parameters",
    f"memory={4 * VALUES}B": "as it is written",
    f"memory={2 * VALUES}B": "as it is written, in 2 bytes a value",
}
"""Figures of the small network, and how they are counted."""


def test_a_figure_of_a_small_network_is_counted_as_its_name_says() -> None:
    options = [part for claim in COUNTED for part in ("--claimed", claim)]
    done = CliRunner().invoke(cli, ["reconcile", SMALL, "--format", "json", *options])
    claims = json.loads(done.output)["networks"][0]["claims"]
    said = [[f"{e['variant']}, {e['convention']}".removesuffix(", None") for e in c["explanations"]] for c in claims]
    missing = {
        claim: found
        for (claim, how), found in zip(COUNTED.items(), said, strict=True)
        if not any(how in one for one in found)
    }
    assert missing == {}


def explained(text: str, claim: str) -> list[str]:
    """The variants that explain a figure."""
    done = CliRunner().invoke(cli, ["reconcile", text, "--claimed", claim, "--format", "json"])
    return [one["variant"] for one in json.loads(done.output)["networks"][0]["claims"][0]["explanations"]]


def test_two_changes_explain_an_exact_figure_and_no_rounded_one() -> None:
    both = 9 * 2 + 2 + 2 * 2 + 32 * 32 * 2 * 10 + 10
    assert explained(SMALL, f"params={both}") == ["with an input of 32x32x1 and with 10 classes"]
    assert explained(SMALL, f"params={both / 1000:.1f}K") == []


def test_two_answers_to_one_question_are_no_explanation() -> None:
    """Biases in the FC that has none, and none in the CONV that has them."""
    text, exchanged = "INPUT(4x4x1) => CONV(2, 3, P=1) => FC(3, bias=false)", 9 * 2 + 32 * 3 + 3
    assert explained(text, f"params={exchanged}") == []
    assert explained(text, f"params={exchanged + 2}") == ["with a bias in every convolution and fully connected layer"]


def test_three_explanations_are_enough() -> None:
    assert len(explained(SMALL, "macs=13K")) == 3  # of 365 classes six tools count so many


def test_variants_are_tried_until_so_many_layers_were_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def untried(most: int) -> int:
        monkeypatch.setattr("shapecalc.transforms.reconcile.MOST_STEPS", most)
        monkeypatch.setattr("shapecalc.transforms.reconcile.STEPS_OF_UNLIKE", 0)
        done = CliRunner().invoke(cli, ["reconcile", SMALL, "--claimed", "params=7M", "--format", "json"])
        return int(json.loads(done.output)["networks"][0]["claims"][0]["untried"])

    first = untried(1)  # one variant has five layers
    assert [first - untried(most) for most in (5, 6, 10, 11, 15, 16)] == [0, 1, 1, 2, 2, 3]

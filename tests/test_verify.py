"""`shapecalc verify`: sound reports are proved, and nothing of them is doubted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import shapecalc
from shapecalc.verification import estimates
from shapecalc.verification.verify import Verification, verify
from tests.layercases import CASES
from tests.samplefiles import each_sample

EVERYTHING = """
let c = 8
INPUT(20x17x4) => CONV(c, 3, P=1, groups=2) => BN => RELU => POOL(3, S=2, ceil=true)
=> ADD[ CONV(c, 3, P=same) | ] => CONCAT[ CONV(4, 1, S=1) | DWCONV(3, S=1, P=1) => PRELU
   | SEPCONV(4, F=5, P=(1,3,3,1)) ] => SHUFFLE(4) => CONV(16, 3, P=2, dilation=2) => LRN
=> MUL[ | GAP => FC(4) => RELU => FC(16) => SIGMOID ]
=> PIXELSHUFFLE(2) => GN(2) => PAD(1) => UPCONV(6, 3, S=2, P=1, output_padding=1) => CROP((1,2,0,3)) => SLICE(1, 5)
=> UPSAMPLE(2) => POOL(4, S=3, mode=avg) => DEPTHPOOL(2) => LOCAL(3, 2, S=2) => LN => FLATTEN => DO => FC(10) => SOFTMAX
"""
THE_REST = """
INPUT(6x4x6) => ELU => SELU => LRELU => RELU6 => GELU => SILU => MISH => TANH => SOFTPLUS => HSIGMOID => HSWISH
=> IDENTITY => SCALE => IN(affine=true) => ACT(gelu) => RESHAPE(8x6x3) => ADAPTIVEPOOL(3x2)
"""


LEFT_OUT = {"m5": 23, "wavenet": 546, "sensors-8769-cnn": 21}
"""Figures of samples that are not proved: those of axes of more than 4,096 positions."""


def verified(text: str) -> Verification:
    return verify(shapecalc.check(text))


LARGE = {"convnext-tiny", "se-resnet50", "unet", "vgg16-listing", "xception"}
"""Samples of which every kind of layer is proved above or below, in an eighth of the time."""


@pytest.mark.parametrize("path", each_sample(but=LARGE))
def test_a_sample_is_proved(path: Path) -> None:
    done = verify(shapecalc.check(path))
    assert done.ok, [(w.row.node.name, w.differing) for w in done.wrong] or done.totals
    assert len(done.layers) == len(done.report.rows)
    assert done.left_out == LEFT_OUT.get(path.stem, 0)


@pytest.mark.parametrize(
    "text",
    [
        EVERYTHING,
        THE_REST,
        "INPUT(40x3) => CONV(4, F=5, S=3) => POOL(2) => FC(2)",
        "INPUT(16x16x3) => CONV(4, F=3, S=2, P=1) => CONV(1, F=1) => RESHAPE(1x64)",
        "INPUT(6x7x5x2) => CONV(4, F=3x2x1, P=(0,1,1,0,2,2)) => POOL(2) => GAP",
        "INPUT(12x12x3) as a => CONV(4) => RELU as b => CONV(4) => ADD[ | @b]\n@b => POOL => FC(3)",
        "INPUT(9x9x2) => RELU => CONCAT[RELU | DO | ]",
        # views share their input's memory with its other readers, and nobody may write over it meanwhile
        "INPUT(9x9x2) => CONV(4) as c => CONCAT[DO => RELU | IDENTITY => SCALE => RELU | RESHAPE(9x9x4) => DO ] => "
        "CONCAT[ | @c] => FC(4)",
        "INPUT(6x6x3) => CONV(5) as c => FLATTEN => RELU => FC(3)\n@c => GAP => FC(2)",
        "INPUT(6x6x3) => CONV(5) => FLATTEN => DO => RELU => FC(3)",
        "INPUT(6x6x3) => CONV(5) as c => FLATTEN\n@c => RELU => FC(3)",
        "INPUT(20x20x3) => PAD(3) => CONV(4, 3) => POOL(2)",
        # steps beyond 64 bits
        "INPUT(3x3x1) => [CONV(1, 1, S=1000)]*30 => CONV(1)",
        # what changes nothing still takes memory of its own
        "INPUT(6x6x4) => CONV(4) => SHUFFLE(1) => SHUFFLE(4) => PIXELSHUFFLE(1) => CROP(0) => PAD(0) => SLICE(0, 4) "
        "=> UPSAMPLE(1) => POOL(1, S=1) => ADAPTIVEPOOL(6)",
        "INPUT(30x30x1) => CONV(2, F=2, S=4) => CONV(2, F=3, S=2, P=same_lower) => POOL(3, S=2, P=1, ceil=caffe)",
        "INPUT(64x64x3) => [CONV(4, F=3, S=2, P=same) => BN(track=false) => MISH]*4 => ADAPTIVEPOOL(3) => FC(5)",
        # a crop, gaps and a border lie close together
        "INPUT(9x2) => CROP(1) => POOL(2, S=3) => POOL(3, S=3, P=same) => [POOL(2, S=1, P=same)]*2",
        "INPUT(26x2) => CROP(2) => PAD(2) => ADAPTIVEPOOL(1) => ADAPTIVEPOOL(14) => CROP(1)",
        # outputs that see nothing but padding after what all see alike
        "INPUT(24x24x3) => CONV(4, 3, S=2) => GAP => PAD((1, 0, 1, 0))",
        "INPUT(9x9x3) => CROP(1) => GAP => CONV(1, 2, S=2, P=2)",
        "INPUT(7x17x4) => CROP((2,2,2,0)) => FC(16) => RESHAPE(2x2x4) => PAD((0,2,0,1)) => PAD((1,1,0,2))",
        # taps that fall into the holes of a transposed convolution
        "INPUT(35x1) => UPCONV(1, 1, S=3) => CONV(1, 3, S=3, dilation=2)",
        "INPUT(9x9x1) => UPCONV(1, 1, S=2) => CONV(1, 3, dilation=2)",
        # other axes after a RESHAPE
        "INPUT(14x14x48) => RESHAPE(196x48) => CONV(8, F=1) => ADD[CONV(8, F=1) | ] => GAP => FC(10)",
        "INPUT(4x4) => RESHAPE(4x4x1) => CONV(4, F=3, P=1)",
        "INPUT(8x8x3) => RESHAPE(64x3) => PAD(1) => UPSAMPLE(2)",
        "INPUT(8x8x8x2) => CONV(4, F=3) => RESHAPE(6x6x24) => CONV(8, F=3) => FC(10)",
        # branches of which one has nothing but padding at the borders
        "INPUT(16x16x4) => ADD[ | CROP(2) => PAD(2) => POOL(1, S=2) => UPSAMPLE(2)] => CROP(1) => FC(48)",
        "INPUT(8x8x4) => ADD[ | GAP => UPSAMPLE(4) => PAD(2) ]",
        "INPUT(8x8x4) => ADD[CONV(4, F=3, P=1) | GAP => PAD(3) => CROP(1) => UPSAMPLE(2) => CROP(1)]",
        "INPUT(15x1) => ADD[ CONV(1) | GAP => POOL(4, S=3, P=same, dilation=2) ] => RELU",
        # a spread branch that does not see all, though its window is as large
        "INPUT(8x8x1) => CROP(1) => ADD[ | CONV(1, 8, P=1) ]",
    ],
)
def test_a_network_is_proved(text: str) -> None:
    done = verified(text)
    assert done.ok, [(w.row.node.name, w.differing) for w in done.wrong] or done.totals


@pytest.mark.parametrize(
    "text",
    [
        "INPUT(20x20x3) => PAD(3) => CONV(4, 3)",
        "INPUT(9x9x3) => UPCONV(4, 2, S=3) => RELU",
        "INPUT(13x13x3) => CONV(4, 3) => ADAPTIVEPOOL(4) => CONV(4, 3, P=1) => ADAPTIVEPOOL(7) => ADAPTIVEPOOL(1)",
    ],
)
def test_what_lies_behind_outputs_that_read_nothing_or_not_alike_is_proved(text: str) -> None:
    assert verified(text).left_out == 0


def test_what_lies_between_the_steps_of_a_separable_convolution_takes_memory() -> None:
    few, many = (shapecalc.check(f"INPUT(64x64x32) => SEPCONV(4, 3, multiplier={m})") for m in (1, 64))
    assert estimates.needed(many, 1) - estimates.needed(few, 1) > 4 * 60 * 62 * 62 * 32


@pytest.mark.parametrize("more", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_random_layers_of_every_type_are_proved(more: int) -> None:
    r, proved = random.Random(7), 0
    behind = (
        "CONV(2, 2, S=2)",
        "POOL(2, S=1)",
        "UPSAMPLE(1.5)",
        "ADAPTIVEPOOL(2)",
        "UPCONV(2, 3, S=2, P=same)",
        "PAD(1)",
    )
    for texts, _ in CASES.values():
        for text in (texts[0], *(f"{text} => {r.choice(behind)}" for text in r.choices(texts, k=more))):
            report = shapecalc.check(text)
            if all(row.output for row in report.rows):
                done = verify(report)
                assert done.ok, (text, [(w.row.node.name, w.differing) for w in done.wrong])
                proved += 1
    assert proved > 60 * more


def test_the_proofs_of_a_layer_name_what_was_held_against_the_run() -> None:
    (_, conv) = verified("INPUT(10x10x4) => CONV(6, F=3, S=2, groups=2)").layers
    assert {proof.what: proof.actual for proof in conv.proofs} == {
        "output": "4x4x6", "activations": 96, "bytes kept": 1600,
        "parameters": 114, "trainable": 114, "weights": 108, "biases": 6, "running statistics": 0, "MACs": 1728,
        "bytes": 384, "im2col": "36x16", "shape of kernel": "3x3x2x6", "shape of bias": "6", "values": "finite",
        "tiling": "drops-pixels", "worst tiling": "drops-pixels", "padding": "(0,0)x(0,0)", "quotient": "9/2x9/2",
        "unread": "1x1", "trimmed": "0x0", "windows": "as stated",
        "receptive field": "3x3", "step of the field": "2x2", "offset of the field": "0x0",
    }  # fmt: skip


def test_what_only_learned_values_read_gets_no_gradient_and_is_let_go() -> None:
    text = "INPUT(31x16x4) => GAP => SCALE(false) => LEARNED(1x1x12)"
    assert shapecalc.verify(text).ok
    # Image, label, weights, slots; on the way back the loss, the output, its gradient, that of LEARNED.
    assert shapecalc.check(text).totals.memory.training == 7_936 + 8 + 64 + 64 + 8 + 48 + 48 + 48

"""What a run takes of memory is never more than what it is refused by."""

from __future__ import annotations

import re
import tracemalloc
from itertools import islice

import numpy as np
import pytest

import shapecalc
from shapecalc.numerics.toolkit import Run
from shapecalc.passes.report import Report
from shapecalc.verification.estimates import SCRATCH, needed, scratch_of
from shapecalc.verification.verify import verify
from tests.layercases import CASES

MIB = 2**20
PYTHON = 2**15
"""Bytes of objects that are no arrays."""

ADVERSARIAL = {
    "ACT": "INPUT(512x512x8) => ACT(gelu)",
    "ADAPTIVEPOOL": "INPUT(360x360x8) => ADAPTIVEPOOL(700x2)",
    "ADD": "INPUT(360x360x8) => ADD[ RELU | RELU | RELU ]",
    "BN": "INPUT(512x512x8) => BN(track=false)",
    "ATTENTION": "INPUT(64x64x12) => ATTENTION(2, window=16)",
    "CONCAT": "INPUT(360x360x8) => CONCAT[ RELU | TANH | ]",
    "CONV": "INPUT(1000000x4) => CONV(4, 9, P=same, dilation=10000)",
    "CROP": "INPUT(512x512x8) => CROP(3)",
    "DEPTHPOOL": "INPUT(256x256x32) => DEPTHPOOL(16, S=1, mode=l2)",
    "DWCONV": "INPUT(360x360x4) => DWCONV(3, P=1, multiplier=8)",
    "FC": "INPUT(64x64x64) => FC(40)",
    "GAP": "INPUT(512x512x8) => GAP(max)",
    "GELU": "INPUT(10x500000) => GELU",
    "GN": "INPUT(512x512x8) => GN(4)",
    "IN": "INPUT(512x512x8) => IN(affine=true)",
    "INPUT": "INPUT(1024x1024x8)",
    "LN": "INPUT(1024x1024x2) => LN",
    "LOCAL": "INPUT(256x256x4) => LOCAL(4, 5, groups=4)",
    "LRN": "INPUT(512x512x8) => LRN(n=7)",
    "MUL": "INPUT(512x512x8) => MUL[ GAP | ]",
    "PAD": "INPUT(8x8x4) => PAD(500)",
    "PERMUTE": "INPUT(256x512x8) => PERMUTE((2,3,1))",
    "PIXELSHUFFLE": "INPUT(256x256x16) => PIXELSHUFFLE(2)",
    "POOL": "INPUT(1000000x2) => POOL(3, S=1, P=1, mode=avg, count_include_pad=false)",
    "RELU": "INPUT(2000x4) => [CONV(4, 3, P=1) => RELU]*4",
    "RESHAPE": "INPUT(360x360x8) => RESHAPE(180x720x8)",
    "SEPCONV": "INPUT(256x256x8) => SEPCONV(8, 3, multiplier=8)",
    "SHUFFLE": "INPUT(512x512x8) => SHUFFLE(4)",
    "SLICE": "INPUT(512x512x8) => SLICE(1, 5)",
    "SOFTMAX": "INPUT(1000x5000) => SOFTMAX",
    "UPCONV": "INPUT(20x20x1) => UPCONV(1, 201, P=100)",
    "UPSAMPLE": "INPUT(500000x4) => UPSAMPLE(4, mode=bilinear)",
}
"""Networks that take much besides their volumes."""
UNLIKE_IMAGES = {
    "ATTENTION": "INPUT({width}x{height}x{depth}) => ATTENTION(2, window=10, shift=5, relative=true)",
    "EMBEDDING": "INPUT({width}x{height}x1) => EMBEDDING(1000, {depth})",
    **{kind: f"INPUT({{width}}x{{depth}}) => {kind}({{height}})" for kind in ("GRU", "LSTM", "RNN")},
}
"""What is not tried on images as they come."""
NETWORKS = {
    kind: ADVERSARIAL.get(kind) or re.sub(r"INPUT\(\d+x\d+x", "INPUT(360x360x", texts[0])
    for kind, (texts, _) in CASES.items()
}
"""For every layer type one of them, or what it is tried with, on a large image."""


def reported(text: str) -> Report:
    report = shapecalc.check(text)
    assert all(row.output for row in report.rows), [d.message for d in report.diagnostics]
    return report


def on_images(kind: str, size: str, deeper: int, most: int) -> list[Report]:
    """Some of the networks that end with a layer type, on an image of this size, and so many times as deep."""
    width, height = size.split("x")
    if kind in UNLIKE_IMAGES:
        text = UNLIKE_IMAGES[kind].format(width=width, height=height, depth=6 * deeper)
        return [shapecalc.check(text)]
    texts = (f"INPUT(3x3x6) => RESHAPE({height}x{width}x{6 * deeper})",) if kind == "RESHAPE" else CASES[kind][0]
    changed = (
        re.sub(r"INPUT\(\d+x\d+x(\d+)\)", lambda match: f"INPUT({size}x{int(match[1]) * deeper})", text)
        for text in texts
    )
    reports = (shapecalc.check(text) for text in dict.fromkeys(changed) if f"({size}x" in text)
    return list(islice((report for report in reports if report.rows[-1].output), most))


IMAGES = (("70x50", 1, 3, 10), ("200x150", 1, 1, 3), ("280x200", 5, 1, 2))
"""Sizes, how many times as deep, how many at once, and how many networks of a layer type are tried with them."""


@pytest.mark.parametrize("kind", sorted(CASES))
def test_a_forward_holds_no_more_than_its_layer_says(kind: str) -> None:
    for size, deeper, images, most in IMAGES:
        reports = on_images(kind, size, deeper, most)
        assert reports, size
        for report in reports:
            assert_held(report, images)


def assert_held(report: Report, images: int) -> None:
    """That the last layer holds what it says and no more."""
    row = report.rows[-1]
    volumes = row.inputs or (row.output,)
    arrays = [np.full((images, *volume.sizes), 0.5, np.float32) for volume in volumes]
    weights = {array.name: np.ones(array.shape, np.float32) for array in row.weight_arrays}
    tracemalloc.start()
    try:
        output = row.node.layer.forward(Run(), weights, *arrays)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert output.shape == (images, *row.output.sizes)
    assert peak <= 4 * (images * row.output.size + scratch_of(row, images)) + PYTHON, row.node.text


LET_GO = {
    "weights of layers before": "INPUT(10x10x40) => [CONV(1000, 10) => RESHAPE(10x10x10)]*5",
    "rows of a kernel": "INPUT(8x8x64) => FC(4000) => FC(5000)",
}


@pytest.mark.parametrize("text", [*NETWORKS.values(), *LET_GO.values()], ids=[*NETWORKS, *LET_GO])
def test_a_run_takes_no_more_than_was_said(text: str) -> None:
    report = reported(text)
    tracemalloc.start()
    try:
        assert verify(report).ok
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Objects of Python are seen too, and are a part of the interpreter's share.
    assert peak < needed(report, 1) - SCRATCH + 2 * MIB


@pytest.mark.parametrize(
    ("text", "most"),
    [
        # the weights decide, and are there once
        ("INPUT(7x7x512) => CONV(1024, 7)", 240),
        ("INPUT(64x64x32) => LOCAL(32, 3)", 300),
        ("INPUT(7x7x512) => FC(4096) => RELU => FC(4096)", 120),
        # what is elementwise takes the image, the volume, and little else
        ("INPUT(1024x1024x8) => RELU", 200),
        # a depthwise convolution holds its padded input besides, and no windows
        ("INPUT(1024x1024x2) => DWCONV(3, P=1, multiplier=8)", 200),
    ],
)
def test_a_network_that_fits_is_not_refused(text: str, most: int) -> None:
    assert needed(reported(text), 1) < most * MIB

"""Zeros of a PAD are no pixels: they count as padding wherever windows are graded, and verify proves it."""

from __future__ import annotations

import pytest

import shapecalc
from shapecalc.passes.report import CheckedNetwork
from shapecalc.verification.verify import verify


def checked(text: str) -> CheckedNetwork:
    return shapecalc.check(text)


def last_tiling(text: str) -> list[tuple[str, int, int]]:
    return [(t.kind, t.unread, t.trimmed) for t in checked(text).rows[-1].tilings]


@pytest.mark.parametrize(
    ("padded", "own"),
    [
        ("INPUT(4x4x1) => PAD(1) => POOL(3, S=2)", "INPUT(4x4x1) => POOL(3, S=2, P=1)"),
        ("INPUT(224x224x3) => PAD(3) => CONV(64, 7, S=2)", "INPUT(224x224x3) => CONV(64, 7, S=2, P=3)"),
        ("INPUT(8x9x1) => PAD((0,1,0,1)) => CONV(2, 3, S=2)", "INPUT(8x9x1) => CONV(2, 3, S=2, P=(0,1,0,1))"),
        ("INPUT(9x9x1) => PAD(1) => CONV(2, 3, S=2, P=1)", "INPUT(9x9x1) => CONV(2, 3, S=2, P=2)"),
        ("INPUT(10x3) => PAD((2,3)) => CONV(2, 3, 4, dilation=2)", "INPUT(10x3) => CONV(2, 3, 4, P=(2,3), dilation=2)"),
        ("INPUT(11x11x2) => PAD(2) => CROP(1) => POOL(3, S=2)", "INPUT(11x11x2) => POOL(3, S=2, P=1)"),
        ("INPUT(6x6x2) => PAD(1) => PAD(1) => CONV(2, 5, S=3)", "INPUT(6x6x2) => CONV(2, 5, S=3, P=2)"),
    ],
)  # fmt: skip
def test_a_pad_before_a_window_is_graded_as_the_padding_of_the_window(padded: str, own: str) -> None:
    assert last_tiling(padded) == last_tiling(own)
    assert verify(checked(padded)).ok


@pytest.mark.parametrize(
    "between",
    ["RELU", "BN", "BN => RELU", "SLICE(0, 1)", "DO", "IDENTITY", "CONV(3, 1)", "ADD[ | RELU]", "CONCAT[ | ]", "LN",
     "ACT(tanh)", "SHUFFLE(2)", "SOFTMAX"],
)  # fmt: skip
def test_padding_stays_padding_behind_layers_that_keep_its_place(between: str) -> None:
    text = f"INPUT(4x4x2) => PAD(1) => {between} => POOL(3, S=2)"
    report = checked(text)
    assert report.rows[-1].tiling == "trims-padding"
    assert [d.severity for d in report.diagnostics if d.code.startswith("SHP20")] == ["note"]
    assert verify(report).ok


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        # the last column of the image itself is not read
        ("INPUT(5x5x1) => PAD((1,0,1,0)) => POOL(3, S=2)", 1),
        # what is joined with pixels is pixels
        ("INPUT(6x6x1) as a => CROP(1) => PAD(1) => ADD[ | @a] => POOL(4)", 2),
        # what is added at every position is pixels too
        ("INPUT(4x4x1) => PAD(1) => ADD[ | GAP ] => POOL(5)", 1),
        # an upsampled zero is still none
        ("INPUT(2x2x1) => PAD(1) => UPSAMPLE(2) => POOL(3)", 0),
        # a convolution carries pixels into the padding
        ("INPUT(4x4x1) => PAD(1) => CONV(1, 3, P=1) => POOL(5)", 1),
    ],
)
def test_pixels_are_pixels(text: str, unread: int) -> None:
    report = checked(text)
    assert [t.unread for t in report.rows[-1].tilings] == [unread] * 2
    assert verify(report).ok


@pytest.mark.parametrize("own", ["LEARNED", "LEARNED(1x1x2)"])
def test_trained_values_that_are_added_are_no_padding_and_the_proof_knows_it(own: str) -> None:
    report = checked(f"INPUT(6x6x2) => PAD(4) => ADD[ | {own}] => POOL(10, S=5, mode=avg)")
    assert [t.unread for t in report.rows[-1].tilings] == [14 - 10] * 2
    assert verify(report).ok


@pytest.mark.parametrize("between", ["", "ADD[ | RELU] => ", "ADD[ | GAP] => "])
def test_pixels_may_be_anywhere_in_the_windows_of_an_attention_and_the_proof_knows_it(between: str) -> None:
    """Of 6 pixels from 4 to 9, in windows of 2, it is known that they reach no further than from 3 to 10."""
    attention = f"INPUT(6x6x6) => PAD(4) => ATTENTION(heads=2, window=2) => {between}"
    report = checked(f"{attention}POOL(10, S=5, mode=avg)")
    assert [t.unread for t in report.rows[-1].tilings] == [1 if "GAP" not in between else 4] * 2
    assert verify(report).ok


def test_fixes_count_on_the_padding_too() -> None:
    (found,) = [d for d in checked("INPUT(7x7x1) => PAD((0,1,0,1)) => POOL(5, S=4)").diagnostics if d.code == "SHP201"]
    assert found.help == (
        "INPUT(8x8x1) fits exactly: (9 − 5)/4 + 1 = 2",
        "or INPUT(4x4x1) fits exactly: (5 − 5)/4 + 1 = 1",
        "or P=(0,1,0,1) keeps 8x8 and gives 2x2",
    )


@pytest.mark.parametrize(
    "stem",
    [
        "PAD(3) => CONV(64, 7, S=2) => BN => RELU => PAD(1) => MAXPOOL(3, S=2)",  # keras.applications ResNet, DenseNet
        "PAD((0,1,0,1)) => CONV(32, 3, S=2, bias=false) => BN => RELU6",  # MobileNet, EfficientNet
    ],
)
def test_stems_as_keras_writes_them_are_clean(stem: str) -> None:
    report = checked(f"INPUT(224x224x3) => {stem}")
    assert {d.code for d in report.diagnostics if d.code.startswith("SHP2")} <= {"SHP202"}
    assert {d.severity for d in report.diagnostics if d.code.startswith("SHP2")} <= {"note"}
    assert verify(report).ok

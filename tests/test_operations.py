"""Operations that move, join and resize: what they make of volumes, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import shapecalc
from shapecalc.passes.report import CheckedNetwork
from shapecalc.verification.verify import NotVerifiable, verify
from tests.loops import Ran


def checked(text: str) -> CheckedNetwork:
    return shapecalc.check(text)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        # YOLOv2's passthrough, Swin's patch merging, ESPCN backwards
        ("INPUT(26x26x64) => REORG(2)", "13x13x256"),
        ("INPUT(56x56x96) => PIXELUNSHUFFLE => LN => CONV(192, 1, bias=false)", "28x28x192"),
        ("INPUT(8x6x4x2) => SPACETODEPTH(2)", "4x3x2x16"),
        ("INPUT(16x3) => PIXELUNSHUFFLE(4) => PIXELSHUFFLE(4)", "16x3"),
        # spatial attention (CBAM): a map of one channel, and a channel gate, at once
        ("INPUT(7x7x8) => MUL[ | CONV(1, 7, P=3) => SIGMOID]", "7x7x8"),
        ("INPUT(7x7x8) => MUL[ GAP | CONV(1, 1) ]", "7x7x8"),
        # the shortcut of ResNet-20 without weights: every second pixel, zeros for the new channels
        ("INPUT(32x32x16) => POOL(1, S=2) => PAD(depth=(8,8))", "16x16x32"),
        ("INPUT(8x8x3) => FC(5) => PAD(depth=3)", "1x1x8"),
        ("INPUT(8x8x3) => SUB[ | POOL(3, S=1, P=1)] => MAX[ | RELU]", "8x8x3"),
        ("INPUT(8x8x3) => CONCAT[ CONV(4, 1) ]", "8x8x4"),
        ("INPUT(8x8x3) => CONCAT[ ] => RELU", "8x8x3"),
        ("INPUT(8x8x3) => RESIZE(5)", "5x5x3"),
        ("INPUT(9x7x3) => RESIZE(20x11, mode=bilinear)", "20x11x3"),
        ("INPUT(100x2) => CONV(4, 3, P=causal, dilation=8)", "100x4"),
        ("INPUT(6x6x3) => SHUFFLE(order=(2,1,0))", "6x6x3"),
        ("INPUT(6x6x3) => SHUFFLE((2,1,0))", "6x6x3"),
        ("INPUT(26x26x8) => RESIZE(0.5)", "13x13x8"),
        ("INPUT(26x26x8) => RESIZE(3/2, mode=bilinear)", "39x39x8"),
        ("INPUT(26x26x8) => RESIZE(scale_factor=2)", "52x52x8"),
        ("INPUT(26x26x8) as a => POOL => UPSAMPLE(@a)", "26x26x8"),
        ("INPUT(8x8x8) => DEPTHTOSPACE(2)", "16x16x2"),
        # attention that looks back, of one volume and of three; within windows, of three
        ("INPUT(9x24) => ATTENTION(2, causal=true)", "9x8"),
        ("INPUT(9x8) => ATTENTION(2, causal=true)[ | CONV(8, 3, P=1) | ]", "9x8"),
        ("INPUT(14x14x8) => ATTENTION(2, window=7)[ | CONV(8, 3, P=1) | CONV(8, 1) ]", "14x14x8"),
        # as torchvision's Swin does where windows of 7 do not divide 8
        (
            "INPUT(8x8x8) => PAD((0,6,0,6)) => CONV(24, 1) => ATTENTION(2, window=7, shift=3) => CROP((0,6,0,6))",
            "8x8x8",
        ),
    ],
)
def test_what_comes_out_and_is_proved(text: str, output: str) -> None:
    report = checked(text)
    assert report.ok, [d.message for d in report.diagnostics]
    assert str(report.rows[-1].output) == output
    assert verify(report).ok


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("INPUT(7x8x3) => PIXELUNSHUFFLE(2)", "PIXELUNSHUFFLE(2) needs a width that 2 divides, and the input has 7"),
        (
            "INPUT(7x7x8) => ADD[ | CONV(1, 1)]",
            "ADD cannot join 7x7x8 and 7x7x1: the branches differ in depth: 8 and 1",
        ),
        (
            "INPUT(8x6x4) as a\nINPUT(8x6) => CONCAT[ @a | ]",
            "CONCAT cannot join 8x6x4 and 8x6: the branches differ in number of spatial axes: 2 and 1",
        ),
        (
            "INPUT(7x7x8) => MUL[ | CONV(2, 1)]",
            "MUL cannot join 7x7x8 and 7x7x2: the branches differ in depth: 8 and 2",
        ),
        ("INPUT(6x6x3) => SHUFFLE(order=(2,1))", "SHUFFLE's order names 2 channels, and the input has 3"),
        ("INPUT(6x6x3) => SHUFFLE(order=(2,2,0))", "SHUFFLE's order names channel 2 more than once"),
        (
            "INPUT(6x6x3) => SHUFFLE(order=(3,1,0))",
            "SHUFFLE's order names channel 3, and the last one of the input is 2",
        ),
        (
            "INPUT(4x4x12) => ATTENTION(2, causal=true)",
            "causal=true looks back along a sequence, and 4x4x4 has 2 axes",
        ),
        (
            "INPUT(4x12) => ATTENTION(2, causal=true)[ | CROP((0,1)) | CROP((0,1)) ]",
            "causal=true looks back within one sequence, and the query is 4x12 and the key 3x12",
        ),
        ("INPUT(6x6x3) => PAD(depth=(1,2,3))", "PAD: depth must be a whole number or (before,after), not '(1,2,3)'"),
        ("INPUT(6x6x3) => ADD[ RELU ]", "ADD joins branches, and there is only one"),
        ("INPUT(4x4x12) => ATTENTION(2, shift=1)", "shift=1 moves windows, and there is no window"),
        (
            "INPUT(4x4x12) => ATTENTION(2, window=2, grid=true, shift=0x1)",
            "shift=0x1 moves windows, and grid=true takes positions that lie apart",
        ),
        (
            "INPUT(4x4x12) => ATTENTION(2, grid=true)",
            "grid=true takes the positions of a window from places that lie apart, and there is no window",
        ),
        ("INPUT(4x4x12) => ATTENTION(2, window=4x2, shift=2)", "windows of 2 cannot be moved by 2"),
        (
            "INPUT(4x4x12) => SOFTMAX(over=positions, parts=2)",
            "parts=2 are parts of the depth, and over=positions sums within one channel",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_numbers(text: str, message: str) -> None:
    assert [d.message for d in checked(text).diagnostics if d.severity == "error"] == [message]


def test_a_map_of_one_channel_and_a_gate_of_one_position_multiply_every_value() -> None:
    ran = Ran("INPUT(5x4x6) => MUL[ | SLICE(2, 3) | GAP ]")
    expected = ran.x * ran.x[..., 2:3] * ran.x.mean((0, 1))
    np.testing.assert_allclose(ran.y, expected, rtol=1e-5, atol=1e-6)


def test_no_output_of_a_causal_convolution_sees_what_comes_later() -> None:
    report = checked(
        "INPUT(50x1) => CONV(4, 2, P=causal) => CONV(4, 2, P=causal, dilation=2) => CONV(4, 2, P=causal, dilation=4)"
    )
    (axis,) = report.rows[-1].field.axes
    assert axis.at(0) == (-7, 0)


def test_no_output_of_a_causal_attention_sees_what_comes_later() -> None:
    report = checked("INPUT(9x8) => ATTENTION(2, causal=true)[ CONV(8, 1) | CONV(8, 3, P=1) | CONV(8, 1) ]")
    (axis,) = report.rows[-1].field.axes
    assert axis.at(0) == (-9, 1)  # its own key reads one position more on either side


def test_windows_that_do_not_divide_are_padded_as_torchvision_pads_them() -> None:
    (problem,) = checked("INPUT(8x10x24) => ATTENTION(4, window=7)").diagnostics
    assert (
        "torchvision writes PAD((0,6,0,4)) before q, k and v are made, and CROP((0,6,0,4)) at the end" in problem.notes
    )


def test_an_opaque_layer_counts_as_it_is_stated() -> None:
    report = checked("INPUT(28x28x16) => OPAQUE(14x14x32, params=4640, macs=903168) => RELU => GAP")
    opaque = report.rows[1]
    assert (str(opaque.output), opaque.params, opaque.macs) == ("14x14x32", 4640, 903_168)
    assert report.totals.macs == 903_168
    assert report.totals.params == 4640
    with pytest.raises(NotVerifiable, match="opaque"):
        verify(report)


# --- the size of another point, and functions in expressions ---------------------------------------


def test_a_volume_is_resized_to_the_size_of_a_named_point() -> None:
    text = "INPUT(31x20x3) => CONV(8, 3, S=2, P=1) as c4 => POOL(2) => RESIZE(@c4, mode=bilinear) => ADD[ | @c4]"
    report = checked(text)
    assert report.ok
    assert [row.node.text for row in report.rows][3] == "RESIZE(16x10, mode=bilinear)"
    assert str(report.rows[-1].output) == "16x10x8"
    assert verify(report).ok


@pytest.mark.parametrize(
    ("argument", "filters"),
    [
        ("round(64*1.25/3)", 27),
        ("floor(7/2)", 3),
        ("ceil(7/2)", 4),
        ("max(8, 3, 2)", 8),
        ("min(N, 3)", 3),
        ("max(8, floor(N*1.2 + 4) // 8 * 8)", 16),  # MobileNet's rounding to a multiple of 8
        ("round(5/2) + 2^round(1.4)", 4),
    ],
)
def test_expressions_have_functions(argument: str, filters: int) -> None:
    assert checked(f"let N = 12\nINPUT(8x8x3) => CONV({argument}, 1)").rows[-1].output.depth == filters


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("INPUT(8x8x3) => CONV(round(3, 4), 1)", "round takes one number"),
        ("INPUT(8x8x3) => CONV(max(a=3), 1)", "max takes numbers without names"),
        ("INPUT(8x8x3) => RESIZE(@b)", "no point before this is called b"),
        ("INPUT(8x8x3) => CONV(2, 9) as a => RELU => CONV(@a + 1)", "unexpected"),
        ("INPUT(4x4x3) => CONV(2, 9) as a => RESIZE(@a)", "the size of @a is not known here"),
    ],
)
def test_what_has_no_value_is_said(text: str, message: str) -> None:
    errors = [d.message for d in checked(text).diagnostics if d.severity == "error"]
    assert any(message in error for error in errors), errors


# --- what exchanges axes ---------------------------------------------------------------------------


def read_by_permute(order: tuple[int, int, int]) -> list[tuple[str, str]]:
    """What is said and found of the axes of PERMUTE((3,1,2))."""
    report = checked("INPUT(4x3x2) => PERMUTE((3,1,2))")
    layer = report.rows[1].node.layer
    layer.forward = lambda run, weights, x: run.copied(x.transpose((0, *order)))
    (reading,) = [p for p in verify(report).layers[1].proofs if p.what == "reading"]
    return [(reading.expected, reading.actual)]


def test_which_axes_are_exchanged_is_proved_on_numbered_values() -> None:
    assert read_by_permute((3, 1, 2)) == [("axes 3x1x2", "axes 3x1x2")]
    assert read_by_permute((3, 2, 1)) == [("axes 3x1x2", "axes 3x?x?")]


# --- what the passes over attention keep -----------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "batch", "device", "kept"),
    [
        # torchvision 0.29.1 on PyTorch 2.14.1; attention multiplied step by step, as CUDA dispatches it without a card
        ("vit-b-16", 1, "cuda", 154_925_608),
        ("vit-b-16", 2, "cuda", 309_851_216),
        ("swin-t", 1, "cpu", 106_935_272),
        ("swin-t", 2, "cpu", 213_268_432),
        # really run on the CPU, whose attention keeps its result and a value a query and head
        ("vit-b-16", 1, "cpu", 118_160_680),
        ("maxvit-t", 1, "cpu", 307_826_320),
        ("maxvit-t", 2, "cpu", 614_659_360),
        ("convnext-base", 1, "cpu", 232_017_068),
        ("convnext-base", 2, "cpu", 464_034_136),
    ],
)
def test_transformers_and_what_came_after_keep_what_they_keep_in_pytorch(
    sample: str, batch: int, device: str, kept: int
) -> None:
    path = Path(__file__).parents[1] / "samples" / f"{sample}.net"
    assert shapecalc.check(path, batch=batch, device=device).totals.memory.kept == kept


SIZES = ((2, 5, 7, 8), (1, 6, 3, 4), (3, 2, 9, 5))
"""Images, positions, depth and units."""


@pytest.mark.parametrize(
    ("call", "kept"),
    [
        # PyTorch 2.14.1 without oneDNN, saved_tensors_hooks over the real modules, positions first
        ("nn.LSTM({}, {})", (2520, 744, 1056)),
        ("nn.LSTM({}, {}, bias=False)", (2520, 744, 1056)),
        ("nn.LSTM({}, {}, bidirectional=True)", (4760, 1416, 1896)),
        ("nn.LSTM({}, {}, num_layers=2)", (5080, 1512, 2016)),
        ("nn.LSTM({}, {}, num_layers=2, bidirectional=True)", (9880, 2952, 3816)),
        ("nn.LSTM({}, {}, num_layers=3, dropout=0.5)", (8280, 2472, 3216)),
        ("nn.LSTM({}, {}, proj_size=3)", (2640, 816, 1128)),
        ("nn.LSTM({}, {}, proj_size=3, bidirectional=True, num_layers=2)", (9960, 3192, 4008)),
        ("nn.GRU({}, {})", (2520, 744, 1056)),
        ("nn.GRU({}, {}, bidirectional=True)", (4760, 1416, 1896)),
        ("nn.GRU({}, {}, num_layers=2)", (5080, 1512, 2016)),
        ("nn.RNN({}, {})", (664, 184, 396)),
        ("nn.RNN({}, {}, bidirectional=True, num_layers=2)", (2456, 712, 1176)),
    ],
)
def test_recurrent_layers_keep_what_they_keep_in_pytorch(call: str, kept: tuple[int, ...]) -> None:
    found = []
    for images, positions, depth, units in SIZES:
        report = shapecalc.check(f"INPUT({positions}x{depth}) => {call.format(depth, units)}", batch=images)
        found.append(report.totals.memory.kept)
    assert tuple(found) == kept

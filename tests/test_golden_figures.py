"""Figures that were recomputed by hand and agree with other programs' published output."""

from __future__ import annotations

import pytest

from shapecalc.core.window import Window, decimal, tiling
from shapecalc.passes.other_tools import as_counted_by, work
from shapecalc.passes.report import Report
from tests.networks import checked_sample, row_called
from tests.singlelayers import checked

NETWORKS = ("alexnet-torchvision", "alexnet-227", "vgg16", "resnet18", "resnet50", "resnet50-v1")

GOLDEN = {
    "params": (61100840, 60965224, 138357544, 11689512, 25557032, 25557032),
    "buffers": (0, 0, 0, 9600, 53120, 53120),
    "macs": (714188480, 724406816, 15470264320, 1814073344, 4089184256, 3857973248),
    "torchinfo": (714682664, 725066088, 15483821032, 1814083944, 4089238376, 3858027368),
    "fvcore": (714197696, 724406816, 15470289408, 1819065856, 4111512576, 3879247872),
    "thop": (714206912, 724406816, 15470314496, 1824033792, 4133742592, 3900424192),
}
"""Batch 1. The VGG-16 that torchinfo, fvcore and thop count has a pool to 7x7 that changes no size."""


def figure(report: Report, name: str) -> int | None:
    assert report.totals is not None
    if name in ("params", "buffers", "macs"):
        value: int | None = getattr(report.totals, name)
        return value
    counts = work(report.rows)
    assert counts is not None
    return as_counted_by(counts, name)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_has_the_golden_figures(network: str) -> None:
    edit = ("=> FC(4096): weights=102760448", "=> ADAPTIVEPOOL(7) => FC(4096)") if network == "vgg16" else ()
    report = checked_sample(network, *edit)
    expected = {name: figures[NETWORKS.index(network)] for name, figures in GOLDEN.items()}
    assert {name: figure(report, name) for name in GOLDEN} == expected


@pytest.mark.parametrize(
    ("tool", "text", "expected"),
    [
        # 9·27·8·8 + biases of 8·8·9, whatever is after
        ("shapecalc", "INPUT(8x8x3) => CONV(9, 3, P=1)", 15552),
        ("FlopCounterMode", "INPUT(8x8x3) => CONV(9, 3, P=1)", 31104),
        ("darknet", "INPUT(8x8x3) => CONV(9, 3, P=1)", 31104),
        ("ptflops", "INPUT(8x8x3) => CONV(9, 3, P=1)", 15552 + 576),
        ("calflops", "INPUT(8x8x3) => CONV(9, 3, P=1) => BN => RELU", 31104 + 576 + 2 * 576 + 576),
        ("calflops", "INPUT(8x8x3) => FC(10)", 2 * 1920),
        ("calflops", "INPUT(8x8x3) => POOL", 192),
        ("fvcore", "INPUT(8x8x3) => BN => GAP", 2 * 192 + 192),
        # only averages are work to fvcore and thop, a maximum is not
        ("fvcore", "INPUT(8x8x3) => GMP", 0),
        ("thop", "INPUT(8x8x3) => ADAPTIVEPOOL(4, mode=max) => GMP", 0),
        ("calflops", "INPUT(8x8x3) => ADAPTIVEPOOL(4, mode=max)", 192),
        ("thop", "INPUT(8x8x3) => BN => AVGPOOL(2) => GAP", 4 * 192 + 48 + (48 + 3)),
        ("torchinfo", "INPUT(8x8x3) => CONV(9, 3, P=1) => BN", 15552 + 576 + 2 * 9),
        # a transposed convolution: from its input here, from its output there
        ("fvcore", "INPUT(8x8x3) => UPCONV(9, 2, S=2)", 8 * 8 * 3 * 9 * 4),
        ("thop", "INPUT(8x8x3) => UPCONV(9, 2, S=2)", 16 * 16 * 3 * 9 * 4),
    ],
)
def test_another_tool_counts_this_for_a_small_network(tool: str, text: str, expected: int) -> None:
    counts = work(checked(text).rows)
    assert counts is not None
    assert as_counted_by(counts, tool) == expected


@pytest.mark.parametrize(
    ("network", "layer", "size"),
    [
        ("alexnet-227", "pool3", 195),
        ("vgg16", "pool5", 212),
        ("resnet50", "relu49", 427),
        ("resnet50-v1", "relu49", 483),
    ],
)
def test_the_last_positions_see_this_much_of_the_input(network: str, layer: str, size: int) -> None:
    field = row_called(checked_sample(network), layer).field
    assert field is not None
    assert [axis.size for axis in field.axes] == [size, size]


def test_the_golden_receptive_fields_are_those_in_front_of_the_first_layer_that_sees_everything() -> None:
    for network in ("alexnet-227", "vgg16", "resnet50", "resnet50-v1"):
        rows = checked_sample(network).rows
        first = next(row for row in rows if row.field and row.field.status == "whole input")
        before = rows[first.node.inputs[0]]
        assert before.node.name in ("pool3", "pool5", "relu49")


@pytest.mark.parametrize(
    ("size", "extent", "stride", "pad", "quotient", "unread", "kind"),
    [
        (224, 11, 4, 0, "54.25", 1, "drops-pixels"),
        (224, 7, 2, 1, "110.5", 0, "trims-padding"),
        (224, 7, 2, 0, "109.5", 1, "drops-pixels"),
        (224, 7, 2, 3, "112.5", 0, "trims-padding"),
        (112, 3, 2, 1, "56.5", 0, "trims-padding"),
        (224, 11, 4, 2, "55.25", 0, "trims-padding"),
        (10, 3, 2, 0, "4.5", 1, "drops-pixels"),
        (5, 3, 3, 1, "7/3", 0, "trims-padding"),
        (227, 11, 4, 0, "55", 0, "exact"),
    ],
)
def test_windows_tile_their_input_in_this_class(
    size: int, extent: int, stride: int, pad: int, quotient: str, unread: int, kind: str
) -> None:
    found = tiling(size, Window(extent, stride, pad, pad))
    assert (decimal(found.quotient), found.unread, found.kind) == (quotient, unread, kind)


def test_the_count_of_unread_positions_agrees_with_the_closed_form_where_that_holds() -> None:
    for size in range(3, 40):
        for extent in range(1, min(size, 8) + 1):
            for stride in range(1, extent + 1):
                for pad in range((extent - 1) // 2 + 1):
                    closed = max(0, (size + 2 * pad - extent) % stride - pad)
                    assert tiling(size, Window(extent, stride, pad, pad)).unread == closed


def test_the_tiling_of_a_dilated_or_lopsided_window_counts_the_positions_themselves() -> None:
    def by_hand(size: int, window: Window) -> int:
        read = {
            o * window.stride + tap * window.dilation - window.before
            for o in range(window.outputs(size))
            for tap in range(window.extent)
        }
        return len(set(range(size)) - read)

    for size in range(5, 30):
        for window in (Window(3, 2, 0, 1, 2), Window(2, 3, 1, 0, 3), Window(3, 4, 2, 0), Window(1, 2), Window(5, 3)):
            if window.quotient(size) >= 1:
                assert tiling(size, window).unread == by_hand(size, window), (size, window)


@pytest.mark.parametrize("size", [227, 228, 229, 230])
def test_alexnet_has_the_same_layers_from_227_to_230_and_tiles_only_at_227(size: int) -> None:
    report = checked_sample("alexnet-227", "INPUT(227x227x3)", f"INPUT({size}x{size}x3)")
    meant = checked_sample("alexnet-227")
    assert [row.output for row in report.rows[1:]] == [row.output for row in meant.rows[1:]]
    drops = any(row.tiling == "drops-pixels" for row in report.rows)
    assert drops == (size != 227)


def test_alexnet_at_224_shrinks_to_49_million_parameters() -> None:
    report = checked_sample("alexnet-224")
    assert report.totals is not None
    assert report.totals.params == 49430888
    fc6 = row_called(report, "fc1")
    assert str(fc6.inputs[0]) == "5x5x256"


def test_resnet_50_strides_in_the_1x1_at_first_and_in_the_3x3_later() -> None:
    def strided(name: str) -> set[int]:
        rows = checked_sample(name).rows
        return {row.windows[0].extent for row in rows if row.node.kind == "CONV" and row.windows[0].stride == 2}

    assert strided("resnet50") == {7, 3, 1}  # the projections of 1x1 stride in both
    assert strided("resnet50-v1") == {7, 1}

"""Tables of torchinfo with other columns, and those of Paddle and MXNet; small ones written by hand."""

from __future__ import annotations

from typing import Any

import pytest

import shapecalc

TITLES = "Layer (type:depth-idx)      "
WEIGHTS = """Layer (type (var_name))        Kernel Shape    Output Shape     Param #
==========================================================================
Net (Net)                      --              [1, 6, 4]        --
├─Embedding (words)            --              [1, 6, 16]       160
│    └─weight                  [16, 10]                         └─160
├─LayerNorm (norm)             --              [1, 6, 16]       32
│    └─weight                  [16]                             ├─16
│    └─bias                    [16]                             └─16
├─Linear (out)                 --              [1, 6, 4]        68
==========================================================================
Total params: 260
"""
GROUPS = """Layer (type:depth-idx)   Kernel Shape   Groups   Input Shape       Output Shape      Param #   Param %
======================================================================================================
Conv2d                   [3, 3]         4        [7, 16, 28, 28]   [7, 32, 26, 26]   1,184     100.00%
======================================================================================================
Total params: 1,184
"""
PADDLE = """ Layer (type)       Input Shape          Output Shape         Param #
===========================================================================
   Conv2D-1       [[1, 1, 8, 8]]        [1, 6, 8, 8]             60
 BatchNorm2D-1    [[1, 6, 8, 8]]        [1, 6, 8, 8]             24
    ReLU-1        [[1, 6, 8, 8]]        [1, 6, 8, 8]             0
   Linear-1         [[1, 384]]            [1, 5]               1,925
===========================================================================
Total params: 2,009
"""
GLUON = """        Layer (type)                                Output Shape         Param #
================================================================================
               Input                               (32, 3, 8, 8)               0
            Conv2D-1                               (32, 6, 8, 8)             168
         BatchNorm-2                               (32, 6, 8, 8)              24
             Dense-3                                    (32, 10)            3850
================================================================================
   Total params: 4042
"""


def _layers(text: str) -> list[tuple[Any, ...]]:
    report = shapecalc.check(text).to_dict()
    assert {d["code"] for d in report["diagnostics"] if d["severity"] != "note"} <= {"SHP401"}
    return [(layer["kind"], layer["output"], layer["params"]) for layer in report["layers"]]


def test_channels_are_last_in_the_rows_of_sequences_and_rows_of_weights_are_no_layers() -> None:
    assert _layers(WEIGHTS) == [
        ("INPUT", [6, 1], 0), ("EMBEDDING", [6, 16], 160), ("LN", [6, 16], 32), ("CONV", [6, 4], 68),
    ]  # fmt: skip


def test_a_single_module_with_all_columns_is_read() -> None:
    # 32 filters of 3 x 3 on 16 / 4 channels, and 32 biases
    assert _layers(GROUPS) == [("INPUT", [28, 28, 16], 0), ("CONV", [26, 26, 32], 1_184)]


OWN_WEIGHTS = {
    "IN(affine=true)": ("InstanceNorm2d", 12), "IN": ("InstanceNorm2d", 0), "PRELU(true)": ("PReLU", 1),
    "PRELU": ("PReLU", 6), "PRELU(each=true)": ("PReLU", 6 * 8 * 8), "BN": ("BatchNorm2d", 12),
    "BN(affine=false)": ("BatchNorm2d", 0),
}  # fmt: skip


@pytest.mark.parametrize("text", OWN_WEIGHTS)
def test_a_layer_has_the_weights_that_are_printed(text: str) -> None:
    kind, params = OWN_WEIGHTS[text]
    rows = (("Conv2d-1", 168), (f"{kind}-2", params), ("ReLU-3", 0))
    lines = [f"{name:>20}  {'[-1, 6, 8, 8]':>20} {number:>12}" for name, number in rows]
    edge = "=" * 60
    table = "\n".join(("      Layer (type)          Output Shape      Param #", edge, *lines, edge))
    assert [row.text for row in shapecalc.check(f"{table}\n").layers][2] == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PADDLE, [("INPUT", 0), ("CONV", 60), ("BN", 12), ("RELU", 0), ("FC", 1_925)]),
        (GLUON, [("INPUT", 0), ("CONV", 168), ("BN", 12), ("FC", 3_850)]),
    ],
)
def test_means_and_variances_that_paddle_and_mxnet_count_are_no_parameters(
    text: str, expected: list[tuple[str, int]]
) -> None:
    found = [(kind, params) for kind, _, params in _layers(text) if kind != "FLATTEN"]
    assert found == expected


@pytest.mark.parametrize(
    ("columns", "row", "message", "instead"),
    [
        ("Param #", "├─Linear: 1-1   12", "no column of sizes", "input_size="),
        ("Output Shape", "├─Linear: 1-1   [1, 3]", "no column of parameters", "num_params"),
        (
            "Output Shape   Param #",
            "├─Linear: 1-1               --   12",
            "no row of the table has a size",
            "input_size=",
        ),
    ],
)
def test_a_table_without_a_column_says_how_it_is_printed_with_it(
    columns: str, row: str, message: str, instead: str
) -> None:
    (found,) = shapecalc.check(f"{TITLES}{columns}\n{'=' * 60}\n{row}\n").diagnostics
    assert message in found.message
    assert instead in found.help[0]


FUNCTIONAL = """
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1            [-1, 6, 28, 28]             156
            Conv2d-2           [-1, 16, 10, 10]           2,416
            Linear-3                  [-1, 120]          48,120
            Linear-4                   [-1, 10]           1,210
================================================================
Total params: 51,902
"""
"""LeNet-5 whose pools are F.max_pool2d, which is no module."""


def test_pools_that_are_functions_are_assumed_where_no_filter_is_likely_and_said() -> None:
    report = shapecalc.check(FUNCTIONAL)
    pools = [str(row.output) for row in report.layers if row.kind == "POOL"]
    assert (pools, report.totals.macs) == (["14x14x6", "5x5x16"], 117_600 + 240_000 + 48_000 + 1_200)
    (found,) = report.diagnostics
    assert (found.code, found.severity) == ("SHP511", "warning")
    assert found.message.endswith("is none of the modules, is assumed before Conv2d-2, Linear-3")


def test_a_stride_that_people_build_is_no_pool() -> None:
    strided = FUNCTIONAL.replace("[-1, 16, 10, 10]", "[-1, 16, 14, 14]").replace("48,120", "376,440")
    report = shapecalc.check(strided)
    assert [row.kind for row in report.layers].count("POOL") == 0
    assert [d.severity for d in report.diagnostics if d.code == "SHP511"] == ["note"]


def test_a_stride_beyond_its_filter_is_a_pool_and_patches_are_none() -> None:
    table = (
        "   Layer (type)    Output Shape  Param #\nConv2d-1  [-1, 16, 26, 26]  448\nConv2d-2  [-1, 32, {0}, {0}]  {1}"
    )
    pooled = shapecalc.check(table.format(4, 16 * 32 * 25 + 32))  # F=5 S=7 P=2 would give it too
    assert [str(row.output) for row in pooled.layers[1:]] == ["26x26x16", "8x8x16", "4x4x32"]
    patches = shapecalc.check(table.format(5, 16 * 32 * 25 + 32))
    assert [(row.kind, str(row.output)) for row in patches.layers[2:]] == [("CONV", "5x5x32")]


def test_a_figure_that_is_a_comma_is_none() -> None:
    report = shapecalc.check(FUNCTIONAL.replace("51,902", ",") + "\n")
    assert [d.code for d in report.diagnostics] == ["SHP511"]


@pytest.mark.parametrize(("kind", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_a_first_recurrent_layer_of_torch_has_two_biases_a_gate(kind: str, gates: int) -> None:
    """torch: sum(p.numel() for p in nn.LSTM(10, 20).parameters()) is 2,560. It was read as eleven values with one."""
    params, rule = gates * 20 * (10 + 20 + 2), "=" * 60
    cells = (
        ("Layer (type:depth-idx)", "Output Shape", "Param #"), ("Net", "[1, 15, 20]", "--"),
        (f"├─{kind}: 1-1", "[1, 15, 20]", f"{params:,}"),
    )  # fmt: skip
    head, *rows = (f"{name:25}{size:20}{count}" for name, size, count in cells)
    report = shapecalc.check("\n".join((rule, head, rule, *rows, rule, f"Total params: {params:,}", "")))
    assert [str(layer.output) for layer in report.layers] == ["15x10", "15x20"], report.diagnostics
    assert report.layers[1].params == params


def test_a_first_recurrent_layer_that_may_have_several_layers_says_so() -> None:
    """torch: nn.LSTM(8, 16, num_layers=2) has the 3,840 parameters that nn.LSTM(42, 16) has."""
    params, rule = 4 * 16 * (8 + 16 + 2) + 4 * 16 * (16 + 16 + 2), "=" * 60
    rows = [("Layer (type:depth-idx)", "Output Shape", "Param #"), ("LSTM: 1-1", "[1, 20, 16]", f"{params:,}")]
    head, row = (f"{name:25}{size:20}{count}" for name, size, count in rows)
    report = shapecalc.check("\n".join((rule, head, rule, row, rule, f"Total params: {params:,}", "")))
    (note,) = [d.message for d in report.diagnostics if d.code == "SHP511"]
    assert "its input is taken to be 20x42 (2 layers on 20x8 are as many weights)" in note


def test_a_transposed_window_of_more_axes_than_arrive_is_one_message() -> None:
    """A ConvTranspose3d after rows of a transformer, as torchinfo prints UNETR."""
    rule = "=" * 70
    rows = [
        ("Layer (type:depth-idx)", "Output Shape", "Param #"),
        ("Linear: 1-1", "[1, 8, 24]", "600"),
        ("ConvTranspose3d: 1-2", "[1, 8, 4, 4, 4]", "1,544"),
    ]
    head, *lines = (f"{name:30}{size:25}{count}" for name, size, count in rows)
    report = shapecalc.check("\n".join((rule, head, rule, *lines, rule, "Total params: 2,144", "")))
    assert report.totals is not None
    assert report.totals.params == 2144

"""Tables that programs print of their models are read row by row; small ones written by hand for this purpose."""

from __future__ import annotations

import pytest

import shapecalc

KERAS_2 = """$ python train.py
Model: "small"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 input_1 (InputLayer)        [(None, 20, 30, 3)]       0

 conv (Conv2D)               (None, 18, 28, 8)         224

 norm (BatchNormalizati      (None, 18, 28, 8)         32
 on)

 pool (MaxPooling2D)         (None, 9, 14, 8)          0

 flat (Flatten)              (None, 1008)              0

 out (Dense)                 (None, 5)                 5045

=================================================================
Total params: 5301 (20.71 KB)
"""

TORCHSUMMARY = """----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1            [-1, 8, 30, 20]             216
       BatchNorm2d-2            [-1, 8, 30, 20]              16
              ReLU-3            [-1, 8, 30, 20]               0
         MaxPool2d-4            [-1, 8, 15, 10]               0
================================================================
"""

KERAS_3 = """┏━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)         ┃ Output Shape      ┃ Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ input (InputLayer)   │ (None, 8, 8, 3)   │       0 │
├──────────────────────┼───────────────────┼─────────┤
│ gap                  │ (None, 3)         │       0 │
│ (GlobalAveragePooli… │                   │         │
├──────────────────────┼───────────────────┼─────────┤
│ dense (Dense)        │ (None, 10)        │      40 │
└──────────────────────┴───────────────────┴─────────┘
"""


TORCHINFO = """Layer (type (var_name))           Input Shape       Output Shape     Param #   Kernel Shape   Mult-Adds
====================================================================================================
Net (Net)                         [1, 3, 16, 16]    [1, 5]           --        --             --
├─Res (r1)                        [1, 3, 16, 16]    [1, 8, 8, 8]     --        --             --
│    └─Conv2d (conv1)             [1, 3, 16, 16]    [1, 8, 8, 8]     216       [3, 3]         13,824
│    └─BatchNorm2d (bn1)          [1, 8, 8, 8]      [1, 8, 8, 8]     16        --             16
│    └─Conv2d (conv2)             [1, 8, 8, 8]      [1, 8, 8, 8]     576       [3, 3]         36,864
│    └─Sequential (down)          [1, 3, 16, 16]    [1, 8, 8, 8]     --        --             --
│    │    └─Conv2d (0)            [1, 3, 16, 16]    [1, 8, 8, 8]     24        [1, 1]         1,536
│    │    └─BatchNorm2d (1)       [1, 8, 8, 8]      [1, 8, 8, 8]     16        --             16
├─Inc (inc)                       [1, 8, 8, 8]      [1, 17, 8, 8]    --        --             --
│    └─Conv2d (a)                 [1, 8, 8, 8]      [1, 4, 8, 8]     36        [1, 1]         2,304
│    └─Sequential (b)             [1, 8, 8, 8]      [1, 6, 8, 8]     --        --             --
│    │    └─Conv2d (0)            [1, 8, 8, 8]      [1, 2, 8, 8]     18        [1, 1]         1,152
│    │    └─Conv2d (1)            [1, 2, 8, 8]      [1, 6, 8, 8]     114       [3, 3]         7,296
│    └─Conv2d (c)                 [1, 8, 8, 8]      [1, 7, 8, 8]     1,407     [5, 5]         90,048
├─Own (own)                       [1, 17, 8, 8]     [1, 17, 8, 8]    17        --             --
│    └─Conv2d (conv)              [1, 17, 8, 8]     [1, 17, 8, 8]    306       [1, 1]         19,584
├─ReLU (act)                      [1, 17, 8, 8]     [1, 17, 8, 8]    --        --             --
├─Linear (fc)                     [1, 17]           [1, 5]           90        --             90
"""
MODULES = """        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1              [-1, 8, 8, 8]             216
       BatchNorm2d-2              [-1, 8, 8, 8]              16
            Conv2d-3              [-1, 8, 8, 8]             576
            Conv2d-4              [-1, 8, 8, 8]              24
       BatchNorm2d-5              [-1, 8, 8, 8]              16
               Res-6              [-1, 8, 8, 8]               0
            Conv2d-7              [-1, 4, 8, 8]              36
            Conv2d-8              [-1, 2, 8, 8]              18
            Conv2d-9              [-1, 6, 8, 8]             114
           Conv2d-10              [-1, 7, 8, 8]           1,407
              Inc-11             [-1, 17, 8, 8]               0
           Conv2d-12             [-1, 17, 8, 8]             306
              Own-13             [-1, 17, 8, 8]               0
             ReLU-14             [-1, 17, 8, 8]               0
           Linear-15                    [-1, 5]              90
================================================================
"""
"""What torchinfo 1.8.0 with inputs and torchsummary 1.5.1 print of one model: two convolutions beside a 1x1; three
branches joined; a 1x1 whose module owns a weight a channel; a function that pools before the last layer."""
OF_THE_MODEL = "INPUT CONV BN CONV CONV BN ADD CONV CONV CONV CONV CONCAT CONV Own RELU GAP FLATTEN FC"
JOINS = ("ADD", "CONCAT")


def test_modules_of_torchinfo_are_joined_as_what_they_read_and_hold_says() -> None:
    report = shapecalc.check(TORCHINFO)
    assert " ".join(row.kind for row in report.layers) == OF_THE_MODEL
    joins = {row.kind: [report.layers[i].text for i in row.node.inputs] for row in report.layers if row.kind in JOINS}
    assert joins == {
        "ADD": ["CONV(8, F=3, S=1, P=1, bias=false)", "BN"],
        "CONCAT": ["CONV(4, F=1, S=1, P=0)", "CONV(6, F=3, S=1, P=1)", "CONV(7, F=5, S=1, P=2)"],
    }
    assert report.totals.params == 2836  # sum(p.numel() for p in model.parameters())
    assert "a join, a pool or a flattening that is not printed is assumed before r1, inc, fc" in assumed(report)


def test_modules_of_torchsummary_are_said_to_hold_what_it_does_not_count() -> None:
    report = shapecalc.check(MODULES)
    assert report.totals.params == 2819  # as torchsummary counts, which leaves out what a module owns itself
    assert "torchsummary counts weights and biases only, and these may own more: Res-6, Inc-11, Own-13" in assumed(
        report
    )
    assert [row.kind for row in report.layers][-4:] == ["RELU", "GAP", "FLATTEN", "FC"]


def volumes(report: shapecalc.Report) -> list[tuple[int, ...]]:
    return [row.output.sizes for row in report.layers if row.output is not None]


def assumed(report: shapecalc.Report) -> str:
    """All that is said to be assumed."""
    return "; ".join(part for d in report.diagnostics if d.code == "SHP511" for part in (d.message, *d.notes))


def test_a_keras_2_summary_between_prompts_is_a_chain_of_layers() -> None:
    report = shapecalc.check(KERAS_2)
    assert [row.kind for row in report.layers] == ["INPUT", "CONV", "BN", "POOL", "FLATTEN", "FC"]
    assert volumes(report)[1:4] == [(28, 18, 8), (28, 18, 8), (14, 9, 8)]
    assert (report.totals.params, report.totals.buffers) == (5285, 16)
    assert report.ok


def test_a_torchsummary_has_the_input_that_its_first_filter_reads() -> None:
    report = shapecalc.check(TORCHSUMMARY)
    assert volumes(report) == [(20, 30, 3), (20, 30, 8), (20, 30, 8), (20, 30, 8), (10, 15, 8)]
    assert (report.totals.params, report.totals.buffers) == (232, 16)
    assert "its input is taken to be 20x30x3" in assumed(report)


def test_a_keras_3_summary_completes_the_names_that_its_columns_cut() -> None:
    report = shapecalc.check(KERAS_3)
    assert [row.kind for row in report.layers] == ["INPUT", "GAP", "FC"]
    assert report.totals.params == 40


def test_rows_that_contradict_their_shapes_are_errors() -> None:
    report = shapecalc.check(KERAS_2.replace("5045", "5046"))
    assert [d.code for d in report.diagnostics if d.severity == "error"] == ["SHP302"]
    assert not report.ok


def test_what_the_row_before_does_not_explain_is_said() -> None:
    report = shapecalc.check(KERAS_2.replace("(None, 9, 14, 8)  ", "(None, 7, 2, 8)   "))
    assert "taken as printed: pool" in assumed(report)


BRANCHES = """
__________________________________________________________________________________________
 Layer (type)                Output Shape                 Param #   Connected to
==========================================================================================
 image (InputLayer)          [(None, 40, 30, 4)]          0         []

 a (Conv2D)                  (None, 40, 30, 6)            222       ['image[0][0]']

 b (Conv2D)                  (None, 40, 30, 6)            30        ['image[0][0]']

 joined (Concatenate)        (None, 40, 30, 12)           0         ['a[0][0]',
                                                                     'b[0][0]']
 shared (Conv2D)             multiple                     1308      ['joined[0][0]',
                                                                     'halved[0][0]']
 halved (MaxPooling2D)       (None, 20, 15, 12)           0         ['shared[0][0]']

 first (GlobalAveragePooling (None, 12)                   0         ['shared[0][0]']
 2D)
 second (GlobalAveragePoolin (None, 12)                   0         ['shared[1][0]']
 g2D)
 added (Add)                 (None, 12)                   0         ['first[0][0]',
                                                                     'second[0][0]']
==========================================================================================
Total params: 1560
"""

SIAMESE = """
┏━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)       ┃ Output Shape      ┃ Param # ┃ Connected to       ┃
┡━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━┩
│ left (InputLayer)  │ (None, 8, 8, 3)   │       0 │ -                  │
├────────────────────┼───────────────────┼─────────┼────────────────────┤
│ right (InputLayer) │ (None, 8, 8, 3)   │       0 │ -                  │
├────────────────────┼───────────────────┼─────────┼────────────────────┤
│ tower (Sequential) │ (None, 16)        │   2,544 │ left[0][0],        │
│                    │                   │         │ right[0][0]        │
├────────────────────┼───────────────────┼─────────┼────────────────────┤
│    └ conv (Conv2D) │ (None, 6, 6, 4)   │     112 │ -                  │
├────────────────────┼───────────────────┼─────────┼────────────────────┤
│    └ norm          │ (None, 6, 6, 4)   │      16 │ -                  │
│ (BatchNormalizati… │                   │         │                    │
├────────────────────┼───────────────────┼─────────┼────────────────────┤
│    └ flat          │ (None, 144)       │       0 │ -                  │
│ (Flatten)          │                   │         │                    │
├────────────────────┼───────────────────┼─────────┼────────────────────┤
│    └ code (Dense)  │ (None, 16)        │   2,320 │ -                  │
├────────────────────┼───────────────────┼─────────┼────────────────────┤
│ minus (Subtract)   │ (None, 16)        │       0 │ tower[1][0],       │
│                    │                   │         │ tower[2][0]        │
└────────────────────┴───────────────────┴─────────┴────────────────────┘
"""


def test_the_column_of_connections_gives_branches_and_layers_that_are_called_twice() -> None:
    report = shapecalc.check(BRANCHES)
    rows = {row.name: row for row in report.layers}
    assert [rows[n].output.sizes for n in ("a", "b", "joined") if rows[n].output] == [(30, 40, n) for n in (6, 6, 12)]
    assert "F=3" in rows["shared_1"].text
    assert [row.name for row in report.layers if row.name.startswith("shared")] == ["shared_1", "shared_2"]
    assert report.totals.params == 1560
    assert report.ok


def test_a_model_that_is_called_twice_counts_its_weights_once() -> None:
    report = shapecalc.check(SIAMESE)
    kinds = [row.kind for row in report.layers]
    assert kinds.count("CONV") == kinds.count("FC") == 2
    assert (report.totals.params, report.totals.buffers) == (112 + 8 + 2320, 8)


NESTED = """
 Layer (type)                Output Shape              Param #
=================================================================
 input_1 (InputLayer)        [(None, 32, 32, 3)]       0
 stem (Sequential)           (None, 32, 32, 8)         248
 gap (GlobalAveragePooling2D  (None, 8)                0
 )
=================================================================
Total params: 248
Trainable params: 232
Non-trainable params: 16
"""


def test_statistics_of_a_model_inside_are_those_that_are_not_trained() -> None:
    report = shapecalc.check(NESTED)
    assert (report.totals.params, report.totals.buffers) == (232, 16)


TRIPLET = """
 Layer (type)                Output Shape              Param #   Connected to
=========================================================================================
 anchor (InputLayer)         [(None, 28, 28, 1)]       0         []
 positive (InputLayer)       [(None, 28, 28, 1)]       0         []
 negative (InputLayer)       [(None, 28, 28, 1)]       0         []
 embedding (Functional)      (None, 64)                50240     ['anchor[0][0]',
                                                                  'positive[0][0]',
                                                                  'negative[0][0]']
 concatenate (Concatenate)   (None, 192)               0         ['embedding[0][0]',
                                                                  'embedding[1][0]',
                                                                  'embedding[2][0]']
=========================================================================================
Total params: 50240
"""


def test_a_model_inside_whose_layers_are_not_printed_may_be_called_three_times() -> None:
    report = shapecalc.check(TRIPLET)
    assert [row.output.sizes for row in report.layers if row.output][3:] == [(1, 1, 64)] * 3 + [(1, 1, 192)]
    assert report.totals.params == 50_240
    assert [d.code for d in report.diagnostics] == ["SHP510"]


CONTRADICTIONS = {
    "pool (MaxPooling2D)         (None, 9, 14, 8)          0": ("(None, 9, 14, 8)          7", "SHP302"),
    "flat (Flatten)              (None, 1008)              0": ("(None, 1009)              0", "SHP301"),
    "conv (Conv2D)               (None, 18, 28, 8)         224": ("(None, 18, 28, 8)         232", "SHP302"),
}


@pytest.mark.parametrize("row", CONTRADICTIONS)
def test_a_row_that_no_layer_can_be_is_an_error(row: str) -> None:
    wrong, code = CONTRADICTIONS[row]
    report = shapecalc.check(KERAS_2.replace(row, row[:28] + wrong))
    assert code in {d.code for d in report.diagnostics if d.severity == "error"}


def test_two_filters_that_explain_a_row_are_both_named() -> None:
    thin = KERAS_2.replace("(None, 18, 28, 8)         224", "(None, 20, 30, 8)         176")
    report = shapecalc.check(thin.replace("(None, 18, 28, 8)", "(None, 20, 30, 8)"))
    assert "conv (F=7x1 S=1 P=same or F=1x7 S=1 P=same)" in assumed(report)


def test_a_model_that_was_not_built_is_refused() -> None:
    unbuilt = KERAS_3.replace("(None, 8, 8, 3)  ", "?                ").replace("      0 │", "0 (unb… │")
    assert "printed before it was built" in shapecalc.check(unbuilt).diagnostics[0].message


def test_a_table_without_its_last_columns_is_refused_or_said_to_be_cut() -> None:
    cut = "\n".join(line[:45] for line in KERAS_3.splitlines())
    assert "cut off" in shapecalc.check(cut).diagnostics[0].message


def test_the_input_of_a_table_that_begins_with_patches_has_three_channels() -> None:
    rule = "-" * 64
    text = (
        f"{rule}\n        Layer (type)               Output Shape         Param #\n{'=' * 64}\n"
        "            Conv2d-1          [-1, 768, 14, 14]         590,592\n"
        "              GELU-2          [-1, 768, 14, 14]               0\n"
        f"{'=' * 64}\nTotal params: 590,592\nTrainable params: 590,592\nNon-trainable params: 0\n{rule}\n"
        "Input size (MB): 0.57\nForward/backward pass size (MB): 2.30\nParams size (MB): 2.25\n"
        f"Estimated Total Size (MB): 5.12\n{rule}\n"
    )
    report = shapecalc.check(text)
    assert str(report.layers[0].output) == "224x224x3"
    assert [str(layer.output) for layer in report.layers[1:]] == ["14x14x768", "14x14x768"]


RECURRENT = """┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)                 ┃ Output Shape      ┃ Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ conv1d (Conv1D)              │ (None, 8, 8)      │     152 │
├──────────────────────────────┼───────────────────┼─────────┤
│ max_pooling1d (MaxPooling1D) │ (None, 4, 8)      │       0 │
├──────────────────────────────┼───────────────────┼─────────┤
│ gru (GRU)                    │ (None, 4, 6)      │     288 │
├──────────────────────────────┼───────────────────┼─────────┤
│ lstm (LSTM)                  │ (None, 5)         │     240 │
├──────────────────────────────┼───────────────────┼─────────┤
│ dense (Dense)                │ (None, 2)         │      12 │
└──────────────────────────────┴───────────────────┴─────────┘
 Total params: 692 (2.70 KB)
"""
"""Printed by Keras 3.15."""


def test_recurrent_rows_have_the_biases_that_their_parameters_leave() -> None:
    report = shapecalc.check(RECURRENT)
    assert [row.params for row in report.rows if row.params] == [152, 288, 240, 12]
    assert report.ok


def test_a_recurrent_row_that_no_biases_explain_is_an_error() -> None:
    assert not shapecalc.check(RECURRENT.replace("240", "241").replace("692", "693")).ok


def test_a_table_with_more_parameters_than_any_filter_has_is_read_at_once() -> None:
    report = shapecalc.check(RECURRENT.replace("    152", "152028824012"))
    assert [row.kind for row in report.layers if row.params == 152_028_824_012] == ["Conv1D"]


OF_TWO_RANKS = """
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================
Net                                      [1, 5]                    --
├─Conv2d: 1-1                            [1, 8, 16, 16]            224
├─ModuleList: 1-2                        --                        480
├─Eca: 1-3                               [1, 8, 16, 16]            --
│    └─Conv1d: 2-1                       [1, 1, 8]                 3
├─AvgPool2d: 1-4                         [1, 8, 8, 8]              --
├─Linear: 1-5                            [1, 5]                    2,565
==========================================================================
Total params: 3,272
"""


def test_a_pool_after_a_sequence_reads_the_image_and_what_is_not_called_keeps_what_arrives() -> None:
    report = shapecalc.check(OF_TWO_RANKS)
    found = {row.kind: str(row.output) for row in report.layers}
    assert (found["ModuleList"], found["POOL"], report.totals.params) == ("16x16x8", "8x8x8", 3272)
    assert report.ok


@pytest.mark.parametrize("dots", ["...", "    …", " [...]", "⋮"])
def test_a_table_with_rows_left_out_is_refused(dots: str) -> None:
    head = "        Layer (type)               Output Shape         Param #\n"
    rows = ["Conv2d-1  [-1, 8, 6, 6]  80", dots, "Conv2d-9  [-1, 8, 6, 6]  584"]
    (found,) = shapecalc.check(head + "\n".join(rows)).diagnostics
    assert (found.code, found.message) == ("SHP010", "the table is not complete: rows are left out here")
    (found,) = shapecalc.check(head + "\n".join(rows[::2])).diagnostics
    assert found.message == "the table is not complete: row 2 is missing before Conv2d-9"

"""Tables that programs print of their models are read row by row; small ones written by hand for this purpose."""

from __future__ import annotations

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


def volumes(report: shapecalc.Report) -> list[tuple[int, ...]]:
    return [row.output.sizes for row in report.layers if row.output is not None]


def test_a_keras_2_summary_between_prompts_is_a_chain_of_layers() -> None:
    report = shapecalc.check(KERAS_2)
    assert [row.kind for row in report.layers] == ["INPUT", "CONV", "BN", "POOL", "FLATTEN", "FC"]
    assert volumes(report)[1:4] == [(28, 18, 8), (28, 18, 8), (14, 9, 8)]
    assert (report.totals.params, report.totals.buffers) == (5285, 16)
    assert report.ok


def test_a_torchsummary_begins_where_its_first_row_does() -> None:
    report = shapecalc.check(TORCHSUMMARY)
    assert volumes(report) == [(20, 30, 8), (20, 30, 8), (20, 30, 8), (10, 15, 8)]
    assert (report.totals.params, report.totals.buffers) == (232, 16)


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
    assert any("taken as printed: pool" in d.message for d in report.diagnostics)

"""Darknet's start-up log: rows as the original program (2018) and AlexeyAB's print them."""

from __future__ import annotations

import pytest

import shapecalc

ORIGINAL = """$ ./darknet detect cfg/small.cfg
layer     filters    size              input                output
    0 conv     16  3 x 3 / 1   416 x 416 x   3   ->   416 x 416 x  16  0.150 BFLOPs
    1 max          2 x 2 / 2   416 x 416 x  16   ->   208 x 208 x  16
    2 conv     32  3 x 3 / 2   208 x 208 x  16   ->   104 x 104 x  32  0.100 BFLOPs
    3 conv     32  1 x 1 / 1   104 x 104 x  32   ->   104 x 104 x  32  0.022 BFLOPs
    4 res    2                 104 x 104 x  32   ->   104 x 104 x  32
    5 reorg              / 2   104 x 104 x  32   ->    52 x  52 x 128
    6 size: Using default '2'
max          2 x 2 / 2    52 x  52 x 128   ->    26 x  26 x 128
    7 upsample            2x    26 x  26 x 128   ->    52 x  52 x 128
    8 route  7 5
    9 conv     18  1 x 1 / 1    52 x  52 x 256   ->    52 x  52 x  18  0.025 BFLOPs
   10 yolo
Loading weights from small.weights...Done!
"""

ALEXEYAB = """mini_batch = 1, batch = 1, time_steps = 1, train = 0
   layer   filters  size/strd(dil)      input                output
   0 conv     64       3 x 3/ 2    208 x 208 x  32 ->  104 x 104 x  64 0.399 BF
   1 route  0                                  1/2 ->  104 x 104 x  32
   2 conv     32       3 x 3/ 1    104 x 104 x  32 ->  104 x 104 x  32 0.199 BF
   2 - receptive field: 7 x 7
   3 route  2 1                                    ->  104 x 104 x  64
   4 max                2x 2/ 2    104 x 104 x  64 ->   52 x  52 x  64 0.001 BF
   5 conv     64/  64  3 x 3/ 1     52 x  52 x  64 ->   52 x  52 x  64 0.003 BF
   6 Shortcut Layer: 4,  wt = 0, wn = 0, outputs:  52 x  52 x  64 0.000 BF
   7 avg                           52 x  52 x  64 ->   64
   8 connected                             64  ->   10
   9 softmax                                          10
"""


WITH_A_LIBRARY = """ 0 : compute_capability = 890, cudnn_half = 1, GPU: NVIDIA GeForce RTX 4070 Laptop GPU
mini_batch = 1, batch = 1, time_steps = 1, train = 0
   layer   filters  size/strd(dil)      input                output
   0 Create CUDA-stream - 0
 Create cudnn-handle 0
conv     16       3 x 3/ 1    416 x 416 x   3 ->  416 x 416 x  16 0.150 BF
   1 max                2x 2/ 2    416 x 416 x  16 ->  208 x 208 x  16 0.003 BF
   2 conv     32       3 x 3/ 1    208 x 208 x  16 ->  208 x 208 x  32 0.399 BF
   3 yolo
[yolo] params: iou loss: mse (2), iou_norm: 0.75, obj_norm: 1.00, cls_norm: 1.00, delta_norm: 1.00, scale_x_y: 1.00
Total BFLOPS 0.552
"""


SUMMARY = "Layer (type)       Output Shape       Param #\n===\nd (Dense)         (None, {})         9\n"


def sizes(report: shapecalc.Report) -> list[tuple[int, ...]]:
    return [row.output.sizes for row in report.layers if row.output is not None]


def test_the_original_log_has_routes_shortcuts_and_a_row_on_two_lines() -> None:
    report = shapecalc.check(ORIGINAL)
    assert report.ok
    assert sizes(report)[1:] == [
        (416, 416, 16), (208, 208, 16), (104, 104, 32), (104, 104, 32), (104, 104, 32), (52, 52, 128), (26, 26, 128),
        (52, 52, 128), (52, 52, 256), (52, 52, 18), (52, 52, 18),
    ]  # fmt: skip
    assert [row.kind for row in report.layers if row.name in ("res_4", "reorg_5")] == ["ADD", "reorg"]
    assert any("batch normalisation" in d.message for d in report.diagnostics if d.code == "SHP511")


def test_what_a_library_says_between_a_number_and_its_row_is_left_out() -> None:
    report = shapecalc.check(WITH_A_LIBRARY)
    assert report.ok
    assert sizes(report)[:2] == [(416, 416, 3), (416, 416, 16)]
    assert {row.name: row.params for row in report.layers if row.kind == "CONV"} == {"conv_0": 448, "conv_2": 4_640}


def test_of_two_logs_none_is_left_out_without_a_word() -> None:
    (found,) = shapecalc.check(WITH_A_LIBRARY + ALEXEYAB).diagnostics
    assert (found.code, found.message[:26]) == ("SHP010", "a second log begins here, ")


def test_the_log_of_alexeyab_has_parts_of_a_depth_and_groups() -> None:
    report = shapecalc.check(ALEXEYAB)
    assert report.ok
    params = {row.name: row.params for row in report.layers}
    assert (params["conv_0"], params["conv_2"], params["conv_5"]) == (18496, 9248, 640)
    assert sizes(report)[-1] == (1, 1, 10)


WRONG = {
    "104 x 104 x  32  0.100": ("103 x 103 x  32  0.100", "SHP306"),
    "1 x 1 / 1    52 x  52 x 256   ->    52 x  52 x  18  0.025": (
        "1 x 1 / 1    52 x  52 x 256   ->    52 x  52 x  18  0.125",
        "SHP302",
    ),
    "3 conv     32  1 x 1 / 1   104 x 104 x  32 ": ("3 conv     32  1 x 1 / 1   104 x 104 x  64 ", "SHP306"),
}


@pytest.mark.parametrize("text", WRONG)
def test_rows_that_contradict_each_other_or_their_work_are_errors(text: str) -> None:
    other, code = WRONG[text]
    report = shapecalc.check(ORIGINAL.replace(text, other))
    assert code in {d.code for d in report.diagnostics if d.severity == "error"}


def test_an_output_that_the_filters_do_not_give_is_one_error() -> None:
    text = ORIGINAL.replace("52 x  52 x  18  0.025", "52 x  52 x  19  0.025")
    assert text != ORIGINAL
    assert [d.code for d in shapecalc.check(text).diagnostics if d.severity == "error"] == ["SHP301"]


def test_a_number_that_python_does_not_read_is_a_diagnostic() -> None:
    log, table = ORIGINAL.replace("52 x  52 x  18", "9" * 5_000), SUMMARY.format("9" * 5_000)
    for text in (log, table):
        assert [d.message for d in shapecalc.check(text).diagnostics] == ["a number has more than 4,300 digits"]


def test_a_log_with_rows_left_out_is_refused() -> None:
    lines = [line for line in ORIGINAL.splitlines() if not line.startswith("    2")]
    assert "1 row is missing" in shapecalc.check("\n".join(lines)).diagnostics[0].message

"""What Keras 3.15 prints of models at several widths: titles and names on several lines, calls of one layer, parts."""

from __future__ import annotations

import pytest

import shapecalc
from shapecalc.passes.report import CheckedNetwork


def boxed(*rows: str, params: int = 0, fixed: int = 0) -> str:
    """A table as Keras 3 draws it, a row on one line or more; the first is that of the titles."""
    titles, *others = ["".join(f"│{line}│\n" for line in row.split("\n")) for row in rows]
    below = f"└─┘\n Total params: {params} (0.00 B)\n Non-trainable params: {fixed} (0.00 B)\n"
    return 'Model: "small"\n┏━━┓\n' + titles.replace("│", "┃") + "┡━━┩\n" + "├──┤\n".join(others) + below


def read(*rows: str, params: int = 0, fixed: int = 0) -> CheckedNetwork:
    report = shapecalc.check(boxed(*rows, params=params, fixed=fixed))
    assert report.totals is not None
    assert (report.totals.params, report.totals.buffers) == (params - fixed, fixed), report.diagnostics
    return report


TITLES = " Layer (type) │ Output Shape │ Param # │ Connected to "
START = " x (InputLayer) │ (None, 8, 3) │ 0 │ - "


def test_titles_on_several_lines_are_titles() -> None:
    titles = "              │ Output │ Param │ Connected \n Layer (type) │ Shape │ # │ to "
    report = read(titles, START, " d (Dense) │ (None, 8, 2) │ 8 │ x[0][0] ", params=8)
    assert [row.node.text for row in report.rows] == ["INPUT(8x3)", "CONV(2, F=1, S=1, P=0)"]


def test_a_name_below_its_mark_is_as_deep_as_the_mark() -> None:
    rows = (
        " part (Functional) │ (None, 8, 2) │ 14 │ x[0][0] ",
        "    └ y (InputLayer) │ (None, 8, 3) │ 0 │ - ",
        "    └ │ (None, 8, 2) │ 14 │ - \n a_name_of_its_own │ │ │ \n (Dense) │ │ │ ",
    )
    report = read(TITLES, START, *rows, params=14)
    assert [row.node.name for row in report.rows] == ["x", "a_name_of_its_own"]


def test_a_norm_over_another_axis_has_the_statistics_that_are_stated() -> None:
    report = read(TITLES, START, " n (BatchNormalization) │ (None, 8, 3) │ 16 │ x[0][0] ", params=16, fixed=16)
    assert report.totals is not None
    assert (report.totals.params, report.totals.buffers) == (0, 16), report.diagnostics


def test_a_layer_that_reads_itself_is_called_twice_and_counted_once() -> None:
    twice = " a_long_na… (LayerNormal… │ (None, 8, 3) │ 8 │ x[0][0], \n │ │ │ a_long_… "
    report = read(TITLES, START, twice, params=8)
    assert [len(row.node.inputs) for row in report.rows] == [0, 1, 1]
    assert report.rows[2].node.inputs == (1,)


def test_a_part_whose_last_row_is_not_its_output_gives_what_its_own_row_says() -> None:
    """Keras 3 prints no functions inside of parts."""
    rows = (
        " part (Functional) │ (None, 3) │ 12 │ x[0][0] ",
        "    └ y (InputLayer) │ (None, 8, 3) │ 0 │ - ",
        "    └ d (Dense) │ (None, 8, 3) │ 12 │ - ",
        " out (Dense) │ (None, 2) │ 8 │ part[0][0] ",
    )
    report = read(TITLES, START, *rows, params=20)
    assert [str(row.output) for row in report.rows] == ["8x3", "8x3", "1x3", "1x2"]


def test_masks_and_first_states_are_no_calls_of_their_own() -> None:
    words = (
        " x (InputLayer) │ (None, 7) │ 0 │ - ",
        " e (Embedding) │ (None, 7, 6) │ 120 │ x[0][0] ",
        " m (NotEqual) │ (None, 7) │ 0 │ x[0][0] ",
        " one (LSTM) │ [(None, 4), (None, 4), (None, 4)] │ 176 │ e[0][0], m[0][0] ",
        " two (LSTM) │ (None, 7, 4) │ 176 │ e[0][0], one[0][1], one[0][2] ",
    )
    report = read(TITLES, *words, params=472)
    assert [row.node.text for row in report.rows][-2:] == ["LSTM(4, last=true, biases=1)", "LSTM(4, biases=1)"]
    assert not [d for d in report.diagnostics if d.severity == "error"]


def test_a_sentence_above_a_table_is_no_line_of_titles() -> None:
    table = boxed(TITLES, START, " d (Dense) │ (None, 8, 2) │ 8 │ x[0][0] ", params=8)
    report = shapecalc.check(f"Output of the cell above:\n{table}")
    assert [row.node.text for row in report.rows] == ["INPUT(8x3)", "CONV(2, F=1, S=1, P=0)"]


def test_a_recurrent_layer_that_reads_two_sequences_is_called_twice() -> None:
    words = (
        START, " a (ReLU) │ (None, 8, 3) │ 0 │ x[0][0] ", " b (ReLU) │ (None, 8, 3) │ 0 │ x[0][0] ",
        " r (LSTM) │ (None, 4) │ 128 │ a[0][0], b[0][0] ", " s (Concatenate) │ (None, 8) │ 0 │ r[0][0], r[1][0] ",
    )  # fmt: skip
    report = read(TITLES, *words, params=4 * 4 * (3 + 4 + 1))
    assert [row.node.inputs for row in report.rows] == [(), (0,), (0,), (1,), (2,), (3, 4)]


def test_a_call_that_is_printed_before_what_the_first_call_reads_waits_for_it() -> None:
    """Keras prints layers by depth: the second call is further from the output than what the first call reads."""
    words = (
        START, " d (Dense) │ (None, 8, 3) │ 12 │ a[0][0], x[0][0] ", " a (ReLU) │ (None, 8, 3) │ 0 │ x[0][0] ",
        " b (ReLU) │ (None, 8, 3) │ 0 │ d[1][0] ", " s (Add) │ (None, 8, 3) │ 0 │ d[0][0], b[0][0] ",
    )  # fmt: skip
    report = read(TITLES, *words, params=12)
    params = {row.node.name: row.params for row in report.rows if row.node.name.startswith("d")}
    assert params == {"d_1": 12, "d_2": 0}
    assert not [d for d in report.diagnostics if d.severity == "error"]


def test_what_rows_inside_of_a_part_read_is_not_printed_and_cannot_be_wrong() -> None:
    rows = (
        " part (Functional) │ (None, 8, 4) │ 28 │ x[0][0] ",
        "    └ y (InputLayer) │ (None, 8, 3) │ 0 │ - ",
        "    └ d (Dense) │ (None, 8, 3) │ 12 │ - ",
        "    └ of_y (Dense) │ (None, 8, 4) │ 16 │ - ",
        "    └ of_y_too (Dense) │ (None, 8, 4) │ 16 │ - ",
    )
    report = read(TITLES, START, *rows, params=44)
    assert not [d for d in report.diagnostics if d.severity == "error"]


def test_channels_come_first_where_they_alone_divide_the_parameters() -> None:
    rows = (
        " x (InputLayer) │ (None, 3, 8, 11) │ 0 │ - ",
        " c (Conv2D) │ (None, 4, 6, 9) │ 112 │ x[0][0] ",
        " p (MaxPooling2D) │ (None, 4, 3, 4) │ 0 │ c[0][0] ",
    )
    report = read(TITLES, *rows, params=112)
    assert [row.node.text for row in report.rows] == [
        "INPUT(11x8x3)", "CONV(4, F=3, S=1, P=0)", "POOL(2, S=2, P=0)",
    ]  # fmt: skip


def test_a_filter_may_be_as_large_as_what_it_reads() -> None:
    rows = (" x (InputLayer) │ (None, 7, 7, 4) │ 0 │ - ", " c (Conv2D) │ (None, 1, 1, 5) │ 985 │ x[0][0] ")
    assert read(TITLES, *rows, params=985).rows[1].node.text == "CONV(5, F=7, S=1, P=0)"


@pytest.mark.parametrize(
    ("sizes", "gives", "params"),
    [("2, 3, 4, 2", "CONV(2, F=3, S=1, P=0)", 164), ("2, 3, 2, 2, 2", "?", 0), ("0, 24", "?", 0)],
)
def test_a_row_has_up_to_three_axes_and_no_empty_one(sizes: str, gives: str, params: int) -> None:
    kind = "Conv3D" if params else "Reshape"
    rows = (" x (InputLayer) │ (None, 4, 5, 6, 3) │ 0 │ - ", f" r ({kind}) │ (None, {sizes}) │ {params} │ x[0][0] ")
    row = shapecalc.check(boxed(TITLES, *rows, params=params)).rows[1]
    assert (row.node.text if row.output else "?") == gives


def test_a_transposed_filter_of_an_open_size_is_said_to_leave_its_output_open() -> None:
    rows = (
        " x (InputLayer) │ (None, None, None, 3) │ 0 │ - ",
        " u (Conv2DTranspose) │ (None, None, None, 4) │ 112 │ x[0][0] ",
    )
    report = shapecalc.check(boxed(TITLES, *rows, params=112), input="8x8x3")
    assert [(row.kind, row.output) for row in report.rows[1:]] == [("Conv2DTranspose", None)]
    assert "the table leaves the output of u open: ?x?x4" in [d.message for d in report.diagnostics]


def test_a_column_says_what_is_trained_beside_what_a_row_reads() -> None:
    """`show_trainable=True`: rows that are whole were cut into four columns of five, which ended as a bug."""
    lines = (
        " Layer (type)      Output Shape      Param #  Connected to     Trainable ",
        " x (InputLayer)    [(None, 8, 3)]    0        []               Y ",
        " a (Dense)         (None, 8, 2)      8        ['x[0][0]']      Y ",
        " b (Dense)         (None, 8, 2)      8        ['x[0][0]']      N ",
        " add (Add)         (None, 8, 2)      0        ['a[0][0]',      Y ",
        "                                               'b[0][0]'] ",
    )
    table = "\n".join((lines[0], "=" * 74, *lines[1:], "=" * 74, "Total params: 16", ""))
    report = shapecalc.check(f'Model: "small"\n{table}')
    assert [(row.node.name, row.params) for row in report.rows] == [("x", 0), ("a", 8), ("b", 8), ("add", 0)]


LAYERS = {
    "pad (ZeroPadding2D)": ("23, 23, 6", 0, 0, "PAD"),
    "dw (DepthwiseConv2D)": ("12, 12, 12", 120, 0, "DWCONV"),
    "bn (BatchNormalization)": ("12, 12, 12", 24, 24, "BN"),
    "sep (SeparableConv2D)": ("12, 12, 10", 228, 0, "SEPCONV"),
    "ln (LayerNormalization)": ("12, 12, 10", 20, 0, "LN"),
    "up (Conv2DTranspose)": ("24, 24, 4", 364, 0, "UPCONV"),
    "crop (Cropping2D)": ("20, 20, 4", 0, 0, "CROP"),
    "gn (GroupNormalization)": ("20, 20, 4", 8, 0, "GN"),
    "twice (UpSampling2D)": ("40, 40, 4", 0, 0, "UPSAMPLE"),
    "up2 (Conv2DTranspose)": ("80, 80, 4", 68, 0, "UPCONV"),
    "mean (GlobalAveragePooling2D)": ("4", 0, 0, "GAP"),
    "dense (Dense)": ("5", 25, 0, "FC"),
}
"""What Keras 3.15 prints of a Sequential on 20x16x6: sizes, what is trained, what is not; and our word for it."""


def test_filters_norms_and_borders_of_every_kind_are_layers_of_ours() -> None:
    names, rows = ["x"], [" x (InputLayer) │ (None, 20, 16, 6) │ 0 │ - "]
    for row, (sizes, trained, fixed, _) in LAYERS.items():
        rows.append(f" {row} │ (None, {sizes}) │ {trained + fixed} │ {names[-1]}[0][0] ")
        names.append(row.split()[0])
    report = read(TITLES, *rows, params=881, fixed=24)
    found = [(row.kind, str(row.output), row.params, row.buffers) for row in report.rows[1:]]
    for (_, (sizes, trained, fixed, kind)), one in zip(LAYERS.items(), found, strict=True):
        height, width, *depth = sizes.split(", ") if "," in sizes else ("1", "1", sizes)
        assert one == (kind, "x".join((width, height, *depth)), trained, fixed)

"""The table as people see it: its text is pinned for many diagrams, terminals and styles in tests/cases/table."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.display.columns import COLUMNS, LEAVING, USUAL, check_columns
from shapecalc.display.style import Style, cells
from shapecalc.display.table import table
from shapecalc.passes.report import Conventions, Report
from shapecalc.pipeline import CheckOptions, check
from shapecalc.renderers import output_format

render = output_format("text").render

CASES = Path(__file__).parent / "cases" / "table"
WIDE, PIPED = Style(width=200), Style()
ASKED = ("name", "layer", "input", "volume", "window", "tiling", "receptive", "stride", "im2col")
FIGURES = ("layer", "weights", "biases", "params", "params-bar", "buffers", "activations", "memory")

PICTURES: list[tuple[str, str, Style]] = [
    ("alexnet-224", "60", Style(width=60)),
    ("alexnet-224", "80", Style(width=80)),
    ("alexnet-224", "100", Style(width=100)),
    ("alexnet-224", "200", WIDE),
    ("alexnet-224", "piped", PIPED),
    ("alexnet-224", "color", Style(width=100, color=True)),
    ("alexnet-224", "quiet", Style(quiet=True)),
    ("vgg16", "60", Style(width=60)),
    ("vgg16", "100", Style(width=100)),
    ("vgg16", "200", WIDE),
    ("vgg16", "unfolded", Style(expand=True)),
    ("vgg16", "ascii", Style(unicode=False)),
    ("vgg16", "si", Style(units="si")),
    ("residual", "100", Style(width=100)),
    ("residual", "piped", PIPED),
    ("residual", "notes", Style(notes=True, quiet=True)),
    ("residual", "hwc", Style(layout="hwc")),
    ("residual", "chw-color", Style(layout="chw", color=True)),
    ("residual", "asked", Style(columns=ASKED)),
    ("residual", "figures", Style(columns=FIGURES)),
    ("bare", "60", Style(width=60)),
    ("bare", "piped", PIPED),
    ("one-d", "100", Style(width=100)),
    ("one-d", "chw", Style(layout="chw")),
    ("three-d", "piped", PIPED),
    ("three-d", "hwc", Style(layout="hwc")),
    ("unknown", "60", Style(width=60)),
    ("unknown", "piped", PIPED),
    ("syntax-error", "piped", PIPED),
    ("nested", "piped", PIPED),
    ("nested", "ascii-60", Style(width=60, unicode=False)),
]
NETWORKS = sorted(path.stem for path in CASES.glob("*.net"))


def report_of(name: str, **conventions: object) -> Report:
    text = (CASES / f"{name}.net").read_text(encoding="utf-8")
    options = CheckOptions(conventions=Conventions(**conventions))  # type: ignore[arg-type]
    return check(Source(f"nets/{name}.net", text), options)


def report(text: str, path: str = "x.net") -> Report:
    return check(Source(path, text))


def without_colour(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def rows_of(text: str, style: Style = PIPED) -> list[str]:
    """The lines between the two rules of a table."""
    lines = list(table(report(text), style).lines)
    return lines[2:-2]


# --- what it looks like ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "how", "style"), PICTURES, ids=[f"{n}.{h}" for n, h, _ in PICTURES])
def test_the_text_is_as_pinned(name: str, how: str, style: Style, refresh: bool) -> None:
    expected = CASES / f"{name}.{how}.txt"
    text = render([report_of(name)], style).replace("\x1b", "␛")
    if refresh:
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


def test_every_pinned_text_belongs_to_a_case() -> None:
    assert {p.name for p in CASES.glob("*.txt")} == {f"{n}.{h}.txt" for n, h, _ in PICTURES}


def test_the_text_of_several_networks_ends_with_a_line_about_all() -> None:
    reports = [report_of("alexnet-224"), report_of("residual"), report_of("bare")]
    text = render(reports, PIPED)
    assert text.splitlines()[-1] == "3 networks, 2 clean: 1 error, 3 notes"
    assert [text.index(f"nets/{n}.net") for n in ("alexnet-224", "residual", "bare")] == sorted(
        text.index(f"nets/{n}.net") for n in ("alexnet-224", "residual", "bare")
    )


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("INPUT(8x8x3) => FC(2)", "clean"),
        ("INPUT(224x224x3) => CONV(8, F=7, S=2, P=3)", "clean, 1 note"),
        ("INPUT(8x8x3) => FCC(2)", "1 error"),
        ("INPUT(8x8x3) => FCC(2) => RELLU", "2 errors"),
    ],
)
def test_the_last_line_counts_what_was_found(text: str, last: str) -> None:
    assert render([report(text)], PIPED).splitlines()[-1] == last
    assert render([report(text)], Style(quiet=True)).splitlines()[-1] == last


def test_the_line_of_notes_names_only_layers_that_a_note_is_about() -> None:
    strict = "POOL(3, S=2, P=1, rounding=exact)"
    text = render([report(f"INPUT(224x224x3) => CONV(8, F=7, S=2, P=3) => {strict}")], PIPED)
    assert "note: 1 layer leaves out only padding, no pixels: conv1 (112.5)  (" in text
    assert text.endswith("1 error, 1 note\n")


def test_the_line_of_notes_names_layers_that_leave_channels_out_too() -> None:
    text = "INPUT(4x4x9) => [DEPTHPOOL(1, S=2)]*2 => CONV(3, F=1, S=2)"
    line = "note: 3 layers subsample the input by design: depthpool1 (5), depthpool2 (3), conv1 (2.5)"
    assert line in render([report(text)], PIPED)


# --- widths ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in NETWORKS if n != "syntax-error"])
def test_a_narrow_terminal_loses_columns_but_no_figure_is_cut(name: str) -> None:
    def figures(lines: tuple[str, ...]) -> list[list[str]]:
        return [re.findall(r"\d{1,3}(?:,\d{3})+\+?|\d+\.\d\d [KMG]iB\+?", line) for line in lines]

    checked = report_of(name)
    full = table(checked, PIPED)
    whole = figures(full.lines)
    for width in range(30, 220, 10):
        shown = table(checked, Style(width=width))
        assert max(map(cells, shown.lines)) <= width
        assert sorted({*shown.columns, *shown.left_out}, key=USUAL.index) == [k for k in USUAL if k in full.columns]
        for narrow, wide in zip(figures(shown.lines), whole, strict=True):
            assert set(narrow) <= set(wide)
            assert len(narrow) == len(wide) or {"params", "macs", "memory"} & set(shown.left_out)


@pytest.mark.parametrize("name", [n for n in NETWORKS if n != "syntax-error"])
def test_columns_that_were_left_out_are_named(name: str) -> None:
    shown = table(report_of(name), Style(width=40))
    text = render([report_of(name)], Style(width=40))
    assert shown.left_out
    for key in shown.left_out:
        assert key in text[text.index("columns left out at width 40:") :]


def test_long_names_are_cut_before_figures_leave() -> None:
    text = "INPUT(20x9x2) => CONV(4, F=3, P=1) as a_name_of_more_than_twenty_letters => SOFTMAX"
    line = table(report(text), Style(width=45)).lines[3]
    assert line.split() == ["a_name_of_more_than…", "20x9x4", "76", "12,960"]


def test_off_a_terminal_nothing_is_cut_or_left_out() -> None:
    long = "a_name_that_is_longer_than_any_terminal_is_wide" * 4
    text = render([report(f"INPUT(9x9x3) => CONV(4, F=3, P=(1,1,1,1)) as {long} => FC(3)")], PIPED)
    assert f"{long}  CONV(4, F=3, P=(1,1,1,1))" in text
    assert "…" not in text
    assert "left out" not in text


def test_every_column_but_two_has_a_place_in_the_order_of_leaving() -> None:
    assert set(COLUMNS) - set(LEAVING) == {"name", "volume"}
    assert len(set(LEAVING)) == len(LEAVING)


# --- colour and characters ------------------------------------------------------------------------


@pytest.mark.parametrize("width", [None, 60, 100])
@pytest.mark.parametrize("name", NETWORKS)
def test_colour_changes_nothing_but_colour(name: str, width: int | None) -> None:
    style = Style(width=width, color=True)
    painted = render([report_of(name)], style)
    assert "\x1b[" in painted
    assert without_colour(painted) == render([report_of(name)], replace(style, color=False))


@pytest.mark.parametrize("name", NETWORKS)
def test_ascii_keeps_every_line_as_long(name: str) -> None:
    plain, ascii_only = (render([report_of(name)], Style(width=100, unicode=u)) for u in (True, False))
    assert ascii_only.isascii()
    assert not plain.isascii() or name == "syntax-error"
    assert list(map(len, ascii_only.splitlines())) == list(map(len, plain.splitlines()))


def test_nothing_of_a_file_reaches_the_terminal_as_a_control_sequence() -> None:
    text = '---\nname: "a\\e[31mred\\a"\n---\nINPUT(8x8x3) => CONV(4) => FC(2)\n'
    shown = render([report(text, path="b\x1b[2J\r.net")], PIPED)
    assert "a␛[31mred␇" in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown)


def test_brackets_and_colons_of_the_language_survive() -> None:
    shown = render(
        [report("INPUT(9x9x3) => [CONV(4, F=3, P=(1,1,1,1)) => RELU]*2 => FCC(:b)", "[/b]:smile:.net")], PIPED
    )
    assert "[/b]:smile:.net" in shown
    assert "[CONV(4, F=3, P=(1,1,1,1)) => RELU]*2" in shown


# --- figures --------------------------------------------------------------------------------------


def test_figures_are_complete_and_totals_stand_below_them() -> None:
    lines = table(report_of("vgg16"), PIPED).lines
    assert "102,764,544" in next(line for line in lines if line.startswith("  fc1"))
    assert re.findall(r"[\d,.]+(?: MiB)?", lines[-1]) == ["138,357,544", "15,470,264,320", "58.13 MiB"]


@pytest.mark.parametrize(
    ("conventions", "style", "total"),
    [
        ({}, PIPED, "58.13 MiB"),
        ({}, Style(units="si"), "60.95 MB"),
        ({"dtype": "float16"}, PIPED, "29.07 MiB"),
        ({"batch": 32}, PIPED, "1.82 GiB"),
    ],
)
def test_memory_follows_batch_type_and_units(conventions: dict[str, object], style: Style, total: str) -> None:
    assert table(report_of("vgg16", **conventions), style).lines[-1].endswith(total)


def test_the_longest_bar_belongs_to_the_largest_row() -> None:
    lines = [line for line in table(report_of("vgg16"), PIPED).lines if "█████" in line]
    assert [line.split()[0] for line in lines] == ["conv1", "conv2", "fc1"]
    assert "longest bars: fc1 74 % of params, conv1 21 % of memory" in render([report_of("vgg16")], PIPED)


def test_sums_over_unknown_rows_are_lower_bounds_and_say_so() -> None:
    text = render([report("INPUT(8x8x1) => CONV(2, 3) => CONVV(3) => FC(2)")], PIPED)
    assert re.search(r"^total .* 20\+ .* 648\+ ", text, re.MULTILINE)
    assert "params  at least 20 · 2 layers unknown" in text
    assert "longest bars" not in text


def test_the_batch_multiplies_macs_and_activations_but_no_parameters() -> None:
    style = Style(columns=("name", "params", "macs", "activations"))
    one, many = (table(report_of("residual", batch=n), style).lines[-1].split() for n in (1, 32))
    assert one[1] == many[1]
    assert [int(n.replace(",", "")) for n in many[2:]] == [32 * int(n.replace(",", "")) for n in one[2:]]


@pytest.mark.parametrize(
    ("layer", "window"),
    [
        ("CONV(4, F=3x5, S=1x2, P=0x1)", "3x5/1x2 p0x1"),
        ("CONV(4, F=3, S=1, P=(1,0,2,1))", "3x3/1 p(1,0,2,1)"),
        ("CONV(4, F=3, S=1, P=same)", "3x3/1 p1"),
        ("CONV(4, F=3, S=1, P=0, dilation=2, groups=2)", "3x3/1 p0 d2 g2"),
        ("POOL(2, S=2, P=0, ceil=true)", "2x2/2 p0 ceil"),
        ("UPCONV(4, F=4, S=2, P=1)", "4x4/2 p1"),
        ("CONV", "3x3*/1* p1*"),
        ("POOL", "2x2*/2* p0*"),
    ],
)
def test_windows_show_extent_stride_and_padding(layer: str, window: str) -> None:
    shown = table(report(f"INPUT(12x12x4) => {layer} => RELU"), Style(columns=("window", "volume")))
    assert shown.lines[3].startswith(f"{window}  ")


@pytest.mark.parametrize(
    ("diagram", "shown"),
    [
        ("INPUT(224x224x3) => CONV(8, F=11, S=4)", "✗ 54.25"),
        ("INPUT(224x224x3) => CONV(8, F=7, S=2, P=3)", "~ 112.5"),
        ("INPUT(7x8x3) => CONV(8, F=1, S=2)", ": 4 x 4.5"),
        ("INPUT(227x227x3) => CONV(8, F=11, S=4)", ""),
    ],
)
def test_untidy_tiling_shows_its_quotient(diagram: str, shown: str) -> None:
    line = rows_of(f"{diagram} => RELU")[1]
    assert shown in line
    assert bool(shown) == bool(re.search(r" [✗~:] ", line))


def test_rows_say_where_they_read_from_unless_it_is_the_row_above() -> None:
    lines = rows_of("INPUT(8x8x4) as in => ADD[ CONV(4, 3, P=1) | ] => CONCAT[ RELU | BN | @in ] => FC(2)")
    arrows = [line[line.index("←") :].split("  ")[0] if "←" in line else "" for line in lines]
    assert arrows == ["", "", "← conv1, in", "", "← add1", "← 3 branches", ""]


# --- folding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("diagram", "first_words"),
    [
        # All iterations are equal.
        ("INPUT(8x8x4) => [CONV(4, 3, 1, 1) => RELU]*3", ["input1", "┌ conv1", "│ relu1", "└ ×3"]),
        # The first iteration has another depth.
        (
            "INPUT(8x8x3) => [CONV(4, 3, 1, 1) => RELU]*4",
            ["input1", "conv1", "relu1", "┌ conv2", "│ relu2", "└ ×3"],
        ),
        # Sizes differ from iteration to iteration.
        (
            "INPUT(32x32x4) => [CONV(4, 3, 1, 1) => POOL]*2",
            ["input1", "conv1", "pool1", "conv2", "pool2"],
        ),
        # A fold that would not be shorter.
        ("INPUT(8x8x4) => RELU*2", ["input1", "relu1", "relu2"]),
        ("INPUT(8x8x4) => RELU*3", ["input1", "┌ relu1", "└ ×3"]),
        # A comprehension whose iterations are equal.
        ("INPUT(8x8x4) => [CONV(4, 3, 1, 1) => BN for c in 1, 2, 3]", ["input1", "┌ conv1", "│ bn1", "└ ×3"]),
        # From the inside out.
        (
            "INPUT(8x8x4) => [RELU*3 => BN]*2",
            ["input1", "┌┌ relu1", "│└ ×3", "│ bn1", "└ ×2"],
        ),
        # One repeat in a block that is called twice is two repeats.
        (
            "block b() = [BN => RELU]*2\nINPUT(8x8x4) => b => b",
            ["input1", "┌ bn1", "│ relu1", "└ ×2", "┌ bn3", "│ relu3", "└ ×2"],
        ),
    ],
)
def test_equal_turns_are_folded(diagram: str, first_words: list[str]) -> None:
    lines = [re.sub(r"^([┌│└]*) +", r"\1 ", line).strip() for line in rows_of(diagram)]
    assert [re.match(r"([┌│└]+ )?\S+", line).group() for line in lines] == first_words  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [n for n in NETWORKS if n != "syntax-error"])
def test_folding_changes_no_total_and_expand_shows_every_row(name: str) -> None:
    checked = report_of(name)
    folded, unfolded = table(checked, PIPED), table(checked, Style(expand=True))
    assert folded.lines[-1].split() == unfolded.lines[-1].split()
    assert len(unfolded.lines) == len(checked.rows) + 4
    assert not unfolded.folds


def test_the_line_under_a_fold_sums_all_turns() -> None:
    lines = rows_of("INPUT(8x8x4) => [CONV(4, 3, 1, 1) => BN]*5", Style(columns=("name", "params", "buffers", "macs")))
    assert [line.split()[1:] for line in lines[1:]] == [
        ["conv1", "148", "–", "9,216"],
        ["bn1", "8", "8", "–"],
        ["×5", "780", "40", "46,080"],
    ]


def test_what_grows_from_turn_to_turn_is_shown_as_a_range() -> None:
    lines = rows_of("INPUT(64x64x4) => [CONV(4, 3, 1, 1) => RELU]*4", Style(columns=("name", "receptive")))
    assert lines[1].endswith("3x3 … 9x9")


@pytest.mark.slow
def test_thousands_of_equal_rows_take_four_lines() -> None:
    assert len(rows_of("INPUT(8x8x4) => [CONV(4, 3, 1, 1) => RELU]*2400")) == 4


# --- the command line -----------------------------------------------------------------------------


def test_columns_are_chosen_and_ordered_on_the_command_line() -> None:
    found = CliRunner().invoke(cli, ["check", str(CASES / "bare.net"), "--columns", "volume,name"])
    assert found.exit_code == 0
    assert re.search("^volume +name\n", found.output, re.MULTILINE)


def test_an_unknown_column_is_refused_with_a_suggestion_and_all_names() -> None:
    with pytest.raises(ValueError, match=r"no column 'parms'; did you mean 'params'\?") as problem:
        check_columns(("name", "parms"))
    assert str(problem.value).endswith(", ".join(COLUMNS))
    found = CliRunner().invoke(cli, ["check", str(CASES / "bare.net"), "--columns", "parms"])
    assert found.exit_code == 2


def test_a_repeated_column_is_refused() -> None:
    with pytest.raises(ValueError, match="'name' is given twice"):
        check_columns(("name", "params", "name"))

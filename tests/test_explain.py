"""`explain FILE LAYER`: formulas that give what is computed, pictures that show what is read, and words that fit."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from math import floor
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

import shapecalc
from shapecalc.cli import cli
from shapecalc.display.style import cells
from shapecalc.explanation.costs import uses_of
from shapecalc.explanation.formula import Axes, Parts, letters_of, on_axis, worked
from shapecalc.explanation.sizes import picture_of
from shapecalc.passes.report import Row
from shapecalc.registry import layer_types
from tests import command
from tests.layercases import CASES

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
STRANGE = (
    "INPUT(7x5x3) => POOL(3, S=2, ceil=true)",
    "INPUT(9x9x3) => CONV(4, 3, S=2, dilation=2)",
    "INPUT(9x3) => CONV(4, 1, S=3)",
    "INPUT(5x6x7x2) => POOL(2)",
    "INPUT(3x3x2) => UPCONV(4, 2, S=3)",
    "INPUT(3x3x2) => UPCONV(4, 3, S=3, output_padding=1)",
)


def explain(*words: str, columns: str = "", code: int = 0) -> Result:
    done = CliRunner(env={"COLUMNS": columns}).invoke(cli, ["explain", *words])
    assert done.exit_code == code, done.output
    return done


@cache
def rows_of(*texts: str) -> list[Row]:
    return [row for text in texts for row in shapecalc.check(text).rows if row.output and row.node.inputs]


@pytest.mark.parametrize("kind", CASES)
def test_what_a_layer_states_in_letters_gives_what_it_computes(kind: str) -> None:
    for row in rows_of(*CASES[kind][0]):
        layer, output = row.node.layer, row.output
        assert layer
        assert output
        letters = letters_of(layer, [v for v in row.inputs if v], output)
        for weight in row.weight_arrays:
            if weight.name in layer.formulas:
                assert worked(layer.formulas[weight.name], letters).value == weight.size
            if weight.role == "kernel":
                assert uses_of(layer, letters).value == weight.uses
        if "depth" in layer.formulas and not layer.along_positions:
            assert floor(Fraction(worked(layer.formulas["depth"], letters).value)) == output.depth
        for axis, size in enumerate(output.spatial):
            if "size" in layer.formulas:
                assert worked(layer.formulas["size"], on_axis(letters, axis)).value == size


def test_a_formula_names_nothing_that_its_layer_has_not() -> None:
    for kind, layer in layer_types().items():
        names = {w.name for row in rows_of(*CASES.get(kind, ((), None))[0]) for w in row.weight_arrays}
        assert set(layer.formulas) <= {"size", "depth", "uses", *names}, kind


@pytest.mark.parametrize(
    ("formula", "letters", "written"),
    [
        ("F·F·D/groups·K", {"F": Axes((3,)), "D": 8, "groups": 2, "K": 4}, "F·D/groups·K = 3·8/2·4 = 48"),
        ("F·F·D", {"F": Axes((3, 5, 7)), "D": 2}, "F·F·F·D = 3·5·7·2 = 210"),
        ("W·W·D·K", {"W": Axes((6, 6)), "D": 256, "K": 4096}, "W·H·D·K = 6·6·256·4096 = 37,748,736"),
        ("D + D", {"D": Parts((64, 64, 32))}, "D1 + D2 + D3 = 64 + 64 + 32 = 160"),
        ("W − P − P", {"W": 8, "P": Parts((1, 2))}, "W − P1 − P2 = 8 − 1 − 2 = 5"),
        ("W − P − P", {"W": 8, "P": Parts((2, 2))}, "W − 2·P = 8 − 2·2 = 4"),
        ("floor(W·factor)", {"W": 13, "factor": Fraction(3, 2)}, "floor(W·factor) = floor(13·1.5) = 19"),
        ("D", {"D": 64}, "D = 64"),
    ],
)
def test_a_formula_is_written_out(formula: str, letters: dict[str, int], written: str) -> None:
    assert str(worked(formula, letters)) == written


def test_a_picture_shows_what_is_read_and_nothing_else() -> None:
    """Held against the tiling, which counts runs of positions and looks at no window by itself."""
    seen = 0
    for row in rows_of(*STRANGE, *CASES["POOL"][0], *CASES["CONV"][0]):
        assert row.node.layer
        assert row.output
        volume = row.inputs[0]
        assert volume
        for axis, tiling in enumerate(row.tilings):
            picture = picture_of(row.node.layer, volume, row.output, axis)
            assert picture
            unread = [p for p in range(volume.spatial[axis]) if picture.state(p) == "unread"]
            assert len(unread) == tiling.unread, (row.text, axis)
            assert bool(picture.unread_note()) == bool(unread)
            seen += bool(unread)
            for most in (20, 40, 200):
                shown = [p for p in picture.columns(most) if p is not None]
                assert shown == sorted(set(shown))
                assert set(picture.edges()) <= set(shown)
    assert seen > 20


def test_a_transposed_convolution_is_drawn_on_its_output() -> None:
    for row in rows_of(*STRANGE[-2:], *CASES["UPCONV"][0]):
        assert row.node.layer
        assert row.output
        volume = row.inputs[0]
        assert volume
        for axis, window in enumerate(row.node.layer.scattered(volume)):
            picture = picture_of(row.node.layer, volume, row.output, axis)
            assert picture
            taps = range(window.extent)
            starts = [i * window.stride - window.before for i in range(volume.spatial[axis])]
            added = {start + tap * window.dilation for start in starts for tap in taps}
            states = [picture.state(p) for p in range(row.output.spatial[axis])]
            assert states == ["read" if p in added else "unread" for p in range(len(states))], row.text


@pytest.mark.parametrize("kind", [kind for kind in layer_types() if kind != "OPAQUE"])
def test_every_layer_type_is_explained_with_its_volume_and_its_costs(kind: str) -> None:
    text = CASES[kind][0][-1]
    row = shapecalc.check(text).layers[-1]
    for columns in ("", "60"):
        shown = explain(text, row.name, columns=columns).stdout
        assert shown.startswith(f"{row.name}  ")
        assert f"→ {'x'.join(map(str, row.output.sizes))}" in shown or kind == "INPUT"
        assert f"{row.macs:,}" in shown or not row.macs
        assert f"{row.params:,}" in shown or not row.params
        assert all(cells(line) <= 60 for line in shown.splitlines()) or not columns


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_an_explanation_is_as_wide_as_the_terminal_at_most(columns: int) -> None:
    for layer in ("conv1", "pool1", "conv5", "fc1", "lrn1", "relu1", "input1"):
        shown = explain(str(SAMPLES / "alexnet-224.net"), layer, columns=str(columns)).stdout.replace(str(SAMPLES), "")
        assert max(map(cells, shown.splitlines())) <= columns, layer


def test_a_picture_has_the_first_second_and_last_window_and_what_none_reads() -> None:
    shown = explain(str(SAMPLES / "alexnet-224.net"), "conv1", columns="100").stdout.splitlines()
    at = next(i for i, line in enumerate(shown) if "window 1" in line)
    assert [line.strip() for line in shown[at - 1 : at + 6]] == [
        "width      ■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■…■■■■■■■■■■■■■■■■■■■■■■■■■■■×",
        "window 1   ███████████                                                   reads 0 to 10",
        "window 2       ███████████                                               reads 4 to 14",
        "window 54                                                  ███████████   reads 212 to 222",
        "0   4     10  14                                212       222",
        "224 positions, numbered from 0",
        "× no window reads position 223",
    ]


def test_a_stride_that_does_not_fit_shows_the_remainder_and_the_fixes() -> None:
    shown = explain(str(SAMPLES / "alexnet-224.net"), "conv1").stdout
    assert "(W − F + 2·P)/S + 1 = (224 − 11 + 2·0)/4 + 1 = 54.25" in shown
    assert "213 = 53·4 + 1: 53 steps of 4, remainder 1" in shown
    assert "to fix it  INPUT(227x227x3) fits exactly" in shown
    assert "or P=(1,2,1,2) keeps 224x224" in shown


def test_a_layer_that_does_not_fit_because_of_another_says_so() -> None:
    shown = explain(str(SAMPLES / "alexnet-224.net"), "pool2").stdout
    assert "because of conv1 before it: CONV does not tile its input" in shown
    assert "INPUT(227x227x3) fits exactly" in shown


def test_a_layer_after_an_error_says_that_its_volume_is_unknown() -> None:
    text = "INPUT(8x8x3) => ADD[ CONV(4, 3) | ] => RELU => FC(10)"
    assert "SHP208: ADD cannot join 6x6x4 and 8x8x3" in explain(text, "add1").stdout
    assert "depends on a layer before it" in explain(text, "relu1").stdout
    assert "SHP102: CONV has no argument called foo" in explain("INPUT(8x8x3) => CONV(8, 3, foo=2)", "conv1").stdout
    assert "SHP301: conv1 is claimed" in explain("INPUT(8x8x3) => CONV(8, 3): 5x5x8", "conv1").stdout


@pytest.mark.parametrize(("window", "axes"), [("3", [""]), ("3x5", ["width: ", "height: "])])
def test_a_receptive_field_is_worked_once_for_axes_that_are_alike(window: str, axes: list[str]) -> None:
    shown = explain(f"INPUT(32x32x3) => CONV(8, 3) => CONV(8, {window})", "conv2").stdout
    found = re.findall(r"(\w+: |)receptive field r \+ \(F − 1\)·s = 3 \+ \((\d) − 1\)·1 = (\d)", shown)
    assert found == [
        (axis, extent, str(3 + int(extent) - 1)) for axis, extent in zip(axes, window.split("x"), strict=True)
    ]


def test_a_line_of_a_list_of_layers_has_all_the_room_that_there_is() -> None:
    text = f"INPUT(8x8x3) => {' => '.join(['CONV(8, F=3, S=1, P=1, dilation=1, groups=1, bias=false)'] * 2)}"
    path_like = explain(text, columns="60").stdout.splitlines()
    assert [cells(line) for line in path_like[1:]] == [60, 60]


@pytest.mark.parametrize(
    ("text", "layer", "lines"),
    [
        ("INPUT(8x8x8) => CONV(16, 3, groups=4)", "conv1", ["kernel: F·F·D/groups·K = 3·3·8/4·16 = 288"]),
        ("INPUT(9x9x8) => CONV(16, 3, dilation=2)", "conv1", ["d·(F − 1) + 1 = 2·(3 − 1) + 1 = 5"]),
        ("INPUT(9x7x8) => CONV(16, 3x5)", "conv1", ["(H − F + 2·P)/S + 1 = (7 − 5 + 2·0)/1 + 1 = 3"]),
        ("INPUT(8x8x8) => DWCONV(3, multiplier=2)", "dwconv1", ["F·F·D·multiplier = 3·3·8·2 = 144"]),
        ("INPUT(8x8x8) => CONV(16, 3, S=2, P=same)", "conv1", ["P=same is 0 before and 1 after"]),
        ("INPUT(7x7x8) => UPCONV(4, 4, S=2, P=1)", "upconv1", ["(W − 1)·S − 2·P + Fe = (7 − 1)·2 − 2·1 + 4 = 14"]),
        ("INPUT(7x7x8) => FC(10)", "fc1", ["W·H·D·K = 7·7·8·10 = 3,920", "used once: 3,920"]),
        ("INPUT(7x7x8) => BN", "bn1", ["scale: D = 8", "mean D = 8, variance D = 8: kept, and not trained"]),
        ("INPUT(7x7x8) => GAP", "gap1", ["all positions of its channel: 7·7 = 49 values"]),
        ("INPUT(7x7x8) => ADAPTIVEPOOL(3)", "adaptivepool1", ["size = 3", "output 2", "reads 2 to 4"]),
        ("INPUT(7x7x8) => ADD[ GAP | ]", "add1", ["1: gap1 gives 1x1x8, repeated over all positions"]),
        ("INPUT(7x7x8) => CONCAT[ CONV(4, 1) | ]", "concat1", ["D1 + D2 = 4 + 8 = 12"]),
        (f"INPUT(7x7x8) => CONCAT[ {' | '.join(['CONV(4, 1)'] * 120)} ]", "concat1", ["D1 + … + D120 = 480"]),
        ("INPUT(7x7x8) => CROP(2)", "crop1", ["W − 2·P = 7 − 2·2 = 3", "no output reads positions 0 to 1"]),
        ("INPUT(7x7x8) => PAD((1,2,0,0))", "pad1", ["W + P1 + P2 = 7 + 1 + 2 = 10"]),
        ("INPUT(8000x1) => CONV(4, 80, S=4)", "conv1", ["length", "F·D·K = 80·1·4 = 320", "window 1981"]),
        ("INPUT(8x8x8x2) => CONV(4, 3)", "conv1", ["F·F·F·D·K = 3·3·3·2·4 = 216"]),
        ("INPUT(7x8) => CONCAT(along=length)[ LEARNED(1x8) | ]", "concat1", ["W1 + W2 = 1 + 7 = 8", "gives 1x8\n"]),
        ("INPUT(7x8) => LEARNED", "learned1", ["nothing of the network's input"]),
        ("INPUT(7x8) => LSTM(4)", "lstm1", ["output 2", "reads 0 to 1", "kernel · W = "]),
        ("INPUT(7x7x8) => PERMUTE((2,1,3))", "permute1", ["7·7·8 = 7·7·8 = 392"]),
        ("INPUT(7x7x8) => DEPTHPOOL(3)", "depthpool1", ["(D − F)/S + 1 = (8 − 3)/3 + 1 = 8/3, rounded down: 2"]),
    ],
)
def test_a_layer_is_worked_with_its_own_formula(text: str, layer: str, lines: list[str]) -> None:
    shown = explain(text, layer).stdout
    for line in lines:
        assert line in shown


def test_layers_in_repeats_and_branches_go_by_the_names_that_check_gives() -> None:
    path = str(SAMPLES / "resnet50.net")
    report = shapecalc.check(SAMPLES / "resnet50.net")
    for name in ("conv14", "add5", "bn53"):
        row = next(layer for layer in report.layers if layer.name == name)
        assert "x".join(map(str, row.output.sizes)) in explain(path, name).stdout.splitlines()[1]
    names = [line.split()[0] for line in explain(path).stdout.splitlines()]
    assert names == [layer.name for layer in report.layers]


def test_a_name_that_is_not_there_gets_a_suggestion() -> None:
    path = str(SAMPLES / "alexnet-227.net")
    assert "did you mean 'conv1'?" in explain(path, "convv1", code=2).stderr
    assert f"shapecalc explain {path} lists them" in explain(path, "nonsense", code=2).stderr
    assert explain(path, "CONV1").stdout == explain(path, "conv1").stdout


def test_several_layers_are_explained_one_after_the_other() -> None:
    path = str(SAMPLES / "alexnet-227.net")
    assert explain(path, "conv1", "fc1").stdout == f"{explain(path, 'conv1').stdout}\n{explain(path, 'fc1').stdout}"


def test_what_is_not_understood_ends_with_1_and_what_cannot_be_read_with_2() -> None:
    assert "SHP101" in explain("INPUT(8x8x3) => KONV", "konv1", code=0).stdout
    assert "SHP003" in explain("INPUT(8x8x3) => [CONV", "conv1", code=1).stderr
    assert "SHP102" in explain("INPUT(8x8x3) => CONV => CONV(Q=2)", "conv1", code=0).stderr
    assert "SHP107" in explain("INPUT(8x8x3) => CONV", "conv1", "--set", "N=2", code=0).stderr
    assert explain("INPUT(8x8x3) => KONV", "konv1", code=0).stderr == ""
    assert "cannot be read" in explain("nowhere/net.net", "conv1", code=2).stderr


def test_a_published_network_is_explained_by_its_name() -> None:
    assert "F·F·D·K = 7·7·3·64 = 9,408" in explain("zoo:resnet-50", "conv1").stdout


def test_a_file_of_another_tool_is_explained() -> None:
    path = ROOT / "tests/foreign/darknet/odd_sizes.cfg"
    for row in shapecalc.check(path).layers:
        assert "x".join(map(str, row.output.sizes)) in explain(str(path), row.name).stdout


def test_colour_is_there_where_it_is_asked_for_and_nowhere_else() -> None:
    path = str(SAMPLES / "alexnet-224.net")
    plain, painted = explain(path, "conv1").stdout, explain(path, "conv1", "--color", "always").stdout
    assert "\x1b[" not in plain
    assert "\x1b[1;31m×" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain


def svg_texts(tmp_path: Path, *words: str) -> list[str]:
    path = tmp_path / "out.svg"
    explain(*words, "--svg", str(path))
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert root.tag.endswith("svg")
    return [part.text or "" for part in root.iter() if part.tag.endswith("text")]


def test_a_drawing_has_the_layer_as_it_is_and_as_it_fits_side_by_side(tmp_path: Path) -> None:
    texts = svg_texts(tmp_path, str(SAMPLES / "alexnet-224.net"), "conv1")
    assert [t for t in texts if t.startswith("(")] == ["(224 − 11)/4 + 1 = 54.25", "(227 − 11)/4 + 1 = 55"]
    assert "no window reads position 223" in texts
    assert "227x227x3 → CONV(96, 11, S=4) → 55x55x96" in texts
    assert "the windows fit, and nothing is left over" in texts
    assert texts.count("×") == 1


def test_a_drawing_of_a_layer_that_fits_has_one_panel(tmp_path: Path) -> None:
    texts = svg_texts(tmp_path, str(SAMPLES / "alexnet-227.net"), "pool1")
    assert texts.count("width") == 1
    assert "adds to −1 to 2" in svg_texts(tmp_path, "INPUT(7x7x8) => UPCONV(4, 4, S=2, P=1)", "upconv1")


@pytest.mark.parametrize("words", [("CONV",), ("INPUT(8x8x3) => RELU", "relu1"), ("INPUT(8x8x3) => POOL => POOL",)])
def test_what_has_no_picture_is_not_drawn(tmp_path: Path, words: tuple[str, ...]) -> None:
    if len(words) == 1 and "=>" in words[0]:
        words = (*words, "pool1", "pool2")
    explain(*words, "--svg", str(tmp_path / "out.svg"), code=2)
    assert not (tmp_path / "out.svg").exists()


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("CONV", "# CONV"),
        ("Conv2d", "Conv2d is CONV."),
        ("maxpool", "maxpool is POOL."),
        ("AvgPool2d", "AvgPool2d is POOL with mode=avg."),
        ("keras.layers.Rescaling", "keras.layers.Rescaling is RESCALE."),
        ("repeats", "# Repeats and loops"),
        ("SHP201", "# SHP201 drops-pixels (error)"),
    ],
)
def test_a_word_has_its_page(word: str, line: str) -> None:
    assert line in explain(word).stdout.splitlines()


def test_a_word_without_a_page_gets_a_suggestion() -> None:
    assert "did you mean 'CONCAT'?" in explain("conct", code=2).stderr
    assert "shapecalc explain lists all" in explain("x", code=2).stderr


def test_explain_alone_lists_parts_of_the_language_layer_types_and_rules() -> None:
    parts = explain().stdout.split("\n\n")
    assert [part.splitlines()[0] for part in parts] == ["the language:", "layer types:", "rules:"]
    names = [[line.split()[0] for line in part.splitlines()[1:]] for part in parts]
    assert names[1] == list(layer_types())
    for name in (*names[0], *names[1]):
        explain(name)


@pytest.mark.parametrize("columns", [60, 80])
def test_pages_are_broken_where_the_terminal_ends(columns: int) -> None:
    for word in ("", "UPCONV", "claims", "SHP201"):
        shown = explain(*filter(None, [word]), columns=str(columns)).stdout
        prose = [line for line in shown.splitlines() if not line.startswith(("    ", "|"))]
        assert max(map(cells, prose)) <= columns, word


def test_a_layer_that_shares_weights_works_with_them() -> None:
    shown = explain("INPUT(9x9x4) => CONV(4, 3) as c => RELU => CONV(4, 3) share c", "conv2").stdout
    assert "those of another layer, which are counted there" in shown
    assert "144·5·5 = 3,600" in shown


@pytest.mark.parametrize(("size", "reshaped"), [("6x8x4", "48x4"), ("6x4", "6x1x4")])
def test_a_window_after_a_reshape_to_other_axes_is_explained(size: str, reshaped: str, tmp_path: Path) -> None:
    path = tmp_path / "net.net"
    path.write_text(f"INPUT({size}) => RESHAPE({reshaped}) => CONV(3, F=1)")
    done = CliRunner().invoke(cli, ["explain", str(path), "conv1"])
    assert done.exit_code == 0, done.output
    assert "as before it: 6" in done.output


def test_a_layer_that_nothing_reaches_is_explained(tmp_path: Path) -> None:
    rule = "=" * 90 + "\n"
    row = "Conv2d                   [3, 3]         2        [5, 8, 30, 30]   [5, 12, 28, 28]   444     100.00%\n"
    head = "Layer (type:depth-idx)   Kernel Shape   Groups   Input =>  Shape   Output Shape    Param #   Param %\n"
    (tmp_path / "net.txt").write_text(f"{head}{rule}{row}{rule}Total params: 444\n", encoding="utf-8")
    done = command.run("explain", "net.txt", "conv2d1", cwd=tmp_path)
    assert done.returncode == 0
    assert "30x30x8" in done.stdout
    assert "\nreads " not in done.stdout

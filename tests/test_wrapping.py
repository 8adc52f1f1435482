"""Diagnostics at any width: broken between words, every line under its own indent, nothing lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import shapecalc
from shapecalc.display.excerpt import render
from shapecalc.display.style import cells
from tests.command import run

ROOT = Path(__file__).parents[1]
TEXTS = {
    "many notes": ROOT / "samples" / "alexnet-224.net",
    "labels in one line": "INPUT(8x8x3) => CONV(4) as a => CONV(4) as a => ADD[ | CONV(9) => RELU ] => CONV(c=3)\n",
    "long words": f"INPUT(8x8x3) => {'X' * 130} => FC(10)\n",
    "far to the right": f"INPUT(10x10x3) => {'RELU => ' * 9}CONV(4, F=3, S=2) => FC(10)\n",
    "wide characters": "INPUT(10x10x3) => 畳み込み層畳み込み層畳み込み層畳み込み層 => FC(10)  # 層\n",
    "syntax": "INPUT(8x8x3) => [CONV(4 => RELU]*2 => => FC(10)\n",
}


def words(text: str) -> list[str]:
    """All that is said, without the excerpts of the text and without line ends."""
    said = [line for line in text.splitlines() if not re.match(r"\s*(\d+ \||\|$|-->)", line)]
    return [word for word in " ".join(said).split() if word.strip("|^-")]


@pytest.mark.parametrize("width", [30, 60, 80, 120, 200])
@pytest.mark.parametrize("name", TEXTS)
def test_a_diagnostic_is_as_wide_as_the_terminal_and_no_word_is_cut(name: str, width: int) -> None:
    report = shapecalc.check(TEXTS[name])
    assert report.diagnostics
    for diagnostic in report.diagnostics:
        whole, shown = render(diagnostic, report.source), render(diagnostic, report.source, width=width)
        assert sorted(words(shown)) == sorted(words(whole))
        for line in shown.splitlines():
            rest = line.lstrip(" =|^0123456789")
            breakable = " " in rest.removeprefix("note: ").removeprefix("help: ")
            assert cells(line) <= max(width, 48) or not breakable or "-->" in line, line


def test_lines_of_a_note_stand_below_each_other() -> None:
    report = shapecalc.check(TEXTS["many notes"])
    shown = render(next(d for d in report.diagnostics if d.severity == "error"), report.source, width=60)
    assert "    = note: rounding down leaves fc1 6,400 inputs (5x5x256)\n            instead of 9,216 " in shown
    assert "^^^\n    |      1 column and 1 row of the 224x224 input are\n    |      never read\n" in shown


def test_notes_of_several_files_name_theirs_and_are_left_out_when_nobody_wants_them(tmp_path: Path) -> None:
    for name in ("a.net", "b.net"):
        (tmp_path / name).write_text("INPUT(8x8x3) => CONV(4, F=3, S=2, P=1) => FC(10)\n", encoding="utf-8")
    folded = run("check", "--quiet", "a.net", "b.net", cwd=tmp_path).stdout
    assert re.findall(r"^note: (\w\.net): 1 layer", folded, re.MULTILINE) == ["a.net", "b.net"]
    alone = run("check", "--quiet", "a.net", cwd=tmp_path).stdout
    assert alone.startswith("note: 1 layer ")
    assert run("check", "--quiet", "--no-notes", "a.net", "b.net", cwd=tmp_path).stdout == "2 networks, 2 clean\n"
    assert run("check", "--format", "concise", "--no-notes", "a.net", cwd=tmp_path).stdout == ""
    assert run("check", "--no-notes", "--fail-on", "note", "a.net", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize("width", ["60", "80", "120"])
def test_what_differs_and_the_scatter_are_as_wide_as_the_terminal(width: str) -> None:
    compared = ("compare", "zoo:vgg-16", "zoo:lenet-5")
    whole, _, _ = run(*compared, cwd=ROOT).stdout.partition("\n\n")
    shown, _, _ = run(*compared, cwd=ROOT, env={"COLUMNS": width}).stdout.partition("\n\n")
    assert shown.split() == whole.split()
    scatter = run("zoo", "--scatter", cwd=ROOT, env={"COLUMNS": width}).stdout
    assert max(map(cells, [*shown.splitlines(), *scatter.splitlines()])) <= int(width)


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize(
    "words",
    [
        ("check", "--stat", "samples/vgg16.net", "samples/mobilenet-v1.net"),
        ("zoo",),
        ("compare", "zoo:vgg-16", "zoo:vgg-19"),
        ("compare", *(f"zoo:vgg-{n}" for n in (11, 13, 16, 19))),
    ],
    ids=" ".join,
)
def test_tables_are_as_wide_as_the_terminal_and_name_what_they_leave_out(words: tuple[str, ...], width: int) -> None:
    whole = run(*words, cwd=ROOT).stdout
    shown = run(*words, cwd=ROOT, env={"COLUMNS": str(width)}).stdout
    assert max(map(cells, shown.splitlines())) <= width
    left_out = re.findall(r"columns left out at width \d+: ([\w, ]+);", " ".join(shown.split()))
    titles = [title for names in left_out for title in names.split(", ")]
    figures = set(re.findall(r"\d[\d,]{9,}", whole))
    assert figures
    assert figures <= set(re.findall(r"\d[\d,]{9,}", shown)) or {"macs", "MACs"} & set(titles)
    assert all(title in whole.split() for title in titles)


@pytest.mark.parametrize("color", [{}, {"FORCE_COLOR": "1"}], ids=["piped", "coloured"])
@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(
    "command",
    [
        ("verify", "samples/resnet20-cifar10.net"),
        ("verify", "INPUT(10x9x3) => CONV(4, F=3, S=3) => [MUL[|]]*12"),
        ("verify", "samples/vgg16.net", "--work-limit", "1K"),
        ("config", "samples/vgg16.net"),
        ("check", "--help"),
        ("check", "--dtype", "f", "samples/vgg16.net"),
        ("explain", "nosuch"),
    ],
    ids=" ".join,
)
def test_what_is_not_a_table_is_as_wide_too(command: tuple[str, ...], width: int, color: dict[str, str]) -> None:
    whole, narrow = (run(*command, cwd=ROOT, env={**color, **wide}) for wide in ({}, {"COLUMNS": str(width)}))
    shown = re.sub(r"\x1b\[[0-9;]*m", "", narrow.stdout + narrow.stderr)
    assert max(map(cells, shown.splitlines())) <= width
    if "--help" not in command:
        seconds = r"\d+\.\d\s+s"  # of the run
        said = re.sub(r"\x1b\[[0-9;]*m", "", whole.stdout + whole.stderr)
        assert re.sub(seconds, "", shown).split() == re.sub(seconds, "", said).split()

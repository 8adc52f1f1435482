"""Fixes are tried on the whole network before they are offered, and `check --fix` writes them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import shapecalc
from shapecalc.passes.report import Report
from tests.brokennetworks import broken_network

ROUNDS = 30
"""Networks that are broken and fixed here; 500 were, once."""


def problems(report: Report) -> set[tuple[str, int | None]]:
    return {(d.code, d.layer) for d in report.diagnostics if d.severity != "note"}


def edited(text: str, fix: object) -> str:
    for edit in sorted(fix.edits, key=lambda e: e.span, reverse=True):  # type: ignore[attr-defined]
        text = text[: edit.span[0]] + edit.content + text[edit.span[1] :]
    return text


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_every_fix_mends_its_diagnostic_and_adds_no_other(seed: int) -> None:
    _, text = broken_network(seed)
    report = shapecalc.check(text)
    before = problems(report)
    for diagnostic in report.diagnostics:
        if diagnostic.severity == "note":
            continue
        assert diagnostic.fixes, (text, diagnostic.message)
        assert len(diagnostic.fixes) <= 3
        for fix in diagnostic.fixes:
            after = problems(shapecalc.check(edited(text, fix)))
            assert after <= before, (text, fix.title)
            assert (diagnostic.code, diagnostic.layer) not in after, (text, fix.title)


BREAKS_ANOTHER = {
    "a stride, the pool after it": (
        "INPUT(12x12x3) as a => CONV(4, 3, S=2): params=112 => POOL(5, S=5) => FC(10): params=50\n"
        "@a => POOL(12) => FC(10)\n",
        [],
    ),
    "an input, the pool in another branch": (
        "INPUT(12x12x3) as a => CONV(4, 3, S=2) => POOL(5, S=5)\n@a => POOL(12) => FC(10)\n",
        ["write F=4"],
    ),
}
"""Networks where a change would put one layer right and another one wrong, and the changes that are left."""


@pytest.mark.parametrize(("text", "left"), BREAKS_ANOTHER.values(), ids=BREAKS_ANOTHER)
def test_a_change_that_breaks_another_layer_is_not_offered(text: str, left: list[str]) -> None:
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, [fix.title for fix in found.fixes]) == ("SHP201", left)
    assert len(found.help) == max(1, len(left))
    assert left or "no single change of the layer or of the input fixes it and breaks nothing else" in found.help


THREADS = [
    ("INPUT(6x5x1) => POOL => POOL", ["INPUT(8x4x1)", "INPUT(4x4x1)"]),
    (
        "INPUT(8000x1) => CONV(128,80,S=4) => POOL(4) => CONV(128,3) => POOL(4) => CONV(256,3) => POOL(4)"
        " => CONV(512,3) => POOL(4)",
        ["INPUT(7916x1)", "INPUT(8940x1)"],
    ),
    (
        "INPUT(30x30x3) => CONV(8,3,S=2,P=1) as a => CONV(8,3,S=2,P=1) => UPSAMPLE(2) => ADD[ | @a]",
        ["INPUT(32x32x3)", "INPUT(28x28x3)"],
    ),
    ("INPUT(40x40x8) => AVGPOOL(90)", ["INPUT(90x90x8)", "F=40"]),
    ("INPUT(24x24x1) => CONV(8,3,S=2,P=1) => UPCONV(1,3,S=2,P=1): 24x24x1", ["output_padding=1"]),
    ("INPUT(32x32x3) => CONV(16,F=5,P=1): 32x32x16 => RELU => POOL(2): 16x16x16", ["P=2"]),
    ("INPUT(32x32x3) => CONV(16, 3, S=2): 16x16x16", ["P=1"]),
    ("INPUT(32x32x30) => CONV(16, 3, groups=4)", ["groups=2"]),
    ("INPUT(16x16x8) => ADD[ CONV(8,3) | ]", ["P=1", "CROP(1)", "PAD(1)"]),
    ("INPUT(16x16x8) => ADD[ CONV(9,3,P=1) | ]", ["K=8", "CONV(8, 1)"]),
    ("INPUT(32x32x3) => CONV(6,5) => POOL(2) => CONV(16,5) => POOL(2) => FLATTEN: 1x1x256", ["INPUT(28x28x3)"]),
    ("INPUT(224x224x3) => CONV(96, 11, S=4)", ["INPUT(227x227x3)", "P=(1,2,1,2)"]),
    ("INPUT(224x224x3) => Conv 3x3x16", ["write CONV(16, 3x3)"]),
    ("INPUT(32x32x3) => CONV(16,3,1,1,relu)", ["write CONV(16, 3, 1, 1) => RELU"]),
    ("INPUT(32x32x3) => CONV(16, 3, groups=3)", ["groups=1", "K=15", "K=18"]),
    ("INPUT(10) => FC(2)", ["write 10x1"]),
    ("INPUT(32x32x3) => Conv2d(3, 6, 5) => MaxPool2d(2) => Flatten() => Linear(864, 10)", ["1176", "INPUT(28x28x3)"]),
    ("INPUT(32x32x8) => CONV(8,3,P=1) as a => POOL(2) => CONV(8,3,P=1) => ADD[ | @a ]", ["RESIZE(32x32)"]),
]
"""What threads about sizes end with."""


@pytest.mark.parametrize(("text", "advice"), THREADS, ids=[text[:40] for text, _ in THREADS])
def test_the_answers_of_threads_are_among_the_first_three(text: str, advice: list[str]) -> None:
    errors = [d for d in shapecalc.check(text).diagnostics if d.severity == "error"]
    helps = " ".join(errors[0].help)
    assert len(errors) == 1
    assert all(part in helps for part in advice), errors[0].help


CASES = sorted((Path(__file__).parent / "cases" / "check").glob("*.txt"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_wrong_network_has_a_fix_or_the_reason_why_there_is_none(path: Path) -> None:
    text = path.read_text(encoding="utf-8").partition("\n----\n")[0]
    for found in shapecalc.check(text).diagnostics:
        if found.severity == "note" or found.fixes:
            continue
        reasons = [*found.help, *(note for note in found.notes if not note.startswith("shapes so far"))]
        expected = [
            said for said in (found.message, found.label) if re.search("expected|must be|did you mean|write", said)
        ]
        assert reasons or expected, found


FIGURES = [
    ("INPUT(8x8x3) => CONV(4,3): params=108", "CONV(4, 3, bias=false)"),
    ("INPUT(8x8x3) => CONV: params=4864 => FC(10)", "CONV(F=5, P=2)"),
    ("INPUT(10x10x3) => CONV(8, 5): params=224", "CONV(8, 3)"),
    ("INPUT(10x10x4) => CONV(8, 3, P=1): macs=14400", "CONV(8, 3, P=1, groups=2)"),
    ("INPUT(10x10x4) => FC(8): params=4010", "FC(10)"),
    ("---\nexpect: {output: 1x1x12}\n---\nINPUT(10x10x4) => FC(10)", "FC(12)"),
    ("INPUT(12x12x8) => DEPTHPOOL(3) => FC(3)", "DEPTHPOOL(4)"),
    ("INPUT(28x28) => CONV(32, 3x3) => FC(10)", "INPUT(28x28x1)"),
    ("INPUT(100x6) => MAXPOOL(2x2)", "POOL(2)"),
    ("INPUT(100x6) => CONV(8, 3, P=(1,1,1,1))", "CONV(8, 3, P=1)"),
    ("INPUT(8x8x6) => FC(100) => RESHAPE(5,5,8)", "RESHAPE(5x5x4)"),
    ("INPUT(8x8x6) => SLICE(2, 9)", "SLICE(2, 6)"),
    ("INPUT(9x9x3) => POOL(3, S=2, P=2)", "POOL(3, S=2, P=1)"),
    ("INPUT(8x8x3) => CONV(4, F=3, paddings=1)", "padding"),
]
"""What is wrong with a single layer, and what the first fix writes there."""


@pytest.mark.parametrize(("text", "written"), FIGURES, ids=[text[-40:] for text, _ in FIGURES])
def test_a_layer_that_is_wrong_by_itself_has_a_fix(text: str, written: str) -> None:
    (found,) = (d for d in shapecalc.check(text).diagnostics if d.severity != "note")
    assert found.fixes[0].edits[0].content == written
    after = shapecalc.check(edited(text, found.fixes[0])).diagnostics
    assert all(d.severity == "note" for d in after), after


def test_a_claim_of_the_rounded_volume_is_a_note() -> None:
    report = shapecalc.check("INPUT(62x100) => MaxPooling1D(3): 20x100")
    assert [(d.code, d.severity) for d in report.diagnostics] == [("SHP201", "note")]


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "shapecalc", "check", *arguments], cwd=cwd, capture_output=True)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_fix_keeps_comments_and_line_ends(end: bytes, tmp_path: Path) -> None:
    lines = [b"\xef\xbb\xbfINPUT(224x224x3)   # as printed", b"=> CONV(96, F=11, S=4) => POOL(3, S=2) # big", b""]
    (tmp_path / "a.net").write_bytes(end.join(lines))
    done = run("--fix", "--unsafe-fixes", "-q", "a.net", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "a.net").read_bytes() == end.join(lines).replace(b"224x224", b"227x227")


def test_diff_shows_what_fix_would_write_and_writes_nothing(tmp_path: Path) -> None:
    text = "INPUT(224x224x3) => CONV(96, F=11, S=4) => POOL(3, S=2)\n"
    (tmp_path / "a.net").write_text(text)
    done = run("--diff", "--unsafe-fixes", "-q", "a.net", cwd=tmp_path)
    assert b"+INPUT(227x227x3) => CONV(96, F=11, S=4) => POOL(3, S=2)\n" in done.stdout
    assert (tmp_path / "a.net").read_text() == text


def test_safe_fixes_alone_leave_sizes_alone(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("INPUT(224x224x3) => CONV(96, F=11, S=4)\n")
    assert run("--fix", "-q", "a.net", cwd=tmp_path).returncode == 1
    assert "224" in (tmp_path / "a.net").read_text()


@pytest.mark.parametrize("arguments", [("--unsafe-fixes", "a.net"), ("--fix", "-")])
def test_what_cannot_be_fixed_is_said(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("INPUT(8x8x3) => FC(2)\n")
    assert run(*arguments, cwd=tmp_path).returncode == 2

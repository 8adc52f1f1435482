"""`check --fix` writes fixes into files: which, how often, and nothing besides."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from tests import command


def run(*arguments: str, cwd: Path) -> CompletedProcess[str]:
    return command.run("check", *arguments, cwd=cwd)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_fix_keeps_comments_and_line_ends(end: bytes, tmp_path: Path) -> None:
    lines = [b"\xef\xbb\xbfINPUT(224x224x3)   # as printed", b"=> CONV(96, F=11, S=4) => POOL(3, S=2) # big", b""]
    (tmp_path / "a.net").write_bytes(end.join(lines))
    done = run("--fix", "--unsafe-fixes", "-q", "a.net", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "a.net").read_bytes() == end.join(lines).replace(b"224x224", b"227x227")


def test_a_line_that_a_fix_adds_to_a_file_of_several_line_ends_ends_as_the_first_one(tmp_path: Path) -> None:
    before = b"layers:\r\n- INPUT: 8x8x3\n- CONV:\n    K: 4\n    F: 3\n  claim: 8x8x4\n"
    (tmp_path / "a.net.yaml").write_bytes(before)
    assert run("--fix", "--unsafe-fixes", "-q", "a.net.yaml", cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.net.yaml").read_bytes() == before.replace(b"F: 3\n", b"F: 3\n    P: 1\r\n")


WRITTEN = {
    "comments in the brackets stay": (
        "a.net",
        "INPUT(32x32x3   # size\n)\n=> CONV(16,  # filters\n     3,\n     S=2   # halves\n): 16x16x16\n",
        "INPUT(32x32x3   # size\n)\n=> CONV(16,  # filters\n     3,\n     S=2, P=1   # halves\n): 16x16x16\n",
    ),
    "numbers of a size one by one": (
        "a.net",
        "input( 224,  224, 3 ) => conv(96, 11, S=4)",
        "input( 223,  223, 3 ) => conv(96, 11, S=4)",
    ),
    "front matter": (
        "a.net",
        "---\nname: A  # name\ninput: 224x224x3   # size\n---\nCONV(96, 11, S=4) => FC(2)\n",
        "---\nname: A  # name\ninput: 223x223x3   # size\n---\nCONV(96, 11, S=4) => FC(2)\n",
    ),
    "a layer that is repeated": (
        "a.net",
        "INPUT(16x16x6) => [CONV(6, 3, P=1, groups=4) => RELU]*3 => FC(10)\n",
        "INPUT(16x16x6) => [CONV(6, 3, P=1, groups=3) => RELU]*3 => FC(10)\n",
    ),
    "a layer of a block that is used twice": (
        "a.net",
        "block b = CONV(6, 3, P=1, groups=4) => RELU  # b\nINPUT(16x16x6) => b => b\n",
        "block b = CONV(6, 3, P=1, groups=3) => RELU  # b\nINPUT(16x16x6) => b => b\n",
    ),
    "several networks": (
        "a.net",
        "INPUT(8x8x6) => CONV(6, 3, groups=4)\n\nINPUT(8x8x4) => CONV(6, 3, groups=4)  # two\n",
        "INPUT(8x8x6) => CONV(6, 3, groups=3)\n\nINPUT(8x8x4) => CONV(4, 3, groups=4)  # two\n",
    ),
    "a mapping of YAML in braces": (
        "a.net.yaml",
        "layers:\n  - INPUT: 32x32x3\n  - CONV: {K: 16, F: 3, S: 2}   # c\n    claim: 16x16x16\n",
        "layers:\n  - INPUT: 32x32x3\n  - CONV: {K: 16, F: 3, S: 2, P: 1}   # c\n    claim: 16x16x16\n",
    ),
    "a mapping of YAML, a line a key": (
        "a.net.yaml",
        "layers:\n  - INPUT: 8x8x3\n  - CONV:\n      K: 4\n      F: 3\n    claim: 8x8x4\n",
        "layers:\n  - INPUT: 8x8x3\n  - CONV:\n      K: 4\n      F: 3\n      P: 1\n    claim: 8x8x4\n",
    ),
    "branches of YAML": (
        "a.net.yaml",
        "layers:\n  - INPUT: 8x8x8\n  - add: [[{CONV: {K: 9, F: 3, P: 1}}], []]  # join\n",
        "layers:\n  - INPUT: 8x8x8\n  - add: [[{CONV: {K: 8, F: 3, P: 1}}], []]  # join\n",
    ),
    "a diagram in YAML": (
        "a.net.yaml",
        "diagram: |\n  INPUT(32x32x3)   # size\n  => CONV(16, 3, S=2): 16x16x16\n",
        "diagram: |\n  INPUT(32x32x3)   # size\n  => CONV(16, 3, S=2, P=1): 16x16x16\n",
    ),
    "two changes of shapes, the second of what the first has left": (
        "a.net",
        "INPUT(9x9x3) => ADD[ POOL(2) | ] => CONV(4, 3)\n",
        "INPUT(6x6x3) => ADD[ POOL(2) | CROP((2,3,2,3))  ] => CONV(4, 3)\n",
    ),
    "a rule of thumb that gives a note": (
        "a.net",
        "INPUT(8x8x3) => CONV(8, 3, P=1, bias=false) => BN => RELU => FC(9) => DO(0.9) => FC(2)  # strong\n",
        "INPUT(8x8x3) => CONV(8, 3, P=1, bias=false) => BN => RELU => FC(9) => DO(0.5) => FC(2)  # strong\n",
    ),
}
"""What --fix --unsafe-fixes makes of a file, by its name and text."""


@pytest.mark.parametrize(("name", "before", "after"), WRITTEN.values(), ids=WRITTEN)
def test_only_what_is_wrong_is_written_anew(name: str, before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(before)
    done = run("--fix", "--unsafe-fixes", "-q", "--select", "SHP416", name, cwd=tmp_path)
    assert (done.returncode, (tmp_path / name).read_text()) == (0, after), done.stdout


def test_a_fix_that_does_not_help_is_not_written_beside_one_that_does(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("INPUT(12x12x:3) => CONV(8, F=3 P=1)\n")
    assert run("--fix", "--unsafe-fixes", "-q", "a.net", cwd=tmp_path).returncode == 1
    assert (tmp_path / "a.net").read_text() == "INPUT(12x12x:3) => CONV(8, F=3, P=1)\n"


@pytest.mark.parametrize("path", ["-", "INPUT(9x9x3) => POOL(2)", "zoo:alexnet-224"])
def test_what_is_no_file_is_not_fixed(path: str, tmp_path: Path) -> None:
    done = run("--fix", path, cwd=tmp_path)
    assert done.returncode == 2
    assert "--fix writes into files" in done.stderr
    assert not list(tmp_path.iterdir())


def test_diff_shows_what_fix_would_write_and_writes_nothing(tmp_path: Path) -> None:
    text = "INPUT(224x224x3) => CONV(96, F=11, S=4) => POOL(3, S=2)\n"
    (tmp_path / "a.net").write_text(text)
    done = run("--diff", "--unsafe-fixes", "-q", "a.net", cwd=tmp_path)
    assert "+INPUT(227x227x3) => CONV(96, F=11, S=4) => POOL(3, S=2)\n" in done.stdout
    assert (tmp_path / "a.net").read_text() == text


def test_safe_fixes_alone_leave_sizes_alone(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("INPUT(224x224x3) => CONV(96, F=11, S=4)\n")
    assert run("--fix", "-q", "a.net", cwd=tmp_path).returncode == 1
    assert "224" in (tmp_path / "a.net").read_text()


@pytest.mark.parametrize("arguments", [("--unsafe-fixes", "a.net"), ("--fix", "-")])
def test_what_cannot_be_fixed_is_said(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("INPUT(8x8x3) => FC(2)\n")
    assert run(*arguments, cwd=tmp_path).returncode == 2


def fixed(text: str, tmp_path: Path, *options: str) -> tuple[int, str, str]:
    """Exit code, what the file holds then, and what is printed."""
    (tmp_path / "a.net").write_text(text)
    done = CliRunner().invoke(cli, ["check", "--fix", "--unsafe-fixes", "-q", *options, str(tmp_path / "a.net")])
    return done.exit_code, (tmp_path / "a.net").read_text(), done.output


AT_ONCE = {
    "more syntax errors than are shown": ("INPUT(8x8x3)" + " CONV(4)" * 30, "INPUT(8x8x3)" + " => CONV(4)" * 30),
    "an arrow without which two networks are no text": (
        "INPUT(8x8x3) CONV(4)\n\nINPUT(9x9x3) => FC(2)\n",
        "INPUT(8x8x3) => CONV(4)\n\nINPUT(9x9x3) => FC(2)\n",
    ),
    "a layer that is repeated a hundred times": (
        "INPUT(8x8x3)" + " => RELU" * 100 + " => FC(2)",
        "INPUT(8x8x3) => RELU => FC(2)",
    ),
    "names one letter off": (
        "INPUT(8x8x3)" + "\n=> CONVV(4)" * 9 + "\n=> FC(2)\n",
        "INPUT(8x8x3)" + "\n=> CONV(4)" * 9 + "\n=> FC(2)\n",
    ),
    "channels that calls are for": (
        "INPUT(8x8x3) => nn.Conv2d(4, 8, 3) => nn.Conv2d(9, 4, 3) => nn.Conv2d(5, 8, 3)\n",
        "INPUT(8x8x3) => nn.Conv2d(3, 8, 3) => nn.Conv2d(8, 4, 3) => nn.Conv2d(4, 8, 3)\n",
    ),
    "channels of more calls than could be fixed one after the other": (
        "INPUT(8x8x3)" + " => nn.Conv2d(9, 3, 1)" * 90,
        "INPUT(8x8x3)" + " => nn.Conv2d(3, 3, 1)" * 90,
    ),
    "an input that puts two layers right": (
        "INPUT(224x224x3) as a => CONV(8, 11, S=4)\n@a => CONV(8, 7, S=4)\n",
        "INPUT(223x223x3) as a => CONV(8, 11, S=4)\n@a => CONV(8, 7, S=4)\n",
    ),
    "the same rule, where one fix would break a claim": (
        "INPUT(9x9x3) => CONV(4, 3) => RELU => RELU => CONV(4, 3) => RELU => RELU: 5x5x4 => FC(2) => RELU => RELU\n",
        "INPUT(9x9x3) => CONV(4, 3) => RELU => CONV(4, 3) => RELU => RELU: 5x5x4 => FC(2) => RELU\n",
    ),
}
"""Texts with many fixes, and what is left of them."""


@pytest.mark.parametrize(("before", "after"), AT_ONCE.values(), ids=AT_ONCE)
def test_fixes_that_are_apart_are_written_at_once(before: str, after: str, tmp_path: Path) -> None:
    code, text, said = fixed(before, tmp_path)
    assert (code, text) == (0, after), said


@pytest.mark.parametrize(
    "text",
    [
        "INPUT(8x8x3) => [nn.Conv2d(9, 4, 1)]*2\n",
        "INPUT(8x8x3) => [nn.Conv2d(9, c, 1) for c in 3, 4]\n",
        "block b = nn.Conv2d(9, 4, 1)\nINPUT(8x8x3) => b => b\n",
    ],
)
def test_a_number_that_several_layers_have_is_no_fix_of_the_first(text: str, tmp_path: Path) -> None:
    code, after, said = fixed(text, tmp_path)
    assert (code, after, "write 3, or let 9 arrive" in said) == (1, text, True), said


def test_a_text_with_more_fixes_than_can_be_tried_is_fixed_run_by_run(tmp_path: Path) -> None:
    text = "INPUT(8x8x3) => RELU" + "]" * 9_000
    code, once, said = fixed(text, tmp_path)
    assert code == 1
    assert f"{tmp_path / 'a.net'} has more fixes: run it once more to write them" in said
    _, twice, _ = fixed(once, tmp_path)
    assert len(text) > len(once) > len(twice)


def test_fixes_of_another_code_are_those_that_the_first_ones_leave(tmp_path: Path) -> None:
    """16 is no extent: a padding of (16 − 1)/2 would be for a filter that the first fix takes away."""
    before = "INPUT(32x32x3) => CONV(f=16, k=3) => CONV(k=3, s=1, p=1) => FC(10)\n"
    assert fixed(before, tmp_path, "--select", "ALL")[1].startswith("INPUT(32x32x3) => CONV(f=3, k=16, P=1)")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_that_end_otherwise_than_the_first_keep_their_ends(end: str, tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(f"# one\r\nINPUT(9x9x3) => POOL(2){end}=> CONV(4,, 3)\n", newline="")
    assert run("--fix", "--unsafe-fixes", "-q", "a.net", cwd=tmp_path).returncode == 0
    text = (tmp_path / "a.net").read_bytes().decode()
    assert text.startswith("# one\r\nINPUT(")
    assert f"POOL(2){end}=> CONV(4, 3)" in text

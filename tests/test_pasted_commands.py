"""What people type on the command line in their first hour: command, width of the terminal, and what is printed.

Messages are wrapped, so that all blanks are one here; `$` in front marks what must not be there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shapecalc.display.style import cells
from tests.command import run

DROPS = "INPUT(227x227x3) => CONV(96, 11, S=4) => POOL(3, S=3) => CONV(64, 3, 1, 1, relu)"
FILES = {
    "a.net": "INPUT(8x8x3) => CONV(4, F=3, S=2, P=1) => FC(10)\n",
    "b.net": "INPUT(8x8x3) => CONV(4, F=3, S=2, P=1) => FC(10)\n",
    "resnets/1.net": "INPUT(9x9x3) => CONV(4, F=3, S=2, P=1)\n",
    "resnets/2.net": "INPUT(8x8x3) => CONV(4, F=3, S=2, P=1)\n",
    "texts/mine.txt": "INPUT(8x8x3) => FC(10)\n",
    "texts/notes.txt": "milk, eggs\n",
    "unknown.net": "INPUT(8x8x3) => FOO => CONV(4)\n",
}
MANY = "INPUT(8x8x3)\n" + "=> CONV(8 S2) & RELU\n" * 137

ROWS: tuple[tuple[tuple[str, ...], str, int, int, tuple[str, ...]], ...] = (
    # findings are wrapped at the width of the terminal, and no word is cut
    *(
        (("check", "--notes", DROPS), "", width, 1, ("POOL does not tile its input", "write CONV(64, 3, 1, 1) => RELU"))
        for width in (60, 80, 120, 200)
    ),
    # more than 20 syntax errors: how many there are
    (("check",), MANY, 120, 1, ("20 of 138 syntax errors are shown", "20 errors")),
    # folded notes of several files have their file
    (
        ("check", "-q", "a.net", "b.net"),
        "",
        80,
        0,
        ("note: a.net: 1 layer leaves out", "note: b.net: 1 layer leaves out"),
    ),
    # where the line is broken in what points to --notes, it is said once
    (
        ("check", "-q", "INPUT(4x4x1) => PAD(1) => POOL(3, S=2) as a_rather_long_name_of_a_layer"),
        "",
        60,
        0,
        ("(--notes shows more)", "$more)(--notes"),
    ),
    # notes can be turned off: a line for 200 clean networks, too
    (("check", "-q", "--no-notes", "resnets"), "", 80, 0, ("2 networks, 2 clean", "$note", "$layer")),
    # several figures
    (("check", "--get", "totals.params", "--get", "totals.macs", "a.net"), "", 80, 0, ("762 2368",)),
    # an amount without a unit is no bytes
    (("check", "--fit", "1.5", "a.net"), "", 80, 2, ("1.5 has no unit: write 1.5GiB",)),
    (("verify", "--work-limit", "5x", "a.net"), "", 80, 2, ("'5x' is not a number of steps, such as 350G",)),
    (("check", "--fit", "8", "a.net"), "", 80, 2, ("8 has no unit: write 8GiB, or 8B for so many bytes",)),
    # what is missing for no images, and for the batch that is asked for
    (("check", "--fit", "1KB", "a.net"), "", 80, 0, ("fits 0 images into 1,000 bytes", "1 image needs", "too much")),
    (
        ("check", "--batch", "32", "--fit", "8GB", "a.net"),
        "",
        80,
        0,
        ("32 images need 52,480 bytes: 7,999,947,520 are left",),
    ),
    (
        ("check", "--batch", "32", "--fit", "10KB", "a.net"),
        "",
        80,
        0,
        ("32 images need 52,480 bytes: 42,480 more than there are",),
    ),
    # .txt files of a folder that hold a diagram
    (("check", "-q", "texts"), "", 80, 0, ("clean", "$notes.txt", "$no networks")),
    # a text in place of a file, and what is piped
    (("check", "INPUT => CONV"), "", 80, 0, ("INPUT 224x224x3*", "clean")),
    (("check",), "INPUT => CONV\n", 80, 0, ("INPUT 224x224x3*", "clean")),
    # names are told apart by case; a size with its channels in front is asked about
    (
        ("check", "--set", "n=2", "INPUT(8x8x3) => [CONV(8)]*N"),
        "",
        120,
        1,
        ("upper and lower case differ in names: n is given, and N has no value", "--set N=2"),
    ),
    (("check", "--input", "3x128x128"), "CONV(8)\n", 120, 0, ("write the size as 128x128x3",)),
    # the help of a command
    (("help", "check"), "", 80, 0, ("check [OPTIONS] [FILE…]", "--no-notes")),
    # a window after an unknown volume has a number
    (("check", "unknown.net"), "", 200, 1, ("3*/1* p1*", "$preserve")),
)


@pytest.mark.parametrize(
    ("command", "piped", "width", "code", "parts"),
    ROWS,
    ids=lambda value: None if isinstance(value, int) else str(value)[:60],
)
def test_a_command_prints_what_is_meant(
    command: tuple[str, ...], piped: str, width: int, code: int, parts: tuple[str, ...], tmp_path: Path
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = run(*command, cwd=tmp_path, stdin=piped.encode(), env={"COLUMNS": str(width)})
    assert done.returncode == code, done.stderr
    printed = done.stdout + done.stderr
    # a label that has no room on the right is under its caret, with a bar in front
    said = " ".join(word for word in re.sub(r"(?m)^\s*[|=]", "", printed).split())
    assert [part for part in parts if (part[1:] in said if part[0] == "$" else part not in said)] == []
    assert "--notes" not in command or all(cells(line) <= width for line in printed.splitlines())


def test_the_benchmark_of_long_networks_says_at_once_what_it_measures() -> None:
    text = (Path(__file__).parent / "benchmarks" / "measured.py").read_text(encoding="utf-8")
    assert "measuring" in text

"""How a diagnostic is shown in a terminal: the right columns, whatever characters are in the file."""

from __future__ import annotations

import re

import pytest

from shapecalc.diagnostics.diagnostic import Diagnostic, Related, Source, report
from shapecalc.display.excerpt import render
from shapecalc.display.style import cells


def at(text: str, piece: str, **more: object) -> tuple[Diagnostic, Source]:
    """A diagnostic that underlines a piece of a text."""
    start = text.index(piece)
    found = report("SHP201", "CONV does not tile", (start, start + len(piece)), **more)  # type: ignore[arg-type]
    return found, Source("net.txt", text)


def caret_column(shown: str) -> tuple[int, int]:
    """Where the carets start after the gutter, and how many there are."""
    line = next(line for line in shown.splitlines() if "^" in line)
    body = line[line.index("|") + 2 :]
    return len(body) - len(body.lstrip()), body.count("^")


def test_the_whole_form() -> None:
    found, source = at(
        "\n" * 6 + "=> CONV(96, F=11, S=4)\n",
        "CONV(96, F=11, S=4)",
        label="1 column and 1 row are never read",
        notes=("rounding down makes the features 5x5",),
        help=("INPUT(227x227x3) fits exactly",),
    )
    assert render(found, source) == (
        "error[SHP201]: CONV does not tile\n"
        "  --> net.txt:7:4\n"
        "   |\n"
        " 7 | => CONV(96, F=11, S=4)\n"
        "   |    ^^^^^^^^^^^^^^^^^^^ 1 column and 1 row are never read\n"
        "   = note: rounding down makes the features 5x5\n"
        "   = help: INPUT(227x227x3) fits exactly"
    )


def test_the_gutter_is_as_wide_as_the_last_line_number() -> None:
    found, source = at("\n" * 99 + "CONV", "CONV")
    assert render(found, source).splitlines()[1:] == ["    --> net.txt:100:1", "     |", " 100 | CONV", "     | ^^^^"]


@pytest.mark.parametrize(
    ("text", "column", "width"),
    [
        ("abc CONV", 4, 4),
        ("\tCONV", 4, 4),
        ("a\t\tCONV", 9, 4),
        ("畳み込み CONV", 9, 4),
        ("e\u0301 CONV", 2, 4),
        ("\x1b[31mCONV", 5, 4),
        ("\u200bCONV", 1, 4),
        ("😀 CONV", 3, 4),
    ],
)
def test_carets_measure_cells(text: str, column: int, width: int) -> None:
    assert caret_column(render(*at(text, "CONV"))) == (column, width)


@pytest.mark.parametrize(
    ("text", "expected"), [("池化", 4), ("＝＞", 4), ("o\u0308", 1), ("\t", 4), ("\x07", 1), ("a", 1)]
)
def test_cells_of_a_text(text: str, expected: int) -> None:
    assert cells(text) == expected


def test_nothing_of_the_file_controls_the_terminal() -> None:
    text = "CONV\x1b]0;owned\x07 \x9b31m\u202e\r\x00 =>"
    found = report("SHP001", f"unexpected {text}", (0, len(text)), label=text, notes=(text,), help=(text,))
    shown = render(found, Source("a\x1b[2Jb.txt", text))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b]", shown)
    assert "␛" in shown


def test_a_span_over_several_lines_is_underlined_at_both_ends() -> None:
    found, source = at(
        "INPUT => [CONV\n\n   => RELU\n   => POOL] => FC", "[CONV\n\n   => RELU\n   => POOL]", label="here"
    )
    assert render(found, source).splitlines()[2:] == [
        "   |",
        " 1 | INPUT => [CONV",
        "   |          ^^^^^",
        " … |",
        " 4 |    => POOL] => FC",
        "   |    ^^^^^^^^ here",
    ]


def test_two_neighbouring_lines_leave_nothing_out() -> None:
    shown = render(*at("CONV\nRELU", "CONV\nRELU"))
    assert "…" not in shown
    assert shown.count("^^^^") == 2


def test_related_places_in_the_same_line_share_it() -> None:
    shown = render(*at("CONV(3]", "]", label="expected ')'", related=(Related((4, 5), "this is open"),)))
    assert shown.splitlines()[3:] == [" 1 | CONV(3]", "   |       ^ expected ')'", "   |     - this is open"]


def test_related_places_elsewhere_have_their_own_excerpt() -> None:
    shown = render(*at("CONV(3\n=> FC", "(", related=(Related((7, 9), "needed before this"),)))
    assert shown.splitlines()[5:] == ["  --> net.txt:2:1", "   |", " 2 | => FC", "   | -- needed before this"]


@pytest.mark.parametrize("where", [0, 3000, 6000])
def test_long_lines_are_cut_around_the_span(where: int) -> None:
    text = "a" * where + "CONV" + "b" * (6000 - where)
    shown = render(*at(text, "CONV"), width=80)
    line, carets = shown.splitlines()[3:5]
    assert len(line) <= 82
    assert line[carets.index("^") :].startswith("CONV")
    assert line.startswith(" 1 | …") == (where > 0)
    assert line.endswith("…") == (where < 6000)


def test_a_span_longer_than_the_terminal_is_cut_too() -> None:
    text = "x" * 10_000
    assert max(map(len, render(report("SHP001", "long", (0, 10_000)), Source("n", text), width=100).splitlines())) < 110


def test_an_empty_file_has_a_first_column() -> None:
    shown = render(report("SHP009", "there is no diagram here"), Source("net.txt", ""))
    assert shown.splitlines()[1:] == ["  --> net.txt:1:1", "   |", " 1 |", "   | ^"]


def test_the_end_of_a_file_can_be_pointed_at() -> None:
    shown = render(report("SHP001", "the end", (9, 9), label="here"), Source("net.txt", "INPUT =>\n"))
    assert shown.splitlines()[1:] == ["  --> net.txt:2:1", "   |", " 2 |", "   | ^ here"]


def test_a_file_that_cannot_be_read_has_no_excerpt() -> None:
    found = report("SHP010", "net.txt is a directory", help=("name a file",))
    assert render(found, Source("nets", "")) == (
        "error[SHP010]: net.txt is a directory\n  --> nets\n  = help: name a file"
    )


@pytest.mark.parametrize(("severity", "colour"), [("error", "1;31"), ("warning", "33"), ("note", "36")])
def test_colours_tell_severities_apart_and_change_no_text(severity: str, colour: str) -> None:
    found, source = at("a CONV\nb", "CONV", label="l", notes=("n",), help=("h",), severity=severity)
    painted = render(found, source, color=True)
    assert painted.startswith(f"\x1b[{colour}m{severity}[SHP201]")
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == render(found, source)
    assert "\x1b[32mhelp:" in painted

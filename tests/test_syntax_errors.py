"""What is said about texts that are no diagrams: every case a file, and every damage survivable."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source
from shapecalc.display.excerpt import render
from shapecalc.parse import parse_statements
from tests.slips import slips

CASES = sorted((Path(__file__).parent / "cases" / "syntax").glob("*.txt"))
RULE = "\n----\n"

DIAGRAMS = {
    "alexnet": """\
INPUT(227x227x3)                        # width x height x depth
=> CONV(96, F=11, S=4): 55x55x96, params=34944
=> RELU => LRN => POOL(3, S=2)
=> [CONV(384, F=3, P=1, groups=g) => RELU for g in 1, 2]
=> POOL(3, S=2) as features
=> [FC(4096) => RELU => DO]*2 => FC(1000) => SOFTMAX
""",
    "family": "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC   0<=N<=3, M>=0, 0<=K<=2\n",
    "blocks": """\
let N = 2
block b(c, s=1) = ADD[CONV(c, 3, s, 1) => BN | CONV(c, 1, s)] => RELU
INPUT(32x32x3) => [b(64)]*N => [b(c, 2) for c in 128, 256] => GAP => FC(10)
""",
    "taps": "INPUT(64x64x1) => CONV(8) as a => POOL2 => CONCAT[CONV3-8 | @a => POOL] => FC-10\n@a => FC(2)\n",
    "published": "28x28x1 → Conv2D (32, 3x3) → ReLU → MaxPooling 2x2 → Flatten → Dense 64 → Dense 10\n",
}


@cache
def errors(text: str) -> tuple[Diagnostic, ...]:
    """The syntax errors of a text; none where it parses."""
    try:
        parse_statements(text)
    except Diagnosed as diagnostics:
        return diagnostics.diagnostics
    return ()


def spans(diagnostic: Diagnostic) -> list[tuple[int, int]]:
    related = [r.span for r in diagnostic.related]
    return [diagnostic.span, *related, *(e.span for fix in diagnostic.fixes for e in fix.edits)]


def applied(text: str, diagnostics: tuple[Diagnostic, ...]) -> str:
    """The text with the first fix of every diagnostic applied."""
    edits = {edit for d in diagnostics for fix in d.fixes[:1] for edit in fix.edits}
    for edit in sorted(edits, key=lambda e: e.span, reverse=True):
        text = text[: edit.span[0]] + edit.content + text[edit.span[1] :]
    return text


def unsound(text: str) -> list[str]:
    """What is wrong with the errors of a text: they come in order, at most twenty, point into it, and can be shown."""
    found, source = errors(text), Source("net.txt", text)
    rules = {
        "too many": len(found) > 20,
        "out of order": [d.span for d in found] != sorted(d.span for d in found),
        "beyond the text": not all(0 <= a <= b <= len(text) for d in found for a, b in spans(d)),
        "no message of one line": not all(d.message and "\n" not in d.message for d in found),
        "signs that steer a terminal": any("\x1b" in render(d, source) for d in found),
    }
    return [rule for rule, broken in rules.items() if broken]


def test_there_are_cases() -> None:
    assert len(CASES) >= 50


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_mistakes_are_explained_as_their_case_says(path: Path, refresh: bool) -> None:
    text, _, expected = path.read_text(encoding="utf-8").partition(RULE)
    source = Source("net.txt", text)
    shown = "\n\n".join(render(d, source) for d in errors(text)) + "\n"
    if refresh:
        path.write_text(text + RULE + shown, encoding="utf-8")
    else:
        assert shown == expected


def test_fixes_of_a_case_leave_fewer_mistakes() -> None:
    texts = [path.read_text(encoding="utf-8").partition(RULE)[0] for path in CASES]
    fixed = [
        (text, found) for text, found in zip(texts, map(errors, texts), strict=True) if all(d.fixes for d in found)
    ]
    assert len(fixed) > len(texts) / 2
    for text, found in fixed:
        again = errors(applied(text, found))
        assert len(again) < len(found), [d.message for d in again]


def first_fix(text: str) -> str:
    """The text with the first fix of the first error that has one; as it is where none has."""
    fixed = [d for d in errors(text) if d.fixes]
    return applied(text, (fixed[0],)) if fixed else text


def test_first_fixes_of_the_cases_lead_to_texts_that_parse() -> None:
    texts = [path.read_text(encoding="utf-8").partition(RULE)[0] for path in CASES]
    assert sum(not errors(first_fix(text)) for text in texts) >= 90


def test_slips_of_typing_are_named_and_not_merely_unexpected() -> None:
    found = [errors(text) for diagram in DIAGRAMS.values() for text in slips(diagram)]
    first = [diagnostics[0].code for diagnostics in found if diagnostics]
    assert len(first) > 700
    assert sum(code != "SHP001" for code in first) / len(first) >= 0.99


FRAMES = (
    "{}", "INPUT => {}", "INPUT => CONV({})", "INPUT => CONV(64{} 3)", "INPUT => CONV {} RELU",
    "INPUT => CONV{}",
    "INPUT => [CONV{}] => FC", "INPUT => [CONV(c) {}]", "INPUT => [CONV(c) {} c in 64, 128]",
    "INPUT => CONV{}=3",
    "INPUT => CONV(F{}3)", "INPUT => [CONV(c) for c in {}]", "INPUT => CONV(64{}", "INPUT => CONV{}64)",
    "INPUT => [CONV{}",
    "INPUT => {}CONV]", "let N {} 3", "INPUT => CONV{}3", "INPUT => ADD[CONV {} RELU]", "INPUT => CONV: {}",
    "INPUT => {}a", "INPUT => CONV: params={}", "INPUT => CONV: 3x3x3{}",
    "{}\nINPUT => FC", "block b = CONV {} RELU", "INPUT => CONV: params {} 3", "{} CONV => RELU", "{} 3", "{} b = FC",
)  # fmt: skip
"""Texts in which what a help says to write can be: a piece of a diagram is no diagram."""


def suggestions(help: str) -> list[str]:
    """What a help says to write, without the words around it."""
    written = help.partition("write ")[2] or help.removeprefix("or ").partition("put ")[2]
    written = _PROSE.split(written)[0]
    return [written.strip("'")] if written and not _NO_TEXT.match(written) else []


_PROSE = re.compile(
    r",? (?:or|after|behind|to|where|with|and|alone|in a|for (?!\w+(?:, ?\w+)* in\b))\b|; |, (?:as|such)\b|: the "
)
_NO_TEXT = re.compile(r"(?:a|an|the|it|so|how|them|what|which|every|names?|layers|numbers|sizes)\b")


def test_what_a_help_says_to_write_parses() -> None:
    texts = [path.read_text(encoding="utf-8").partition(RULE)[0] for path in CASES]
    helps = [help for text in texts for d in errors(text) for help in d.help]
    whole = [written for help in helps for written in suggestions(help) if "…" not in written]
    assert len(whole) > len(texts) / 2  # there are that many of them at least: a pattern that finds none proves nothing
    for written in whole:
        assert any(not errors(frame.replace("{}", written)) for frame in FRAMES), written


@pytest.mark.parametrize("name", DIAGRAMS)
def test_whole_diagrams_have_no_errors(name: str) -> None:
    assert errors(DIAGRAMS[name]) == ()


@pytest.mark.parametrize(
    "name", [pytest.param("alexnet", marks=pytest.mark.slow), *(name for name in DIAGRAMS if name != "alexnet")]
)
def test_every_lost_or_doubled_character_is_survived(name: str) -> None:
    text = DIAGRAMS[name]
    for at in range(len(text)):
        for damaged in (text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:], text[:at]):
            assert unsound(damaged) == [], damaged


def test_one_slip_rarely_gives_more_than_two_errors() -> None:
    counts = [len(errors(text[:at] + text[at + 1 :])) for text in DIAGRAMS.values() for at in range(len(text))]
    assert max(counts) <= 5
    assert sum(count > 2 for count in counts) <= len(counts) // 40


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n\n", "#", "[" * 100, "(" * 100, "]" * 5000, "=>" * 5000, "a " * 5000, "\0" * 5000, '"' * 5000,
        "INPUT" + " => CONV(64,,3)" * 5000, "INPUT => [FC RELU" * 90, "\U0010ffff", "INPUT => \ud800", "let" * 3,
        "block block block", "for in as let", "INPUT => CONV(" * 90, "@" * 500, "|" * 500, "{}" * 500, "1" * 9000,
        "model = Sequential([" + " " * 40_000, "INPUT => [" + " " * 40_000, "Conv 3x3, " + " " * 40_000 + "64",
        "C1: maps" + " " * 40_000 + "6@28x28\nC2: maps 6@14x14",
    ],
)  # fmt: skip
def test_absurd_texts_are_survived(text: str) -> None:
    assert unsound(text) == []


@pytest.mark.parametrize(
    ("mistakes", "said"),
    [
        (20, ()),
        (87, ("20 of 87 syntax errors are shown",)),
        (1000, ("20 of 300 syntax errors are shown, and the rest of the text was not read",)),
    ],
)
def test_at_most_twenty_mistakes_are_shown_and_the_last_says_how_many_there_are(
    mistakes: int, said: tuple[str, ...]
) -> None:
    found = errors("INPUT" + " => CONV(64,,3)" * mistakes)
    assert len(found) == 20
    assert found[-1].notes == said


@pytest.mark.parametrize("case", ["block-missing", "block-without-its-word", "let-missing"])
def test_a_diagram_above_what_was_said_of_it_is_a_description_in_sentences(case: str) -> None:
    """Rows of notations that ask less of the parser rewrite words of the report below, and say its lines were meant."""
    text = next(path for path in CASES if path.stem == case).read_text(encoding="utf-8")
    assert [d.code for d in errors(text)] == ["SHP020"]


def test_planted_errors_are_all_found_and_nothing_else() -> None:
    text = """\
INPUT(32x32x3) => CONV RELU
=> POOL(2,,2)
=> [FC => RELU]* => DO(5%)
=> FC(10
=> SOFTMAX =>
"""
    assert [d.code for d in errors(text)] == ["SHP002", "SHP018", "SHP007", "SHP016", "SHP003", "SHP015"]


def test_a_layer_named_like_a_branch_asks_whether_that_was_meant() -> None:
    (found,) = errors("INPUT => CONCT[CONV | RELU] => FC")
    assert (found.code, found.help) == ("SHP101", ("did you mean CONCAT?",))


@pytest.mark.parametrize(
    "text",
    [
        "CONV => FC",
        "INPUT => CONV as a => FC\n@a => FC",
        "INPUT => FC\nINPUT => CONV",
        "INPUT => FC\n32x32x3 => CONV",
        "INPUT => CONV as a => FC\nADD[@a | @a => CONV] => FC",
        "block stem = INPUT => CONV\nINPUT => FC\nstem => FC",
        "block b = CONV\nCONV => FC",
    ],
)
def test_chains_that_may_start_so_are_left_alone(text: str) -> None:
    assert errors(text) == ()


@pytest.mark.parametrize("text", ["２<0", "n<２", "２<=n<=3", "٣-4", "INPUT(8x8x3) => ２-4"])
def test_digits_of_other_scripts_are_no_names_and_no_numbers(text: str) -> None:
    assert [d.code for d in errors(text)]

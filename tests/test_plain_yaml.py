"""Front matter is read without PyYAML: what is taken is read as PyYAML reads it, and the rest is left to it."""

from __future__ import annotations

import random

import pytest

from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic
from shapecalc.settings.plain_yaml import read_plain
from shapecalc.settings.yaml_nodes import YamlNode, value_of
from shapecalc.settings.yaml_reader import read_with_pyyaml
from tests.samplefiles import SAMPLES

SPOILERS = (
    "\n", " ", "  ", "\n  ", "\n- ", "- ", ":", ": ", ",", "[", "]", "{", "}", "'", '"', "''", "#", " #", "&a", "*a",
    "!!int ", "|", ">", "?", "? ", "~", "null", "true", "0x1", "1e3", "-", "---", "...", "\\", "%", "@", "\t", "é",
    "\u2028", "\x85", "\ufeff", "<<", "a: b", "key:\n  - x", "{}", "[]", "\u00a0", "\U0001f600",
)  # fmt: skip
FRONT_MATTER = [
    text[: text.index("\n---", 3) + 1]
    for text in (sample.read_text(encoding="utf-8") for sample in SAMPLES)
    if text.startswith("---")
] + ["---\nbackbone: # ten\n  - [-1, 1, Conv, [64, 3, 2]] # 0-P1/2\n\n#\n  - [[-1, 6], 1, Concat, [1]]\nfrom: -1 #\n"]


def by_pyyaml(text: str) -> tuple[YamlNode | None, list[Diagnostic]]:
    problems: list[Diagnostic] = []
    try:
        return read_with_pyyaml(text, 3, len(text), problems), problems
    except Diagnosed as problem:
        return None, list(problem.diagnostics)


def spoiled(text: str, chance: random.Random) -> str:
    """Some lines of a front matter, with something put in, taken away or moved."""
    lines = text.split("\n")[1:]
    first = chance.randrange(len(lines))
    lines = lines[first : first + chance.randrange(1, 9)]
    if chance.random() < 0.2:
        chance.shuffle(lines)
    found = "\n".join(lines)
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.randrange(len(found) + 1)
        found = found[:at] + chance.choice(SPOILERS) * chance.randrange(2) + found[at + chance.randrange(3) :]
    return f"---\n{found}\n"


def test_the_front_matter_of_every_sample_is_read_as_pyyaml_reads_it() -> None:
    for text in FRONT_MATTER:
        assert (read_plain(text, 3, len(text)), []) == by_pyyaml(text)


def test_spoiled_front_matter_is_read_as_pyyaml_reads_it_or_not_at_all() -> None:
    chance, taken = random.Random(16), 0
    for _ in range(2000):
        text = spoiled(chance.choice(FRONT_MATTER), chance)
        plain = read_plain(text, 3, len(text))
        if plain is not None:
            taken += 1
            assert (plain, []) == by_pyyaml(text), text
    assert taken > 400


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a:",
        "a: b: c",
        "a: b:",
        "a: 'b' # c",
        "a: 'b' c",
        "a: b\n  c",
        "a: b\n c: d",
        "a:\n    b: c\n  d: e",
        "a: [b, c",
        "a: [b]]",
        "a: {b: c",
        "a: {b: c,}",
        "a: [b: c]",
        "a: &x b",
        "a: |\n  b",
        "a: b\na: c",
        "- a\nb: c",
        "a: b\t",
        "a: '''",
        "a: " + "[" * 30 + "b" + "]" * 30,
    ],
)
def test_what_is_unusual_or_wrong_is_left_to_pyyaml(text: str) -> None:
    assert read_plain(text, 0, len(text)) is None


def test_numbers_of_other_programs_are_words_beyond_a_thousand_million() -> None:
    node, _ = by_pyyaml("---\n[1000000000, -1000000001, 1e9, 1.1e9, .inf, .nan, 1e999]")
    assert node is not None
    assert value_of(node) == [10**9, "-1000000001", 1e9, "1.1e9", ".inf", ".nan", "1e999"]

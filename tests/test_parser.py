"""The tables made beforehand are those of the grammar, and the loop over them gives the trees that Lark gives."""

from __future__ import annotations

import doctest
import random
from functools import cache
from pathlib import Path
from typing import Any

import lark
import pytest
from lark.exceptions import UnexpectedInput

from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.language import build, syntax, tables
from shapecalc.language.build import Build
from shapecalc.language.grammar import diagram_parser, grammar
from tests import grammar_tables
from tests.generated_files import source_of_tables

GRAMMAR = grammar("diagram.lark")
TEXT = "let N = 2 * (3 - 1)\nINPUT(8x8x3) => [CONV(4, F=3x5) - RELU?]*N: 4x4x4 as a => ADD[ | @a ] 0<=N<=3"
CASES = sorted((Path(__file__).parent / "cases").glob("*/*.txt"))
INSERTED = "()[]=>-*@:,|x34 .\n?'#aR^/<"


class LarkToken(lark.Token):
    """Lark's lexemes, made as the builder makes them."""

    @classmethod
    def of(cls, type_: str, text: str, start: int) -> LarkToken:
        return cls(type_, text, start, end_pos=start + len(text))


@cache
def larks() -> lark.Lark:
    return lark.Lark(
        GRAMMAR, transformer=Build(), start=["start", "value"], parser="lalr", lexer="contextual",
        maybe_placeholders=False, keep_all_tokens=True,
    )  # fmt: skip


def of_lark(text: str, start: str = "start") -> Any:
    build.Token, ours = lark.Token, build.Token  # type: ignore[misc,assignment]
    lark.Token.of = LarkToken.of  # type: ignore[attr-defined]
    try:
        return larks().parse(text, start=start)
    except UnexpectedInput:
        return None
    except Diagnosed as problem:
        return problem.diagnostics
    finally:
        build.Token = ours  # type: ignore[misc]


def of_ours(text: str, start: str = "start") -> Any:
    parser, builder = diagram_parser()
    try:
        return parser.parse(start, text, builder)
    except Diagnosed as problem:
        return problem.diagnostics


def test_the_tables_are_those_of_the_grammar(refresh: bool) -> None:
    written, file = source_of_tables(GRAMMAR), Path(tables.__file__)
    if refresh:
        file.write_text(written, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == written


def test_parts_of_two_types_are_never_equal() -> None:
    name, text = syntax.Name("same", (0, 4)), syntax.Text("same", (0, 4))
    assert name == syntax.Name("same", (0, 4))
    assert name != text
    assert len({name, text, syntax.Name("same", (0, 4))}) == 2


def test_examples_of_how_patterns_begin_run() -> None:
    assert doctest.testmod(grammar_tables).failed == 0


@pytest.mark.parametrize("text", ["2^3 + N", "1..N", "(1, 2)", "", "2^", "3x3"])
def test_a_value_is_what_lark_makes_of_it(text: str) -> None:
    assert of_ours(text, "value") == of_lark(text, "value")


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in CASES}))
def test_a_diagram_is_what_lark_makes_of_it_however_it_is_damaged(folder: str) -> None:
    random.seed(folder)
    for path in (path for path in CASES if path.parent.name == folder):
        text = path.read_text(encoding="utf-8").partition("\n----\n")[0]
        assert of_ours(text) == of_lark(text)
        at = random.randrange(len(text) + 1)
        for damaged in (text[:at] + text[at + 1 :], text[:at] + random.choice(INSERTED) + text[at:]):
            assert of_ours(damaged) == of_lark(damaged), damaged

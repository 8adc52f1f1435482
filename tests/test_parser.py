"""The tables made beforehand are those of the grammar, and mean the same as its text."""

from __future__ import annotations

from pathlib import Path

import lark
import pytest

from shapecalc.language import grammar as parser
from shapecalc.language import tables
from shapecalc.language.build import Build

TEXT = "let N = 2 * (3 - 1)\nINPUT(8x8x3) => [CONV(4, F=3x5) - RELU?]*N: 4x4x4 as a => ADD[ | @a ] 0<=N<=3"


def test_the_tables_are_those_of_the_grammar(refresh: bool) -> None:
    path = Path(parser.__file__).with_name("tables.py")
    grammar = parser.grammar("diagram.lark").read_text(encoding="utf-8")
    # Lark orders its tables anew each time: they are not touched without need.
    if refresh and (grammar, lark.__version__) != (tables.GRAMMAR, tables.LARK):
        path.write_text(parser.make_tables(), encoding="utf-8")
    assert grammar == tables.GRAMMAR or refresh


@pytest.mark.skipif(lark.__version__ != tables.LARK, reason="tables of another version of Lark are not used")
def test_the_tables_mean_what_the_text_means() -> None:
    loaded, build = parser.diagram_parser()
    written = lark.Lark(tables.GRAMMAR, transformer=Build(), **parser.OPTIONS)
    assert parser._from_tables(tables.GRAMMAR, build) is not None
    assert loaded.parse(TEXT, start="start") == written.parse(TEXT, start="start")
    assert loaded.parse("2^3 + N", start="value") == written.parse("2^3 + N", start="value")


def test_tables_of_another_grammar_or_version_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parser._from_tables(tables.GRAMMAR + "\n", Build()) is None
    monkeypatch.setattr(tables, "LARK", "0.0.0")
    assert parser._from_tables(tables.GRAMMAR, Build()) is None

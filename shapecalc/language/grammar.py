"""The parser of the grammar: from tables made beforehand where they fit, else from the grammar's text."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapecalc.language.build import Build

if TYPE_CHECKING:
    from lark import Lark

OPTIONS: dict[str, Any] = {
    "start": ["start", "value"],
    "parser": "lalr",
    "lexer": "contextual",
    "maybe_placeholders": False,
    "keep_all_tokens": True,
}


def grammar(name: str) -> Path:
    """Where a grammar lies: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "grammars" / name
    return inside if inside.exists() else package.parent / "grammars" / name


@cache
def diagram_parser() -> tuple[Lark, Build]:
    """The parser of diagrams (`start`) and of single expressions (`value`), and what builds its tree.

    Making the tables takes ten times as long as loading them.
    """
    from lark import Lark

    text = grammar("diagram.lark").read_text(encoding="utf-8")
    build = Build()
    return _from_tables(text, build) or Lark(text, transformer=build, **OPTIONS), build


def _from_tables(text: str, build: Build) -> Lark | None:
    """The parser from tables.py, if that was made of this grammar by this version of Lark."""
    import lark

    from shapecalc.language import tables

    if text != tables.GRAMMAR or lark.__version__ != tables.LARK:
        return None
    parser = lark.Lark.__new__(lark.Lark)
    parser._load({"data": tables.DATA, "memo": tables.MEMO}, transformer=build)
    return parser


def make_tables() -> str:
    """The source text of tables.py for the grammar as it is."""
    import lark
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    text = grammar("diagram.lark").read_text(encoding="utf-8")
    data, memo = lark.Lark(text, **OPTIONS).memo_serialize([TerminalDef, Rule])
    parts = {"GRAMMAR": text, "LARK": lark.__version__, "DATA": data, "MEMO": memo}
    lines = [f"{name}: {kind} = {parts[name]!r}" for name, kind in
             (("GRAMMAR", "str"), ("LARK", "str"), ("DATA", "dict[str, Any]"), ("MEMO", "dict[int, Any]"))]  # fmt: skip
    head = '"""The tables of the grammar, made by `pytest --refresh tests/test_parser.py`; not for people."""\n'
    return "\n".join([head, "from typing import Any\n", *lines, ""])

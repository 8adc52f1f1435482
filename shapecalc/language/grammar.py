"""The texts of the grammars, and the parser of diagrams: from the tables that Lark made of diagram.lark."""

from __future__ import annotations

import os
from functools import cache

from shapecalc.language.build import Build
from shapecalc.language.lalr import Parser, Tables


def grammar(name: str) -> str:
    """The text of a grammar, which is inside the installed package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "grammars", name)
    path = inside if os.path.exists(inside) else os.path.join(os.path.dirname(package), "grammars", name)
    with open(path, encoding="utf-8") as file:
        return file.read()


@cache
def diagram_parser() -> tuple[Parser, Build]:
    """The parser of diagrams (`start`) and of single expressions (`value`), and what builds its tree."""
    from shapecalc.language import tables

    ignored = frozenset(tables.IGNORED)
    made = Tables(tables.TERMINALS, tables.LEXERS, tables.STATES, tables.RULES, tables.STARTS, ignored)
    return Parser(made), Build()

"""The parser of the grammar: from tables made beforehand where they fit, else from the grammar's text."""

from __future__ import annotations

import os
from functools import cache
from zlib import crc32

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
    return Parser(tables_of(grammar("diagram.lark"))), Build()


def tables_of(text: str) -> Tables:
    """The tables of a grammar: those of tables.py, which take no Lark, if they were made of it."""
    from shapecalc.language import tables

    if crc32(text.encode()) != tables.GRAMMAR:
        from shapecalc.language.lalr_compiler import compiled

        return compiled(text)
    return Tables(
        tables.TERMINALS,
        tables.LEXERS,
        tables.STATES,
        tables.RULES,
        tables.STARTS,
        frozenset(tables.IGNORED),
    )

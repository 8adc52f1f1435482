"""Diagrams: layers joined by arrows, our own language. Takes every text that no other format takes."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, report
from shapecalc.formats.read import Head, Options
from shapecalc.language import syntax

RANK = 100
"""Last."""
SUFFIXES = (".net",)


def accepts(path: str, head: Head) -> bool:
    """Whether it is a text."""
    return isinstance(head, str)


def read(source: Source, problems: list[Diagnostic], options: Options) -> syntax.Diagram:
    """The syntax tree. Raises Diagnosed with every syntax error, SHP009 where there is nothing."""
    from shapecalc.parse import parse_statements

    statements = parse_statements(source.text)
    if not statements:
        end = len(source.text)
        raise Diagnosed(
            report(
                "SHP009",
                "there is no diagram here",
                (end, end),
                help=("write one, such as INPUT(32x32x3) => CONV(64) => RELU => FC(10)",),
            )
        )
    return syntax.Diagram(statements)

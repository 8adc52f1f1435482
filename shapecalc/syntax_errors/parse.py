"""Text to statements and values; a text that does not parse is told what is wrong with it."""

from __future__ import annotations

import re
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.language import syntax

DEEPEST = 100
"""How deep brackets may nest."""


def parse_statements(text: str) -> tuple[syntax.Statement, ...]:
    """The statements of a diagram's text; what is not diagram stands blank in it, so that spans are right.

    Raises Findings with every syntax error.
    """
    statements: tuple[syntax.Statement, ...] = run_parser("start", text)
    from shapecalc.syntax_errors.missing_arrows import breaks, false_branches

    lost, false = breaks(statements, text), tuple(false_branches(statements))
    if lost or false:
        from shapecalc.syntax_errors.recover import diagnose

        raise Diagnosed(*diagnose(text, breaks=lost, known=false))
    return statements


def parse_value(text: str) -> syntax.Expression:
    """One expression or range; what is not part of it stands blank. Raises Findings."""
    return run_parser("value", text)  # type: ignore[no-any-return]


def run_parser(start: str, text: str) -> Any:
    """What a rule of the grammar makes of the whole text. Raises Findings."""
    from lark.exceptions import UnexpectedInput

    from shapecalc.language.grammar import diagram_parser

    _hold_depth(text)
    parser, build = diagram_parser()
    try:
        return parser.parse(text, start=start)
    except UnexpectedInput:
        from shapecalc.syntax_errors.recover import diagnose

        raise Diagnosed(*diagnose(text, start)) from None
    finally:
        build.depths.clear()


def only(text: str, start: int, end: int) -> str:
    """The text with everything but start…end made blank; lines and offsets stay."""
    return blank(text[:start]) + text[start:end] + blank(text[end:])


def blank(text: str) -> str:
    """As many spaces, with the newlines kept."""
    return re.sub(r"[^\n]", " ", text)


def _hold_depth(text: str) -> None:
    """Refuses absurd nesting before anything recurses. Raises Findings SHP012."""
    depth = 0
    for match in re.finditer(r"#[^\n]*|[\[\](){}]", text):
        bracket = match.group()
        if bracket in "[({":
            depth += 1
            if depth > DEEPEST:
                raise Diagnosed(
                    report(
                        "SHP012",
                        f"brackets nest more than {DEEPEST} levels deep",
                        match.span(),
                        label=f"level {depth} opens here",
                        help=("close a bracket, or give the inner part a name with block",),
                    )
                )
        elif bracket in "])}":
            depth = max(0, depth - 1)

"""Text to statements and values; a text that does not parse gets diagnostics."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.language import syntax

DEEPEST = 100
"""How deep brackets may nest."""
_MOST_RESPELLINGS = 3
"""How often notations of a whole text, of its lines and of its layers may contain each other."""


_LONG, _BEGINNING = 300_000, 30_000
"""Characters of a text whose beginning is read before the rest, and of that beginning."""


@lru_cache(maxsize=1)  # the members of a family have one text
def parse_statements(text: str) -> tuple[syntax.Statement, ...]:
    """The statements of a diagram's text; what is not diagram stands blank in it, so that spans are right.

    A text in another notation that can only mean one diagram gives the statements of that. Raises Diagnosed with
    every syntax error.
    """
    return _statements(text, _MOST_RESPELLINGS)


def _statements(text: str, respellings: int) -> tuple[syntax.Statement, ...]:
    """The statements of a text that may be written anew so often. Raises Diagnosed."""
    from shapecalc.syntax_errors.accidents import accidents

    if len(text) > _LONG:
        _check_beginning(text)
    statements = _run_parser("start", text)
    breaks, false = accidents(statements, text) if statements is not None else ((), ())
    if statements is not None and not breaks and not false:
        return statements  # type: ignore[no-any-return]
    from shapecalc.syntax_errors.recover import diagnose, nothing_known

    found = diagnose(text, breaks=breaks, known=false)
    if isinstance(found, tuple):
        raise Diagnosed(*found)
    if found.text == text or not respellings:
        raise Diagnosed(nothing_known(text))
    try:
        return found.back(_statements(found.text, respellings - 1))
    except Diagnosed as problem:
        raise Diagnosed(*(found.back(diagnostic) for diagnostic in problem.diagnostics)) from None


def _check_beginning(text: str) -> None:
    """Refuses a long text by its beginning, where that has more mistakes than anybody reads. Raises Diagnosed.

    A sentence parses, as names of layers without arrows: of a few million words that would take half a minute.
    """
    from shapecalc.syntax_errors.accidents import accidents
    from shapecalc.syntax_errors.recover import MOST_PLACES, diagnose

    if re.search(r"\bblock\b", text):  # its name may stand for an INPUT
        return
    end = max(text.rfind(space, 0, _BEGINNING) for space in "\n ")
    statements = _run_parser("start", text[: max(end, 0)])
    breaks = accidents(statements, text)[0] if statements is not None else ()
    if len(breaks) > MOST_PLACES:
        found = diagnose(text, breaks=breaks)
        if isinstance(found, tuple):
            raise Diagnosed(*found)


def parse_value(text: str) -> syntax.Expression:
    """One expression or range; what is not part of it stands blank. Raises Diagnosed."""
    value = _run_parser("value", text)
    if value is None:
        from shapecalc.syntax_errors.recover import diagnose, nothing_known

        found = diagnose(text, "value")
        raise Diagnosed(*(found if isinstance(found, tuple) else (nothing_known(text),)))
    return value  # type: ignore[no-any-return]


def _run_parser(start: str, text: str) -> Any:
    """What a rule of the grammar makes of the whole text; None where it does not parse. Raises Diagnosed SHP012."""
    from shapecalc.language.grammar import diagram_parser

    _check_depth(text)
    parser, build = diagram_parser()
    try:
        return parser.parse(start, text, build)
    finally:
        build.depths.clear()


def _check_depth(text: str) -> None:
    """Refuses absurd nesting before anything recurses. Raises Diagnosed SHP012."""
    if sum(map(text.count, "([{")) <= DEEPEST:
        return
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

"""Text to syntax tree: decides what kind of file it is, and holds the text to bounds before it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from shapecalc import syntax
from shapecalc.diagnostics import Diagnostic, Findings, Source, finding

DEEPEST = 100
"""How deep brackets may nest."""
MOST_CHARACTERS = 8_000_000
"""How long a text may be."""


def parse(source: Source, problems: list[Diagnostic] | None = None) -> syntax.Diagram:
    """The syntax tree of a diagram with its front matter, of a listing, or of a YAML config.

    Spans count code points of `source.text`. What is wrong with the settings is added to `problems`, if that is
    given, and the rest is read all the same. Raises Findings with all that is wrong with the file where the network
    itself cannot be read, or there is nowhere to add problems to.
    """
    found: list[Diagnostic] = []
    try:
        diagram = _parse(source, found)
    except Findings as fatal:
        raise Findings(*in_order((*found, *fatal.diagnostics))) from None
    if problems is None and found:
        raise Findings(*in_order(found))
    if problems is not None:
        problems.extend(found)
    return diagram


def in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics in the order of the file, each once."""
    return sorted(dict.fromkeys(found), key=lambda d: d.span)


def _parse(source: Source, problems: list[Diagnostic]) -> syntax.Diagram:
    """What `parse` does; raises Findings with what is wrong with the network alone."""
    if len(source.text) > MOST_CHARACTERS:
        raise Findings(
            finding(
                "SHP011",
                f"the file has {len(source.text):,} characters, and {MOST_CHARACTERS:,} is the most that is read",
            )
        )
    if source.path.lower().endswith((".yaml", ".yml")):
        from shapecalc.configs.config import parse_config

        return parse_config(source, problems)
    settings = syntax.Settings()
    text = source.text
    if text.startswith("---") and text[3:4] in ("\n", " ", ""):
        from shapecalc.configs.frontmatter import split_front_matter

        settings, text = split_front_matter(source, problems)
    from shapecalc.listings.listing import is_listing, parse_listing

    if is_listing(text):
        return parse_listing(text, settings)
    statements = parse_statements(text)
    if not statements:
        raise Findings(
            finding(
                "SHP009",
                "there is no diagram here",
                (len(text), len(text)),
                help=("write one, such as INPUT(32x32x3) => CONV(64) => RELU => FC(10)",),
            )
        )
    return syntax.Diagram(statements, settings)


def parse_statements(text: str) -> tuple[syntax.Statement, ...]:
    """The statements of a diagram's text; what is not diagram stands blank in it, so that spans are right.

    Raises Findings with every syntax error.
    """
    statements: tuple[syntax.Statement, ...] = run_parser("start", text)
    from shapecalc.mistakes.joints import missing_arrows

    missing = missing_arrows(statements, text)
    if missing:
        raise Findings(*missing)
    return statements


def parse_value(text: str) -> syntax.Expression:
    """One expression or range; what is not part of it stands blank. Raises Findings."""
    return run_parser("value", text)  # type: ignore[no-any-return]


def run_parser(start: str, text: str) -> Any:
    """What a rule of the grammar makes of the whole text. Raises Findings."""
    from lark.exceptions import UnexpectedInput

    from shapecalc.reading.parser import diagram_parser

    _hold_depth(text)
    parser, build = diagram_parser()
    try:
        return parser.parse(text, start=start)
    except UnexpectedInput as error:
        from shapecalc.mistakes.recover import diagnose

        raise Findings(*diagnose(text, error, start)) from None
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
                raise Findings(
                    finding(
                        "SHP012",
                        f"brackets nest more than {DEEPEST} levels deep",
                        match.span(),
                        label=f"level {depth} opens here",
                        help=("close a bracket, or give the inner part a name with block",),
                    )
                )
        elif bracket in "])}":
            depth = max(0, depth - 1)

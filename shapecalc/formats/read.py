"""Text to syntax tree: decides what kind of file it is, and holds the text to bounds before it is read."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Source, report
from shapecalc.language import syntax
from shapecalc.syntax_errors.parse import parse_statements

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
    except Diagnosed as fatal:
        raise Diagnosed(*in_order((*found, *fatal.diagnostics))) from None
    if problems is None and found:
        raise Diagnosed(*in_order(found))
    if problems is not None:
        problems.extend(found)
    return diagram


def in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics in the order of the file, each once."""
    return sorted(dict.fromkeys(found), key=lambda d: d.span)


def _parse(source: Source, problems: list[Diagnostic]) -> syntax.Diagram:
    """What `parse` does; raises Findings with what is wrong with the network alone."""
    if len(source.text) > MOST_CHARACTERS:
        raise Diagnosed(
            report(
                "SHP011",
                f"the file has {len(source.text):,} characters, and {MOST_CHARACTERS:,} is the most that is read",
            )
        )
    if source.path.lower().endswith((".yaml", ".yml")):
        from shapecalc.formats.yaml.config import parse_config

        return parse_config(source, problems)
    settings = syntax.Settings()
    text = source.text
    if text.startswith("---") and text[3:4] in ("\n", " ", ""):
        from shapecalc.formats.front_matter import split_front_matter

        settings, text = split_front_matter(source, problems)
    from shapecalc.formats.listing.listing import is_listing, parse_listing

    if is_listing(text):
        return parse_listing(text, settings)
    statements = parse_statements(text)
    if not statements:
        raise Diagnosed(
            report(
                "SHP009",
                "there is no diagram here",
                (len(text), len(text)),
                help=("write one, such as INPUT(32x32x3) => CONV(64) => RELU => FC(10)",),
            )
        )
    return syntax.Diagram(statements, settings)

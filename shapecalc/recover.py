"""Says what is wrong with a text that does not parse, in the writer's terms."""

from __future__ import annotations

from lark.exceptions import UnexpectedInput

from shapecalc.diagnostics import Diagnostic, finding


def diagnose(text: str, error: UnexpectedInput) -> tuple[Diagnostic, ...]:
    """Every syntax error of a text, given the first that the parser met."""
    at = error.pos_in_stream or 0
    return (finding("SHP001", "unexpected text", (at, at + 1)),)

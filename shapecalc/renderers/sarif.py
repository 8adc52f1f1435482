"""SARIF 2.1.0, as GitHub's code scanning accepts it: one run, every rule with its page, every result with a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from shapecalc import __version__
from shapecalc.display.annotations import Annotation, annotated
from shapecalc.display.json_text import json_text
from shapecalc.display.style import Style
from shapecalc.passes.report import CheckedNetwork
from shapecalc.rules.catalogue import load
from shapecalc.rules.pages import page, page_of
from shapecalc.rules.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(reports: Sequence[CheckedNetwork], style: Style) -> str:
    """The log on several lines; `results` is there where it is empty too."""
    found = [a for _, shown in annotated(reports, style) for a in shown]
    codes = sorted({a.diagnostic.code for a in found})
    driver = {
        "name": "shapecalc",
        "semanticVersion": __version__,
        "rules": [_rule(load(code)) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(a, codes.index(a.diagnostic.code)) for a in found],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, unicode=style.unicode) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    said = page_of(rule)
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": said.summary},
        "fullDescription": {"text": said.why},
        "help": {"text": page(rule), "markdown": page(rule)},
        "helpUri": f"urn:shapecalc:{rule.code}",
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(a: Annotation, index: int) -> dict[str, Any]:
    region = {"startLine": a.line, "startColumn": a.column, "endLine": a.end_line, "endColumn": a.end_column}
    uri = quote(a.path.encode("utf-8", "surrogateescape"), safe="/")
    return {
        "ruleId": a.diagnostic.code,
        "ruleIndex": index,
        "level": a.diagnostic.severity,
        "message": {"text": a.message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
    }

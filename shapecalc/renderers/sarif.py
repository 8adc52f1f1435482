"""SARIF 2.1.0, as GitHub's code scanning accepts it: one run, every rule with its page, every result with a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from shapecalc import __version__
from shapecalc.display.annotations import Annotation, annotated
from shapecalc.display.json_text import json_text
from shapecalc.display.style import Style
from shapecalc.passes.report import CheckedNetwork
from shapecalc.rules.catalogue import load
from shapecalc.rules.pages import anchor, page, page_of
from shapecalc.rules.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def part(report: CheckedNetwork, style: Style) -> list[dict[str, Any]]:
    """The results of a network; which rule of the log each is of is known at the end."""
    return [_result(a) for a in annotated(report, style)]


def whole(parts: Iterable[list[dict[str, Any]]], style: Style) -> Iterator[str]:
    """The log on several lines; `results` is there where it is empty too."""
    results = [result for found in parts for result in found]
    codes = sorted({result["ruleId"] for result in results})
    driver = {
        "name": "shapecalc",
        "semanticVersion": __version__,
        "rules": [_rule(load(code), style.pages) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [result | {"ruleIndex": codes.index(result["ruleId"])} for result in results],
    }
    yield json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, unicode=style.unicode) + "\n"


def _rule(rule: Rule, pages: str) -> dict[str, Any]:
    said = page_of(rule)
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": said.summary},
        "fullDescription": {"text": said.why},
        "help": {"text": page(rule), "markdown": page(rule)},
        "helpUri": f"{pages}#{anchor(rule)}" if pages else f"urn:shapecalc:{rule.code}",
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(a: Annotation) -> dict[str, Any]:
    region = {"startLine": a.line, "startColumn": a.column, "endLine": a.end_line, "endColumn": a.end_column}
    uri = quote(a.path.encode("utf-8", "surrogateescape"), safe="/")
    return {
        "ruleId": a.diagnostic.code,
        "level": a.diagnostic.severity,
        "message": {"text": a.message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
    }

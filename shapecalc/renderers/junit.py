"""JUnit's XML, as CI servers read it: a suite a file, a failing case a diagnostic, a passing one where it is clean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from shapecalc.display.annotations import Annotation, annotated
from shapecalc.display.repository_path import repository_path
from shapecalc.display.style import Style, clean
from shapecalc.passes.report import CheckedNetwork
from shapecalc.rules.catalogue import rule_name


def part(report: CheckedNetwork, style: Style) -> tuple[str, list[str]]:
    """The name of a suite as an attribute, and its failing cases."""
    name = _attribute(repository_path(report.source.path))
    return name, [_case(a, name) for a in annotated(report, style)]


def whole(parts: Iterable[tuple[str, list[str]]], style: Style) -> Iterator[str]:
    """The document, indented, a line an element; networks of one file are one suite."""
    by_file = groupby(parts, key=lambda suite: suite[0])
    suites = [(name, [case for _, cases in same for case in cases]) for name, same in by_file]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="shapecalc" {_counts([cases for _, cases in suites])}>',
        *(line for name, cases in suites for line in _suite(name, cases)),
        "</testsuites>",
    ]
    text = "\n".join(lines) + "\n"
    yield text if style.unicode else text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _counts(suites: list[list[str]]) -> str:
    """How many cases there are, one that passes where a suite has no other, and how many of them fail."""
    return f'tests="{sum(max(1, len(cases)) for cases in suites)}" failures="{sum(map(len, suites))}" errors="0"'


def _suite(name: str, cases: list[str]) -> list[str]:
    clean_one = f'    <testcase name="clean" classname={name}/>'
    return [f"  <testsuite name={name} {_counts([cases])}>", *(cases or [clean_one]), "  </testsuite>"]


def _case(a: Annotation, suite: str) -> str:
    code = a.diagnostic.code
    name = _attribute(f"{code} {rule_name(code)} at {a.line}:{a.column}")
    head = a.message.split("\n")[0]
    where = escape(f"{clean(a.path)}:{a.line}:{a.column}: {a.message}")
    return (
        f"    <testcase name={name} classname={suite}>\n"
        f'      <failure type="{a.diagnostic.severity}" message={_attribute(head)}>{where}</failure>\n'
        "    </testcase>"
    )


def _attribute(text: str) -> str:
    return quoteattr(clean(text))

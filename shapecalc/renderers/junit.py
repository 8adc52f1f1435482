"""JUnit's XML, as CI servers read it: a suite a file, a failing case a diagnostic, a passing one where it is clean."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from shapecalc.display.annotations import Annotation, annotated
from shapecalc.display.characters import clean
from shapecalc.display.style import Style
from shapecalc.passes.report import CheckedNetwork
from shapecalc.rules.catalogue import rule_name


def render(reports: Sequence[CheckedNetwork], style: Style) -> str:
    """The document, indented, a line an element."""
    suites = list(annotated(reports, style))
    cases = sum(max(1, len(shown)) for _, shown in suites)
    failures = sum(len(shown) for _, shown in suites)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="shapecalc" tests="{cases}" failures="{failures}" errors="0">',
        *(line for report, shown in suites for line in _suite(report, shown)),
        "</testsuites>",
    ]
    text = "\n".join(lines) + "\n"
    return text if style.unicode else text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _suite(report: CheckedNetwork, shown: Sequence[Annotation]) -> list[str]:
    name = _attribute(report.source.path)
    lines = [f'  <testsuite name={name} tests="{max(1, len(shown))}" failures="{len(shown)}" errors="0">']
    if not shown:
        lines.append(f'    <testcase name="clean" classname={name}/>')
    for a in shown:
        code = a.diagnostic.code
        case = _attribute(f"{code} {rule_name(code)} at {a.line}:{a.column}")
        head = a.message.split("\n")[0]
        where = escape(f"{clean(a.path)}:{a.line}:{a.column}: {a.message}")
        lines += [
            f"    <testcase name={case} classname={name}>",
            f'      <failure type="{a.diagnostic.severity}" message={_attribute(head)}>{where}</failure>',
            "    </testcase>",
        ]
    return [*lines, "  </testsuite>"]


def _attribute(text: str) -> str:
    return quoteattr(clean(text))

"""JSON, version 1: the stable format for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from shapecalc import __version__
from shapecalc.display.json_text import json_text

if TYPE_CHECKING:
    from shapecalc.diagnostics.diagnostic import Severity
    from shapecalc.display.style import Style
    from shapecalc.passes.report import Report


def part(report: Report, style: Style) -> tuple[str, list[Severity]]:
    """The object of a network as text, and the severities of what is wrong with it."""
    from shapecalc.display.network_json import network_object, network_text

    if style.indent:
        return json_text(network_object(report), indent=1, unicode=style.unicode), report.severities
    return network_text(report, unicode=style.unicode), report.severities


def whole(parts: Iterable[tuple[str, list[Severity]]], style: Style) -> Iterator[str]:
    """One object: a line a network, so that it can be written while others are checked; or indented for people."""
    tool = json_text({"name": "shapecalc", "version": __version__})
    head, before, after = _LAYOUTS[style.indent]
    yield head.replace("TOOL", tool)
    networks, found = 0, Counter[str]()
    for text, severities in parts:
        yield ("," if networks else "") + before + (text.replace("\n", "\n  ") if style.indent else text)
        networks += 1
        found.update(severities)
    counts = {"networks": networks, "errors": found["error"], "warnings": found["warning"], "notes": found["note"]}
    yield after.replace("COUNTS", json_text(counts))


_LAYOUTS = {
    False: ('{"version":1,"tool":TOOL,"networks":[', "\n", '\n],"summary":COUNTS}\n'),
    True: ('{\n "version": 1,\n "tool": TOOL,\n "networks": [', "\n  ", '\n ],\n "summary": COUNTS\n}\n'),
}
"""What stands in front of the networks, in front of each, and after them."""

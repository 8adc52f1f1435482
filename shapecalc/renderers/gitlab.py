"""GitLab's code quality report: an array of what was found, with fingerprints that survive edits elsewhere."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from shapecalc.display.annotations import Annotation, annotated
from shapecalc.display.json_text import json_text
from shapecalc.display.style import Style
from shapecalc.passes.report import CheckedNetwork
from shapecalc.rules.catalogue import rule_name

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def part(report: CheckedNetwork, style: Style) -> list[dict[str, Any]]:
    """An entry for every diagnostic; its fingerprint is still what it is made of."""
    return [_entry(a) for a in annotated(report, style)]


def whole(parts: Iterable[list[dict[str, Any]]], style: Style) -> Iterator[str]:
    """The array on several lines; `[]` where nothing was found."""
    seen: Counter[str] = Counter()
    found = [entry | {"fingerprint": _digest(entry["fingerprint"], seen)} for entries in parts for entry in entries]
    yield json_text(found, indent=1, unicode=style.unicode) + "\n"


def _digest(same: str, seen: Counter[str]) -> str:
    """A hash of the rule, the path and the line; salted where there is more than one of them."""
    seen[same] += 1
    return hashlib.sha256(f"{same}\0{seen[same]}".encode("utf-8", "surrogatepass")).hexdigest()


def _entry(a: Annotation) -> dict[str, Any]:
    return {
        "description": a.message.split("\n")[0],
        "check_name": f"{a.diagnostic.code} {rule_name(a.diagnostic.code)}",
        "fingerprint": "\0".join((a.path, a.diagnostic.code, " ".join(a.text.split()))),
        "severity": _SEVERITIES[a.diagnostic.severity],
        "location": {"path": a.path, "lines": {"begin": a.line, "end": a.end_line}},
    }

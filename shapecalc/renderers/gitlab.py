"""GitLab's code quality report: an array of what was found, with fingerprints that survive edits elsewhere."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from shapecalc.display.annotations import Annotation, annotated
from shapecalc.display.json_text import json_text
from shapecalc.display.style import Style
from shapecalc.passes.report import CheckedNetwork
from shapecalc.rules.catalogue import rule_name

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(reports: Sequence[CheckedNetwork], style: Style) -> str:
    """The array on several lines; `[]` where nothing was found."""
    seen: Counter[str] = Counter()
    found = [_entry(a, seen) for _, shown in annotated(reports, style) for a in shown]
    return json_text(found, indent=1, unicode=style.unicode) + "\n"


def _entry(a: Annotation, seen: Counter[str]) -> dict[str, Any]:
    same = "\0".join((a.path, a.diagnostic.code, " ".join(a.text.split())))
    seen[same] += 1
    digest = hashlib.sha256(f"{same}\0{seen[same]}".encode("utf-8", "surrogatepass"))
    return {
        "description": a.message.split("\n")[0],
        "check_name": f"{a.diagnostic.code} {rule_name(a.diagnostic.code)}",
        "fingerprint": digest.hexdigest(),
        "severity": _SEVERITIES[a.diagnostic.severity],
        "location": {"path": a.path, "lines": {"begin": a.line, "end": a.end_line}},
    }

"""A baseline: what was reported at some time, so that only what is new is reported after."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from shapecalc.core.record import NamedTuple, replace
from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.passes.report import CheckedNetwork
from shapecalc.rules.catalogue import is_locked


class Known(NamedTuple):
    """Something that was reported, without line numbers and messages, which change by edits elsewhere."""

    path: str
    """Relative to the folder of the baseline, with /."""
    rule: str
    fingerprint: str


def fingerprint(diagnostic: Diagnostic, source: Source) -> str:
    """16 hexadecimal digits of the rule and the text of its line, without its spaces and comment."""
    source, diagnostic = source.located(diagnostic)
    line = source.line(source.position(diagnostic.span[0])[0])
    text = "".join(line.partition("#")[0].split())
    return sha256(f"{diagnostic.code}\0{text}".encode()).hexdigest()[:16]


def baseline_text(reports: Iterable[CheckedNetwork], path: str) -> tuple[str, int]:
    """The text of a baseline that is written to a path, and how many diagnostics it holds."""
    counts: Counter[Known] = Counter()
    for report in reports:
        counts.update(_known(d, report, path) for d in report.diagnostics if not is_locked(d))
    entries = [{**key._asdict(), "count": number} for key, number in sorted(counts.items())]
    return json.dumps({"version": 1, "known": entries}, indent=1, ensure_ascii=False) + "\n", counts.total()


def read_baseline(text: str) -> Counter[Known]:
    """How often each thing is known. Raises ValueError for a text that is no baseline."""
    try:
        content: Any = json.loads(text)
        entries = content["known"]
        return Counter({Known(e["path"], e["rule"], e["fingerprint"]): int(e["count"]) for e in entries})
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise ValueError("it is not a baseline: write one with --write-baseline") from None


def without_known(reports: Sequence[CheckedNetwork], known: Counter[Known], path: str) -> list[CheckedNetwork]:
    """The reports without what a baseline knows: of each kind as many as it counts, the first ones."""
    left = Counter(known)
    found = []
    for report in reports:
        kept = []
        for diagnostic in report.diagnostics:
            key = _known(diagnostic, report, path)
            if is_locked(diagnostic) or left[key] < 1:
                kept.append(diagnostic)
            else:
                left[key] -= 1
        found.append(replace(report, diagnostics=tuple(kept)))
    return found


def _known(diagnostic: Diagnostic, report: CheckedNetwork, path: str) -> Known:
    folder = os.path.dirname(os.path.abspath(path))
    relative = os.path.relpath(os.path.abspath(report.source.path), folder).replace(os.sep, "/")
    return Known(relative, diagnostic.code, fingerprint(diagnostic, report.source))

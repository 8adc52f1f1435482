"""Writes comments into a text that ignore what is reported there, so that only new mistakes are reported after."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.diagnostics.diagnostic import Diagnostic, Source
from shapecalc.rules.catalogue import rule_name
from shapecalc.rules.selection import is_locked
from shapecalc.suppressions.directives import Directive, directives


def with_ignores(source: Source, found: Sequence[Diagnostic]) -> tuple[str, int]:
    """The text with a comment at the end of every line where something is reported, and how many were ignored.

    What cannot be ignored stays; a comment that is there already gets the names that it lacks.
    """
    by_line: dict[int, list[str]] = {}
    for diagnostic in found:
        if not is_locked(diagnostic) and not diagnostic.code.startswith("SHP9"):
            line = source.position(diagnostic.span[0])[0]
            names = by_line.setdefault(line, [])
            if rule_name(diagnostic.code) not in names:
                names.append(rule_name(diagnostic.code))
    there = {source.position(d.span[0])[0]: d for d in directives(source) if d.verb == "ignore" and d.words}
    text = source.text
    for line in sorted(by_line, reverse=True):
        start, end, content = _edit(source, line, by_line[line], there.get(line))
        text = text[:start] + content + text[end:]
    return text, sum(map(len, by_line.values()))


def _edit(source: Source, line: int, names: list[str], there: Directive | None) -> tuple[int, int, str]:
    """Where to write what, in one line."""
    if there is not None:
        end = there.words[-1][1][1]
        return end, end, "".join(f", {name}" for name in names)
    end = source.starts[line - 1] + len(source.line(line).rstrip())
    return end, end, f"  # shapecalc: ignore[{', '.join(names)}]"

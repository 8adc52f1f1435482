"""Reads `# shapecalc: ignore[…]` comments, and finds the lines that each is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Diagnostic, Source, Span
from shapecalc.rules.catalogue import is_locked, rule_name

_DIRECTIVE = re.compile(r"#[ \t]*shapecalc:[ \t]*(?P<verb>[\w-]*)[ \t]*(?:\[(?P<rules>[^\]\n]*)\])?[^\n]*")
_CONTINUES = re.compile(r"\s*(=>|->|→|⇒|⟶|➔|-\s|\||\]|\))")
_LEADS_ON = re.compile(r"(=>|->|→|⇒|⟶|➔|=|,|\||-)\s*$")
_COMMENT = re.compile(r"(^|\s)#.*")


class Directive(NamedTuple):
    """One comment: what it ignores, and where."""

    verb: str
    """`ignore` or `ignore-file`; anything else is a mistake."""
    words: tuple[tuple[str, Span], ...]
    """Codes and names of rules, each with its place."""
    span: Span
    """From its # to its last character."""
    first: int
    last: int
    """The lines that it is about, both included."""


def directives(source: Source) -> Iterator[Directive]:
    """The comments of a text that speak to shapecalc, in its order."""
    for match in _DIRECTIVE.finditer(source.text):
        span = (match.start(), match.start() + len(match[0].rstrip()))
        line = source.position(match.start())[0]
        alone = not source.text[source.starts[line - 1] : match.start()].strip()
        first, last = (line, line)
        if match["verb"] == "ignore-file":
            first, last = 1, len(source.starts)
        elif alone:
            first, last = _block_after(source, line)
        yield Directive(match["verb"], tuple(_words(match)), span, first, last)


def _words(match: re.Match[str]) -> Iterator[tuple[str, Span]]:
    for word in re.finditer(r"[^\s,]+", match["rules"] or ""):
        start = match.start("rules") + word.start()
        yield word[0], (start, start + len(word[0]))


def _block_after(source: Source, line: int) -> tuple[int, int]:
    """The lines of what comes after a comment on a line of its own: a statement, or the layers of one line.

    In YAML it is the line and all that is indented more.
    """
    first = line + 1
    while first <= len(source.starts) and not _code(source, first):
        first += 1
    if first > len(source.starts):
        return first, first
    if _is_yaml(source, first):
        return first, _last_indented(source, first)
    within = bool(_CONTINUES.match(source.line(first)))
    last, depth = first, _depth(source, first)
    while last < len(source.starts) and (depth > 0 or (not within and _goes_on(source, last))):
        last += 1
        depth += _depth(source, last)
    return first, last


def _code(source: Source, line: int) -> str:
    """A line without its comment."""
    return _COMMENT.sub("", source.line(line)).rstrip()


def _depth(source: Source, line: int) -> int:
    """How many more brackets a line opens than it closes."""
    code = _code(source, line)
    return sum(code.count(c) for c in "([{") - sum(code.count(c) for c in ")]}")


def _goes_on(source: Source, line: int) -> bool:
    """Whether the statement of a line goes on in the next one."""
    return bool(_LEADS_ON.search(_code(source, line)) or _CONTINUES.match(source.line(line + 1)))


def _is_yaml(source: Source, line: int) -> bool:
    """Whether a line is of a config, or of the front matter."""
    if source.path.endswith((".yaml", ".yml")):
        return True
    fences = [n for n in range(1, min(line, len(source.starts)) + 1) if source.line(n).rstrip() == "---"]
    return len(fences) == 1 and not "".join(source.line(n) for n in range(1, fences[0])).strip()


def _last_indented(source: Source, first: int) -> int:
    indent = _indent(source.line(first))
    last = first
    for line in range(first + 1, len(source.starts) + 1):
        if not _code(source, line):
            continue
        if _indent(source.line(line)) <= indent:
            break
        last = line
    return last


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


# --- written ----------------------------------------------------------------------------------------


def with_ignores(source: Source, found: Sequence[Diagnostic]) -> tuple[str, int]:
    """The text with a comment at the end of every line where something is reported, and how many were ignored.

    What cannot be ignored stays; a comment that is there already gets the names that it lacks.
    """
    by_line: dict[int, list[str]] = {}
    for diagnostic in found:
        is_here = source.place(diagnostic.span[0])[0] is source
        if is_here and not is_locked(diagnostic) and not diagnostic.code.startswith("SHP9"):
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

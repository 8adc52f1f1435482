"""Formats a whole file: canonical text, with its front matter, comments and line breaks at arrows kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from shapecalc.core.record import Record, replace
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.formats.front_matter import end_of_front_matter
from shapecalc.formats.known_formats import format_of
from shapecalc.formats.read import head_of, parse
from shapecalc.language import syntax
from shapecalc.language import unparse as pretty
from shapecalc.syntax_errors.parse import only

WIDTH = 88
"""Columns of a line; comments do not count."""
STEP = 2
"""Columns that a continuation or the inside of brackets is moved in."""


def format_text(source: Source) -> str:
    """The canonical text of a diagram; files of other formats come back as they are.

    Formatting twice changes nothing more, the tree stays the same up to the spelling of names, and every
    comment is kept. Raises Findings with every syntax error.
    """
    text = source.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    start = end_of_front_matter(text)
    below = replace(source, text=only(text, start, len(text)))
    if format_of(source.path, head_of(below)) != "diagram":
        return source.text
    statements = parse(Source(source.path, text)).statements
    return text[:start] + _Formatter(text, start, statements).run()


class _Comment(Record):
    """`# …` and its place; one that has its line for itself belongs to what comes next."""

    text: str
    start: int
    end: int
    own_line: bool


class _Comments:
    """The comments of a text, handed out from first to last."""

    def __init__(self, text: str, start: int) -> None:
        self.found: list[_Comment] = []
        self.next = 0
        for match in re.finditer(r"#[^\n]*", text[start:]):
            at = start + match.start()
            before = text[text.rfind("\n", 0, at) + 1 : at]
            content = match.group().rstrip()
            self.found.append(_Comment(content, at, at + len(content), not before.strip()))

    def before(self, offset: int) -> list[_Comment]:
        """The comments up to an offset that have not been handed out yet."""
        first = self.next
        while self.next < len(self.found) and self.found[self.next].start < offset:
            self.next += 1
        return self.found[first : self.next]


@dataclass(slots=True)
class _Part:
    """An item of a chain with all that its layout depends on."""

    core: pretty.Core
    suffix: str
    flat: str
    """The item on one line."""
    apart: bool
    """The author broke the line before it."""
    leading: list[str]
    """Comments on lines of their own before it."""
    trailing: str = ""
    """The comment at the end of its line."""
    chains: list[list[_Part]] = field(default_factory=list)
    """What is between its brackets."""
    tail: list[str] = field(default_factory=list)
    """Comments before its closing bracket."""
    opened: bool = False
    """Its brackets are on lines of their own, however short it is."""


class _Reader:
    """From chains to parts: finds every comment its place and every line break its arrow."""

    def __init__(self, text: str, comments: _Comments, blocks: pretty.BlockNames) -> None:
        self.text, self.comments, self.blocks = text, comments, blocks

    def chain(self, chain: syntax.Chain, previous: _Part | None = None) -> list[_Part]:
        """The parts of a chain; `previous` is the last part of the alternative before it."""
        parts: list[_Part] = []
        for place, item in enumerate(chain.items):
            start = item.span[0]
            apart = place > 0 and "\n" in self.text[chain.items[place - 1].span[1] : start]
            leading = self.attach(self.comments.before(start), previous)
            previous = self.part(item, apart, leading)
            parts.append(previous)
        return parts

    def attach(self, comments: list[_Comment], previous: _Part | None) -> list[str]:
        """Gives the part before it a comment that ends its line; the texts of the others."""
        if comments and previous is not None and not comments[0].own_line and not previous.trailing:
            at = comments[0].start - 1
            while self.text[at].isspace():
                at -= 1
            if self.text[at] not in "|[":
                previous.trailing = comments[0].text
                comments = comments[1:]
        return [comment.text for comment in comments]

    def part(self, item: syntax.Item, apart: bool, leading: list[str]) -> _Part:
        core, suffix = pretty.split_item(item, self.blocks)
        inner = pretty.inner_chains(core)
        chains: list[list[_Part]] = []
        last: _Part | None = None
        for chain in inner:
            chains.append(self.chain(chain, last))
            last = chains[-1][-1] if chains[-1] else last
        tail = self.tail(core, last) if inner else []
        inside = [comment.text for comment in self.comments.before(item.span[1])]
        texts = [" => ".join(part.flat for part in parts) for parts in chains]
        flat = pretty.enclose(core, texts, self.blocks) + suffix
        part = _Part(core, suffix, flat, apart, leading + inside, "", chains, tail)
        part.opened = bool(tail) or self.divided(core) or any(_stands_open(p) for parts in chains for p in parts)
        return part

    def tail(self, core: pretty.Core, last: _Part | None) -> list[str]:
        """Comments between the last part inside brackets and the closing one."""
        texts: list[str] = []
        if isinstance(core, syntax.Comprehension):
            texts = self.attach(self.comments.before(core.values[0].span[0]), last)
            last = None
        return texts + self.attach(self.comments.before(core.span[1]), last)

    def divided(self, core: pretty.Core) -> bool:
        """Whether the author broke a line at a `|`."""
        if not isinstance(core, syntax.Branch):
            return False
        at = self.text.find("[", core.name_span[1], core.span[1])
        for span in (*(c.span for c in core.chains if c.items), (core.span[1], core.span[1])):
            gap = self.text[at : span[0]]
            if "|" in gap and "\n" in gap:
                return True
            at = span[1]
        return False


def _stands_open(part: _Part) -> bool:
    return part.opened or part.apart or bool(part.leading or part.trailing)


# --- layout -----------------------------------------------------------------------------------


def _chain_lines(parts: Sequence[_Part], indent: int, head: str) -> list[str]:
    """A chain as lines: broken where the author broke it, and at every arrow if that is not enough."""
    rows = _rows(parts)
    if any(len(row) > 1 and _too_long(row, *_margin(n, indent, head)) for n, row in enumerate(rows)):
        rows = [[part] for part in parts]
    lines: list[str] = []
    for n, row in enumerate(rows):
        left, lead = _margin(n, indent, head)
        lines += [" " * left + comment for comment in row[0].leading]
        if row[0].chains and (row[0].opened or (len(row) == 1 and _too_long(row, left, lead))):
            lines += _open_lines(row[0], left, lead)
        else:
            lines.append(" " * left + lead + " => ".join(part.flat for part in row))
        if row[-1].trailing:
            lines[-1] += f"  {row[-1].trailing}"
    return lines


def _margin(row: int, indent: int, head: str) -> tuple[int, str]:
    """Where a row of a chain begins, and what with."""
    return (indent + STEP, "=> ") if row else (indent, head)


def _rows(parts: Sequence[_Part]) -> list[list[_Part]]:
    """The parts of each line: comments and open brackets break lines as well as the author does."""
    rows: list[list[_Part]] = []
    for place, part in enumerate(parts):
        before = parts[place - 1]
        if place == 0 or part.apart or part.leading or part.opened or before.opened or before.trailing:
            rows.append([])
        rows[-1].append(part)
    return rows


def _too_long(row: Sequence[_Part], left: int, lead: str) -> bool:
    return left + len(lead) + sum(len(part.flat) + 4 for part in row) - 4 > WIDTH


def _open_lines(part: _Part, left: int, lead: str) -> list[str]:
    """An item whose brackets are on lines of their own, its inside moved in between them."""
    inner = " " * (left + STEP)
    lines = [" " * left + lead + pretty.opening(part.core)]
    for place, chain in enumerate(part.chains):
        head = "| " if place else ""
        lines += _chain_lines(chain, left + STEP, head) if chain else [f"{inner}|"] * (place > 0)
    lines += [inner + comment for comment in part.tail]
    if isinstance(part.core, syntax.Comprehension):
        lines += _filled(pretty.iterations(part.core), left + STEP)
    return [*lines, f"{' ' * left}]{part.suffix}"]


def _filled(iterations: str, left: int) -> list[str]:
    """The values of a comprehension on as many lines as they need, broken between values only."""
    lines: list[str] = []
    for value in _apart(iterations):
        if lines and len(lines[-1]) + len(value) + 3 <= WIDTH:
            lines[-1] += f", {value}"
        elif lines:
            lines[-1] += ","
            lines.append(" " * (left + STEP) + value)
        else:
            lines.append(" " * left + value)
    return lines


def _apart(iterations: str) -> list[str]:
    """The text between the commas that are in no brackets."""
    values, depth = [""], 0
    for piece in iterations.split(", "):
        values[-1] += f", {piece}" if depth else piece
        depth += piece.count("(") - piece.count(")")
        if not depth:
            values.append("")
    return values[:-1]


# --- statements -------------------------------------------------------------------------------


class _Formatter:
    """Writes the statements of a text in order, with the comments and blank lines between them."""

    def __init__(self, text: str, start: int, statements: Sequence[syntax.Statement]) -> None:
        self.text, self.statements = text, statements
        self.blocks = pretty.block_names(statements)
        self.comments = _Comments(text, start)
        self.reader = _Reader(text, self.comments, self.blocks)
        self.lines: list[str] = []
        self.end = max(0, start - 1)
        """Where what has been written last ends in the text."""

    def run(self) -> str:
        followers = (*self.statements[1:], None)
        for statement, following in zip(self.statements, followers, strict=True):
            self._between(statement.span[0])
            self._blank_line(statement.span[0])
            lines = self._statement(statement, following)
            self.lines += lines
            self.end = statement.span[1]
        self._between(len(self.text))
        return "\n".join(self.lines) + "\n"

    def _between(self, offset: int) -> None:
        """The comments before a statement, or at the end: the first may end the line of the one before."""
        for place, comment in enumerate(self.comments.before(offset)):
            if place == 0 and not comment.own_line and self.lines:
                self.lines[-1] += f"  {comment.text}"
            else:
                self._blank_line(comment.start)
                self.lines.append(comment.text)
            self.end = comment.end

    def _blank_line(self, start: int) -> None:
        """One empty line where the author left any; none at the beginning of a file."""
        if self.text.count("\n", self.end, start) > 1 and (self.lines or self.end):
            self.lines.append("")

    def _statement(self, statement: syntax.Statement, following: syntax.Statement | None) -> list[str]:
        if isinstance(statement, syntax.Let | syntax.Bound):
            inside = [comment.text for comment in self.comments.before(statement.span[1])]
            return [*inside, pretty.show_statement(statement, self.blocks)]
        above: list[str] = []
        if isinstance(statement, syntax.Block):
            head = pretty.block_head(statement)
            above = [comment.text for comment in self.comments.before(statement.body.span[0])]
            parts = self.reader.chain(statement.body)
        else:
            head, parts = "", self.reader.chain(statement)
        if pretty.needs_brackets(statement, following):
            parts[-1].flat += "()"
        return [*above, *_chain_lines(parts, 0, head)]

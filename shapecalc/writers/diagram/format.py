"""Formats a whole file: canonical text, with its front matter, comments and line breaks at arrows kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shapecalc.core.record import Record, replace
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.formats.front_matter import end_of_front_matter
from shapecalc.formats.known_formats import format_of
from shapecalc.formats.read import head_of, parse
from shapecalc.language import syntax
from shapecalc.language import unparse as pretty
from shapecalc.language.fragment import Fragment
from shapecalc.language.relocate import only
from shapecalc.writers.diagram.pieces import lines_of


def format_text(source: Source) -> str:
    """The canonical text of a diagram; files of other formats come back as they are.

    Formatting twice changes nothing more, the tree stays the same up to the spelling of names, and every
    comment is kept. Raises Diagnosed with every syntax error.
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


class _Reader:
    """From chains to parts: finds every comment its place and every line break its arrow."""

    def __init__(self, text: str, comments: _Comments, blocks: pretty.BlockNames) -> None:
        self.text, self.comments, self.blocks = text, comments, blocks

    def chain(self, chain: syntax.Chain, previous: Fragment | None = None) -> list[Fragment]:
        """The parts of a chain; `previous` is the last part of the alternative before it."""
        parts: list[Fragment] = []
        for place, item in enumerate(chain.items):
            start = item.span[0]
            apart = place > 0 and "\n" in self.text[chain.items[place - 1].span[1] : start]
            leading = self.attach(self.comments.before(start), previous)
            previous = self.part(item, apart, leading)
            parts.append(previous)
        return parts

    def attach(self, comments: list[_Comment], previous: Fragment | None) -> list[str]:
        """Gives the part before it a comment that ends its line; the texts of the others."""
        if comments and previous is not None and not comments[0].own_line and not previous.trailing:
            at = comments[0].start - 1
            while self.text[at].isspace():
                at -= 1
            if self.text[at] not in "|[":
                previous.trailing = comments[0].text
                comments = comments[1:]
        return [comment.text for comment in comments]

    def part(self, item: syntax.Item, apart: bool, leading: list[str]) -> Fragment:
        core, suffix = pretty.split_item(item, self.blocks)
        inner = pretty.inner_chains(core)
        chains: list[list[Fragment]] = []
        last: Fragment | None = None
        for chain in inner:
            chains.append(self.chain(chain, last))
            last = chains[-1][-1] if chains[-1] else last
        tail = self.tail(core, last) if inner else []
        inside = [comment.text for comment in self.comments.before(item.span[1])]
        part = pretty.fragment(core, suffix, chains, self.blocks)
        part.apart, part.leading, part.tail = apart, leading + inside, tail
        part.opened = bool(tail) or self.divided(core) or any(_stands_open(p) for parts in chains for p in parts)
        return part

    def tail(self, core: pretty.Core, last: Fragment | None) -> list[str]:
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


def _stands_open(part: Fragment) -> bool:
    return part.opened or part.apart or bool(part.leading or part.trailing)


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
            self.lines += self._statement(statement, following)
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
            parts[-1].suffix += "()"
        return [*above, *lines_of(parts, 0, head, fill=False)]

"""Where the parts of a program are in its text: Python counts bytes in lines, spans count characters."""

from __future__ import annotations

import ast
from itertools import accumulate

from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import Source, Span

_LONGEST_SHOWN = 40


class Places:
    """The text of a program, by the places of its syntax tree; those of files that it takes in follow it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._own = len(text)
        self._lines = text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]
        self.files: tuple[Source, ...] = ()

    def add(self, source: Source, text: str) -> int:
        """Puts a file after the others: how many lines come before it."""
        before = len(self._lines)
        self.files = (*self.files, source)
        self.text = f"{self.text}\n{text}"
        lines = text.split("\n")
        self._lines += lines
        self._starts += [*accumulate((len(line) + 1 for line in lines), initial=self._starts[-1])][1:]
        return before

    def is_own(self, span: Span) -> bool:
        """Whether a place is in the program itself."""
        return span[0] <= self._own

    def span(self, node: ast.AST) -> Span:
        """Where a part is; the whole text for what has no place."""
        match node:
            case (
                ast.expr(lineno=first, end_lineno=int(last), end_col_offset=int(end))
                | ast.stmt(lineno=first, end_lineno=int(last), end_col_offset=int(end))
                | ast.pattern(lineno=first, end_lineno=int(last), end_col_offset=int(end))
            ):
                return self._offset(first, node.col_offset), self._offset(last, end)
        return 0, self._own

    def in_line(self, line: int, column: int) -> Span:
        """From a column of a line, both counted from 1, to the line's end; the line where it ends before."""
        line = min(line, len(self._lines))
        start, text = self._starts[line - 1], self._lines[line - 1].rstrip()
        return start + (column - 1 if column <= len(text) else 0), start + len(text)

    def _offset(self, line: int, column: int) -> int:
        text = self._lines[line - 1]
        return self._starts[line - 1] + (
            column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))
        )

    def written(self, node: ast.AST) -> str:
        """The text of a part."""
        return self.text[slice(*self.span(node))]

    def shown(self, node: ast.AST) -> str:
        """The text of a part in a message."""
        if self.span(node) == (0, self._own):
            return "the model"
        return shortened(" ".join(self.written(node).split()), _LONGEST_SHOWN)

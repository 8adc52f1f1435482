"""One record for everything that the tool reports. What its codes are called, and why, is said in rules/."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property, partial
from os import SEEK_END
from typing import BinaryIO, Literal

from shapecalc.core.record import Record, replace

Span = tuple[int, int]
"""A half-open range of code points of the source text."""

Severity = Literal["error", "warning", "note"]


class Edit(Record):
    """Replace the text of a span."""

    span: Span
    content: str


class Effect(Record):
    """What a fix does besides: how many layers give another volume, and what the network costs then."""

    volumes: int = 0
    params: int = 0
    """More than before; negative for fewer."""
    macs: int = 0

    def __str__(self) -> str:
        parts = [f"{n:+,} {what}" for n, what in ((self.params, "parameters"), (self.macs, "MACs")) if n]
        return ", ".join(parts).replace("-", "−")


class Fix(Record):
    """Edits that fix what is reported; a safe one keeps every figure that was right."""

    title: str
    edits: tuple[Edit, ...]
    safety: Literal["safe", "unsafe"] = "unsafe"
    effect: Effect | None = None
    """None where nothing was computed again."""

    def is_within(self, text: str) -> bool:
        """Whether it changes this text alone, and none of what follows it."""
        return all(edit.span[1] <= len(text) for edit in self.edits)

    def applied_to(self, text: str) -> str:
        """The text with the edits."""
        for edit in sorted(self.edits, key=lambda e: e.span, reverse=True):
            text = text[: edit.span[0]] + edit.content + text[edit.span[1] :]
        return text


class Related(Record):
    """Another place that belongs to a diagnostic."""

    span: Span
    message: str


class Diagnostic(Record):
    """One thing that is reported. The message is complete, the label says expected and found, only help advises."""

    code: str
    message: str
    span: Span = (0, 0)
    label: str = ""
    severity: Severity = "error"
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    fixes: tuple[Fix, ...] = ()
    layer: int | None = None


report = Diagnostic
"""Who reports a code states its severity, as the page of the code does."""


class Diagnosed(ValueError):
    """Raised where work cannot go on: carries every diagnostic found so far."""

    def __init__(self, *diagnostics: Diagnostic, files: tuple[Source, ...] = ()) -> None:
        super().__init__("; ".join(d.message for d in diagnostics[:3]))
        self.diagnostics = diagnostics
        self.files = files
        """Other files that spans may point into: see `Source.others`."""

    def __reduce__(self) -> tuple[Callable[..., Diagnosed], tuple[Diagnostic, ...]]:
        """What it is made of, so that it comes through from another process."""
        return partial(type(self), files=self.files), self.diagnostics


def unreadable(message: str, span: Span = (0, 0), label: str = "", *, help: tuple[str, ...] = ()) -> Diagnosed:
    """What to raise where a file cannot be read: SHP010."""
    return Diagnosed(report("SHP010", message, span, label, help=help))


class Source(Record):
    """A file with the path people know it by; turns offsets of its text into lines and columns.

    A binary file has no text. What its reader puts in its place is an outline: the path of each layer inside the
    model, one a line, for spans to point into.
    """

    __slots__ = ("__dict__",)  # for what is worked out once

    path: str
    text: str = ""
    open_bytes: Callable[[], BinaryIO] | None = None
    """Opens a binary file; None for a text."""
    has_folder: bool = False
    """Whether it is a file with others beside it: neither typed, nor from a stream."""
    others: tuple[Source, ...] = ()
    """Files that a program takes in. For spans to point into, their texts follow its own, one character apart."""

    def outlined(self, outline: str, others: tuple[Source, ...] = ()) -> Source:
        """A binary file with the outline that its reader gives, a program with the files that it takes in."""
        if self.open_bytes is not None:
            return replace(self, text=outline)
        return self if self.others == others else replace(self, others=others)

    @property
    def size(self) -> int:
        """Characters of a text, bytes of a binary file."""
        if self.open_bytes is None:
            return len(self.text)
        with self.open_bytes() as file:
            return file.seek(0, SEEK_END)

    def place(self, offset: int) -> tuple[Source, int]:
        """The file that an offset points into, and the offset there.

        >>> Source("a.py", "abc", others=(Source("b.py", "de"),)).place(5)[1]
        1
        """
        source = self
        for other in self.others:
            if offset <= len(source.text):
                break
            source, offset = other, offset - len(source.text) - 1
        return source, offset

    def located(self, diagnostic: Diagnostic) -> tuple[Source, Diagnostic]:
        """The file that a diagnostic is in, and the diagnostic with its places there; those elsewhere are notes."""
        if not self.others:
            return self, diagnostic
        file, start = self.place(diagnostic.span[0])
        by = diagnostic.span[0] - start
        here = [one for one in diagnostic.related if self.place(one.span[0])[0] is file]
        there = [(one, self.place(one.span[0])[0]) for one in diagnostic.related if one not in here]
        notes = [f"{one.message}: {other.path}:{self.position(one.span[0])[0]}" for one, other in there]
        related = tuple(replace(one, span=(one.span[0] - by, one.span[1] - by)) for one in here)
        span = (start, diagnostic.span[1] - by)
        return file, replace(diagnostic, span=span, related=related, notes=(*diagnostic.notes, *notes))

    @cached_property
    def starts(self) -> list[int]:
        """Offset of the first character of every line."""
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1 in code points; 1 and 1 in a binary file."""
        if self.open_bytes is not None:
            return 1, 1
        if self.others and (there := self.place(offset))[0] is not self:
            return there[0].position(there[1])
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def inner_path(self, offset: int) -> str:
        """The path of a layer inside a binary file; empty for a text, and for what is nowhere in particular."""
        if self.open_bytes is None:
            return ""
        return self.line(bisect_right(self.starts, max(0, min(offset, len(self.text)))))

    def bounds(self, number: int) -> Span:
        """Where a line, counted from 1, starts and ends, without its newline."""
        starts = self.starts
        return starts[number - 1], starts[number] - 1 if number < len(starts) else len(self.text)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its newline."""
        return self.text[slice(*self.bounds(number))]

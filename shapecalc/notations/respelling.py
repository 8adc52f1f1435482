"""A text in another notation, written anew as a diagram: where each place of the new text lies in the old one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import TypeVar

from shapecalc.diagnostics.diagnostic import Edit, Span
from shapecalc.language.relocate import placed

T = TypeVar("T")


class Respelling:
    """Edits of a text that do not overlap, and the text that they give."""

    def __init__(self, old: str, edits: Iterable[Edit]) -> None:
        self._pieces: list[tuple[int, int, Span]] = []
        """For every edit where its content lies in the new text, and what it replaces in the old one."""
        parts, at, length = [], 0, 0
        for edit in sorted(set(edits), key=lambda e: e.span):
            start, end = edit.span
            if start < at:
                continue
            parts += [old[at:start], edit.content]
            length += start - at
            self._pieces.append((length, length + len(edit.content), edit.span))
            length += len(edit.content)
            at = end
        self.text = "".join([*parts, old[at:]])

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _, _ in self._pieces]

    def back(self, thing: T) -> T:
        """A syntax tree or a diagnostic of the new text with its places in the old one."""
        return placed(thing, self._span)

    def _span(self, span: Span) -> Span:
        start, end = self._old(span[0], last=False), self._old(span[1], last=True)
        return start, max(start, end)

    def _old(self, place: int, *, last: bool) -> int:
        """Where a place lies in the old text: inside of what was written anew, at its start or at its end."""
        index = bisect_right(self._starts, place) - 1
        if index >= 0 and last and place == self._pieces[index][0] and place > 0:
            index -= 1
        if index < 0:
            return place
        _, end, replaced = self._pieces[index]
        if place < end or (last and place == end):
            return replaced[1] if last else replaced[0]
        return replaced[1] + place - end

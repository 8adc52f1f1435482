"""What follows from a layer and its volumes alone, asked once of rows that equal each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from shapecalc.passes.report import Row

T = TypeVar("T")


class AskedOnce(Generic[T]):
    """The answers to a question about rows."""

    def __init__(self, ask: Callable[[Row], T]) -> None:
        self._ask = ask
        self._known: dict[int, T] = {}

    def of(self, row: Row) -> T:
        """The answer for a row."""
        like, known = row.like, self._known
        if like in known:
            return known[like]
        answer = self._ask(row)
        if like is not None:
            known[like] = answer
        return answer

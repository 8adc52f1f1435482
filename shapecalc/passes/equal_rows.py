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
        if row.like is None:
            return self._ask(row)
        if row.like not in self._known:
            self._known[row.like] = self._ask(row)
        return self._known[row.like]

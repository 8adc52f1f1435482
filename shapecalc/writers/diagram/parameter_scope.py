"""What the numbers of a block or a loop are written as: itself, a parameter, or what follows from one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shapecalc.core.phrases import untaken
from shapecalc.writers.diagram.items import Number
from shapecalc.writers.diagram.layer_calls import figure_text

LARGEST_RATIO = 64
"""How many times another parameter a number may be and still be written as its multiple."""
LETTERS = {"K": "c", "F": "f", "S": "s", "P": "p", "dilation": "d", "groups": "g", "multiplier": "m", "units": "n"}
"""What a parameter is called that gives an argument."""


@dataclass(slots=True)
class ParameterScope:
    """What numbers are called inside of a block or a loop: one column of numbers for each parameter."""

    size: int
    """Instances of the block, or of its loop together."""
    outer: ParameterScope | None = None
    """Around a loop: every iteration has as many instances as that."""
    columns: dict[str, tuple[Number, ...]] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    """The letter of the argument that each parameter was made for."""

    def saved(self) -> list[tuple[dict[str, tuple[Number, ...]], dict[str, str]]]:
        """The parameters up to now, its own and those around it."""
        around = self.outer.saved() if self.outer else []
        return [(dict(self.columns), dict(self.letters)), *around]

    def restore(self, saved: Sequence[tuple[dict[str, tuple[Number, ...]], dict[str, str]]]) -> None:
        """Forgets the parameters that were made after `saved`, or has them again."""
        self.columns, self.letters = dict(saved[0][0]), dict(saved[0][1])
        if self.outer:
            self.outer.restore(saved[1:])

    def express(self, column: Sequence[Number], letter: str) -> str:
        """The text of a number that is so much in each instance; makes a parameter where none says it."""
        column = tuple(column)
        if len(set(column)) == 1:
            return figure_text(column[0])
        if self.outer is not None and (shared := self._shared(column)) is not None:
            return self.outer.express(shared, letter)
        return self._known(column, letter) or self._new(column, letter)

    def _shared(self, column: tuple[Number, ...]) -> tuple[Number, ...] | None:
        """What is the same in every iteration."""
        size = self.outer.size if self.outer else 1
        parts = {column[start : start + size] for start in range(0, len(column), size)}
        return parts.pop() if len(parts) == 1 else None

    def _known(self, column: tuple[Number, ...], letter: str) -> str | None:
        """A parameter, a multiple or a part of one, or what keeps the size of a window."""
        for name, values in self.columns.items():
            if values == column:
                return name
        if letter == "P":
            for name, values in self.columns.items():
                if self.letters[name] == "F" and all(p == f // 2 for p, f in zip(column, values, strict=True)):
                    return f"{name}//2"
        for name, values in self.columns.items():
            if self.letters[name] == letter == "K":
                smaller, larger = sorted((column[0], values[0]))
                ratio = int(larger // smaller)
                if not 2 <= ratio <= LARGEST_RATIO:
                    continue
                if all(n == ratio * v for n, v in zip(column, values, strict=True)):
                    return f"{ratio}*{name}"
                if all(n * ratio == v for n, v in zip(column, values, strict=True)):
                    return f"{name}//{ratio}"
        return None

    def _new(self, column: tuple[Number, ...], letter: str) -> str:
        stem = LETTERS.get(letter, letter[:1].lower())
        scope: ParameterScope | None = self
        taken_names: set[str] = set()
        while scope is not None:
            taken_names |= set(scope.columns)
            scope = scope.outer
        name = untaken(stem, taken_names)
        self.columns[name], self.letters[name] = column, letter
        return name

"""Lays chains out in lines, with brackets on lines of their own where a line would be too long."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.record import Record

WIDTH = 88
"""Columns of a line, as the formatter has it."""
STEP = 2
"""Columns that a continuation or the inside of brackets is moved in."""


class Fragment(Record):
    """A layer, or brackets with what comes before and after them."""

    text: str
    """What a layer is, or what is before the opening bracket."""
    chains: tuple[Sequence[Fragment], ...] = ()
    """The chains between the brackets; without any there are no brackets."""
    suffix: str = ""
    """What comes after it."""
    names: str = ""
    """What a `for` gives values to; there are no values without it."""
    values: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """It on one line."""
        if not self.chains:
            return self.text + self.suffix
        inner = [" => ".join(piece.line for piece in chain) for chain in self.chains]
        words = [inner[0], *(f"| {chain}" for chain in inner[1:])]
        if self.names:
            words.append(f"for {self.names} in {', '.join(self.values)}")
        return f"{self.text}[{' '.join(word.strip() for word in words if word)}]{self.suffix}"


def lines_of(chain: Sequence[Fragment], indent: int = 0, head: str = "") -> list[str]:
    """A chain as lines: as many layers on a line as there is room for."""
    lines: list[str] = []
    row: list[str] = []
    left, lead = indent, head
    for piece in chain:
        text = piece.line
        start = max(indent + STEP + 3, left + len(lead))
        opened = bool(piece.chains) and start + len(text) > WIDTH
        length = left + len(lead) + sum(len(t) + 4 for t in row) + len(text)
        if row and (opened or length > WIDTH):
            lines.append(" " * left + lead + " => ".join(row))
            row, left, lead = [], indent + STEP, "=> "
        if opened:
            lines += _opened(piece, left, lead)
            left, lead = indent + STEP, "=> "
        else:
            row.append(text)
    return [*lines, " " * left + lead + " => ".join(row)] if row else lines


def _opened(piece: Fragment, left: int, lead: str) -> list[str]:
    """A piece whose brackets stand on lines of their own."""
    lines = [f"{' ' * left}{lead}{piece.text}["]
    inner = " " * (left + STEP)
    for place, chain in enumerate(piece.chains):
        head = "| " if place else ""
        lines += lines_of(chain, left + STEP, head) if chain else [f"{inner}|"] * (place > 0)
    if piece.names:
        lines += _filled(f"{inner}for {piece.names} in ", piece.values, inner + " " * STEP)
    return [*lines, f"{' ' * left}]{piece.suffix}"]


def _filled(head: str, values: Sequence[str], margin: str) -> list[str]:
    """Values on as many lines as they need."""
    lines = [head + values[0]]
    for value in values[1:]:
        if len(lines[-1]) + len(value) + 3 <= WIDTH:
            lines[-1] += f", {value}"
        else:
            lines[-1] += ","
            lines.append(margin + value)
    return lines

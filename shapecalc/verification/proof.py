"""A proof: one figure of a report beside what a run found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from shapecalc.core.record import Record
from shapecalc.core.volumes import axis_name

Outcome = Literal["holds", "differs", "skipped"]


class Proof(Record):
    """One figure: what the report says, and what the run found."""

    what: str
    expected: str | int
    actual: str | int
    skipped: str = ""
    """Why nothing was found, if so."""
    fault: str = ""
    """What contradicts the report, where that is no figure of its own."""

    @property
    def status(self) -> Outcome:
        """Whether they agree."""
        if self.skipped:
            return "skipped"
        return "differs" if self.fault or self.expected != self.actual else "holds"


def compared_axes(what: str, expected: str, faults: Sequence[str]) -> Proof:
    """The proof of a statement by what contradicts it on each axis, or does not (empty)."""
    for axis, fault in enumerate(faults):
        if fault:
            where = f", {axis_name(axis, len(faults))[0]}: " if len(faults) > 1 else ": "
            return Proof(what, expected, fault, fault=f"{what}{where}{fault}")
    return Proof(what, expected, expected)


def known(figure: int | None) -> str | int:
    """A figure of a report, of which None is unknown."""
    return "unknown" if figure is None else figure

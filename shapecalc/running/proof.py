"""A proof: one figure of a report beside what a run found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Status = Literal["holds", "differs", "skipped"]


@dataclass(frozen=True, slots=True)
class Proof:
    """One figure: what the report says, and what the run found."""

    what: str
    said: str | int
    found: str | int
    skipped: str = ""
    """Why nothing was found, if so."""

    @property
    def status(self) -> Status:
        """Whether they agree."""
        if self.skipped:
            return "skipped"
        return "holds" if self.said == self.found else "differs"


def known(figure: int | None) -> str | int:
    """A figure of a report, of which None is unknown."""
    return "unknown" if figure is None else figure


def by(sizes: Iterable[object]) -> str:
    """Sizes as people write them: 3x5."""
    return "x".join(map(str, sizes))

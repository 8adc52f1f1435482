"""What a mistake is judged by: the place where the parser stopped, and what a case of the table answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Span
from shapecalc.syntax_errors.lexemes import Lexeme, shown


@dataclass(frozen=True, slots=True)
class OpenBracket:
    """A bracket that is not closed yet; `odd` is the closer of an opener that is not ours."""

    kind: str
    at: Lexeme
    item: int
    branch: bool
    odd: str = ""
    told: bool = False

    @property
    def closer(self) -> str:
        """The terminal that closes it."""
        return "RPAR" if self.kind == "LPAR" else "RSQB"

    @property
    def sign(self) -> str:
        """The character that closes it."""
        return ")" if self.kind == "LPAR" else "]"


@dataclass(frozen=True, slots=True)
class Recovery:
    """A mistake, the terminals that stand for what was meant, and where reading goes on."""

    report: Diagnostic | None
    feed: tuple[str, ...] = ()
    resume: int | None = None
    opened: str = ""


class Place(Protocol):
    """What a case may look at: the text, what was read, what is open, and what the parser takes next."""

    text: str
    at: int
    item: int
    open: list[OpenBracket]
    past: list[Lexeme]
    forgiven: list[str]
    arrow: str

    def can(self, *kinds: str) -> bool:
        """Whether any of these terminals may come next."""

    @property
    def last(self) -> Lexeme:
        """What was read last."""

    @property
    def seen(self) -> Lexeme:
        """What stands in the text in front of this place."""

    @property
    def accepted(self) -> list[str]:
        """Every terminal that may come next."""


Case = Callable[[Place, Lexeme], Recovery | None]


def wants_item(place: Place) -> bool:
    """Whether a layer is expected, and none has just ended."""
    return place.can("AT") and not place.can("ARROW")


def behind_item(place: Place) -> bool:
    """Whether a layer or a group has just ended."""
    return place.can("ARROW")


def in_arguments(place: Place) -> bool:
    """Whether the innermost open bracket is round."""
    return bool(place.open) and place.open[-1].kind == "LPAR"


def wants_value(place: Place) -> bool:
    """Whether a number or a name is expected."""
    return place.can("NUMBER") and not place.can("ARROW", "AT")


def begins_item(token: Lexeme) -> bool:
    """Whether a lexeme can be the first of a layer, a group or a tap."""
    return token.kind in ("word", "opener") or token.text == "@"


def is_arrow(token: Lexeme) -> bool:
    """Whether a lexeme is an arrow, be it a broken one."""
    return token.kind in ("arrow", "broken", "reversed")


def line_of(place: Place, at: int) -> str:
    """The line of the text around an offset, up to it."""
    return place.text[place.text.rfind("\n", 0, at) + 1 : at]


def previous_item(place: Place) -> Span:
    """Where the item stands that was read last."""
    return (place.item, place.last.end)


def remove(span: Span, title: str) -> tuple[Fix, ...]:
    """The fix that takes a piece out."""
    return (Fix(title, (Edit(span, ""),)),)


def put(span: Span, content: str, title: str = "", safe: bool = False) -> tuple[Fix, ...]:
    """The fix that writes something else."""
    return (Fix(title or f"write {content.strip()}", (Edit(span, content),), "safe" if safe else "unsafe"),)


def gap(place: Place, token: Lexeme) -> Span:
    """The place in front of a lexeme; at the end of a file, behind what was read last."""
    if token.kind == "end":
        return (max(place.last.end - 1, 0), place.last.end) if place.past else (0, 0)
    return (token.start, token.end)


def what(token: Lexeme) -> str:
    """A lexeme in a sentence."""
    if token.kind == "end":
        return "the end of the file"
    return shown(token.text) if token.kind in ("word", "number", "size", "quoted") else f"'{shown(token.text)}'"

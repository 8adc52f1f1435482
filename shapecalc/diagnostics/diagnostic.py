"""One record for everything that the tool has to say, and the list of codes it may be said under."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Span = tuple[int, int]
"""A half-open range of code points of the source text."""

Severity = Literal["error", "warning", "note"]

CODES: dict[str, tuple[str, Severity]] = {
    # SHP0xx: the text
    "SHP001": ("unexpected-text", "error"),
    "SHP002": ("missing-arrow", "error"),
    "SHP003": ("unclosed-bracket", "error"),
    "SHP004": ("stray-closer", "error"),
    "SHP005": ("broken-arrow", "error"),
    "SHP006": ("confusable-character", "error"),
    "SHP007": ("missing-count", "error"),
    "SHP008": ("elided-part", "error"),
    "SHP009": ("empty-diagram", "error"),
    "SHP010": ("unreadable-file", "error"),
    "SHP011": ("file-too-large", "error"),
    "SHP012": ("nested-too-deeply", "error"),
    "SHP013": ("bad-yaml", "error"),
    "SHP014": ("stray-separator", "error"),
    "SHP015": ("missing-layer", "error"),
    "SHP016": ("bad-number", "error"),
    "SHP017": ("missing-name", "error"),
    "SHP018": ("missing-value", "error"),
    "SHP019": ("missing-mark", "error"),
    "SHP020": ("not-a-diagram", "error"),
    # SHP1xx: names and arguments
    "SHP101": ("unknown-layer", "error"),
    "SHP102": ("unknown-argument", "error"),
    "SHP103": ("bad-argument", "error"),
    "SHP104": ("repeated-argument", "error"),
    "SHP105": ("missing-argument", "error"),
    "SHP106": ("too-many-arguments", "error"),
    "SHP107": ("unknown-name", "error"),
    "SHP108": ("not-an-integer", "error"),
    "SHP109": ("too-many-layers", "error"),
    "SHP110": ("missing-input", "error"),
    "SHP111": ("unknown-tap", "error"),
    "SHP112": ("duplicate-name", "error"),
    "SHP113": ("block-cycle", "error"),
    "SHP114": ("open-diagram", "error"),
    "SHP115": ("misplaced-input", "error"),
    "SHP116": ("bad-expression", "error"),
    "SHP117": ("unknown-key", "error"),
    "SHP118": ("bad-value", "error"),
    "SHP119": ("too-few-branches", "error"),
    "SHP120": ("unused-block", "warning"),
    "SHP121": ("misplaced-tap", "error"),
    # SHP2xx: shapes and tiling
    "SHP201": ("drops-pixels", "error"),
    "SHP202": ("trims-padding", "note"),
    "SHP203": ("subsamples", "note"),
    "SHP204": ("inexact-quotient", "error"),
    "SHP205": ("window-too-large", "error"),
    "SHP206": ("padding-too-large", "error"),
    "SHP207": ("groups-do-not-divide", "error"),
    "SHP208": ("branches-disagree", "error"),
    "SHP209": ("wrong-rank", "error"),
    "SHP210": ("window-on-flat-volume", "error"),
    "SHP211": ("empty-volume", "error"),
    "SHP212": ("padding-over-half", "warning"),
    "SHP213": ("output-padding-too-large", "error"),
    "SHP214": ("sizes-do-not-match", "error"),
    # SHP3xx: claims and budgets
    "SHP301": ("volume-claim", "error"),
    "SHP302": ("figure-claim", "error"),
    "SHP303": ("expectation", "error"),
    "SHP304": ("claimed-arithmetic", "error"),
    # SHP5xx: assumptions
    "SHP501": ("assumed-value", "error"),
    "SHP502": ("input-without-depth", "note"),
    # SHP9xx: configuration
    "SHP901": ("nothing-to-check", "error"),
}
"""Every code, its name and its usual severity. Codes are never reused."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of a span."""

    span: Span
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a finding; a safe one keeps every figure that was right."""

    title: str
    edits: tuple[Edit, ...]
    safety: Literal["safe", "unsafe"] = "unsafe"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. The message stands alone, the label says expected and found, only help advises."""

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

    @property
    def name(self) -> str:
        """The kebab-case name of the code."""
        return CODES[self.code][0]


def report(
    code: str,
    message: str,
    span: Span = (0, 0),
    *,
    label: str = "",
    severity: Severity | None = None,
    notes: tuple[str, ...] = (),
    help: tuple[str, ...] = (),
    related: tuple[Related, ...] = (),
    fixes: tuple[Fix, ...] = (),
    layer: int | None = None,
) -> Diagnostic:
    """A diagnostic with the usual severity of its code, unless another is given."""
    return Diagnostic(code, message, span, label, severity or CODES[code][1], notes, help, related, fixes, layer)


class Diagnosed(ValueError):
    """Raised where work cannot go on: carries every diagnostic found so far."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.message for d in diagnostics[:3]))
        self.diagnostics = diagnostics


@dataclass(frozen=True)
class Source:
    """A text with the path people know it by; turns offsets into lines and columns."""

    path: str
    text: str

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
        """Line and column of an offset, both counted from 1 in code points."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its newline."""
        start = self.starts[number - 1]
        end = self.starts[number] - 1 if number < len(self.starts) else len(self.text)
        return self.text[start:end]

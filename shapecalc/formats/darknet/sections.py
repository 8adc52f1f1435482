"""The sections of a .cfg: a name in brackets and lines of `key=value`, each with its place."""

from __future__ import annotations

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import shortened
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Span, unreadable

MOST_SECTIONS = 100_000
"""Layers that a file may have."""
LARGEST = 10**9
"""A number that a file may state, by its size."""
OF_LAYERS = ("layers", "from")
"""Keys that may name several layers."""

_WHOLE = lazy_pattern(r"([-+]?\d{1,10})(?:\.0*)?")
_DIGITS = lazy_pattern(r"[-+]?\d+")
_REAL = lazy_pattern(r"\s*[-+]?(\d+\.?\d*|\.\d+)")


class Entry(Record):
    """The value of a key."""

    text: str
    span: Span


class Section(Record):
    """One layer, or the `[net]` that comes first."""

    name: str
    span: Span
    entries: dict[str, Entry]
    asked: set[str]
    """The keys that were looked for."""

    def entry(self, key: str) -> Entry | None:
        """The value of a key, where it is there."""
        self.asked.add(key)
        return self.entries.get(key)

    def has(self, key: str) -> bool:
        """Whether a key is there."""
        return self.entry(key) is not None

    def text(self, key: str, default: str = "") -> str:
        """The text of a key."""
        entry = self.entry(key)
        return entry.text if entry and entry.text else default

    def number(self, key: str, default: int) -> int:
        """A whole number. Raises Diagnosed SHP010 where there is none."""
        return self.numbers(key, default)[0]

    def numbers(self, key: str, default: int = 0) -> tuple[int, ...]:
        """Whole numbers with commas between them.

        Raises Diagnosed SHP010 for other texts: Darknet reads digits as far as they go, and so `-6-1` as -6.
        """
        entry = self.entry(key)
        if entry is None:
            return (default,)
        found = [_WHOLE.fullmatch(part.strip()) for part in entry.text.rstrip(", ").split(",")]
        numbers = tuple([int(digits[1]) for digits in found if digits])
        if len(numbers) < len(found) or max(map(abs, numbers)) > LARGEST:
            several = _DIGITS.findall(entry.text) if key in OF_LAYERS else []
            message = f"{key} of [{self.name}] is not a whole number: {shortened(entry.text) or 'nothing'}"
            label = "expected numbers with commas between them" if several[1:] else "expected a number"
            help = (f"write {key}={','.join(several)}",) if several[1:] else ()
            raise unreadable(message, entry.span, label=label, help=help)
        return numbers

    def real(self, key: str, default: float) -> float:
        """A number with a fraction; the default where it cannot be read. Raises Diagnosed SHP010 for a gigantic one."""
        digits = _REAL.match(self.text(key))
        found = float(digits[0]) if digits else default
        if abs(found) > LARGEST:
            raise unreadable(f"{key} of [{self.name}] is too large", self.entries[key].span)
        return found


def read_sections(text: str) -> list[Section]:
    """The sections in order; of a key that occurs twice the first counts, as in Darknet.

    Raises Diagnosed SHP010 for a line that is neither a section, a key, nor a comment.
    """
    sections: list[Section] = []
    at = 0
    for whole in text.split("\n"):
        line = whole.partition("#")[0].partition(";")[0].strip()
        start = at + whole.find(line)
        span = (start, start + len(line))
        if line.startswith("["):
            if "]" not in line:
                message = f"the section '{shortened(line)}' has no ']'"
                raise unreadable(message, span, label="expected ']' after the name")
            if len(sections) == MOST_SECTIONS:
                raise unreadable(f"the file has more than {MOST_SECTIONS:,} sections", span)
            sections.append(Section(line.strip("[] \t").lower(), span, {}, set()))
        elif line:
            _add(sections, line, span)
        at += len(whole) + 1
    return sections


def _add(sections: list[Section], line: str, span: Span) -> None:
    key, equals, value = line.partition("=")
    if not equals or not sections:
        message = f"the line '{shortened(line)}' is neither a section nor key=value"
        raise unreadable(message, span, label="expected key=value")
    sections[-1].entries.setdefault(key.strip(), Entry(value.strip(), span))

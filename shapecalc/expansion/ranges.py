"""The ranges of names, such as `0 <= N <= 3` or `let N = 0..3`, and the values that keep to them."""

from __future__ import annotations

from typing import Any

from shapecalc.core.exact import Exact, is_exact
from shapecalc.core.parameters import show
from shapecalc.diagnostics.diagnostic import Diagnostic, Related, Span, report
from shapecalc.expansion.evaluate import Open
from shapecalc.expansion.open_words import is_open


class Ranges:
    """The range of every name that has one; SHP118 for what does not keep to it goes to `diagnostics`."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        self.known: dict[str, Open] = {}
        self.places: dict[str, Span] = {}
        """Where each range was written first."""
        self._refused: set[str] = set()
        """Names whose value was reported as wrong."""

    def narrow(self, known: Open, span: Span) -> Open:
        """The range of a name with one more that it has to keep to; any number where the two leave nothing."""
        name = known.name
        before = self.known.get(name, Open(name))
        lows = [end for end in (before.low, known.low) if end is not None]
        highs = [end for end in (before.high, known.high) if end is not None]
        both = Open(name, max(lows, default=None), min(highs, default=None))
        if both.low is not None and both.high is not None and both.low > both.high:
            first = self.places.get(name)
            related = (Related(first, "the other range is written here"),) if first else ()
            message = f"no number is in the range of {name}: at least {both.low} and at most {both.high}"
            help = ("write a range that both keep to, or remove one of the two",)
            self.diagnostics.append(report("SHP118", message, span, related=related, help=help))
            both = Open(name)
        self.known[name] = both
        self.places.setdefault(name, span)
        return both

    def keep(self, name: str, value: Any) -> Any:
        """A value that keeps to the range of its name: the nearest end where it does not, which is reported once."""
        known = self.known.get(name)
        if known is None or isinstance(value, Open) or is_open(value):
            return value
        kept = _nearest(value, known)
        if kept != value and name not in self._refused:
            self._refused.add(name)
            what = "is outside its range" if is_exact(value) else "is not a number in its range"
            message = f"{name} = {show(value)} {what}, {show_range(known)}"
            self.diagnostics.append(report("SHP118", message, self.places[name]))
        return kept

    def example(self, name: str) -> int:
        """A value that closes an open name: 2 where the range allows it."""
        known = self.known.get(name, Open(name))
        low = 0 if known.low is None else known.low
        high = 2 if known.high is None else known.high
        return max(low, min(2, high))


def _nearest(value: Any, known: Open) -> Exact:
    """The number in a range that is nearest to a value; one of its ends for what is no number."""
    if not is_exact(value):
        return next((end for end in (known.low, known.high) if end is not None), 1)
    low = value if known.low is None else max(value, known.low)
    return low if known.high is None else min(low, known.high)


def show_range(known: Open) -> str:
    """A range in words."""
    if known.low is not None and known.high is not None:
        return f"{known.low} to {known.high}"
    if known.high is not None:
        return f"at most {known.high}"
    return f"{known.low} or more" if known.low is not None else "any number"

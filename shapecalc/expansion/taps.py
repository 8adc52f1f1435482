"""Points of a network by the names that `as` gives them: those of a block's body are seen inside of it only."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Related, Span, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.language import syntax


class Taps:
    """The named points that have been passed, the innermost block's last."""

    def __init__(self) -> None:
        self._points: list[dict[str, int]] = [{}]
        self._places: list[dict[str, Span]] = [{}]
        self._hidden: dict[str, str] = {}
        """The block in whose body a name was given that cannot be used any more."""

    def enter(self) -> None:
        """Begins a block's body."""
        self._points.append({})
        self._places.append({})

    def leave(self, block: str) -> None:
        """Ends a block's body, and forgets its names."""
        self._places.pop()
        for name in self._points.pop():
            self._hidden[name] = block

    def name(self, item: syntax.Named, point: int) -> Diagnostic | None:
        """Gives a point its name; the diagnostic where another place of the same body uses it already."""
        first = self._places[-1].setdefault(item.name, item.name_span)
        self._points[-1][item.name] = point
        if first == item.name_span:
            return None
        return report(
            "SHP112",
            f"two points are called {item.name}",
            item.name_span,
            related=(Related(first, "first used here"),),
        )

    def find(self, tap: syntax.Tap) -> int:
        """The point of a name, the innermost first. Raises Diagnosed SHP111."""
        for points in reversed(self._points):
            if tap.name in points:
                return points[tap.name]
        known = [name for points in self._points for name in points]
        guess = nearest(tap.name, known)
        block = self._hidden.get(tap.name)
        raise Diagnosed(
            report(
                "SHP111",
                f"no point before this is called {tap.name}",
                tap.span,
                label=f"did you mean @{guess}?" if guess else "not named before",
                notes=(f"the block {block} has a point {tap.name}, which can be used only inside of the block",)
                if block
                else (),
                help=(f"name a point with `as {tap.name}` after its layer",),
            ),
        )

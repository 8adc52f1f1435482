"""What is reported of each layer of a checked network, looked up by the layer."""

from __future__ import annotations

from collections import defaultdict

from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.passes.report import CheckedNetwork, Row


class DiagnosedLayers:
    """The diagnostics of a network in their order, found without reading all of them for every layer."""

    def __init__(self, report: CheckedNetwork) -> None:
        self._all = report.diagnostics
        self._by_layer: dict[int, set[int]] = defaultdict(set)
        self._by_span: dict[tuple[int, int], set[int]] = defaultdict(set)
        self._of_text, self._causes = list[int](), list[int]()
        for place, diagnostic in enumerate(self._all):
            if diagnostic.layer is None:
                self._of_text.append(place)
            else:
                self._by_layer[diagnostic.layer].add(place)
                self._by_span[diagnostic.span].add(place)
            if any(note.startswith("because of it") for note in diagnostic.notes):
                self._causes.append(place)

    def of(self, row: Row) -> list[Diagnostic]:
        """What is reported of a layer; in a repeat, of the same layer in another iteration."""
        return [self._all[place] for place in sorted(self._places(row))]

    def causes_of(self, row: Row) -> list[Diagnostic]:
        """What is reported of other layers that says that this one does not fit because of it."""
        own, called = self._places(row), f" {row.name} ("
        others = (self._all[at] for at in self._causes if at not in own)
        return [d for d in others if any(n.startswith("because of it") and called in n for n in d.notes)]

    def _places(self, row: Row) -> set[int]:
        """Of what was not understood, all that is said inside of it."""
        places = self._by_layer.get(row.node.index, set()) | self._by_span.get(row.node.span, set())
        if not row.node.layer.understood:
            start, end = row.node.span
            spans = ((at, self._all[at].span) for at in self._of_text)
            places |= {at for at, (first, last) in spans if start <= first < last <= end}
        return places

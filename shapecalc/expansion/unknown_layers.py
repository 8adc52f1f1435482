"""Names that are neither a layer nor a block: what may have been meant, each place once, and not too many of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Span, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.dialects.foreign_layers import instead_of
from shapecalc.expansion.suggestions import several_layers
from shapecalc.registry import by_name, layer_names, layer_types, signature

MOST_SHOWN = 20
"""Unknown names that are reported one by one; of the others the number is said."""
_LABEL = lazy_pattern(r"[CSPF]\d{0,2}")
"""`C1`, `S2`, `F6`: what figures call layers since LeNet-5, without a word about what they are; `C(64, 3)`."""
_OF_LABEL = {"C": "CONV(6, 5)", "S": "POOL(2)", "P": "POOL(2)", "F": "FC(84)"}


def _without_doubles(name: str) -> str | None:
    """The layer of a short name in which a letter stands twice, `FCC`."""
    short = re.sub(r"(.)\1+", r"\1", name.upper())
    return short if short != name.upper() and by_name(short) is not None else None


class UnknownLayers:
    """Reports names that mean nothing to `diagnostics`; `blocks` are names that may have been meant."""

    def __init__(self, diagnostics: list[Diagnostic], blocks: Iterable[str]) -> None:
        self.diagnostics, self.blocks = diagnostics, tuple(blocks)
        self._places: set[Span] = set()
        self._last: Diagnostic | None = None
        self._labels: list[str] = []
        """Names of a figure, which are reported with the first of them."""
        self._label: Diagnostic | None = None
        """What is said of the first of them, if it is shown."""
        self._listed = False
        """Whether the layers that there are have been listed."""

    def add(self, name: str, span: Span) -> None:
        """A name and its place."""
        if span in self._places:
            return
        self._places.add(span)
        label = bool(_LABEL.fullmatch(name)) or (name.upper() == "OUTPUT" and bool(self._labels))
        if label:
            self._labels.append(name)
            if len(self._labels) > 1:
                return
        if len(self._places) <= MOST_SHOWN:
            self._last = self._diagnostic(name, span)
            self._label = self._last if label else self._label
            self.diagnostics.append(self._last)

    def close(self) -> None:
        """Says how many names there are where not all are shown."""
        _, *more = dict.fromkeys(self._labels) or [""]
        if self._label is not None and more:
            self._note(self._label, f"the same holds for {', '.join(more[:MOST_SHOWN])}")
            self._label = None
        if self._last is not None and len(self._places) > MOST_SHOWN:
            self._note(self._last, f"{MOST_SHOWN} of {len(self._places):,} unknown names are shown")
            self._last = None

    def _note(self, found: Diagnostic, note: str) -> None:
        at = next(i for i, d in enumerate(self.diagnostics) if (d.code, d.span) == (found.code, found.span))
        self.diagnostics[at] = replace(self.diagnostics[at], notes=(*self.diagnostics[at].notes, note))

    def _diagnostic(self, name: str, span: Span) -> Diagnostic:
        message = f"there is no layer or block called {name}"
        notes, near, advice = self._meant(name)
        if near is None:
            return report("SHP101", message, span, label="not a layer", help=(advice or self._list(name),))
        fix = Fix(f"write {near}", (Edit(span, near),))
        label, help = f"did you mean {near}?", (f"write {near}",)
        return report("SHP101", message, span, label=label, notes=notes, help=help, fixes=(fix,))

    def _meant(self, name: str) -> tuple[tuple[str, ...], str | None, str | None]:
        """Notes, the name that was meant, and what to write where there is none."""
        stem = re.sub(r"-?[0-9]+(?:[xX×][0-9]+)*", "", name).rstrip("_")
        base = by_name(stem) if stem != name else None
        numbers = re.findall(r"_(\d+)(?=_|$)", name)
        if base is not None and len(numbers) > 1:
            return (), None, f"write {stem}({', '.join(numbers)})"
        if base is not None:
            return ("only a layer with F or K takes a number in its name", signature(base.type)), stem, None
        if name.lower() == "etc":
            return (), None, "write the layers themselves: nothing is filled in for etc"
        block = nearest(name, self.blocks)
        if block is None and (advice := instead_of(name)):
            return (), None, advice
        if block is None and _LABEL.fullmatch(name):
            if len(name) == 1:
                return (), None, "write CONV for C, POOL for P or S, and FC for F"
            layer = _OF_LABEL[name[0]]
            advice = f"{name} is a layer's name in a figure: write the layer, such as {layer} as {name}"
            return (), None, f"{advice}, or define it: block {name} = {layer}"
        if layers := several_layers(name):
            return (), block, f"write {layers}"
        return (), block or _without_doubles(name) or nearest(name, [*layer_names()]), None

    def _list(self, name: str) -> str:
        """The layers that there are, once."""
        if self._listed:
            return f"define it: block {name} = …, or write one of the layers above"
        self._listed = True
        return f"the layers are {', '.join(layer_types())}"

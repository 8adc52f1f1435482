"""Names that are neither a layer nor a block: what may have been meant, each place once, and not too many of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import size_text
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
LARGEST_KERNEL = 11
"""The largest extent that is common: AlexNet's first layer."""
LARGEST_IN_NAMES = 5
"""Stages and layers of a stage, as VGG's conv5_3 counts them."""
LABELS = "labels"
"""The group of names that figures give to layers."""
_OF_LABEL = {"C": "CONV(6, 5)", "S": "POOL(2)", "P": "POOL(2)", "F": "FC(84)"}


def _numbers_in(name: str) -> list[str]:
    """The numbers of conv3x3_64, Conv_64_3 and conv1_1; of other names what is between lines."""
    match = re.fullmatch(r"[^\W\d_]+_?(\d{1,4})(?:[xX](\d{1,4}))?_(\d{1,4})", name)
    return [number for number in match.groups() if number] if match else re.findall(r"_(\d+)(?=_|$)", name)


def _stem(name: str) -> str:
    return re.sub(r"-?[0-9]+(?:[xX×][0-9]+)*", "", name).rstrip("_")


def _is_numbered(name: str, numbers: list[str]) -> bool:
    """Whether the numbers of a name count stages and layers, as in conv1_1."""
    few = all(int(number) <= LARGEST_IN_NAMES for number in numbers)
    return few and len(numbers) == 2 and re.search(r"\d[xX]\d", name) is None


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
        self._alike: dict[str, dict[str, list[Span]]] = {}
        """Names that are reported with the first of their group, and where they are."""
        self._firsts: dict[str, Diagnostic] = {}
        """What is said of the first of a group, if it is shown."""
        self._listed = False
        """Whether the layers that there are have been listed."""

    def add(self, name: str, span: Span) -> None:
        """A name and its place."""
        if span in self._places:
            return
        self._places.add(span)
        group = self._group(name)
        if group:
            self._alike.setdefault(group, {}).setdefault(name, []).append(span)
            if sum(map(len, self._alike[group].values())) > 1:
                return
        if len(self._places) <= MOST_SHOWN:
            self._last = self._diagnostic(name, span)
            if group:
                self._firsts[group] = self._last
            self.diagnostics.append(self._last)

    def _group(self, name: str) -> str:
        """What a name has in common with others that are reported with it: names of a figure, RELU1 and RELU2."""
        if _LABEL.fullmatch(name) or (name.upper() == "OUTPUT" and LABELS in self._alike):
            return LABELS
        stem, numbers = _stem(name), _numbers_in(name)
        if by_name(stem) is None or stem == name:
            return ""
        return stem if len(numbers) < 2 else LABELS if _is_numbered(name, numbers) else ""

    def close(self) -> None:
        """Says how many names there are where not all are shown."""
        for group, first in self._firsts.items():
            _, *more = self._alike[group]
            if more:
                self._note(first, f"the same holds for {', '.join(more[:MOST_SHOWN])}", self._edits(group, first))
        self._firsts.clear()
        if self._last is not None and len(self._places) > MOST_SHOWN:
            self._note(self._last, f"{MOST_SHOWN} of {len(self._places):,} unknown names are shown")
            self._last = None

    def _edits(self, group: str, first: Diagnostic) -> tuple[Fix, ...]:
        """The fix of the first of a group, for all of it."""
        places = [span for spans in self._alike[group].values() for span in spans]
        return tuple(replace(f, edits=tuple(Edit(place, f.edits[0].content) for place in places)) for f in first.fixes)

    def _note(self, found: Diagnostic, note: str, fixes: tuple[Fix, ...] | None = None) -> None:
        at = next(i for i, d in enumerate(self.diagnostics) if (d.code, d.span) == (found.code, found.span))
        said = self.diagnostics[at]
        self.diagnostics[at] = replace(said, notes=(*said.notes, note), fixes=said.fixes if fixes is None else fixes)

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
        name = normalize("NFKC", name)  # ＣＯＮＶ, CONV₁
        stem = _stem(name)
        if "_" in name and re.search(r"\d[xX]\d|_[sSpPkK]\d", name):
            from shapecalc.notations.in_words import phrase  # which a text without mistakes does not load

            if call := phrase(name.replace("_", " "), "=>"):
                return (), None, f"write {call}"
        base = by_name(stem) if stem != name else None
        if base is not None and len(found := _numbers_in(name)) > 1:
            return (), None, self._named_by_numbers(name, stem, found)
        if base is not None:
            return ("only a layer with F or K takes a number in its name", signature(base.type)), stem, None
        if of_generator := re.fullmatch(r"[kK](\d+)n(\d+)s(\d+)", name):
            k, n, s = of_generator.groups()
            return (), None, f"write CONV({n}, {k}, S={s}, P=same), if the padding keeps the size"
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

    def _named_by_numbers(self, name: str, stem: str, numbers: list[str]) -> str:
        """What to write for conv3x3_64 and Conv_3_64; conv1_1 is a name."""
        *before, last = numbers
        if _is_numbered(name, numbers):
            return f"{name} is a layer's name: write the layer, such as {stem.upper()}(64, 3) as {name}"
        if int(before[0]) <= LARGEST_KERNEL < int(last):
            return f"write {stem}({last}, {size_text(before)})"
        return f"write {stem}({', '.join(numbers)})"

    def _list(self, name: str) -> str:
        """The layers that there are, once."""
        if self._listed:
            return f"define it: block {name} = …, or write one of the layers above"
        self._listed = True
        return f"the layers are {', '.join(layer_types())}"

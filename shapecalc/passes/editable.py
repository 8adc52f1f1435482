"""Fixes as the text can take them: none of a layer in another notation, and those of YAML in its own writing."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace

from shapecalc.diagnostics.diagnostic import Diagnostic, Span
from shapecalc.passes.graph import Node
from shapecalc.passes.yaml_edits import Mappings, mapping_of, written_in_yaml

_BARE_SIZE = re.compile(r"\s*\d+(?:\s*[xX×]\s*\d+)+\s*")


def editable(found: Iterable[Diagnostic], nodes: Sequence[Node], text: str) -> list[Diagnostic]:
    """The diagnostics, without the fixes that change a place of which several layers were made.

    `c7s1-64` is a CONV, an IN and a RELU: an edit of the CONV would leave nothing of the others.
    """
    places = sorted({node.call.span for node in nodes if node.call is not None and _is_notated(node, text)})
    kept = [_without_edits_of(d, places) for d in found] if places else list(found)
    if not any(diagnostic.fixes for diagnostic in kept):
        return kept
    mappings = {end: how for node in nodes for end, how in mapping_of(node, text)}
    return [_in_yaml(d, mappings) for d in kept] if mappings else kept


def _in_yaml(diagnostic: Diagnostic, mappings: Mappings) -> Diagnostic:
    """A diagnostic with its fixes as a YAML config takes them, without those that it cannot take."""
    fixes = (written_in_yaml(fix, mappings) for fix in diagnostic.fixes)
    return replace(diagnostic, fixes=tuple(fix for fix in fixes if fix is not None))


def _is_notated(node: Node, text: str) -> bool:
    """Whether the name of a layer is not what is at its place; a bare size is an INPUT."""
    call = node.call
    if call is None or text.startswith(call.name, call.name_span[0]):
        return False
    return node.kind != "INPUT" or not _BARE_SIZE.fullmatch(text, *call.span)


def _without_edits_of(diagnostic: Diagnostic, places: Sequence[Span]) -> Diagnostic:
    kept = tuple(f for f in diagnostic.fixes if not any(_touches(edit.span, places) for edit in f.edits))
    return diagnostic if len(kept) == len(diagnostic.fixes) else replace(diagnostic, fixes=kept)


def _touches(span: Span, places: Sequence[Span]) -> bool:
    """Whether an edit changes one of the places, which do not overlap; between two of them it may."""
    index = bisect_left(places, span)
    near = places[max(index - 1, 0) : index + 1]
    return any(span == place or (span[0] < place[1] and place[0] < span[1]) for place in near)

"""When a rule has something to look at: asked before its file is loaded, so that a clean check stays quick."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf

from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.passes.report import Row, unread
from shapecalc.rules.catalogue import load
from shapecalc.rules.neighbours import TRANSPARENT, function_of, is_linear, kind_of, source_of
from shapecalc.rules.rule import Context

NORMALISATIONS = frozenset({"BN", "LN", "GN", "IN"})
DEPTH = frozenset({"DEPTHPOOL"})
SEQUENCES = frozenset({"LSTM", "GRU", "RNN", "ATTENTION", "EMBEDDING"})
MOST_CHANNELS = 4
"""Of an image, with which a size begins where channels come first."""
_BEGINNING = frozenset("(0123456789")
"""How a layer begins in notations that give its filters first."""
LARGEST_COMMON = 7
"""The largest extent that many networks have."""
MOST_SWAPPED = 11
"""The most filters that may be an extent in the wrong place."""


def _repeats_activation(seen: Context) -> bool:
    """Whether a layer is the same function of single values as what it reads, or reads a layer that may be skipped."""
    for row in seen.rows:
        layer, source = function_of(row), source_of(seen, row)
        if source is None or layer.op_category != "activation":
            continue
        if kind_of(source) in {layer.kind, *TRANSPARENT}:
            return True
    return False


def _changes_nothing(row: Row) -> bool:
    """Whether it gives what it reads in the same shape, and training keeps nothing of it, or it is a window of 1."""
    view = row.node.layer.view and row.output is not None and row.output == row.arriving
    return (view and is_linear(row)) or any(w.extent == 1 for w in row.windows)


def _filters(row: Row) -> float:
    return row.node.layer.arguments.get("filters") or inf


def _averages(row: Row) -> bool:
    """Whether it is an average of windows whose size is not written."""
    return "F" in row.node.assumed and row.node.layer.arguments.get("mode") == "avg"


def _is_sequence(row: Row) -> bool:
    """Whether it is an INPUT of one axis."""
    return not row.node.inputs and row.output is not None and len(row.output.sizes) == 2


PRECONDITIONS: dict[str, Callable[[Context], object]] = {
    "SHP122": lambda seen: (
        seen.kinds & {"RESIZE", "UPSAMPLE", "UPCONV", "LEARNED", "ATTENTION", "PAD"}
        or ("POOL" in seen.kinds and any(map(_averages, seen.rows)))
    ),
    "SHP123": lambda seen: (
        any(len(call.arguments) > 1 and not call.name.isalpha() for call in seen.calls)
        or any(len(call.arguments) > 2 and not call.arguments[2].name for call in seen.calls)
        or seen.kinds & {"DWCONV", "EMBEDDING"}
        or any(w.extent > LARGEST_COMMON for row in seen.different for w in row.windows)
        or any(_filters(row) <= MOST_SWAPPED for row in seen.different)
    ),
    "SHP125": lambda seen: (
        any(
            call.name[-1:].isdigit() and "-" not in call.name and (call.arguments or "POOL" not in call.name.upper())
            for call in seen.calls
        )
        or any(1 in (row.node.layer.arguments.get("units"), _filters(row)) for row in seen.different)
    ),
    "SHP126": lambda seen: seen.kinds & SEQUENCES or any(map(_is_sequence, seen.rows)),
    "SHP127": lambda seen: "LEARNED" in seen.kinds,
    "SHP201": lambda seen: "SHP201" in seen.graded or seen.kinds & DEPTH,
    "SHP202": lambda seen: "SHP202" in seen.graded,
    "SHP203": lambda seen: "SHP203" in seen.graded or seen.kinds & DEPTH,
    "SHP204": lambda seen: "SHP204" in seen.graded,
    "SHP205": lambda seen: any(w.rounding != "floor" for row in seen.different for w in row.windows),
    "SHP212": lambda seen: any(
        max(w.before, w.after) > w.effective // 2 for row in seen.different for w in row.windows
    ),
    "SHP215": lambda seen: any(call.named_axes for call in seen.calls),
    "SHP305": lambda seen: seen.budgets,
    "SHP307": lambda seen: seen.settings.errata,
    "SHP401": lambda seen: seen.kinds & NORMALISATIONS,
    "SHP402": lambda seen: (
        any(node.branch is not None and len(node.branch.chains) == 1 for node in seen.graph.nodes)
        or "CLIP" in seen.kinds
        or any(map(_changes_nothing, seen.different))
    ),
    "SHP403": _repeats_activation,
    "SHP404": lambda seen: seen.kinds & NORMALISATIONS,
    "SHP405": lambda seen: any(row.output is not None and row.output.depth == 1 for row in seen.different),
    "SHP406": lambda seen: any(kind_of(row) == "SOFTMAX" and seen.consumers[row.node.index] for row in seen.rows),
    "SHP407": lambda seen: (
        (len(ends := unread(seen.rows)) > 1 and any(row.node.branch is not None for row in seen.rows))
        or not all(row.node.inputs for row in ends)
    ),
    "SHP408": lambda seen: sum(not row.node.inputs for row in seen.rows) > 1,
    "SHP445": lambda seen: seen.settings.freeze,
    "SHP501": lambda seen: seen.strict,
    "SHP502": lambda seen: any(map(_is_sequence, seen.rows)),
    "SHP505": lambda seen: (
        "RESHAPE" in seen.kinds
        or any(
            row.output is not None and (min(row.output.sizes[:2]) <= MOST_CHANNELS or len(row.output.sizes) != 3)
            for row in seen.rows
            if not row.node.inputs
        )
    ),
    "SHP508": lambda seen: any(call.framework for call in seen.calls),
    "SHP510": lambda seen: any(node.layer.opaque for node in seen.graph.nodes),
    "SHP514": lambda seen: any(
        _BEGINNING.issuperset(seen.source.text[row.node.span[0] : row.node.span[0] + 1]) for row in seen.rows
    ),
}
"""Where one does not hold, its rule cannot report anything; a rule without one always runs."""


def applies(code: str, context: Context) -> object:
    """Whether a rule may have something to report."""
    condition = PRECONDITIONS.get(code)
    return condition is None or condition(context)


def found_by(code: str, context: Context) -> Iterable[Diagnostic]:
    """What a rule reports; it is loaded only where it may have something to report."""
    return load(code).check(context) if applies(code, context) else ()

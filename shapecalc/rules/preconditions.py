"""When a rule has something to look at: asked before its file is loaded, so that a clean check stays quick."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf

from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.language import syntax
from shapecalc.passes.graph import Node
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


def _attends_to_all(seen: Context, row: Row) -> bool:
    """Whether it is an ATTENTION of one input that no CONV or FC gives."""
    if row.node.kind != "ATTENTION" or len(row.node.inputs) > 1:
        return False
    return seen.rows[row.node.inputs[0]].node.kind not in ("CONV", "FC")


def _joins_learned(seen: Context, row: Row) -> bool:
    """Whether it joins positions with trained values that are as many as what arrives."""
    joined = [seen.rows[index].node.layer for index in row.node.inputs]
    along = row.node.layer.arguments.get("axis", "depth")
    return along != "depth" and any(layer.learned and not layer.arguments.get("size") for layer in joined)


def _keeps_depth(row: Row) -> bool:
    return row.arriving is not None and _filters(row) == row.arriving.depth


def _may_be_turned(row: Row) -> bool:
    """Whether it is a RESHAPE to a size that may begin with its channels."""
    sizes, arrives = row.output.sizes if row.output is not None else (), row.arriving
    if row.node.kind != "RESHAPE" or len(sizes) < 2 or arrives is None:
        return False
    return sizes[-1] == sizes[-2] or sizes[0] == arrives.depth


def _begins_at_taps(node: Node) -> bool:
    """Whether it joins branches that all begin at taps, so that nothing of them reads what comes before."""
    chains = node.branch.chains if node.branch is not None else ()
    return bool(chains) and all(chain.items and isinstance(chain.items[0], syntax.Tap) for chain in chains)


def _is_sequence(row: Row) -> bool:
    """Whether it is an INPUT of one axis."""
    return not row.node.inputs and row.output is not None and len(row.output.sizes) == 2


LARGE = {"BN": ("eps", 0.1), "LN": ("eps", 0.1), "IN": ("eps", 0.1), "GN": ("eps", 0.1), "LRELU": ("slope", 1),
          "ELU": ("alpha", 1), "DO": ("p", 0.99), "DROPPATH": ("p", 0.99)}  # fmt: skip
"""Arguments that are hardly ever larger."""


def _is_unlikely(row: Row) -> bool:
    """Whether a small number of its layer is large."""
    name, most = LARGE.get(row.node.kind, ("", 0))
    return bool(name) and (row.node.layer.arguments.get(name) or 0) > most


PRECONDITIONS: dict[str, Callable[[Context], object]] = {
    "SHP122": lambda seen: (
        seen.kinds & {"RESIZE", "UPSAMPLE", "UPCONV", "PAD"}
        or any(map(_is_unlikely, seen.different))
        or ("POOL" in seen.kinds and any(map(_averages, seen.rows)))
        or ("LEARNED" in seen.kinds and any(_joins_learned(seen, row) for row in seen.rows))
        or ("ATTENTION" in seen.kinds and any(_attends_to_all(seen, row) for row in seen.rows))
    ),
    "SHP123": lambda seen: (
        any(len(call.arguments) > 1 and not call.name.isalpha() for call in seen.calls)
        or any(len(call.arguments) > 2 and not call.arguments[2].name for call in seen.calls)
        or seen.kinds & {"DWCONV", "EMBEDDING"}
        or any(w.extent > LARGEST_COMMON for row in seen.different if _keeps_depth(row) for w in row.windows)
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
        not all(row.node.inputs for row in unread(seen.rows)) or any(map(_begins_at_taps, seen.graph.nodes))
    ),
    "SHP408": lambda seen: sum(not row.node.inputs for row in seen.rows) > 1,
    "SHP445": lambda seen: seen.settings.freeze,
    "SHP501": lambda seen: seen.strict,
    "SHP502": lambda seen: any(map(_is_sequence, seen.rows)),
    "SHP505": lambda seen: (
        ("RESHAPE" in seen.kinds and any(map(_may_be_turned, seen.rows)))
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

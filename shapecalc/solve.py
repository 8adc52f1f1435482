"""Mends for a layer that does not tile its input: each is tried on the whole network before it is offered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapecalc.arguments import Padding, Sizes
from shapecalc.diagnostics import Edit, Fix
from shapecalc.graph import Graph, Node
from shapecalc.layer import Layer
from shapecalc.propagate import propagate
from shapecalc.report import Row

FARTHEST = 32
"""How far from the written input size another is looked for."""
MOST_WORK = 60_000
"""Layers that may be computed while looking for mends of one finding."""


@dataclass(frozen=True, slots=True)
class Mend:
    """A change that was tried: what to write, the rows it gives, and the layers that still drop pixels."""

    advice: str
    fix: Fix | None
    rows: list[Row]
    dropping: frozenset[int]


def dropping(rows: list[Row]) -> frozenset[int]:
    """The nodes with real input that no window reads, though one more window would."""
    return frozenset(row.node.index for row in rows if row.tiling == "drops-pixels")


def mends(graph: Graph, rows: list[Row], row: Row) -> list[Mend]:
    """Changes that make a layer read all of its input without making another drop more, smallest first."""
    before = dropping(rows)
    budget = max(1, MOST_WORK // max(1, len(rows)))
    found: list[Mend] = []
    for kind in (_input_sizes, _paddings, _rounding_up):
        best: Mend | None = None
        for layer, new, advice, fix in kind(graph, rows, row):
            if budget == 0 or (best and not best.dropping):
                break
            budget -= 1
            tried, _ = propagate(graph, {id(layer): new})
            after = dropping(tried)
            no_worse = after <= before and _unknown(tried) <= _unknown(rows)
            if row.node.index not in after and no_worse and (best is None or len(after) < len(best.dropping)):
                best = Mend(advice.format(formula=_formula(tried[row.node.index])), fix, tried, after)
        if best is not None:
            found.append(best)
    return sorted(found, key=lambda mend: len(mend.dropping))


def _unknown(rows: list[Row]) -> int:
    return sum(row.output is None for row in rows)


Candidate = tuple[Layer, Layer, str, Fix | None]


def _changed(layer: Layer, **values: object) -> Layer:
    return type(layer)(**{**vars(layer), **values})


def _formula(row: Row) -> str:
    """`(227 − 11)/4 + 1 = 55` along the first axis."""
    if not row.windows or row.inputs[0] is None:
        return ""
    return row.windows[0].formula(row.inputs[0].spatial[0]).replace(" + 2·0)", ")")


def _input_sizes(graph: Graph, rows: list[Row], row: Row) -> Iterator[Candidate]:
    """The nearest sizes of the INPUT that the layer descends from."""
    node = row.node
    while node.inputs:
        node = graph.nodes[node.inputs[0]]
    layer, output = node.layer, rows[node.index].output
    if layer is None or output is None or "size" not in vars(layer):
        return
    square = len(set(output.spatial)) == 1
    axes = [i for i, t in enumerate(row.tilings) if t.kind == "drops-pixels" or square]
    for distance in range(1, FARTHEST + 1):
        for change in (distance, -distance):
            spatial = [s + change * (i in axes) for i, s in enumerate(output.spatial)]
            if min(spatial) < 1:
                continue
            size = Sizes((*spatial, output.depth))
            text = f"{node.kind}({size})"
            whole = node.text.upper().startswith(node.kind) and not node.block and not node.loops
            fix = Fix(f"make the input {size}", (Edit(node.span, text),)) if whole else None
            yield layer, _changed(layer, size=size), f"{text} fits exactly: {{formula}}", fix


def _paddings(graph: Graph, rows: list[Row], row: Row) -> Iterator[Candidate]:
    """Just as much more padding as the last window lacks, the odd position behind."""
    layer, volume = row.node.layer, row.inputs[0]
    if layer is None or volume is None or not isinstance(getattr(layer, "padding", None), Padding):
        return
    pairs = []
    for window, tiled, size in zip(row.windows, row.tilings, volume.spatial, strict=True):
        lacking = (-(size + window.before + window.after - window.effective)) % window.stride
        more = lacking if tiled.dropped else 0
        pairs.append((window.before + more // 2, window.after + more - more // 2))
        if max(pairs[-1]) >= window.effective:
            return
    padding = Padding("", tuple(pairs))
    shown = str(padding)
    kept = "x".join(map(str, volume.spatial))
    out = "x".join(str(w.outputs(s)) for w, s in zip(
        (w._replace(before=a, after=b) for w, (a, b) in zip(row.windows, pairs, strict=True)),
        volume.spatial, strict=True))  # fmt: skip
    fix = _written(row.node, "P", shown)
    yield layer, _changed(layer, padding=padding), f"P={shown} keeps {kept} and gives {out}", fix


def _rounding_up(graph: Graph, rows: list[Row], row: Row) -> Iterator[Candidate]:
    """Pools can round up."""
    layer = row.node.layer
    if layer is None or "ceil" not in vars(layer) or vars(layer)["ceil"]:
        return
    fix = _written(row.node, "ceil", "true")
    yield layer, _changed(layer, ceil="ceil"), "ceil=true rounds up and reads everything", fix


def _written(node: Node, letter: str, value: str) -> Fix | None:
    """The edit that gives one argument of a layer another value, where the layer stands for itself."""
    if node.block or node.loops:
        return None
    argument = f"{letter}={value}"
    pattern = rf"\b{letter}=(\([^)]*\)|[^,)]*)"
    if re.search(pattern, node.text):
        text = re.sub(pattern, argument, node.text)
    elif node.text.endswith(")"):
        text = f"{node.text[:-1]}, {argument})"
    else:
        text = f"{node.text}({argument})"
    return Fix(f"write {argument}", (Edit(node.span, text),))

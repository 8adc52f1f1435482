"""Branches that do not join: cuts or pads a border, sets the depth, or changes the layer that lost the border."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Ends, Sizes
from shapecalc.core.phrases import size_text
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Edit
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import Row
from shapecalc.registry import layer_types
from shapecalc.repairs import other_arguments
from shapecalc.repairs.candidate import Candidate, pads, target_of
from shapecalc.repairs.trial import Change, Tried

WIDEST_BORDER = 8
"""Branches whose sizes differ by more have not lost a border: they run at different scales."""
WITH_ZEROS = 10
"""The order of channels of zeros: no parameters, and not what most people mean."""
MOST_STEPS_BACK = 12
"""How many layers of a branch are looked at, from its end, for one that could give another size."""


def candidates(graph: Graph, rows: list[Row], row: Row) -> Iterator[Candidate]:
    """Ways to give two branches that differ the same volume."""
    volumes = row.inputs
    pairs = [(i, j) for i in range(len(volumes)) for j in range(len(volumes)) if i != j]
    for i, j in pairs:
        one, other = volumes[i], volumes[j]
        if one is None or other is None or len(one.spatial) != len(other.spatial) or one == other:
            continue
        if row.node.layer.along_positions:
            if one.depth != other.depth:
                yield from _depth(graph, rows, row, i, one, other)
        elif one.spatial != other.spatial:
            yield from _earlier(graph, rows, row, i, other, row.node.kind != "CONCAT" and one.depth != other.depth)
            yield from _border(row, i, one, other)
            wider = other.spatial[0] - one.spatial[0] > WIDEST_BORDER or _scale(other, one)
            if one.positions < other.positions and wider:
                yield _resized(row, i, one, other)
            if row.node.kind != "CONCAT" and (scale := _scale(one, other)):
                yield _projected(row, i, one, other, scale)
        elif one.depth != other.depth and row.node.kind != "CONCAT":
            yield from _depth(graph, rows, row, i, one, other)


def _border(row: Row, i: int, one: Volume, other: Volume) -> Iterator[Candidate]:
    """A CROP of the larger branch, or a PAD of the smaller one, where only a border differs."""
    differences = [a - b for a, b in zip(one.spatial, other.spatial, strict=True)]
    if max(map(abs, differences)) > WIDEST_BORDER:
        return
    for kind, verb, sign, order in (("CROP", "cuts", 1, 3), ("PAD", "pads", -1, 4)):
        if all(sign * d >= 0 for d in differences):
            padding = pads([(sign * d // 2, sign * d - sign * d // 2) for d in differences])
            layer, what = layer_types()[kind](padding=padding), f"{one} to the {size_text(other.spatial)} of the other"
            yield _at_the_end(row, i, layer, f"{kind}({padding})", f"{verb} its {what}", order)


def _resized(row: Row, i: int, one: Volume, other: Volume) -> Candidate:
    """A RESIZE of the smaller branch to the other one."""
    size = size_text(other.spatial)
    layer = layer_types()["RESIZE"](size=Sizes(other.spatial))
    return _at_the_end(row, i, layer, f"RESIZE({size})", f"gives its {one} the size of the other", 5)


def _scale(one: Volume, other: Volume) -> int | None:
    """The stride of 2 or more with which a larger volume becomes as large as the other along every axis."""
    pairs = [*zip(one.spatial, other.spatial, strict=True)]
    scale = round(pairs[0][0] / pairs[0][1])
    return scale if scale > 1 and all(-(-a // scale) == b for a, b in pairs) else None


def _projected(row: Row, i: int, one: Volume, other: Volume, scale: int) -> Candidate:
    """A 1x1 convolution with a stride on the larger branch: the shortcut of a residual block that halves its input."""
    conv = layer_types()["CONV"](filters=other.depth, extent=Sizes((1,)), stride=Sizes((scale,)))
    text = f"CONV({other.depth}, 1, S={scale})"
    return _at_the_end(row, i, conv, text, f"makes its {one} the {other} of the other", 2)


def _depth(graph: Graph, rows: list[Row], row: Row, i: int, one: Volume, other: Volume) -> Iterator[Candidate]:
    """The depth of the other branch, by the filters of the last layer that sets the depth, or a 1x1 convolution."""
    for node in islice(graph.back_from(row.node.inputs[i]), MOST_STEPS_BACK):
        if "filters" in node.layer.arguments:
            advice = f"K={other.depth} in {node.name} gives branch {i + 1} the depth of the other"
            yield other_arguments.candidate(graph, rows[node.index], {"filters": other.depth}, 2, advice)
            break
    if one.depth < other.depth and row.node.kind != "MUL":
        missing = other.depth - one.depth
        zeros = layer_types()["PAD"](padding=Padding("", ((0, 0),)), depth=Ends((0, missing)))
        says = f"adds {missing} channels of zeros, as PyramidNet and Darknet's shortcut do"
        yield _at_the_end(row, i, zeros, f"PAD(depth={missing})", says, WITH_ZEROS)
    conv = layer_types()["CONV"](filters=other.depth, extent=Sizes((1,)))
    what = f"gives it the depth of the other, {one.depth} to {other.depth}"
    yield _at_the_end(row, i, conv, f"CONV({other.depth}, 1)", what, 3)


def _at_the_end(row: Row, i: int, layer: Layer, text: str, what: str, order: int) -> Candidate:
    """A layer put at the end of a branch."""
    change = Change({}, {(row.node.index, i): layer})
    edits = partial(_append, row.node, i, text)
    said = f"{text} at the end of branch {i + 1}"
    return Candidate(change, f"put {said}", lambda _: f"{said} {what}", edits, order)


def _append(node: Node, i: int, text: str) -> tuple[Edit, ...]:
    """The edit that puts a layer at the end of a branch; none where the branch is written for several joins."""
    branch = node.branch
    if branch is None or node.block or node.loops or i >= len(branch.chains):
        return ()
    chain = branch.chains[i]
    end = chain.items[-1].span[1] if chain.items else chain.span[1]
    lead = " => " if chain.items else " "
    return (Edit((end, end), f"{lead}{text}{'' if chain.items else ' '}"),)


def _in_the_branch(title: str, node: Node, tried: Tried) -> str:
    volume = tried.rows[node.index].output
    return f"{title} in {node.name} gives {volume}, as large as the other branch"


def _earlier(graph: Graph, rows: list[Row], row: Row, i: int, other: Volume, depth_too: bool) -> Iterator[Candidate]:
    """Other padding of a layer in the branch, with which the branch ends as large as the other one, and as deep."""
    for node in islice(graph.back_from(row.node.inputs[i]), MOST_STEPS_BACK):
        before = rows[node.index]
        layer = node.layer
        if before.output is None or not before.inputs or "padding" not in layer.arguments:
            continue
        ends = rows[row.node.inputs[i]].output
        if ends is None or ends.spatial != before.output.spatial:
            return

        def fits(alone: Layer, inputs: tuple[Volume, ...], axis: int) -> bool:
            return alone.output(*inputs).spatial[0] == other.spatial[axis]

        target = target_of(graph, rows, before)
        for found in other_arguments.candidates(target, fits) if target else ():
            if found.order > 3:  # padding and output padding: what is lost at a border
                continue
            if not depth_too:
                yield replace(found, says=partial(_in_the_branch, found.title.removeprefix("write "), node))
            elif "filters" in layer.arguments:
                padding = found.change.layers[node.index].arguments["padding"]
                values = {"filters": other.depth, "padding": padding}
                advice = f"K={other.depth}, P={padding} in {node.name} gives branch {i + 1} the volume of the other"
                yield other_arguments.candidate(graph, before, values, found.order, advice)
        return

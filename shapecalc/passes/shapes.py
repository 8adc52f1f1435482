"""Walks a graph with shapes: the volume, weights, windows and tiling of every layer, and what does not fit."""

from __future__ import annotations

from shapecalc.core.layer import Layer, Volume, Weight
from shapecalc.core.parameters import LARGEST_FIGURE
from shapecalc.core.phrases import size_text
from shapecalc.core.record import NamedTuple
from shapecalc.core.volumes import BranchError, axis_name
from shapecalc.core.window import ShapeError, Tiling, Window, tiling
from shapecalc.diagnostics.diagnostic import Diagnostic, Related, Severity, report
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.live_positions import Live, live_positions
from shapecalc.passes.report import Row


class Facts(NamedTuple):
    """What a layer makes of its inputs, in the order in which a row keeps it."""

    output: Volume
    arrays: tuple[Weight, ...]
    windows: tuple[Window, ...]
    tilings: tuple[Tiling, ...]
    weights: int
    biases: int
    buffers: int
    macs: int
    live: Live

    def without_weights(self) -> Facts:
        """The same of a layer that uses the weights of another one: its work stays."""
        return self._replace(arrays=(), weights=0, biases=0, buffers=0)

    def row(self, node: Node, inputs: tuple[Volume | None, ...], like: int | None = None) -> Row:
        """The row of a node with these facts."""
        if node.shares is None:
            return Row(node, inputs, *self, like=like)
        return Row(node, inputs, *self.without_weights(), shared_arrays=self.arrays)


def facts(layer: Layer, volumes: tuple[Volume, ...], lives: tuple[Live, ...]) -> Facts:
    """Everything that is derived from a layer's facts for given inputs, of whose positions not all may be pixels.

    Raises ShapeError where these do not fit.
    """
    output = layer.output(*volumes)
    hold_size(layer, output)
    arrays = layer.weights(*volumes)
    windows = layer.windows(volumes[0]) if volumes else ()
    tilings = tuple(map(tiling, volumes[0].spatial, windows, lives[0].ends)) if windows else ()
    weights = biases = buffers = macs = 0
    for array in arrays:
        size = array.size
        if array.role in ("kernel", "scale"):
            weights += size
            macs += size * array.uses
        elif array.role == "running":
            buffers += size
        else:
            biases += size
    macs += layer.products(*volumes)
    live = live_positions(layer, output, volumes, lives)
    return Facts(output, arrays, windows, tilings, weights, biases, buffers, macs, live)


def hold_size(layer: Layer, output: Volume) -> None:
    """Raises ShapeError SHP216 for sizes whose figures say nothing, and would not fit a float."""
    largest = max(output.sizes)
    if largest > LARGEST_FIGURE:
        part = "depth" if largest == output.depth else axis_name(output.spatial.index(largest), len(output.spatial))[0]
        raise ShapeError(
            "SHP216",
            f"{layer.kind} gives a {part} of 10^{len(str(largest)) - 1} or more",
            label=f"expected a {part} of at most 10^30",
            help=("repeat less often what makes it larger",),
        )


def _same(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether arrays have the same values: one more axis of length 1, as at every step of a sequence, is no other.

    What arrives and what is given, the last two axes, do not change places.
    """
    if len(one) == len(other):
        return one == other
    last = -min(2, len(one), len(other))
    return one[last:] == other[last:] and [n for n in one if n > 1] == [n for n in other if n > 1]


def _misfit(node: Node, found: Facts, owner: Row) -> ShapeError | None:
    """What is said where a layer needs weights of other shapes than those that it shares."""
    if owner.output is None:
        return None
    theirs = {array.name: array.shape for array in owner.weight_arrays}
    for array in found.arrays:
        has = theirs.pop(array.name, None)
        if has is None or not _same(has, array.shape):
            shapes = (size_text(has or ()) or "missing", size_text(array.shape))
            return ShapeError(
                "SHP124",
                f"{node.text} cannot share the {array.name} of {owner.name}: that is {shapes[0]}, and {shapes[1]} fits",
                label=f"expected a {array.name} of {shapes[1]}, found {shapes[0]}",
            )
    if theirs:
        unused = next(iter(theirs))
        return ShapeError(
            "SHP124",
            f"{node.text} cannot share the weights of {owner.name}, {owner.node.text}: it has no use for {unused}",
            label="expected a layer with the same arrays of weights",
        )
    return None


def propagate(graph: Graph) -> tuple[list[Row], list[tuple[Node, ShapeError]]]:
    """A row for every node, and the layers that do not fit their inputs.

    A layer after an unknown volume is unknown, and not a problem of its own, but for one whose volume is stated.
    """
    rows: list[Row] = []
    problems: list[tuple[Node, ShapeError]] = []
    known: dict[tuple[Layer, tuple[Volume, ...], tuple[Live, ...]], tuple[int, Facts | ShapeError]] = {}
    by_rows: dict[tuple[Layer, tuple[int | None, ...]], tuple[int, Facts | ShapeError]] = {}
    """The same, found without a look at volumes: rows that are like one row give the same."""
    first_of: dict[tuple[type[Layer], str], Layer] = {}
    one_of_equal: dict[Layer, Layer] = {}
    """One layer for all that have the same type and arguments, so that what follows from these is made once."""
    for node in graph.nodes:
        layer = node.layer
        inputs = tuple([rows[source].output for source in node.inputs])
        if not layer.understood or (None in inputs and not layer.opaque):
            rows.append(Row(node, inputs, None, (), (), (), *(node.owns or (None,) * 3)))
            continue
        alike = layer, tuple([rows[source].like for source in node.inputs])
        if alike not in by_rows or None in alike[1]:
            volumes = tuple([v for v in inputs if v])
            lives = tuple([live for source in node.inputs if (live := rows[source].live)])
            if layer not in one_of_equal:
                one_of_equal[layer] = first_of.setdefault(layer.identity, layer)
            key = (one_of_equal[layer], volumes, lives)
            if key not in known:
                try:
                    known[key] = node.index, facts(key[0], volumes, lives)
                except ShapeError as problem:
                    known[key] = node.index, problem
            by_rows[alike] = known[key]
        like, found = by_rows[alike]
        if isinstance(found, ShapeError):
            problems.append((node, found))
            rows.append(Row(node, inputs))
        elif node.shares is not None and (misfit := _misfit(node, found, rows[node.shares])):
            problems.append((node, misfit))
            rows.append(Row(node, inputs))
        else:
            earlier = rows[like].inputs if like < node.index else ()
            rows.append(found.row(node, earlier if earlier == inputs else inputs, like))
    return rows, problems


# --- what does not fit ----------------------------------------------------------------------------


def shape_diagnostic(node: Node, problem: ShapeError, rows: list[Row]) -> Diagnostic:
    """The diagnostic of a layer that does not fit its input."""
    related: tuple[Related, ...] = ()
    if isinstance(problem, BranchError):
        related = tuple(
            Related(source.span, f"branch {i + 1} ends here with {rows[source.index].output}")
            for i in problem.branches
            for source in (rows[node.inputs[i]].node,)
        )
    return report(
        problem.code,
        problem.message,
        node.span,
        label=problem.label,
        help=problem.help,
        related=related,
        notes=((_way(node, rows),) if node.inputs else ()) + problem.notes,
        layer=node.index,
    )


MOST_STEPS = 5
"""Layers before the one that does not fit, whose volumes are named."""


def _way(node: Node, rows: list[Row]) -> str:
    """The last volumes before a layer: `shapes so far: input1 224x224x3 → conv1 55x55x96`."""
    steps: list[str] = []
    at = node
    while at.inputs and len(steps) < MOST_STEPS:
        at = rows[at.inputs[0]].node
        steps.append(f"{at.name} {rows[at.index].output}")
    if at.inputs:
        steps.append("…")
    return f"shapes so far: {' → '.join(reversed(steps))}"


# --- tiling ---------------------------------------------------------------------------------------


def rounding_of(row: Row, rounding: str | None) -> str | None:
    """How strictly a layer is to tile: as it says itself, else as the whole network does."""
    return row.node.layer.rounding or rounding


def grade(row: Row, rounding: str | None, *, strict: bool) -> tuple[str, Severity] | None:
    """Code and severity of how a layer's windows tile their input; None where there is nothing to say."""
    if not row.tilings:
        return None
    mode = rounding_of(row, rounding)
    inexact = any(t.quotient.denominator != 1 for t in row.tilings)
    match row.tiling:
        case "drops-pixels":
            if strict or mode == "exact":
                return "SHP201", "error"
            return "SHP201", "note" if row.is_claimed else "warning" if mode == "floor" else "error"
        case "trims-padding":
            return "SHP202", "error" if strict or mode == "exact" else "note"
        case "subsamples":
            return ("SHP204", "error") if inexact and mode == "exact" else ("SHP203", "note")
    return ("SHP204", "error") if inexact and (strict or mode == "exact") else None

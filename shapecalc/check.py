"""Text to report: the ordered pipeline that everything else calls."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from shapecalc.channels import depth_findings
from shapecalc.claims import claim_findings
from shapecalc.diagnostics import Diagnostic, Edit, Findings, Fix, Related, Source, finding
from shapecalc.expansion.expand import Options, expand
from shapecalc.grade import Cause, find_causes, grade, tiling_findings
from shapecalc.graph import Graph, Node
from shapecalc.joining import BranchError
from shapecalc.layer import axis_name
from shapecalc.measure import mark_in_place, totals
from shapecalc.parse import parse
from shapecalc.propagate import propagate
from shapecalc.receptive import add_receptive_fields
from shapecalc.report import Conventions, Report, Row
from shapecalc.window import ShapeError


@dataclass(frozen=True)
class CheckOptions:
    """How a network is checked."""

    expand: Options = field(default_factory=Options)
    conventions: Conventions = field(default_factory=Conventions)
    strict: bool = False
    """Trimmed padding and assumed values are errors."""


def check(source: Source, options: CheckOptions | None = None) -> Report:
    """The report of a text: its rows, totals and all that is wrong with it. Raises nothing for a bad text."""
    options = options or CheckOptions()
    name = os.path.splitext(os.path.basename(source.path))[0]
    problems: list[Diagnostic] = []
    try:
        graph = expand(parse(source, problems), options.expand)
    except Findings as fatal:
        return Report(source, name, (), None, _sorted((*problems, *fatal.diagnostics)), None, options.conventions)
    graph = replace(graph, diagnostics=(*problems, *graph.diagnostics))
    return check_graph(graph, source, options)


BEHIND_FIGURES = frozenset({"input", "classes", "let", "defaults", "rounding", "optional"})
"""Settings that figures hang on: where one could not be read, claims are not held against the figures."""


def check_graph(graph: Graph, source: Source, options: CheckOptions) -> Report:
    """The report of a graph."""
    rows, problems = propagate(graph)
    mark_in_place(graph, rows)
    add_receptive_fields(rows)
    sums = totals(rows, options.conventions)
    causes = find_causes(graph, rows, strict=options.strict)
    one_image = _one_image(options.conventions)
    image = sums if one_image == options.conventions else totals(rows, one_image)
    claims = (
        []
        if not rows or graph.settings.lost & BEHIND_FIGURES
        else claim_findings(graph, rows, image, options.conventions)
    )
    claims = _fold_claims(claims, causes, graph, options)
    found = [
        *graph.diagnostics,
        *(_shape_finding(node, problem, rows) for node, problem in problems),
        *tiling_findings(rows, causes, graph.settings.rounding, strict=options.strict),
        *depth_findings(rows, graph.settings.rounding, strict=options.strict),
        *_paddings_over_half(rows),
        *_windows_over_the_end(rows),
        *(_inputs_without_depth(graph, rows, source) if problems or any(row.windows for row in rows) else ()),
        *claims,
        *(_assumptions(graph) if options.strict else ()),
    ]
    name = graph.settings.name or os.path.splitext(os.path.basename(source.path))[0]
    return Report(source, name, tuple(rows), sums, _sorted(_once(found, rows)), graph, options.conventions)


def _one_image(conventions: Conventions) -> Conventions:
    """Claims are about one image."""
    return replace(conventions, batch=1)


def _fold_claims(
    claims: list[Diagnostic], causes: list[Cause], graph: Graph, options: CheckOptions
) -> list[Diagnostic]:
    """The claims that fail for a reason of their own; the others become notes of what makes them fail."""
    for cause in causes:
        graded = grade(cause.row, graph.settings.rounding, strict=options.strict)
        if not claims or cause.best is None or graded is None or graded[1] != "error":
            continue
        mended = cause.best.rows
        mark_in_place(graph, mended)
        one = _one_image(options.conventions)
        still = {(d.code, d.span) for d in claim_findings(graph, mended, totals(mended, one), options.conventions)}
        folded = [d for d in claims if d.code in ("SHP301", "SHP302", "SHP303") and (d.code, d.span) not in still]
        # A claim about the layer itself or before it has nothing to do with what the layer loses.
        folded = [d for d in folded if d.layer is None or d.layer >= cause.row.node.index]
        cause.claims.extend(_short(d, graph) for d in folded)
        claims = [d for d in claims if d not in folded]
    return claims


def _short(claim: Diagnostic, graph: Graph) -> str:
    where = graph.nodes[claim.layer].name if claim.layer is not None else "expect"
    return f"{where} ({claim.label.removeprefix('computed: ')})"


def _shape_finding(node: Node, problem: ShapeError, rows: list[Row]) -> Diagnostic:
    """Adds the layer, its place and the shapes on the way to it to what a layer says of its numbers."""
    related: tuple[Related, ...] = ()
    if isinstance(problem, BranchError):
        related = tuple(
            Related(source.span, f"branch {i + 1} ends here with {rows[source.index].output}")
            for i in problem.branches
            for source in (rows[node.inputs[i]].node,)
        )
    return finding(
        problem.code,
        problem.message,
        node.span,
        label=problem.label,
        help=problem.help,
        related=related,
        notes=(_way(node, rows),) if node.inputs else (),
        layer=node.index,
    )


def _way(node: Node, rows: list[Row]) -> str:
    """The last volumes before a layer: `shapes so far: input1 224x224x3 → conv1 55x55x96`."""
    steps: list[str] = []
    at = node
    while at.inputs and len(steps) < 5:
        at = rows[at.inputs[0]].node
        steps.append(f"{at.name} {rows[at.index].output}")
    if at.inputs:
        steps.append("…")
    return f"shapes so far: {' → '.join(reversed(steps))}"


def _paddings_over_half(rows: list[Row]) -> Iterable[Diagnostic]:
    for row in rows:
        layer = row.node.layer
        if layer is None or layer.bucket != "pool" or not row.windows:
            continue
        for window in row.windows:
            largest = max(window.before, window.after)
            if largest > window.effective // 2:
                yield finding(
                    "SHP212",
                    f"{row.node.kind} is padded by {largest}, more than half of its window of {window.effective}",
                    row.node.span,
                    label=f"PyTorch refuses more than {window.effective // 2}",
                    layer=row.node.index,
                )
                break


def _windows_over_the_end(rows: list[Row]) -> Iterable[Diagnostic]:
    """Rounding up, PyTorch, ONNX Runtime and Caffe take one window that is larger than the padded input."""
    for row in rows:
        volume = row.inputs[0] if row.inputs else None
        if volume is None or row.output is None:
            continue
        for axis, (window, size) in enumerate(zip(row.windows, volume.spatial, strict=False)):
            if window.hangs_over(size):
                noun, adjective = axis_name(axis, len(row.windows))
                padded = size + window.before + window.after
                yield finding(
                    "SHP205",
                    f"{row.node.kind} is larger than its input: a window {window.effective} {adjective} on {padded}",
                    row.node.span,
                    label=f"expected {noun} of at most {padded}, found {window.effective}",
                    notes=("rounded up, one window that hangs over the end is left",),
                    layer=row.node.index,
                )
                break


SMALLEST_IMAGE = 5
"""From which width on two equal numbers look like an image whose depth was forgotten."""
_DEPTH = re.compile(r"(?i)\bD\s*[=:]")


def _inputs_without_depth(graph: Graph, rows: list[Row], source: Source) -> Iterable[Diagnostic]:
    """INPUT(28x28) has one axis by the rules of the language, and most who write it mean an image.

    Whoever means it names the depth, as in INPUT(W=28, D=28). Without windows both readings give the same.
    """
    given = graph.settings.input
    for row in rows:
        volume = row.output
        if not row.node.inputs and volume is not None and len(volume.sizes) == 2 and row.node.layer is not None:
            width, depth = volume.sizes
            bare = (
                given is not None
                and given.sizes == volume.sizes
                and str(width) not in source.text[slice(*row.node.span)]
            )
            span = given.span if given is not None and bare else row.node.span
            if width != depth or width < SMALLEST_IMAGE or _DEPTH.search(source.text, *span):
                continue
            size = f"{width}x{depth}"
            yield finding(
                "SHP502",
                f"INPUT({size}) is read as {width} positions of depth {depth}, not as an image",
                span,
                label="width and depth: the last number is always the depth",
                help=(
                    f"write INPUT({size}x1) for a grey image, INPUT({size}x3) for one in colour",
                    f"or INPUT(W={width}, D={depth}) where one axis is meant, and nothing is said",
                ),
                fixes=(Fix("make it a grey image", (Edit(span, f"INPUT({size}x1)"),)),) if row.node.literal else (),
                layer=row.node.index,
            )


def _assumptions(graph: Graph) -> Iterable[Diagnostic]:
    for node in graph.nodes:
        if node.assumed:
            yield finding(
                "SHP501",
                f"{node.text} leaves {', '.join(node.assumed)} to be assumed",
                node.span,
                label=f"write {' and '.join(node.assumed)}",
                layer=node.index,
            )


MOST_TURNS = 5
"""How many other layers are named where one finding stands for several."""


def _once(found: list[Diagnostic], rows: list[Row]) -> list[Diagnostic]:
    """One finding for one cause: the same layer in every turn of a repeat is said once, with the others named."""
    first: dict[tuple[str, tuple[int, int]], Diagnostic] = {}
    others: dict[tuple[str, tuple[int, int]], list[Diagnostic]] = {}
    for diagnostic in found:
        key = (diagnostic.code, diagnostic.span)
        if key not in first or diagnostic.layer is None:
            first.setdefault(key, diagnostic)
            if first[key] is not diagnostic:
                first[(f"{diagnostic.code}{diagnostic.message}", diagnostic.span)] = diagnostic
        else:
            others.setdefault(key, []).append(diagnostic)
    return [replace(d, notes=(*d.notes, *_elsewhere(d, others.get(key, []), rows))) for key, d in first.items()]


def _elsewhere(said: Diagnostic, others: list[Diagnostic], rows: list[Row]) -> Iterable[str]:
    """Notes on the other layers of a finding: only their names where the message is the same, else what it says."""
    names: dict[str, list[str]] = {}
    for other in others:
        if other.layer is not None:
            names.setdefault(other.message, []).append(rows[other.layer].node.name)
    same = names.pop(said.message, [])
    if same:
        yield f"the same at {_few(same)}"
    for message in list(names)[:MOST_TURNS]:
        yield f"at {_few(names[message])}: {message}"
    if len(names) > MOST_TURNS:
        yield f"and {sum(map(len, list(names.values())[MOST_TURNS:]))} more"


def _few(names: list[str]) -> str:
    more = f" and {len(names) - MOST_TURNS} more" if len(names) > MOST_TURNS else ""
    return ", ".join(names[:MOST_TURNS]) + more


def _sorted(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(dict.fromkeys(found), key=lambda d: d.span))

"""What is said of single layers: shapes that do not work out, odd paddings and windows, sizes that mislead."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shapecalc.core.volumes import BranchError, axis_name
from shapecalc.core.window import ShapeError
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Related, Source, report
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import Row


def shape_diagnostic(node: Node, problem: ShapeError, rows: list[Row]) -> Diagnostic:
    """Adds the layer, its place and the shapes on the way to it to what a layer says of its numbers."""
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


def paddings_over_half(rows: list[Row]) -> Iterable[Diagnostic]:
    """SHP212 for pools that PyTorch refuses: padded by more than half of their window."""
    for row in rows:
        layer = row.node.layer
        if layer is None or layer.op_category != "pool" or not row.windows:
            continue
        for window in row.windows:
            largest = max(window.before, window.after)
            if largest > window.effective // 2:
                yield report(
                    "SHP212",
                    f"{row.node.kind} is padded by {largest}, more than half of its window of {window.effective}",
                    row.node.span,
                    label=f"PyTorch refuses more than {window.effective // 2}",
                    layer=row.node.index,
                )
                break


def windows_over_the_end(rows: list[Row]) -> Iterable[Diagnostic]:
    """SHP205: rounding up, PyTorch, ONNX Runtime and Caffe take one window that is larger than the padded input."""
    for row in rows:
        volume = row.inputs[0] if row.inputs else None
        if volume is None or row.output is None:
            continue
        for axis, (window, size) in enumerate(zip(row.windows, volume.spatial, strict=False)):
            if window.hangs_over(size):
                noun, adjective = axis_name(axis, len(row.windows))
                padded = size + window.before + window.after
                yield report(
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


def inputs_without_depth(graph: Graph, rows: list[Row], source: Source) -> Iterable[Diagnostic]:
    """SHP502: INPUT(28x28) has one axis by the rules of the language, and most who write it mean an image.

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
            yield report(
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


def assumptions(graph: Graph) -> Iterable[Diagnostic]:
    """SHP501 for layers of which something was not written."""
    for node in graph.nodes:
        if node.assumed:
            yield report(
                "SHP501",
                f"{node.text} leaves {', '.join(node.assumed)} to be assumed",
                node.span,
                label=f"write {' and '.join(node.assumed)}",
                layer=node.index,
            )

"""Adds the layer, its place and the shapes on the way to it to what a layer says of its own numbers."""

from __future__ import annotations

from shapecalc.core.volumes import BranchError
from shapecalc.core.window import ShapeError
from shapecalc.diagnostics.diagnostic import Diagnostic, Related, report
from shapecalc.passes.graph import Node
from shapecalc.passes.report import Row


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

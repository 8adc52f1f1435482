"""What is said of diagrams that have no graph: too many layers, or nothing to begin with."""

from __future__ import annotations

from shapecalc.diagnostics import Diagnostic, Edit, Fix, Span, finding


def too_many(most: int, span: Span, label: str) -> Diagnostic:
    """A diagram with more layers than it may have."""
    return finding(
        "SHP109",
        f"the diagram has more than {most:,} layers",
        span,
        label=label,
        help=("check the counts, or allow more with --max-layers",),
    )


def no_input(span: Span) -> Diagnostic:
    """A chain that begins at `span` without an INPUT, where no size is given from elsewhere."""
    return finding(
        "SHP110",
        "the diagram has no INPUT, so there is no size to begin with",
        span,
        label="INPUT(width x height x depth) is expected before this",
        help=("begin with INPUT(224x224x3) =>, or give --input 224x224x3",),
        fixes=(Fix("begin with an INPUT", (Edit((span[0], span[0]), "INPUT(224x224x3) => "),)),),
    )

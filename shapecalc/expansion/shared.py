"""Layers that use the weights of others: `tower share left` is layer by layer what `tower as left` made."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.layer import Layer
from shapecalc.core.phrases import counted
from shapecalc.diagnostics.diagnostic import Diagnostic, Related, report
from shapecalc.language import syntax
from shapecalc.passes.graph import Node


def share_weights(item: syntax.Shared, nodes: Sequence[Node], owners: range, made: range) -> Diagnostic | None:
    """Gives every layer with weights the owner of its weights; the diagnostic where layers do not go together."""
    first, second = ([nodes[i] for i in place if _owns(nodes[i])] for place in (owners, made))
    if not first:
        return _report(item, f"{item.name} has no weights to share", nodes[owners.start] if owners else None)
    if len(first) != len(second):
        message = f"this has {counted(len(second), 'layer')} with weights, and {item.name} has {len(first):,}"
        return _report(item, message, first[0])
    for owner, node in zip(first, second, strict=True):
        if owner.kind != node.kind:
            message = f"{node.text} cannot share the weights of {owner.text}: {item.name} has a layer of another type"
            return _report(item, message, owner)
    for owner, node in zip(first, second, strict=True):
        node.shares = owner.owner
    return None


def _owns(node: Node) -> bool:
    """Whether a layer of this type may have weights; one that was not understood is in its place."""
    return node.layer is None or type(node.layer).weights is not Layer.weights


def _report(item: syntax.Shared, message: str, owner: Node | None) -> Diagnostic:
    related = (Related(owner.span, f"{item.name} begins here"),) if owner else ()
    return report("SHP124", message, item.span, related=related)

"""Points by the names that `as` gives them, those of a block in it only, and layers that `share` their weights."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.layer import Layer
from shapecalc.core.phrases import counted
from shapecalc.core.record import NamedTuple, replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Related, Span, report
from shapecalc.diagnostics.spelling import nearest
from shapecalc.language import syntax
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.shapes import propagate


class TapPoint(NamedTuple):
    """A named point of the network."""

    node: int
    place: Span
    """Where it was named first."""
    made: range
    """The layers that are called so."""


class Taps:
    """The named points that have been passed, the innermost block's last."""

    def __init__(self) -> None:
        self._points: list[dict[str, TapPoint]] = [{}]
        self._hidden: dict[str, str] = {}
        """The block in whose body a name was given that cannot be used any more."""

    def enter(self) -> None:
        """Begins a block's body."""
        self._points.append({})

    def leave(self, block: str) -> None:
        """Ends a block's body, and forgets its names."""
        self._hidden |= dict.fromkeys(self._points.pop(), block)

    def name(self, item: syntax.Named, node: int, made: range) -> Diagnostic | None:
        """Gives a point, and the layers that lead to it, a name.

        The diagnostic where another place of the same body uses it already.
        """
        first = self._points[-1].get(item.name, TapPoint(node, item.name_span, made)).place
        self._points[-1][item.name] = TapPoint(node, first, made)
        if first == item.name_span:
            return None
        return report(
            "SHP112",
            f"two points are called {item.name}",
            item.name_span,
            related=(Related(first, "first used here"),),
            help=(f"rename one of them, for example {item.name}_2",),
        )

    def find(self, tap: syntax.Tap) -> int:
        """The point of a name, the innermost first. Raises Diagnosed SHP111."""
        return self._point(tap.name, tap.span, "@").node

    def sized(self, call: syntax.Call, nodes: Sequence[Node]) -> syntax.Call:
        """`RESIZE(@c4)` as the size that the point c4 has. Raises Diagnosed where that is not known."""
        arguments = []
        for argument in call.arguments:
            if isinstance(argument.value, syntax.Tap):
                tap = argument.value
                volume = propagate(Graph(tuple(nodes)))[0][self.find(tap)].output
                if volume is None:
                    raise Diagnosed(report("SHP116", f"the size of @{tap.name} is not known here", tap.span))
                argument = replace(argument, value=syntax.SizeLiteral(volume.spatial, tap.span))
            arguments.append(argument)
        return replace(call, arguments=tuple(arguments))

    def made(self, item: syntax.Shared) -> range:
        """The layers of a name, the innermost first. Raises Diagnosed SHP111."""
        return self._point(item.name, item.name_span, "").made

    def _point(self, name: str, span: Span, sign: str) -> TapPoint:
        """The innermost point of a name. Raises Diagnosed SHP111."""
        for points in reversed(self._points):
            if name in points:
                return points[name]
        known = [name for points in self._points for name in points]
        guess = nearest(name, known)
        block = self._hidden.get(name)
        raise Diagnosed(
            report(
                "SHP111",
                f"no point before this is called {name}",
                span,
                label=f"did you mean {sign}{guess}?" if guess else "not named before",
                notes=(f"the block {block} has a point {name}, which can be used only inside of the block",)
                if block
                else (),
                help=(f"name a point with `as {name}` after its layer",),
            ),
        )


# --- shared weights ---------------------------------------------------------------------------


def share_weights(item: syntax.Shared, nodes: Sequence[Node], owners: range, made: range) -> Diagnostic | None:
    """Gives every layer with weights the owner of its weights; the diagnostic where layers do not go together."""
    first, second = ([nodes[i] for i in place if _owns(nodes[i])] for place in (owners, made))
    if not first:
        return _report(item, f"{item.name} has no weights to share", nodes[owners.start] if owners else None)
    if len(first) != len(second):
        message = f"this has {counted(len(second), 'layer')} with weights, and {item.name} has {len(first):,}"
        return _report(item, message, first[0])
    for owner, node in zip(first, second, strict=True):
        if owner.kind != node.kind and {owner.kind, node.kind} != {"CONV", "FC"}:
            message = f"{node.text} cannot share the weights of {owner.text}: {item.name} has a layer of another type"
            return _report(item, message, owner)
    for owner, node in zip(first, second, strict=True):
        node.shares = owner.owner
    return None


def _owns(node: Node) -> bool:
    """Whether a layer of this type may have weights; one that was not understood is in its place."""
    return not node.layer.understood or type(node.layer).weights is not Layer.weights


def _report(item: syntax.Shared, message: str, owner: Node | None) -> Diagnostic:
    related = (Related(owner.span, f"{item.name} begins here"),) if owner else ()
    return report("SHP124", message, item.span, related=related)

"""The layers of a program as the text of a diagram, and where in the program each place of that text is from."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

from shapecalc.diagnostics.diagnostic import Span
from shapecalc.formats.python_program.framework_layers import NO_WEIGHTS, form_of
from shapecalc.formats.python_program.program_values import AppliedLayer, LayerObject, Piece, TensorValue
from shapecalc.language.relocate import placed

T = TypeVar("T")


class DiagramText:
    """A text that grows by pieces, each with its place in the program."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._starts: list[int] = []
        self._length = 0

    def write(self, text: str, span: Span) -> None:
        """Puts a piece at the end."""
        self._pieces.append((text, span))
        self._starts.append(self._length)
        self._length += len(text)

    @property
    def text(self) -> str:
        """The diagram."""
        return "".join(text for text, _ in self._pieces)

    def back(self, thing: T) -> T:
        """A syntax tree or a diagnostic of the diagram with its places in the program."""
        return placed(thing, self._span)

    def _span(self, span: Span) -> Span:
        start, end = self._place(span[0]), self._place(max(span[0], span[1] - 1))
        return start[0], max(start[0], end[1])

    def _place(self, at: int) -> Span:
        return self._pieces[bisect_right(self._starts, at) - 1][1]


def reachable(nodes: list[AppliedLayer], outputs: Iterable[TensorValue]) -> set[int]:
    """The places of the layers that some tensors hang on."""
    found: set[int] = set()
    stack = [one.node for one in outputs]
    while stack:
        place = stack.pop()
        if place >= 0 and place not in found:
            found.add(place)
            size = nodes[place].reads_size_of
            stack += [one.node for one in (*nodes[place].sources, *((size,) if size else ()))]
    return found


def name_of(place: int, hints: Mapping[int, str]) -> str:
    """What the diagram calls a node."""
    return f"{hints.get(place, 'x')}_{place}"


def diagram_of(
    nodes: list[AppliedLayer],
    outputs: Iterable[TensorValue],
    hints: Mapping[int, str],
    frozen: Collection[int] = (),
) -> DiagramText:
    """The diagram of what some tensors hang on; `hints` has what the program calls them, `frozen` what has a name."""
    kept = sorted(reachable(nodes, outputs))
    last = dict(zip(kept, [-1, *kept], strict=False))
    apart = {place for place in kept if nodes[place].join or [s.node for s in nodes[place].sources] != [last[place]]}
    read = {one.node for place in apart for one in nodes[place].sources}
    read |= {size.node for place in kept if (size := nodes[place].reads_size_of)}
    times = Counter(id(layer) for place in kept if (layer := with_weights(nodes[place])))
    first: dict[int, int] = {}
    names = {place: name_of(place, hints) for place in kept}
    written = DiagramText()
    begins = nodes[kept[0]].span if kept else (0, 0)
    opens = sum(one.node < 0 for place in kept for one in nodes[place].sources)
    if opens > 1 or any(one.node < 0 for place in kept if nodes[place].join for one in nodes[place].sources):
        written.write("IDENTITY() as input_0", begins)
        names[-1] = "input_0"
    for place in kept:
        node = nodes[place]
        is_frozen = place in frozen
        written.write(_before(node, place in apart, names) + "[" * is_frozen, node.span)
        for number, (text, span) in enumerate(node.pieces):
            if number and node.reads_size_of:
                written.write(f"@{names[node.reads_size_of.node]}", span)
            written.write(text, span)
        layer = with_weights(node)
        if layer is not None and times[id(layer)] > 1:
            if id(layer) in first:
                written.write(f" share {names[first[id(layer)]]}", node.span)
            first.setdefault(id(layer), place)
        if is_frozen:
            written.write("]", node.span)
        if is_frozen or place in read or (layer is not None and times[id(layer)] > 1 and first[id(layer)] == place):
            written.write(f" as {names[place]}", node.span)
    return written


def _before(node: AppliedLayer, apart: bool, names: Mapping[int, str]) -> str:
    """What stands before a layer: an arrow, or the points that it reads."""
    if node.join:
        return f"\n{node.join}[ {' | '.join(f'@{names[one.node]}' for one in node.sources)} ]"
    if not apart and node.sources and node.sources[0].node >= 0:
        return " => "
    return "\n" + "".join(f"@{names[one.node]} => " for one in node.sources if one.node in names)


def with_weights(node: AppliedLayer) -> LayerObject | None:
    """The layer of a node that has weights, and may share them."""
    form = form_of(node.layer.name) if node.layer else None
    return node.layer if form is None or form.ours not in (*NO_WEIGHTS, "INPUT") else None

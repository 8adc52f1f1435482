"""Draws a graph for Graphviz (dot) or Mermaid: volumes on the arrows, and what is there several times in a row once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from shapecalc.core.record import NamedTuple
from shapecalc.passes.graph import Graph
from shapecalc.passes.report import CheckedNetwork
from shapecalc.writers.diagram.chains import all_parts, chains_of, regrouped
from shapecalc.writers.diagram.flat import Unwordable
from shapecalc.writers.diagram.items import Again, Item, Join, Single, inside, nodes_of, taken
from shapecalc.writers.diagram.recovered import with_stand_ins
from shapecalc.writers.diagram.recurring import Recurring, items_of

MOST_ARROWS = 500
"""Mermaid draws fewer arrows than that, and says so in place of a chart otherwise."""


class _Repeat(NamedTuple):
    """Consecutive nodes that stand several times in a row."""

    start: int
    size: int
    times: int


@dataclass(slots=True)
class _Drawing:
    """Boxes, frames around them, and arrows."""

    name: str
    boxes: list[tuple[int, str]] = field(default_factory=list)
    frames: list[_Repeat] = field(default_factory=list)
    arrows: list[tuple[int, int, str]] = field(default_factory=list)


def draw(report: CheckedNetwork, target: str) -> str:
    """The text of a drawing, `dot` or `mermaid`. Raises Unwordable where a volume is unknown."""
    graph, _ = with_stand_ins(report, report.graph) if report.graph is not None else (Graph(()), [])
    drawing = _drawing(report, regrouped(graph))
    return "\n".join(_dot(drawing) if target == "dot" else _mermaid(drawing)) + "\n"


def drawn_or_reason(report: CheckedNetwork, target: str) -> tuple[str, str]:
    """The text of a drawing, or why there is none; one of them is empty."""
    if report.graph is None or not report.rows:
        return "", f"{report.name} is not drawn: its text cannot be read"
    try:
        return draw(report, target), ""
    except Unwordable as problem:
        return "", f"{report.name} is not drawn: {problem}"


def _drawing(report: CheckedNetwork, graph: Graph) -> _Drawing:
    volumes = {row.name: str(row.output) for row in report.rows}
    texts = {row.name: row.text if row.node.shares is None else f"{row.text} (shared)" for row in report.rows}
    repeats = _repeats(graph)
    shown = [_first(node.index, repeats) for node in graph.nodes]
    drawing = _Drawing(report.name, frames=repeats)
    for node in graph.nodes:
        if shown[node.index] == node.index:
            drawing.boxes.append((node.index, texts[node.name]))
            drawing.arrows += [(shown[i], node.index, volumes[graph.nodes[i].name]) for i in node.inputs]
    return drawing


def _first(index: int, repeats: Iterable[_Repeat]) -> int:
    """The node of the first time that stands for a node of another one; the outer repeats come first."""
    for start, size, times in repeats:
        if start <= index < start + size * times:
            index = start + (index - start) % size
    return index


def _repeats(graph: Graph) -> list[_Repeat]:
    statements = chains_of(graph)
    tapped = {part.node for chain in statements for part in all_parts(chain) if part.tap}
    tapped |= {node.shares for node in graph.nodes if node.shares is not None}
    found = Recurring([items_of(graph, chain, tapped, extents=True) for chain in statements], eager=False)
    found.find()
    return [repeat for chain in found.chains for item in chain for repeat in _of_item(item, 0)]


def _of_item(item: Item, row: int) -> Iterator[_Repeat]:
    """The repeats in an item as it is in one instance of what it is part of, the outer ones first."""
    if isinstance(item, Again) and item.counts[row] > 1:
        start = min(nodes_of(taken(item.item, [row])))
        yield _Repeat(start, _span(item.item, row), item.counts[row])
    for inner, at in inside(item, row):
        yield from _of_item(inner, at)


def _span(item: Item, row: int) -> int:
    """How many nodes an item has, all repeats written out."""
    times = item.counts[row] if isinstance(item, Again) else 1
    return isinstance(item, Single | Join) + times * sum(_span(*inner) for inner in inside(item, row))


# --- as text ------------------------------------------------------------------------------------


def _framed(drawing: _Drawing, box: str, opening: Sequence[str], closing: str) -> Iterator[str]:
    """The boxes, those of a repeat in a frame; `box` and `opening` are patterns of the language."""
    open_frames: list[_Repeat] = []
    starts = {frame.start: [f for f in drawing.frames if f.start == frame.start] for frame in drawing.frames}
    for index, text in drawing.boxes:
        while open_frames and index >= open_frames[-1].start + open_frames[-1].size:
            open_frames.pop()
            yield f"{'  ' * (len(open_frames) + 1)}{closing}"
        for frame in starts.get(index, ()):
            margin = "  " * (len(open_frames) + 1)
            name = f"{frame.start}_{frame.size}"
            yield from (margin + line.format(name=name, count=frame.times) for line in opening)
            open_frames.append(frame)
        yield "  " * (len(open_frames) + 1) + box.format(index=index, text=text)
    while open_frames:
        open_frames.pop()
        yield f"{'  ' * (len(open_frames) + 1)}{closing}"


def _dot(drawing: _Drawing) -> Iterator[str]:
    drawing.boxes = [(index, _quoted(text)) for index, text in drawing.boxes]
    yield f"digraph {_quoted(drawing.name)} {{"
    yield "  node [shape=box]"
    frame = ("subgraph cluster_{name} {{", '  label="{count} times"')
    yield from _framed(drawing, "n{index} [label={text}]", frame, "}")
    for source, target, volume in drawing.arrows:
        yield f'  n{source} -> n{target} [label="{volume}"]'
    yield "}"


def _quoted(text: str) -> str:
    """A text of dot: in quotes, one line, nothing in it that is more than text."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mermaid(drawing: _Drawing) -> Iterator[str]:
    drawing.boxes = [(index, _entities(text)) for index, text in drawing.boxes]
    if len(drawing.arrows) >= MOST_ARROWS:
        _put_chains_in_boxes(drawing)
    yield "---"
    yield f'title: "{_entities(drawing.name)}"'
    yield "---"
    yield "flowchart TD"
    frame = ('subgraph r{name}["{count} times"]',)
    yield from _framed(drawing, 'n{index}["{text}"]', frame, "end")
    for source, target, volume in drawing.arrows:
        yield f'  n{source} -->|"{volume}"| n{target}'


def _put_chains_in_boxes(drawing: _Drawing) -> None:
    """Layers that follow each other and nothing else, within the same frames, become the lines of one box."""
    sources: dict[int, list[int]] = {}
    targets: dict[int, list[int]] = {}
    for source, target, _ in drawing.arrows:
        sources.setdefault(target, []).append(source)
        targets.setdefault(source, []).append(target)
    box_of: dict[int, int] = {}
    lines: dict[int, list[str]] = {}
    for index, text in drawing.boxes:
        before = sources.get(index, [])
        follows = len(before) == 1 and targets[before[0]] == [index] and before[0] in box_of
        same_frames = follows and all(_within(frame, before[0]) == _within(frame, index) for frame in drawing.frames)
        box_of[index] = box_of[before[0]] if same_frames else index
        lines.setdefault(box_of[index], []).append(text)
    drawing.boxes = [(index, "<br/>".join(texts)) for index, texts in lines.items()]
    arrows = [(box_of[source], box_of[target], volume) for source, target, volume in drawing.arrows]
    drawing.arrows = [arrow for arrow in arrows if arrow[0] != arrow[1]]


def _within(frame: _Repeat, index: int) -> bool:
    return frame.start <= index < frame.start + frame.size


def _entities(text: str) -> str:
    """A text of Mermaid: what could end it or mean something else becomes a number of the character."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return "".join(c if c.isalnum() or c in " _(),.=*/+-" else f"#{ord(c)};" for c in plain)

"""The page: the parts of a network on lines below each other, what goes from one to the next, and the legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from typing import TypeAlias

from shapecalc.drawing.part_layout import GAP, LANE, SCALES, SMALL, Drawn, PartDrawer, joined
from shapecalc.drawing.picture_shapes import Box, Label, Line, Picture, Shape, text_width, transformed
from shapecalc.drawing.regions import parts_of
from shapecalc.drawing.steps import DrawnStep, Part, Region, begins_of, drawn_for, ends_of, steps_in, steps_of
from shapecalc.passes.report import CheckedNetwork

PAGE = 640.0
"""Points of a page across: at 17 cm a text of 8 points is one of 6 in print."""
Edge: TypeAlias = tuple[DrawnStep, DrawnStep]
"""A step and one that reads it."""
ONE_LINE = 1.45
"""How much wider than the page a network may be that is drawn smaller on one line, not to tear its lanes."""
LANE_GAP = 5.0
"""Between two lanes over a line."""
LETTER = 34.0
"""From the top of a box to that of the letter over it."""
ROW_GAP = 20.0
"""Between two lines of the picture."""


def picture(report: CheckedNetwork, scale: str = "sqrt", *, fold: bool = True) -> Picture:
    """The picture of a network."""
    steps = steps_of(report.rows)
    draw, measure = PartDrawer(steps, SCALES[scale]), PartDrawer(steps, SCALES[scale])
    parts = [inner for part in parts_of(steps, fold=fold) for inner in _opened(part, measure)]
    return _page(report.name, _lines(draw, parts), draw)


def _opened(part: Part, measure: PartDrawer) -> list[Part]:
    """A part, or what is in it where it is wider than a line: the longest branch last, so that the merge follows it."""
    if not isinstance(part, Region) or measure.width_alone(part) <= PAGE * ONE_LINE:
        return [part]
    branches: list[list[Part]] = sorted(part.chains, key=len)
    inner: list[Part] = [*filter(None, part.lanes or ()), *chain.from_iterable(branches)]
    return [*(piece for one in inner for piece in _opened(one, measure)), part.merge]


def _lines(draw: PartDrawer, parts: Sequence[Part]) -> list[list[tuple[Part, Drawn]]]:
    """The parts of each line of the picture; a part that is wider than the page has a line to itself."""
    drawn_parts = [(part, draw.part(part)) for part in parts]
    widths = [drawn.width + GAP for _, drawn in drawn_parts]
    if sum(widths) <= PAGE * ONE_LINE and max(widths, default=0.0) > PAGE / 2:
        return [drawn_parts]
    lines: list[list[tuple[Part, Drawn]]] = [[]]
    taken = 0.0
    width = max([PAGE, *widths])
    for part, drawn in drawn_parts:
        if lines[-1] and taken + GAP + drawn.width > width - 2 * GAP:
            lines.append([])
            taken = 0.0
        lines[-1].append((part, drawn))
        taken += drawn.width + GAP
    return lines


def _page(name: str, lines: list[list[tuple[Part, Drawn]]], draw: PartDrawer) -> Picture:
    """The lines below each other, with what goes from one to the next, the other lanes, and the legend."""
    parts = [part for line in lines for part, _ in line]
    linked = {
        id(part): any(source is ends_of(before) for step in begins_of(part) for source in step.inputs)
        for before, part in pairwise(parts)
    }
    drawn = [joined([d for _, d in line], linked=[linked.get(id(part), False) for part, _ in line]) for line in lines]
    widest = max([line.width for line in drawn] + [PAGE - 2 * GAP])
    page = Drawn(widest, 0, 0)
    tops: list[float] = []
    y = 24.0
    edges = _edges(draw, parts)
    lanes = [_levels(edges, line.anchors) for line in drawn]
    for at, line in enumerate(drawn):
        ending = any(len(step.inputs) > 1 for part, _ in lines[at] for step in begins_of(part))
        above = LANE * ending + LANE_GAP * max(lanes[at].values(), default=0)
        above = max(above, _letters_over(edges, line.anchors, lanes[at]) - line.up)
        y += line.up + above
        tops.append(y)
        page.put(line, GAP, y)
        first = lines[at][0][0] if lines[at] else None
        if at and first is not None and linked[id(first)]:
            before, between = tops[-2], y - line.up - ROW_GAP / 2 - above
            right = GAP + drawn[at - 1].right
            edge, margin = max(right + GAP, GAP + widest), GAP / 2
            there = (right, before), (edge, before), (edge, between)
            back = (margin, between), (margin, y), (GAP + line.left, y)
            page.shapes.append(Line((*there, *back), arrow=line.enters, faint=True))
        y += line.down + ROW_GAP
    heights = [(line.up, levels) for line, levels in zip(drawn, lanes, strict=True)]
    shapes = [*page.shapes, *_other_lanes(edges, lines, page.anchors, tops, heights)]
    total = widest + 3 * GAP
    scale = min(1.0, PAGE / total)
    shapes.append(Label(GAP, 12, name, "start", 10 / scale, bold=True))
    legend, high = _legend(draw, y, total, scale)
    shapes += legend
    return Picture(total * scale, (y + high) * scale, name, tuple(transformed(shape, scale) for shape in shapes))


def _edges(draw: PartDrawer, parts: Sequence[Part]) -> list[Edge]:
    """What is read from further back than the part before, as the steps that are drawn."""
    shown = drawn_for(parts)
    known: set[tuple[int, int]] = set()
    for before, part in pairwise(parts):
        known |= {(id(shown[id(ends_of(before))]), id(step)) for step in begins_of(part)}
    for part in parts:
        inner = {id(step) for step in steps_in(part)}
        known |= {(a, b) for a in inner for b in inner}
    edges = {
        (id(source), id(step)): (source, step)
        for target in draw.steps
        for source, step in ((shown[id(source)], shown[id(target)]) for source in target.inputs)
    }
    return [edge for key, edge in edges.items() if key not in known]


def _levels(edges: Sequence[Edge], anchors: Mapping[int, tuple[float, float, float]]) -> dict[tuple[int, int], int]:
    """How high each lane lies that begins and ends in a line, by its ends: 1 for the lowest. Those that meet differ."""
    spans = sorted(
        (anchors[id(step)][0] - anchors[id(source)][1], anchors[id(source)][1], sum(anchors[id(step)][:2]) / 2, at)
        for at, (source, step) in enumerate(edges)
        if id(source) in anchors and id(step) in anchors and anchors[id(step)][0] > anchors[id(source)][1]
    )
    found: dict[tuple[int, int], int] = {}
    taken: list[list[tuple[float, float]]] = []
    for _, start, end, at in spans:
        free = (level for level, others in enumerate(taken) if all(end < a or b < start for a, b in others))
        level = next(free, len(taken))
        taken += [[]] * (level == len(taken))
        taken[level] = [*taken[level], (start, end)]
        source, step = edges[at]
        found[id(source), id(step)] = level + 1
    return found


def _letters_over(
    edges: Sequence[Edge], anchors: Mapping[int, tuple[float, float, float]], lanes: Mapping[tuple[int, int], int]
) -> float:
    """How far up the letters of a line reach that stand where a lane would leave it or come to it."""
    left = [edge for edge in edges if (id(edge[0]), id(edge[1])) not in lanes]
    sources = [LETTER - anchors[id(source)][2] for source, _ in left if id(source) in anchors]
    targets = [LETTER - anchors[id(step)][2] for _, step in left if id(step) in anchors]
    return max([*sources, *targets], default=0.0)


def _other_lanes(
    edges: Sequence[Edge],
    lines: list[list[tuple[Part, Drawn]]],
    anchors: dict[int, tuple[float, float, float]],
    tops: list[float],
    lanes: Sequence[tuple[float, dict[tuple[int, int], int]]],
) -> list[Shape]:
    """Lanes over a line, of whose height and lanes `lanes` knows; between lines a letter stands at both ends."""
    where = {id(step): at for at, line in enumerate(lines) for part, _ in line for step in steps_in(part)}
    shapes: list[Shape] = []
    letters: dict[int, str] = {}
    for source, step in edges:
        (_, right, top), (to_left, to_right, to_top) = anchors[id(source)], anchors[id(step)]
        start, end = right + 2.5, (to_left + to_right) / 2
        free = 0 if step.sort == "merge" else SMALL + 4
        if where[id(source)] == where[id(step)] and to_left > right:
            (up, levels), axis = lanes[where[id(source)]], tops[where[id(source)]]
            y = axis - up - LANE_GAP * levels[id(source), id(step)]
            shapes.append(Line(((start, axis), (start, y), (end, y), (end, to_top - free)), arrow=True))
            continue
        count = len(letters)  # A to Z, then A1 to Z1 and so on
        letter = letters.setdefault(id(source), chr(ord("A") + count % 26) + (str(count // 26) if count >= 26 else ""))
        if not any(isinstance(s, Label) and s.text == letter and abs(s.x - start) < 0.1 for s in shapes):
            shapes += [
                Line(((start, tops[where[id(source)]]), (start, top - 16))),
                Label(start, top - 18, letter, bold=True),
            ]
        shapes += [
            Line(((end, to_top - free - 9), (end, to_top - free)), arrow=True),
            Label(end, to_top - free - 11, letter, bold=True),
        ]
    return shapes


LEGEND = (
    ("conv", "convolution"),
    ("pool", "pooling"),
    ("dense", "fully connected"),
    ("other", "other"),
    ("norm", "normalisation"),
    ("activation", "activation, dropout"),
)
"""Sorts that are explained below the picture."""


def _legend(draw: PartDrawer, y: float, width: float, scale: float) -> tuple[list[Shape], float]:
    """Boxes with their meaning, of the sorts that there are, and the height that they take."""
    there = {step.sort for step in draw.steps}
    there_in_place = {"norm" for s in draw.steps if s.has_norm} | {"activation" for s in draw.steps if s.has_activation}
    shapes: list[Shape] = []
    x, size = GAP, SMALL / scale
    for sort, words in LEGEND:
        if sort in there or sort in there_in_place:
            shapes.append(Box(x, y - size * 0.8, size, size, sort))
            shapes.append(Label(x + size * 1.4, y, words, "start", size))
            x += size * 2.4 + text_width(words, size) + GAP
    note = "height: map, width: depth; numbers: depth above, window and map below"
    if x + text_width(note, size) < width:
        shapes.append(Label(width - GAP, y, note, "end", size, faint=True))
        return shapes, size
    shapes.append(Label(GAP, y + size * 1.4, note, "start", size, faint=True))
    return shapes, size * 2.4

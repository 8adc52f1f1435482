"""Parts of a network as shapes: boxes as high as the map and as wide as the depth, lanes around the line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import log2, sqrt

from shapecalc.core.layer import Volume
from shapecalc.drawing.picture_shapes import Box, Circle, Label, Line, Shape, text_width, transformed
from shapecalc.drawing.steps import DrawnStep, FoldedParts, Part, Region, map_text, operation, sign, title

SMALL = 8.0
"""Height of a text."""
GAP = 7.5
"""Between two boxes, where an arrow fits."""
HIGHEST, WIDEST = 84.0, 26.0
"""Of the largest map, and of the largest depth."""
LEAST_HEIGHT, LEAST_WIDTH = 6.0, 3.5
RADIUS = 5.0
"""Of the circle of a merge."""
TINY = 9.0
"""Side of what lies on a lane and has no weights: a crop."""
LANE = 11.0
"""Between a lane and what it goes around."""
BRANCH_GAP = 5.0
"""Between two branches."""

Scale = Callable[[float], float]
SCALES: dict[str, Scale] = {"sqrt": sqrt, "log": lambda value: log2(value + 1)}
"""How sizes become lengths."""


@dataclass
class Drawn:
    """Shapes around an axis at 0: how far they reach right, up and down, and where arrows end and begin."""

    width: float
    up: float
    down: float
    shapes: list[Shape] = field(default_factory=list)
    right: float = 0.0
    """Where the arrow to the next part begins."""
    left: float = 0.0
    """Where the arrow from the last part ends."""
    enters: bool = True
    """Whether an arrow ends where it begins: not where its own line goes on."""
    anchors: dict[int, tuple[float, float, float]] = field(default_factory=dict)
    """Of steps, by identity: left, right and top of their boxes."""

    def put(self, piece: Drawn, x: float, y: float) -> None:
        """Adds another piece, its axis at this place."""
        self.shapes += [transformed(shape, 1.0, x, y) for shape in piece.shapes]
        self.anchors |= {i: (left + x, right + x, top + y) for i, (left, right, top) in piece.anchors.items()}


class PartDrawer:
    """Draws parts, each around its own axis."""

    def __init__(self, steps: Sequence[DrawnStep], scale: Scale) -> None:
        volumes = [step.rows[-1].output for step in steps]
        known = [volume for volume in volumes if volume is not None]
        self.scale = scale
        self.highest = max((scale(_side(v)) for v in known), default=1.0)
        self.deepest = max((scale(v.depth) for v in known), default=1.0)
        self.steps = steps
        self.shown_map = ""
        """The size of the map that was written last."""

    def width_alone(self, part: Part) -> float:
        """How wide a part is where no map was written before it."""
        self.shown_map = ""
        return self.part(part).width

    # --- single steps -----------------------------------------------------------------------

    def size(self, volume: Volume | None) -> tuple[float, float]:
        """Width and height of the box of a volume."""
        if volume is None:
            return WIDEST / 2, HIGHEST / 4
        height = LEAST_HEIGHT + (HIGHEST - LEAST_HEIGHT) * self.scale(_side(volume)) / self.highest
        return LEAST_WIDTH + (WIDEST - LEAST_WIDTH) * self.scale(volume.depth) / self.deepest, height

    def step(self, step: DrawnStep, *, brief: bool = False) -> Drawn:
        """A box with its texts; `brief` in branches and on lanes, where one line of text has to do."""
        if step.sort == "merge":
            return self._merge(step)
        volume = step.rows[-1].output
        width, height = (TINY, TINY) if brief and step.sort == "other" else self.size(volume)
        texts = self._texts(step, volume, brief=brief)
        across = max(width, *(text_width(text, SMALL) for text in texts)) + 1
        x = (across - width) / 2
        shapes: list[Shape] = [Box(x, -height / 2, width, height, step.sort, title(step), step.row.node.index)]
        shapes += _strips(step, x, width, height)
        down = height / 2
        above, *below = texts
        if above:
            shapes.append(Label(across / 2, -height / 2 - 3, above))
        for text in filter(None, below):
            down += SMALL + 1
            shapes.append(Label(across / 2, down, text, faint=text == below[-1] and len(below) > 1))
        found = Drawn(across, height / 2 + (SMALL + 3 if above else 0), down, shapes, x + width, x)
        found.anchors[id(step)] = (x, x + width, -height / 2)
        return found

    def _texts(self, step: DrawnStep, volume: Volume | None, *, brief: bool) -> list[str]:
        """What stands above and below the box: depth, operation, and the map where it is another than before."""
        if volume is None:
            return ["?", operation(step)]
        if brief:
            depth = f", {volume.depth}" if step.sort == "conv" else ""
            return ["", f"{operation(step)}{depth}"]
        map_ = map_text(volume)
        shown, self.shown_map = map_ != self.shown_map and volume.positions > 1, map_
        return [str(volume.depth), operation(step), *([map_] if shown else [])]

    def _merge(self, step: DrawnStep) -> Drawn:
        circle = Circle(RADIUS, 0, RADIUS, sign(step), title(step), step.row.node.index)
        found = Drawn(2 * RADIUS, RADIUS, RADIUS, [circle], 2 * RADIUS, 0)
        found.anchors[id(step)] = (0, 2 * RADIUS, -RADIUS)
        return found

    # --- several --------------------------------------------------------------------------------

    def part(self, part: Part, *, brief: bool = False) -> Drawn:
        """A part of any kind."""
        if isinstance(part, DrawnStep):
            return self.step(part, brief=brief)
        if isinstance(part, FoldedParts):
            return self._again(part, brief=brief)
        return self._stack(part) if part.lanes is None else self._unit(part, part.lanes, brief=brief)

    def chain(self, parts: Iterable[Part], *, brief: bool = False) -> Drawn:
        """Parts beside each other with arrows between them."""
        return joined([self.part(part, brief=brief) for part in parts])

    def _unit(self, unit: Region, lanes: Sequence[DrawnStep | None], *, brief: bool) -> Drawn:
        """A line with lanes from where it begins to the circle at its end."""
        inner = self.chain(unit.chains[0], brief=brief)
        start = GAP * 0.8
        line = Drawn(start, 0, 0, [Line(((0, 0), (start, 0)))], start, 0)
        found = joined([line, joined([inner, self._merge(unit.merge)], gap=GAP * 0.8)], gap=0)
        found.enters = False
        end = found.width - RADIUS
        height = max(inner.up, RADIUS)
        for lane in lanes:
            on = self.step(lane, brief=True) if lane else None
            height += LANE + (on.up if on else 0)
            middle = (start / 2 + end) / 2
            top = -height
            if on is None:
                found.shapes.append(Line(((start / 2, 0), (start / 2, top), (end, top), (end, -RADIUS)), arrow=True))
            else:
                x = middle - on.width / 2
                found.shapes.append(Line(((start / 2, 0), (start / 2, top), (x + on.left, top)), arrow=True))
                found.put(on, x, top)
                found.shapes.append(Line(((x + on.right, top), (end, top), (end, -RADIUS)), arrow=True))
                height += on.up
        found.up = max(found.up, height + 2)
        return found

    def _stack(self, stack: Region) -> Drawn:
        """Branches above each other between a fork and a circle."""
        branches = [self.chain(branch, brief=True) if branch else None for branch in stack.chains]
        widest = max(branch.width for branch in branches if branch)
        heights = [(branch.up, branch.down) if branch else (LANE / 2, LANE / 2) for branch in branches]
        axes, total = _axes(heights)
        found = Drawn(0, heights[0][0] - axes[0], total - heights[0][0] + axes[0], enters=False)
        start, end = GAP, GAP + GAP + widest + GAP
        fork = start / 2
        found.shapes.append(Line(((0, 0), (fork, 0))))
        for branch, y in zip(branches, axes, strict=True):
            if branch is None:
                found.shapes.append(Line(((fork, 0), (fork, y), (end, y), (end, 0))))
            else:
                x = start + GAP + (widest - branch.width) / 2
                found.shapes.append(Line(((fork, 0), (fork, y), (x + branch.left, y)), arrow=True))
                found.put(branch, x, y)
                found.shapes.append(Line(((x + branch.right, y), (end, y), (end, 0))))
        merge = self._merge(stack.merge)
        found.shapes.append(Line(((end, 0), (end + GAP / 2, 0)), arrow=True))
        found.put(merge, end + GAP / 2, 0)
        found.width = found.right = end + GAP / 2 + merge.width
        return found

    def _again(self, part: FoldedParts, *, brief: bool) -> Drawn:
        """What is repeated, with a bracket below it."""
        found = self.chain(part.parts, brief=brief)
        down = found.down + 4
        bracket = ((0.0, down), (0.0, down + 3), (found.width, down + 3), (found.width, down))
        found.shapes.append(Line(bracket, faint=True))
        found.shapes.append(Label(found.width / 2, down + 3 + SMALL, f"×{part.count}", bold=True))
        found.down = down + 4 + SMALL
        return found


def _axes(heights: Sequence[tuple[float, float]]) -> tuple[list[float], float]:
    """Where branches lie that reach so far up and down, around 0, and how high they are together.

    One that would lie close to the line that it leaves lies on it, so that no line has a small step.

    >>> _axes([(10, 10), (10, 10), (10, 10)])
    ([-25.0, 0.0, 25.0], 70.0)
    >>> _axes([(5, 5), (15, 10)])
    ([-25.0, 0.0], 40.0)
    """
    axes: list[float] = []
    y = 0.0
    for up, down in heights:
        axes.append(y + up)
        y += up + down + BRANCH_GAP
    total = y - BRANCH_GAP
    middle = total / 2
    nearest = min(axes, key=lambda axis: abs(axis - middle))
    zero = nearest if abs(nearest - middle) < LANE else middle
    return [axis - zero for axis in axes], total


def joined(pieces: Sequence[Drawn], gap: float = GAP, linked: Sequence[bool] | None = None) -> Drawn:
    """Pieces beside each other; an arrow between two that are linked."""
    found = Drawn(0, 0, 0)
    x = 0.0
    for at, piece in enumerate(pieces):
        if at:
            if linked is None or linked[at]:
                found.shapes.append(Line(((found.right, 0), (x + gap + piece.left, 0)), arrow=piece.enters))
            x += gap
        found.put(piece, x, 0)
        if at == 0:
            found.left, found.enters = piece.left, piece.enters
        found.right = x + piece.right
        x += piece.width
        found.up, found.down = max(found.up, piece.up), max(found.down, piece.down)
    found.width = x
    return found


def _side(volume: Volume) -> float:
    """The side of a square map that has as many positions."""
    return float(volume.positions ** (1 / len(volume.spatial)))


def _strips(step: DrawnStep, x: float, width: float, height: float) -> list[Shape]:
    """Narrow boxes at the right edge for what follows in place."""
    strips = (("norm",) if step.has_norm else ()) + (("activation",) if step.has_activation else ())
    thick = min(2.2, width / 4)
    return [
        Box(x + width - thick * (len(strips) - at), -height / 2, thick, height, sort, title(step), step.row.node.index)
        for at, sort in enumerate(strips)
    ]

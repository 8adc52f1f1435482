"""What a picture shows of a network: steps, each a layer with what follows it in place, and the words beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import shortest_size, size_text
from shapecalc.display.formatting import window_sizes
from shapecalc.passes.report import Row

Sort: TypeAlias = Literal["input", "conv", "pool", "dense", "merge", "other"]
"""What a step is drawn as."""


@dataclass(eq=False)
class DrawnStep:
    """A layer, with the layers that change no size and follow it alone: normalisation, activation, dropout."""

    rows: list[Row]
    inputs: list[DrawnStep] = field(default_factory=list)

    @property
    def row(self) -> Row:
        """The layer that the step is about."""
        return self.rows[0]

    @property
    def sort(self) -> Sort:
        """What it is drawn as."""
        layer = self.row.node.layer
        if not self.row.inputs:
            return "input"
        if layer.merges:
            return "merge"
        if self.row.kernels:
            return "dense" if layer.is_global else "conv"
        return "pool" if layer.op_category in ("pool", "adaptive") else "other"

    @property
    def has_norm(self) -> bool:
        """Whether a layer with weights of its own follows in place."""
        return any(row.used_arrays for row in self.rows[1:])

    @property
    def has_activation(self) -> bool:
        """Whether a layer without weights follows that is no view."""
        followers = (row.node.layer for row in self.rows[1:] if not row.used_arrays)
        return any(not layer.view for layer in followers)

    @property
    def signature(self) -> Hashable:
        """What makes two steps look the same."""
        return tuple((row.kind, row.text, row.output) for row in self.rows)


@dataclass(eq=False)
class Region:
    """What lies between a fork and the step that joins its branches."""

    chains: list[list[Part]]
    """The branches above each other; what is on the line where there are lanes around it, as in a residual block."""
    merge: DrawnStep
    lanes: Sequence[DrawnStep | None] | None = None
    """What lies on each lane: nothing, or one step."""

    @property
    def signature(self) -> Hashable:
        """What makes two of them look the same."""
        lanes = None if self.lanes is None else tuple(step.signature if step else None for step in self.lanes)
        return lanes, tuple(tuple(part.signature for part in chain) for chain in self.chains), self.merge.signature


@dataclass(eq=False)
class FoldedParts:
    """Parts that come several times, one after another."""

    copies: list[list[Part]]

    @property
    def parts(self) -> list[Part]:
        """Those that are drawn."""
        return self.copies[0]

    @property
    def count(self) -> int:
        """How often they come."""
        return len(self.copies)

    @property
    def signature(self) -> Hashable:
        """What makes two of them look the same."""
        return "again", self.count, tuple(part.signature for part in self.parts)


Part: TypeAlias = DrawnStep | Region | FoldedParts


def steps_of(rows: Sequence[Row]) -> list[DrawnStep]:
    """The steps of a network in the order of its layers."""
    readers = Counter(source for row in rows for source in row.node.inputs)
    by_row: dict[int, DrawnStep] = {}
    steps: list[DrawnStep] = []
    for row in rows:
        source = row.node.inputs[0] if len(row.node.inputs) == 1 else None
        before = by_row.get(source) if source is not None else None
        if before is not None and source is not None and readers[source] == 1 and _follows(row, before):
            before.rows.append(row)
            by_row[row.node.index] = before
        else:
            step = DrawnStep([row], [by_row[i] for i in row.node.inputs])
            by_row[row.node.index] = step
            steps.append(step)
    return _main_first(steps)


def _main_first(steps: Sequence[DrawnStep]) -> list[DrawnStep]:
    """The steps that the deepest output hangs on, then those of other outputs: heads that only help to train."""
    depth: dict[int, int] = {}
    for step in steps:
        depth[id(step)] = 1 + max((depth[id(source)] for source in step.inputs), default=0)
    deepest = max(steps, key=lambda step: depth[id(step)], default=None)
    main: set[int] = set()
    todo = [deepest] if deepest else []
    while todo:
        step = todo.pop()
        if id(step) not in main:
            main.add(id(step))
            todo += step.inputs
    return [*(s for s in steps if id(s) in main), *(s for s in steps if id(s) not in main)]


def _follows(row: Row, before: DrawnStep) -> bool:
    """Whether a layer is drawn with the one before it."""
    layer = row.node.layer
    if row.windows or row.output is None or layer.is_global or before.sort == "input" or row.kernels:
        return False
    return row.output.sizes == (row.arriving.sizes if row.arriving else ()) or layer.view


def ends_of(part: Part) -> DrawnStep:
    """The step that the next part reads."""
    if isinstance(part, DrawnStep):
        return part
    return ends_of(part.copies[-1][-1]) if isinstance(part, FoldedParts) else part.merge


def begins_of(part: Part) -> list[DrawnStep]:
    """The steps that read what comes before a part."""
    if isinstance(part, DrawnStep):
        return [part]
    if isinstance(part, FoldedParts):
        return begins_of(part.parts[0])
    begins = [step for chain in part.chains if chain for step in begins_of(chain[0])]
    return [*begins, *filter(None, part.lanes or ()), part.merge]


def steps_in(part: Part, *, copies: bool = False) -> list[DrawnStep]:
    """The steps of a part that are drawn, or those of all copies of what is repeated."""
    if isinstance(part, DrawnStep):
        return [part]
    if isinstance(part, FoldedParts):
        drawn = part.copies if copies else [part.parts]
        return [step for chain in drawn for one in chain for step in steps_in(one, copies=copies)]
    inner = [step for chain in part.chains for one in chain for step in steps_in(one, copies=copies)]
    return [*inner, *filter(None, part.lanes or ()), part.merge]


def drawn_for(parts: Iterable[Part]) -> dict[int, DrawnStep]:
    """By the identity of every step the one that is drawn for it: itself, or its copy in the first iteration."""
    found: dict[int, DrawnStep] = {}
    for part in parts:
        if isinstance(part, FoldedParts):
            shown = drawn_for(part.parts)
            firsts, *_ = copies = [[s for one in copy for s in steps_in(one, copies=True)] for copy in part.copies]
            for own in copies:
                found |= {id(step): shown[id(first)] for step, first in zip(own, firsts, strict=True)}
        elif isinstance(part, DrawnStep):
            found[id(part)] = part
        else:
            found |= drawn_for(one for chain in part.chains for one in chain)
            found |= {id(step): step for step in (*(part.lanes or ()), part.merge) if step}
    return found


# --- words beside a box ---------------------------------------------------------------------------

SIGNS = {"ADD": "+", "CONCAT": "c", "MUL": "×", "SUB": "−"}
"""What is written into the circle of a merge; the first letter of its name for others."""


NAMES = {"DO": "dropout", "BN": "norm"}
"""What layers are called that are better known by another name."""


def operation(step: DrawnStep) -> str:
    """The layer in a few letters: `3×3/2`, `max 3×3/2`, `fc`."""
    row = step.row
    if step.sort == "input":
        return "input"
    window = _window(row)
    if step.sort == "conv":
        groups = row.node.layer.groups
        depth = row.arriving.depth if row.arriving else 0
        kind = "dw " if groups == depth > 1 or "DW" in row.kind else "up " if row.kind.startswith("UP") else ""
        if kind == "up ":
            return f"up {window.partition('/')[0]}"
        return f"{kind}{window}{f' g{groups}' if groups > 1 and not kind else ''}" if window else row.kind.lower()
    if step.sort == "pool":
        averages = row.node.layer.averages
        if row.node.layer.op_category == "adaptive":
            left = f" to {map_text(row.output)}" if row.output is not None and row.output.positions > 1 else ""
            return f"{'avg' if averages else 'max'}{left}"
        if window:
            return f"{'avg ' if averages else ''}{window}"
    return NAMES.get(row.kind, row.kind.lower())


def _window(row: Row) -> str:
    """`3×3`, with `/2` where it moves by more than 1 and `d2` where it is dilated."""
    sizes = window_sizes(row, 2)
    if sizes is None:
        return ""
    extents, strides, dilations = sizes
    moved = f"/{shortest_size(strides)}" if any(s != 1 for s in strides) else ""
    dilated = f" d{shortest_size(dilations)}" if any(d != 1 for d in dilations) else ""
    return f"{size_text(extents)}{moved}{dilated}".replace("x", "×")


def map_text(volume: Volume) -> str:
    """`224²`, `64×32`, `16³`."""
    sizes = volume.spatial
    if len(sizes) > 1 and len(set(sizes)) == 1:
        return f"{sizes[0]}{'²' if len(sizes) == 2 else '³'}"
    return "×".join(map(str, sizes))


def sign(step: DrawnStep) -> str:
    """What stands in the circle of a merge."""
    return SIGNS.get(step.row.kind, step.row.kind[:1].lower())


def title(step: DrawnStep) -> str:
    """What is said of a step where it is asked for: its layers, their volume and weights."""
    calls = " => ".join(row.text for row in step.rows)
    params = sum(row.params or 0 for row in step.rows)
    weights = f", {params:,} parameters" if params else ""
    return f"{step.row.name}: {calls} gives {step.rows[-1].output or '?'}{weights}"

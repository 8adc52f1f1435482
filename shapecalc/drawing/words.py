"""What is written beside a box: `3×3/2`, the depth, the size of the map."""

from __future__ import annotations

from shapecalc.core.layer import Volume
from shapecalc.core.size_text import shortest_size, size_text
from shapecalc.display.formatting import window_sizes
from shapecalc.drawing.steps import DrawnStep
from shapecalc.passes.report import Row

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

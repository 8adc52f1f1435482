"""What other tools would count: each tool's figure as a combination of a few counts of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from shapecalc.core.layer import Layer, Volume
from shapecalc.passes.report import Row

CATEGORIES = (
    "mac", "mac_by_output", "conv_bias", "fc_bias", "norm", "norm_params", "activation",
    "pool", "pool_input", "average_pool", "adaptive", "adaptive_input", "elementwise",
)  # fmt: skip

TOOLS: dict[str, dict[str, int]] = {
    "shapecalc": {"mac": 1}, "FlopCounterMode": {"mac": 2}, "fvcore": {"mac": 1, "norm": 2, "adaptive_input": 1},
    "ptflops": {"mac": 1, "conv_bias": 1, "fc_bias": 1},
    "thop": {"mac_by_output": 1, "norm": 4, "average_pool": 1, "adaptive": 1, "adaptive_input": 1},
    "torchinfo": {"mac_by_output": 1, "conv_bias": 1, "fc_bias": 1, "norm_params": 1},
    "calflops": {"mac": 2, "conv_bias": 1, "norm": 2, "activation": 1, "pool_input": 1, "adaptive_input": 1},
    "darknet": {"mac": 2},
}  # fmt: skip
"""Each tool's figure as a combination of categories."""


def work(rows: Sequence[Row], batch: int = 1) -> dict[str, int] | None:
    """How much work there is under each head, for all images of a batch; None when a row is unknown.

    `norm_params` too are counted for every image: torchinfo takes a normalisation's batch·2C as its work.
    """
    first: dict[int, Row] = {}
    """One of the rows that equal each other."""
    times = Counter[int]()
    for row in rows:
        which = -1 - row.node.index if row.like is None else row.like
        first.setdefault(which, row)
        times[which] += batch
    counts = dict.fromkeys(CATEGORIES, 0)
    for which, row in first.items():
        if row.output is None:
            return None
        for category, count in _work_of(row, row.node.layer, row.output):
            counts[category] += count * times[which]
    return counts


def _work_of(row: Row, layer: Layer, output: Volume) -> Iterator[tuple[str, int]]:
    by_output = row.macs or 0
    for array in row.used_arrays:
        if array.uses_by_output is not None:
            by_output += array.size * (array.uses_by_output - array.uses)
    yield "mac", row.macs or 0
    yield "mac_by_output", by_output
    if layer.op_category == "mac" and "bias" in [a.role for a in row.used_arrays]:
        yield "fc_bias" if layer.is_global else "conv_bias", output.size
    if layer.op_category == "norm":
        yield "norm", output.size
        yield "norm_params", sum(a.size for a in row.weight_arrays if a.role != "running")
    elif layer.op_category == "adaptive" and layer.averages:
        yield "adaptive", output.size
        yield "adaptive_input", _read_by(row)
    elif layer.op_category in ("pool", "adaptive"):
        yield "pool", output.size
        yield "pool_input", _read_by(row)
        yield "average_pool", output.size * layer.averages
    elif layer.op_category in ("activation", "elementwise"):
        yield layer.op_category, output.size


def as_counted_by(counts: dict[str, int], tool: str) -> int:
    """What another tool would report, from the counts under each head."""
    return sum(counts[op_category] * factor for op_category, factor in TOOLS[tool].items())


def _read_by(row: Row) -> int:
    return sum(v.size for v in row.volumes)

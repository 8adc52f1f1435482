"""`solve` against sizes of samples that are tried on whole networks: `python -m tests.compat.working_sizes`.

Takes some minutes; files may be named, and are all samples otherwise. Nothing of `solve` is used but its answer: a size
is tried with whole volumes, layer by layer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.window import ShapeError, tiling
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.expansion.options import Options
from shapecalc.formats.read import read_graph
from shapecalc.passes.graph import Graph
from shapecalc.passes.live_positions import Live, everything_of, live_positions
from shapecalc.repairs.working_sizes import solve

SAMPLES = Path(__file__).parents[2] / "samples"
UP_TO = 2048
SOME = 37
"""Of sizes that `solve` does not list, which are tried with every size of the other axes."""

Known = dict[tuple[int, tuple[Volume, ...], tuple[Live, ...]], tuple[Volume, Live] | None]


def works(graph: Graph, spatial: Sequence[int], known: Known) -> bool:
    """Whether no layer and no join has an error, and no pixel is left over, with another first INPUT."""
    first = next(n.layer.output().spatial for n in graph.nodes if not n.inputs and n.layer)
    found: list[tuple[Volume, Live]] = []
    for node in graph.nodes:
        layer = node.layer
        assert layer is not None
        if not node.inputs:
            volume = layer.output()
            if volume.spatial == first:
                volume = volume._replace(spatial=tuple(spatial))
            found.append((volume, Live(everything_of(volume))))
            continue
        volumes = tuple(found[i][0] for i in node.inputs)
        lives = tuple(found[i][1] for i in node.inputs)
        key = (id(layer), volumes, lives)
        if key not in known:
            lenient = (layer.rounding or graph.settings.rounding) == "floor"
            known[key] = made(layer, volumes, lives, lenient=lenient)
        place = known[key]
        if place is None:
            return False
        found.append(place)
    return True


def made(
    layer: Layer, volumes: tuple[Volume, ...], lives: tuple[Live, ...], *, lenient: bool
) -> tuple[Volume, Live] | None:
    """What a layer makes of its inputs; None where it has an error, or leaves pixels over and is not lenient."""
    try:
        output = layer.output(*volumes)
        windows = layer.windows(volumes[0])
        tilings = [tiling(*one) for one in zip(volumes[0].spatial, windows, lives[0].ends, strict=False)]
    except ShapeError:
        return None
    hangs = any(w.hangs_over(n) for w, n in zip(windows, volumes[0].spatial, strict=False))
    if hangs or (not lenient and any(t.kind == "drops-pixels" for t in tilings)):
        return None
    return output, live_positions(layer, output, volumes, lives)


def differences(path: Path, up_to: int = UP_TO, every: int = 1) -> Iterator[str]:
    """Where `solve` says something else than the sizes that work when they are tried; every so many are.

    The other axes have the nearest size that works. Where a size that `solve` lists does not work beside it, the axes
    hang together, and a size works if it does beside any of the other axis: all are tried, for
    the sizes that are listed and every SOMEth of the rest.
    """
    _, graph = read_graph(Source(path.name, path.read_text(encoding="utf-8")), Options())
    solved = solve(graph, up_to)
    nearest = [axis.nearest for axis in solved.axes]
    if None in nearest:
        yield f"{path.name}: no size works"
        return
    tried = range(1, up_to + 1, every)
    beside_nearest = [_that_work(graph, nearest, i, [*tried], ()) for i in range(len(nearest))]  # type: ignore[arg-type]
    listed = [{n for n in axis.sizes if (n - 1) % every == 0} for axis in solved.axes]
    together = any(of_axis - sizes for of_axis, sizes in zip(listed, beside_nearest, strict=True))
    for i, axis in enumerate(solved.axes):
        sizes = beside_nearest[i]
        if together:
            left = [n for n in tried if n not in sizes and (n in listed[i] or n % SOME == 0)]
            sizes |= _that_work(graph, nearest, i, left, range(1, up_to + 1))  # type: ignore[arg-type]
        if wrong := sorted(sizes ^ listed[i]):
            yield f"{path.name}: {axis.axis}: {wrong[:9]}"


def _that_work(
    graph: Graph, nearest: Sequence[int], axis: int, sizes: Sequence[int], others: Sequence[int]
) -> set[int]:
    """Those of the sizes of an axis that work with the nearest size of the others, or with any of `others`."""
    known: Known = {}
    found = set()
    beside = (*nearest[:axis], *nearest[axis + 1 :])
    for size in sizes:
        rests = product(others, repeat=len(beside)) if others else [beside]
        if others:
            known = {}  # what a size gives is met with that size alone
        if any(works(graph, [*rest[:axis], size, *rest[axis:]], known) for rest in rests):
            found.add(size)
    return found


if __name__ == "__main__":
    bad = 0
    for path in [Path(name) for name in sys.argv[1:]] or sorted(SAMPLES.glob("*.net")):
        found = list(differences(path))
        bad += len(found)
        print(
            *(found or [f"{path.name}: solve agrees at all sizes from 1 to {UP_TO:,} of every axis"]),
            sep="\n",
            flush=True,
        )
    sys.exit(bool(bad))

"""Networks whose axes hang together: which layer couples them, and which sizes of an axis work beside some others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, product
from math import prod

from shapecalc.core.layer import Layer, Volume
from shapecalc.core.parameters import Sizes
from shapecalc.core.window import ShapeError
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import Row
from shapecalc.repairs.axis_program import AxisProgram, Place, axis_programs, first_input
from shapecalc.repairs.axis_walk import Accepts, AxisWalk
from shapecalc.repairs.whole_sizes import WholeNetwork

SMALL, LARGE, SOME_DEPTH = 6, 12, 8
"""Volumes with which a layer is asked whether what it makes depends on them."""


def first_coupling(graph: Graph) -> int | None:
    """The first layer that makes one axis, or the depth, out of another that depends on the INPUT; None without one.

    FLATTEN makes a depth, which matters to none but an FC and to layers of single values.
    """
    rank = len(first_input(graph).spatial)
    depends: list[bool] = []
    flattened: list[bool] = []
    for node in graph.nodes:
        layer = node.layer
        before = not node.inputs or any(depends[i] for i in node.inputs)
        flat = any(flattened[i] for i in node.inputs)
        if layer.understood and before and node.inputs and (layer.is_global or flat):
            spatial, depth = (False, flat) if layer.is_pointwise else _changes(layer, rank)
            if spatial or (depth and flat and not layer.is_pointwise) or (flat and layer.merges):
                return node.index
            before = flat = depth
        depends.append(before)
        flattened.append(flat)
    return None


def _changes(layer: Layer, rank: int) -> tuple[bool, bool]:
    """Whether the sizes of what a layer makes, and its depth, depend on the size of what it reads."""
    try:
        one, other = (layer.output(Volume((side,) * rank, SOME_DEPTH)) for side in (SMALL, LARGE))
    except ShapeError:
        return True, True
    return one.spatial != other.spatial, one.depth != other.depth


def separable(graph: Graph, rows: Sequence[Row]) -> bool:
    """Whether the axes of these rows can be walked one by one."""
    index = first_coupling(graph)
    return index is None or index >= len(rows)


def coupled_sizes(graph: Graph, coupling: int, up_to: int, accepts: Accepts) -> list[list[int]]:
    """By axis every size that works with some sizes of the others, in a network with a layer that couples them."""
    whole = WholeNetwork(graph, accepts)
    before = Graph(graph.nodes[:coupling])
    read = sorted({i for node in graph.nodes[coupling:] for i in node.inputs if i < coupling})
    alike: list[dict[tuple[Place | None, ...], list[int]]] = []
    """By axis the sizes that work up to the coupling, by what they give the layers after it."""
    for program in axis_programs(before, len(whole.first)):
        walk = AxisWalk(program, accepts)
        by_place: dict[tuple[Place | None, ...], list[int]] = {}
        for size in walk.working(range(1, up_to + 1)):
            by_place.setdefault(tuple(walk.place(i, size) for i in read), []).append(size)
        alike.append(by_place)
    groups = [list(of_axis.values()) for of_axis in alike]
    node = graph.nodes[coupling]
    values = _values(node.layer)
    if values is None:
        return _that_work(whole, groups)
    lengths = [[key[read.index(node.inputs[0])] for key in of_axis] for of_axis in alike]
    return _with_as_many(whole, groups, lengths, values)


def _values(layer: Layer) -> int | None:
    """How many values a layer takes that gives them another size; None for other layers."""
    size = layer.arguments.get("size")
    return prod(size) if layer.view and layer.is_global and isinstance(size, Sizes) else None


def _with_as_many(
    whole: WholeNetwork, groups: list[list[list[int]]], places: list[list[Place | None]], values: int
) -> list[list[int]]:
    """By axis the sizes that give a layer as many values as it takes, and work: other pairs are not tried.

    `places` are what a size of a group gives the layer along its axis.
    """
    lengths = [[place.volume.spatial[0] if place else 0 for place in axis] for axis in places]
    depth = next((place.volume.depth for place in places[0] if place), 0)
    works: list[set[int]] = [set() for _ in groups]
    for at in _products(lengths, values // depth) if depth and values % depth == 0 else ():
        if whole.works([axis[place][0] for axis, place in zip(groups, at, strict=True)]):
            for place, found in zip(at, works, strict=True):
                found.add(place)
    return _sizes_of(groups, works)


def _products(lengths: Sequence[Sequence[int]], product: int) -> Iterator[tuple[int, ...]]:
    """The places of one length of every axis whose product is a number.

    >>> list(_products([[1, 2, 3], [4, 6, 12]], 12))
    [(0, 2), (1, 1), (2, 0)]
    """
    if not lengths:
        yield from [()] if product == 1 else []
        return
    for i, length in enumerate(lengths[0]):
        if length and product % length == 0:
            yield from ((i, *others) for others in _products(lengths[1:], product // length))


def _that_work(whole: WholeNetwork, groups: list[list[list[int]]]) -> list[list[int]]:
    """Of sizes in groups that are alike, by axis, those that work with some of the other axes.

    What works with nothing along one axis need not be tried again along the next.
    """
    works: list[set[int]] = [set() for _ in groups]
    for axis, own in enumerate(groups):
        for place in range(len(own)):
            if place in works[axis]:
                continue
            others = [sorted(works[a]) if a < axis else range(len(other)) for a, other in enumerate(groups)]
            equal = [[place] if place in of_axis else [] for of_axis in others]
            equal[axis] = others[axis] = [place]
            for at in chain(product(*equal), product(*others)):
                if whole.works([group[i][0] for group, i in zip(groups, at, strict=True)]):
                    for i, found in zip(at, works, strict=True):
                        found.add(i)
                    break
    return _sizes_of(groups, works)


def _sizes_of(groups: list[list[list[int]]], works: list[set[int]]) -> list[list[int]]:
    return [sorted(n for place in found for n in axis[place]) for axis, found in zip(groups, works, strict=True)]


def without_lone_broadcasts(
    graph: Graph, walks: Sequence[AxisWalk], sizes: list[list[int]], accepts: Accepts
) -> list[list[int]]:
    """Sizes by axis, without those that only work because a branch of one position is broadcast along one axis.

    A branch is broadcast where it has one position along every axis, so such sizes are tried as wholes.
    """
    one, some = (Volume((side,) * len(sizes), SOME_DEPTH) for side in (1, SMALL))
    joins = [n for n in graph.nodes if len({*n.inputs}) > 1 and n.layer.output_if_any(one, some)]
    lone = [set(_broadcast(walk, joins, own)) for walk, own in zip(walks, sizes, strict=True)]
    if not any(lone):
        return sizes
    whole = WholeNetwork(graph, accepts)
    kept = []
    for axis, found in enumerate(sizes):
        others = [sorted(s, key=lambda n, a=a: n not in lone[a]) for a, s in enumerate(sizes) if a != axis]  # type: ignore[misc]
        sure = all(set(s) - lone[a] for a, s in enumerate(sizes) if a != axis)

        def works(size: int, axis: int = axis, others: list[list[int]] = others) -> bool:
            return any(whole.works([*rest[:axis], size, *rest[axis:]]) for rest in product(*others))

        kept.append([n for n in found if (n not in lone[axis] and sure) or works(n)])
    return kept


def _broadcast(walk: AxisWalk, joins: Sequence[Node], sizes: Sequence[int]) -> Iterator[int]:
    """The sizes at which the branches of a join differ, one of which has one position.

    Each join is looked at up to the first size with which all its branches have more than one.
    """
    varies = _varies(walk.program)
    small = [join.inputs for join in joins if sum(varies[i] for i in join.inputs) > 1]
    for size in sizes:
        volumes = walk.volumes(size) if small else None
        if volumes is None:
            continue
        lengths = [[v.spatial[0] for i in inputs if (v := volumes[i]) is not None] for inputs in small]
        small = [inputs for inputs, own in zip(small, lengths, strict=True) if min(own, default=2) == 1]
        if any(len(set(own)) > 1 and min(own) == 1 for own in lengths if own):
            yield size


def _varies(program: AxisProgram) -> list[bool]:
    """By node, whether it depends on the size of the INPUT at all."""
    depends: list[bool] = []
    for node in program.graph.nodes:
        reads = any(depends[i] for i in node.inputs) if node.inputs else node.index in program.varied
        depends.append(reads and not node.layer.is_global)
    return depends

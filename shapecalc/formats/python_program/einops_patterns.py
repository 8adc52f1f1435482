"""`rearrange`, `repeat` and `reduce` of einops: patterns such as `b c (h p) w -> b (h w) (p c)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from math import prod

from shapecalc.core.record import replace
from shapecalc.formats.python_program import own_weights
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.program_values import Extent, External, Partial, TensorValue, Unknown, Value
from shapecalc.formats.python_program.program_weights import OwnWeight
from shapecalc.formats.python_program.torch_axes import of_shape, opaque, permuted, reduced

MODULE = "einops."
MOST_AXES = 4
"""That a volume has."""
_LAYERS = {"Rearrange": "rearrange", "Reduce": "reduce"}
_GROUP = re.compile(r"\(([^()]*)\)|(\.\.\.|\w+)")
_ALL = "... apart"
"""What `...` is outside of a group: an axis for each that it stands for."""
Side = list[list[str]]
"""The axes of one side, each with the names that it is made of; none for an axis of 1."""


def of_einops(
    program: AppliedLayers, name: External, arguments: list[Value], named: Mapping[str, Value], node: ast.Call
) -> Value:
    """What a function of einops gives, or its layer, which is the function with a pattern."""
    if name.base in _LAYERS:
        base = _LAYERS[name.base]
        given = dict(zip(("pattern", "reduction"), arguments, strict=False))
        return Partial(External(MODULE + base, base), (), {**given, **named})
    tensor, pattern, *rest = [*arguments, *(named[key] for key in ("pattern", "reduction") if key in named)]
    sides = _sides(pattern)
    if isinstance(tensor, Unknown):
        return tensor
    if sides is None or not isinstance(tensor, TensorValue | OwnWeight):
        return program.unknown(node)
    shape = tensor.shape if isinstance(tensor, OwnWeight) else program.shape_of(tensor)
    if shape is None:
        return program.unsized(node)
    full = shape if isinstance(tensor, OwnWeight) else (1, *shape)
    left, right = _spread(sides, len(full))
    numbers = {name: int(name) for side in (left, right) for group in side for name in group if name.isdigit()}
    sizes = _sizes(left, full, {**{key: one for key, one in named.items() if type(one) is int}, **numbers})
    is_moved = isinstance(tensor, TensorValue) and (left[:1] != right[:1] or len(left[0]) != 1)
    if sizes is None or is_moved or not _is_right(name.base, left, right):
        return program.lose(node, f"how {program.places.shown(node)} moves the axes is not known")
    if isinstance(tensor, OwnWeight):
        return _of_weight(program, tensor, name.base, left, right, {**sizes, **named}, node)
    made = tuple(prod(sizes.get(part, 0) for part in group) for group in right[1:])
    is_reduced = name.base == "reduce" and bool(rest)
    if 0 in made or not (is_reduced or name.base in ("rearrange", "repeat")):
        return program.lose(node, f"how large {program.places.shown(node)} is is not known")
    if is_reduced:
        gone = [place for place, group in enumerate(left) if group not in right]
        for keeps in (False, True):
            axes = [[] if place in gone else group for place, group in enumerate(left) if keeps or place not in gone]
            if right == axes:
                return reduced(program, tensor, str(rest[0]), gone, keeps, node)
        return opaque(program, [tensor], made, node)
    return _rearranged(program, tensor, left, right, sizes, node)


def _is_right(base: str, left: Side, right: Side) -> bool:
    """Whether both sides have the names that a function may have; a number is an axis that it adds or leaves out."""
    before, after = ({name for group in side for name in group} for side in (left, right))
    numbers = {name for name in before | after if name.isdigit()}
    return (before ^ after) | numbers <= {"repeat": after - before, "reduce": before - after}.get(base, set())


def _sides(pattern: Value) -> tuple[Side, Side] | None:
    """Both sides of a pattern."""
    if not isinstance(pattern, str) or pattern.count("->") != 1:
        return None
    left, _, right = pattern.partition("->")
    return _groups(left), _groups(right)


def _groups(side: str) -> Side:
    groups = [[_ALL] if found[2] == "..." else (found[1] or found[2] or "").split() for found in _GROUP.finditer(side)]
    return [[name for name in group if name != "1"] for group in groups]


def _spread(sides: tuple[Side, Side], rank: int) -> tuple[Side, Side]:
    """Both sides with a name for each axis of `...`, which may be in a group on the right."""
    names = [f"...{place}" for place in range(rank - len(sides[0]) + 1)]
    left = [part for group in sides[0] for part in ([[name] for name in names] if group == [_ALL] else [group])]
    right: Side = []
    for group in sides[1]:
        if group == [_ALL]:
            right += [[name] for name in names]
        else:
            right.append([one for name in group for one in (names if name == "..." else [name])])
    return left, right


def _sizes(left: Side, shape: Sequence[int], given: Mapping[str, int]) -> dict[str, int] | None:
    """How long every name of the left side is; None where that does not fit."""
    if len(left) != len(shape):
        return None
    sizes = {name: size for name, size in given.items() if size > 0}
    for group, size in zip(left, shape, strict=True):
        open_names = [name for name in group if name not in sizes]
        known = prod(sizes[name] for name in group if name in sizes)
        if len(open_names) > 1:
            return None
        sizes |= dict.fromkeys(open_names, size // known)
        if prod(sizes[name] for name in group) != size:
            return None
    return sizes


def _rearranged(
    program: AppliedLayers, tensor: TensorValue, left: Side, right: Side, sizes: Mapping[str, int], node: ast.AST
) -> Value:
    """The values in another shape: apart, in another order, and together again, as far as volumes have the axes."""
    before = [name for group in left[1:] for name in group]
    after = [name for group in right[1:] for name in group]
    shape = tuple(prod(sizes[name] for name in group) for group in right[1:])
    if sorted(before) != sorted(after):
        return opaque(program, [tensor], shape, node)
    if before != after:
        if len(before) > MOST_AXES or len(shape) > MOST_AXES:
            return opaque(program, [tensor], shape, node)
        apart = tuple(sizes[name] for name in before)
        tensor = tensor if program.shape_of(tensor) == apart else of_shape(program, tensor, apart, node)
        turned = permuted(program, tensor, [0, *(before.index(name) + 1 for name in after)], node)
        if not isinstance(turned, TensorValue):
            return turned
        tensor = turned
    return tensor if program.shape_of(tensor) == shape else of_shape(program, tensor, shape, node)


def _of_weight(
    program: AppliedLayers,
    weight: OwnWeight,
    base: str,
    left: Side,
    right: Side,
    sizes: Mapping[str, Value],
    node: ast.AST,
) -> Value:
    """Weights in another shape; a token may be repeated for every image of a batch."""
    names = [name for group in left for name in group]
    shape = tuple(prod(one for name in group if type(one := sizes.get(name)) is int) for group in right)
    if base == "rearrange":
        return replace(weight, shape=shape)
    new = [place for place, group in enumerate(right) if any(name not in names for name in group)]
    batch = sizes.get(right[0][0]) if right and right[0] else None
    if isinstance(batch, Unknown):
        return batch
    if base == "repeat" and new == [0] and (isinstance(batch, Extent) or batch == 1):
        apart = replace(weight, shape=(1, *shape[1:]))
        return own_weights.method_of(program, apart, "expand", [batch, *[-1] * (len(shape) - 1)], {}, node)
    return program.lose(node)

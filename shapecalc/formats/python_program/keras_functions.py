"""Functions of Keras and TensorFlow on tensors, `K.mean(x, axis=1)`, and parts of tensors, `x[:, -1]`, as layers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from math import prod
from types import EllipsisType

from shapecalc.core.phrases import size_text
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.keras_joins import joined
from shapecalc.formats.python_program.program_values import TensorValue, Unknown, Value

Shape = tuple[int, ...]
"""The sizes of a tensor without its batch."""
SHAPES_OF = frozenset({"int_shape", "shape", "get_shape"})
AS_THEY_ARE = frozenset({"cast", "identity", "stop_gradient", "convert_to_tensor", "constant", "to_float"})
OF_VALUES = frozenset({
    "abs", "absolute", "exp", "log", "log1p", "sqrt", "rsqrt", "square", "pow", "power", "sign", "clip",
    "clip_by_value", "sin", "cos", "round", "floor", "ceil", "negative", "reciprocal", "l2_normalize", "normalize",
    "maximum", "minimum", "multiply", "add", "subtract", "divide", "log_softmax",
})  # fmt: skip
"""Functions that change each value by itself, or with numbers."""
REDUCING = frozenset({"mean", "sum", "max", "min", "prod", "std", "var", "any", "all", "logsumexp", "argmax", "argmin"})
"""Functions that leave one value of those along some axes; TensorFlow writes reduce_ before them."""
GLOBAL = {"mean": "GAP", "max": "GLOBALMAXPOOL"}
"""Our layers for what they leave of all positions."""


def keras_function(
    program: AppliedLayers,
    base: str,
    tensor: TensorValue,
    rest: list[Value],
    named: Mapping[str, Value],
    node: ast.AST,
) -> Value:
    """What a function gives for a tensor; `Ellipsis` for one that is not known here."""
    base = base.removeprefix("reduce_")
    if base in SHAPES_OF:
        return program.shape(tensor)
    if base in AS_THEY_ARE:
        return tensor
    others = [one for one in rest if isinstance(one, TensorValue)]
    if base in ("matmul", "batch_dot", "dot") and len(others) == 1 and (base == "matmul" or "batch" in base):
        return _product(program, tensor, others[0], base, named, node)
    if others:
        return ...
    if base in OF_VALUES:
        program.stand_in(node, "IDENTITY")
        return program.ours("IDENTITY", tensor, node, tensor.rank, tensor.depth)
    shape, moved = program.shape_of(tensor), MOVING.get(base)
    if base not in REDUCING and moved is None:
        return ...
    axis = named.get("axis", named.get("axes", named.get("shape", named.get("newshape", named.get("perm")))))
    first = rest[0] if rest else axis
    if shape is None:
        return program.unsized(node)
    if moved is not None:
        sizes = moved(shape, first)
        return program.lose(node) if sizes is None else of_shape(program, tensor, sizes, node, named)
    keeps = named.get("keepdims", named.get("keep_dims", rest[1] if len(rest) > 1 else False))
    return _reduced(program, tensor, base, first, keeps is True, node)


def of_shape(
    program: AppliedLayers, tensor: TensorValue, sizes: Shape | tuple[Shape, Shape], node: ast.AST, named: object = None
) -> Value:
    """The values of a tensor in another shape, or its axes in another order."""
    if sizes and isinstance(sizes[0], tuple):
        order, shape = sizes
        return _permuted(program, tensor, order, shape, node)
    shape = tuple(one for one in sizes if isinstance(one, int))
    depth = shape[-1] if shape else None
    return program.ours(f"RESHAPE({shown(program, shape)})", tensor, node, len(shape) + 1, depth)


def shown(program: AppliedLayers, shape: Shape) -> str:
    """A shape as a diagram writes it."""
    if len(shape) < 2:
        return size_text((1, 1, *(shape or (1,))))
    program.assumed_last = program.assumed_last or program.channels_first is None
    return size_text((*shape[:0:-1], shape[0]) if program.channels_first else (*shape[-2::-1], shape[-1]))


def _permuted(program: AppliedLayers, tensor: TensorValue, order: Shape, shape: Shape, node: ast.AST) -> Value:
    if program.channels_first:
        return program.lose(node)
    text = f"keras.layers.Permute(({', '.join(map(str, order))},))"
    return program.ours(text, tensor, node, len(shape) + 1, shape[-1])


def _reduced(program: AppliedLayers, tensor: TensorValue, base: str, axes: Value, keeps: bool, node: ast.AST) -> Value:
    """One value of those along some axes: of all positions a GAP, of others what no layer of ours is."""
    shape = program.shape_of(tensor) or ()
    given = axes if isinstance(axes, list | tuple) else (axes,)
    places = [one % (len(shape) + 1) for one in given if type(one) is int]
    if not places or 0 in places or len(places) != len(given):
        return program.lose(node, f"which axes {program.places.shown(node)} leaves is not known")
    gone = {place - 1 for place in places}
    left = tuple(1 if place in gone else size for place, size in enumerate(shape) if keeps or place not in gone)
    first = program.channels_first
    if gone == {*range(bool(first), len(shape) - (not first))} and len(shape) > 1 and base in GLOBAL:
        return program.ours(GLOBAL[base], tensor, node, len(left) + 1, shape[0] if first else shape[-1])
    text = f"OPAQUE({shown(program, left)})"
    return program.ours(text, tensor, node, len(left) + 1, left[-1] if left else None)


def _product(
    program: AppliedLayers, left: TensorValue, right: TensorValue, base: str, named: Mapping[str, Value], node: ast.AST
) -> Value:
    """A product of matrices: the last axis of one and the one before the last of the other are gone."""
    one, two = program.shape_of(left), program.shape_of(right)
    if base != "matmul" or named or one is None or two is None or len(one) != len(two) or len(one) < 2:
        return program.lose(node)
    if one[-1] != two[-2] or one[:-2] != two[:-2]:
        return program.lose(node, f"{program.places.shown(node)} is of {one} and {two}, which do not fit")
    shape = (*one[:-1], two[-1])
    macs = prod(one) * two[-1]
    text = f"OPAQUE({shown(program, shape)}, macs={macs})"
    return program.joined(text, (left, right), node, rank=len(shape) + 1, depth=shape[-1])


# --- shapes ---------------------------------------------------------------------------------------


def _reshaped(shape: Shape, to: Value) -> Shape | None:
    """`reshape(x, (-1, 60))`: the first number is the batch."""
    if not isinstance(to, list | tuple) or not to:
        return None
    sizes = [one for one in to[1:] if isinstance(one, int)]
    batch = to[0]
    if len(sizes) + 1 != len(to) or (batch is not None and batch != -1):
        return None
    if -1 in sizes:
        if batch == -1:
            return None
        others = prod(one for one in sizes if one != -1)
        sizes[sizes.index(-1)] = prod(shape) // others if others else 0
    return tuple(sizes) if prod(sizes) == prod(shape) else None


def _transposed(shape: Shape, order: Value) -> tuple[Shape, Shape] | None:
    places = tuple(one for one in order if type(one) is int) if isinstance(order, list | tuple) else ()
    if sorted(places) != [*range(len(shape) + 1)] or places[0] != 0:
        return None
    return places[1:], tuple(shape[place - 1] for place in places[1:])


def _squeezed(shape: Shape, axis: Value) -> Shape | None:
    if type(axis) is not int or not -len(shape) <= axis <= len(shape) or axis == 0:
        return None
    place = axis - 1 if axis > 0 else len(shape) + axis
    return (*shape[:place], *shape[place + 1 :]) if shape[place] == 1 else None


def _expanded(shape: Shape, axis: Value) -> Shape | None:
    if axis is None:
        axis = -1
    if type(axis) is not int or axis == 0 or not -len(shape) - 1 <= axis <= len(shape) + 1:
        return None
    place = axis - 1 if axis > 0 else len(shape) + 1 + axis
    return (*shape[:place], 1, *shape[place:])


def _flattened(shape: Shape, _: Value) -> Shape | None:
    return (prod(shape),)


MOVING: Mapping[str, Callable[[Shape, Value], Shape | tuple[Shape, Shape] | None]] = {
    "reshape": _reshaped, "transpose": _transposed, "permute_dimensions": _transposed, "squeeze": _squeezed,
    "expand_dims": _expanded, "batch_flatten": _flattened,
}  # fmt: skip
"""What functions that keep all values make of a shape; None where that is not known."""


# --- parts ----------------------------------------------------------------------------------------


def part_of_keras(program: AppliedLayers, tensor: TensorValue, index: Value, node: ast.AST) -> Value:
    """`x[:, -1]`, `x[..., :2]`, `x[:, ::2, ::2, :]`: some values of a tensor."""
    shape = program.shape_of(tensor)
    parts = list(index) if isinstance(index, tuple) else [index]
    if shape is None:
        return program.unsized(node)
    if any(isinstance(one, EllipsisType) for one in parts):
        place = next(n for n, one in enumerate(parts) if isinstance(one, EllipsisType))
        parts[place : place + 1] = [slice(None)] * (len(shape) + 2 - len(parts) + parts.count(None))
    new = [n for n, one in enumerate(parts) if one is None]
    if new:
        alone = (
            new == [len(parts) - 1] and all(one == slice(None) for one in parts[:-1]) and len(parts) == len(shape) + 2
        )
        return of_shape(program, tensor, (*shape, 1), node) if alone else program.lose(node)
    if not parts or parts[0] != slice(None) or len(parts) > len(shape) + 1:
        return program.lose(node, f"{program.places.shown(node)} takes some of the images of a batch")
    parts += [slice(None)] * (len(shape) + 1 - len(parts))
    left: list[int] = []
    for size, part in zip(shape, parts[1:], strict=True):
        if isinstance(part, slice):
            left.append(len(range(*part.indices(size))))
        elif type(part) is not int or not -size <= part < size:
            return program.lose(node)
    if not all(left):
        return program.lose(node)
    *others, last = parts[1:]
    rank, depth = len(left) + 1, left[-1] if left else None
    steps = {one.step for one in others if isinstance(one, slice) and one.start in (None, 0) and one.stop is None}
    if others and all(one == slice(None) for one in others) and isinstance(last, slice) and last.step in (None, 1):
        start, stop, _ = last.indices(shape[-1])
        if not program.channels_first:
            return (
                tensor
                if (start, stop) == (0, shape[-1])
                else program.ours(f"SLICE({start}, {stop})", tensor, node, rank, depth)
            )
    if len(others) == 2 and last == slice(None) and len(steps) == 1 and type(step := steps.pop()) is int:
        return program.ours(f"POOL(1, S={step})", tensor, node, rank, depth)
    return program.ours(f"OPAQUE({shown(program, tuple(left))})", tensor, node, rank, depth)


def stacked(program: AppliedLayers, given: Sequence[Value], axis: Value, node: ast.AST) -> Value:
    """`tf.stack([a, b], axis=1)`: each with one axis more, and then one after the other."""
    made: list[Value] = []
    for one in given:
        shape = program.shape_of(one) if isinstance(one, TensorValue) else None
        sizes = _expanded(shape, axis) if shape else None
        if not isinstance(one, TensorValue) or sizes is None:
            return one if isinstance(one, Unknown) else program.lose(node)
        made.append(of_shape(program, one, sizes, node))
    return joined(program, "Concatenate", made, axis, node)

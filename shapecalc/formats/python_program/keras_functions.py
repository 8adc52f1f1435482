"""Functions of Keras and TensorFlow on tensors, `K.mean(x, axis=1)`, and parts of tensors, `x[:, -1]`, as layers."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import EllipsisType

from shapecalc.core.phrases import size_text
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.keras_joins import joined
from shapecalc.formats.python_program.keras_lowering import lower
from shapecalc.formats.python_program.program_values import TensorValue, Unknown, Value
from shapecalc.lowering.keras.rearranging import flatten, reshaped
from shapecalc.lowering.keras.tensor_functions import operation

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
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("mean", "sum", "max", "min", "prod", "std", "var", "any", "all", "logsumexp", "argmax", "argmin"),
        ("axis", "keepdims"),
    ),
    "squeeze": ("axis",), "expand_dims": ("axis",), "reshape": ("shape",), "batch_flatten": (), "matmul": (),
    **dict.fromkeys(("transpose", "permute_dimensions"), ("perm",)), "resize": ("size",),
    **dict.fromkeys(("depth_to_space", "space_to_depth"), ("block_size",)),
}  # fmt: skip
"""What functions take after a tensor, in its order; TensorFlow writes reduce_ before some."""
OTHER_NAMES = {"keep_dims": "keepdims", "newshape": "shape", "axes": "axis", "pattern": "perm"}


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
    if others and (base != "matmul" or len(others) != len(rest) or named):
        return ...
    if base in OF_VALUES:
        program.stand_in(node, "IDENTITY")
        return program.ours("IDENTITY", tensor, node, tensor.rank, tensor.depth)
    if base not in ARGUMENTS:
        return ...
    given = dict(zip(ARGUMENTS[base], rest, strict=False)) if not others else {}
    values = {**given, **{OTHER_NAMES.get(key, key): value for key, value in named.items()}}
    unknown = next((one for one in values.values() if isinstance(one, Unknown)), None)
    shape = program.shape_of(tensor)
    if unknown or shape is None:
        return unknown or program.unsized(node)
    if others and (other := program.shape_of(others[0])) and _misfit(shape, other):
        return program.lose(node, f"{program.places.shown(node)} is of {shape} and {other}, which do not fit")
    sizes = values.get("shape")
    if base == "batch_flatten":
        made = lower(program, flatten, "Flatten", {}, [tensor], node)
    elif isinstance(sizes, list | tuple) and sizes and sizes[0] is None:  # the batch, in words
        made = of_shape(program, tensor, tuple(sizes[1:]), node)
    else:
        kind = base.replace("permute_dimensions", "transpose")
        made = lower(program, operation, kind, {"axis": -1} | values, [tensor, *others], node)
    axes = f"which axes {program.places.shown(node)} leaves is not known" if "keepdims" in ARGUMENTS[base] else ""
    return program.lose(node, axes) if made is None else made


def _misfit(one: Shape, other: Shape) -> bool:
    return len(one) != len(other) or len(one) < 2 or one[-1] != other[-2] or one[:-2] != other[:-2]


def of_shape(program: AppliedLayers, tensor: TensorValue, sizes: Shape, node: ast.AST) -> Value:
    """The values of a tensor in another shape."""
    made = lower(program, lambda use: reshaped(use, sizes), "Reshape", {}, [tensor], node)
    return program.lose(node) if made is None else made


def shown(program: AppliedLayers, shape: Shape) -> str:
    """A shape as a diagram writes it."""
    if len(shape) < 2:
        return size_text((1, 1, *(shape or (1,))))
    program.assumed_last = program.assumed_last or program.channels_first is None
    return size_text((*shape[:0:-1], shape[0]) if program.channels_first else (*shape[-2::-1], shape[-1]))


def part_of_keras(program: AppliedLayers, tensor: TensorValue, index: Value, node: ast.AST) -> Value:
    """`x[:, -1]`, `x[..., :2]`, `x[:, ::2, ::2, :]`: some values of a tensor."""
    shape = program.shape_of(tensor)
    parts = list(index) if isinstance(index, tuple) else [index]
    if shape is None:
        return program.unsized(node)
    if any(isinstance(one, EllipsisType) for one in parts):
        place = next(n for n, one in enumerate(parts) if isinstance(one, EllipsisType))
        parts[place : place + 1] = [slice(None)] * (len(shape) + 2 - len(parts) + parts.count(None))
    if not parts or parts[0] != slice(None) or len(parts) > len(shape) + 1 + parts.count(None):
        return program.lose(node, f"{program.places.shown(node)} takes some of the images of a batch")
    if not all(_is_in_numbers(one) for one in parts if isinstance(one, slice)):
        return program.lose(node)
    pairs = [*zip(parts[1:], shape, strict=False)]
    if len(parts) - 1 == len(pairs) and all(isinstance(one, slice) and _is_whole(one, size) for one, size in pairs):
        return tensor
    made = lower(program, operation, "GetItem", {"slice_spec": [_part(one) for one in parts]}, [tensor], node)
    return program.lose(node) if made is None else made


def _is_whole(part: slice, size: int) -> bool:
    return size > 0 and part.indices(size) == (0, size, 1)


def _is_in_numbers(part: slice) -> bool:
    return part.step != 0 and all(one is None or type(one) is int for one in (part.start, part.stop, part.step))


def _part(one: Value) -> Value:
    """A slice as a saved model has it."""
    return {"start": one.start, "stop": one.stop, "step": one.step} if isinstance(one, slice) else one


def stacked(program: AppliedLayers, given: Sequence[Value], axis: Value, node: ast.AST) -> Value:
    """`tf.stack([a, b], axis=1)`: each with one axis more, and then one after the other."""
    made: list[Value] = []
    for one in given:
        if not isinstance(one, TensorValue):
            return one if isinstance(one, Unknown) else program.lose(node)
        made.append(keras_function(program, "expand_dims", one, [axis], {}, node))
    return joined(program, "Concatenate", made, axis, node)

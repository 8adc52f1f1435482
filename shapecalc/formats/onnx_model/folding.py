"""Computes the short tensors of whole numbers that shapes are made of: Shape, Gather, Concat and their like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_VALUES = 64
"""Values of a tensor that may be a shape."""
Ints = NDArray[np.int64]
Numbers = NDArray[np.float64]


def of_tensor(onnx: Any, tensor: Any) -> Ints | None:
    """A tensor of the file as whole numbers; None for a long one, one with fractions, or one stored elsewhere."""
    if not isinstance(tensor, onnx.TensorProto):
        return None
    size = 1
    for dim in tensor.dims:
        size *= int(dim)
    if size > MOST_VALUES or tensor.data_location == onnx.TensorProto.EXTERNAL:
        return None
    try:
        array = onnx.numpy_helper.to_array(tensor)
    except Exception:  # values that do not fit their shape
        return None
    return array.astype(np.int64) if array.dtype.kind in "iub" else None


def folded(node: Any, attributes: Mapping[str, Any], inputs: list[Ints | None]) -> Ints | None:
    """What a node makes of known tensors; None where one is unknown, or the operator is none of shapes."""
    result = _applied(_FOLDS.get(node.op_type), attributes, inputs)
    return None if result is None else result.astype(np.int64)


def exactly(node: Any, attributes: Mapping[str, Any], inputs: Sequence[Numbers | Ints | None]) -> Numbers | None:
    """The same with fractions: a padding that keeps a size is computed from one that is divided and rounded up."""
    result = _applied(_OF_FRACTIONS.get(node.op_type), attributes, inputs)
    return None if result is None else result.astype(np.float64)


def _applied(fold: Callable[..., Any] | None, attributes: Mapping[str, Any], inputs: Sequence[Any]) -> Any:
    if fold is None or not inputs or any(value is None for value in inputs):
        return None
    try:
        with np.errstate(all="ignore"):
            result = np.asarray(fold(attributes, [value for value in inputs if value is not None]))
    except (ValueError, IndexError, TypeError, OverflowError, ZeroDivisionError):
        return None
    return result if result.size <= MOST_VALUES else None


def _axes(attributes: Mapping[str, Any], inputs: list[Ints]) -> tuple[int, ...]:
    given = attributes.get("axes")
    return tuple(int(n) for n in (given if given is not None else inputs[1].reshape(-1) if len(inputs) > 1 else ()))


def _unsqueeze(attributes: Mapping[str, Any], inputs: list[Ints]) -> Any:
    result = inputs[0]
    for axis in sorted(_axes(attributes, inputs)):
        result = np.expand_dims(result, axis)
    return result


def _squeeze(attributes: Mapping[str, Any], inputs: list[Ints]) -> Any:
    return np.squeeze(inputs[0], axis=_axes(attributes, inputs) or None)


def _slice(attributes: Mapping[str, Any], inputs: list[Ints]) -> Any:
    """Attributes in old opsets; starts, ends, axes and steps in newer ones."""
    rest = [value.reshape(-1).tolist() for value in inputs[1:]]
    old = [attributes.get(name) for name in ("starts", "ends", "axes")]
    starts, ends, axes, steps = ([*old, None] if old[0] is not None else [*rest, None, None, None, None])[:4]
    values = inputs[0]
    for place, (start, end) in enumerate(zip(starts or (), ends or (), strict=True)):
        cut = [slice(None)] * values.ndim
        cut[int(axes[place]) if axes else place] = slice(int(start), int(end), int(steps[place]) if steps else 1)
        values = values[tuple(cut)]
    return values


def _filled(attributes: Mapping[str, Any], inputs: list[Ints]) -> Any:
    """One number, which is all that shapes are filled up with."""
    sizes = [int(n) for n in inputs[0].reshape(-1)]
    value = attributes.get("value")
    if not 0 <= int(np.prod(sizes)) <= MOST_VALUES or (value is not None and np.size(value) != 1):
        raise ValueError("no part of a shape")
    return np.full(sizes, 0 if value is None else int(value.reshape(-1)[0]), np.int64)


def _reshape(attributes: Mapping[str, Any], inputs: list[Ints]) -> Any:
    return inputs[0].reshape([int(n) for n in inputs[1].reshape(-1)])


def _gather(attributes: Mapping[str, Any], inputs: list[Ints]) -> Any:
    return np.take(inputs[0], inputs[1], axis=int(attributes.get("axis", 0)))


def _concat(attributes: Mapping[str, Any], inputs: list[Ints]) -> Any:
    return np.concatenate(inputs, axis=int(attributes.get("axis", 0)))


def _expanded(attributes: Mapping[str, Any], inputs: list[Ints]) -> Any:
    sizes = np.broadcast_shapes(inputs[0].shape, tuple(int(n) for n in inputs[1].reshape(-1)))
    if prod(sizes) > MOST_VALUES:
        raise ValueError("no part of a shape")
    return np.broadcast_to(inputs[0], sizes)


def _counted(attributes: Mapping[str, Any], inputs: list[Ints]) -> Any:
    start, stop, step = (int(value.reshape(-1)[0]) for value in inputs)
    return range(start, stop, step)[: MOST_VALUES + 1]


def _divide(attributes: Mapping[str, Any], inputs: list[Ints]) -> Any:
    return np.trunc(inputs[0] / inputs[1]) if np.all(inputs[1]) else np.zeros(0)


_FOLDS: dict[str, Callable[[Mapping[str, Any], list[Ints]], Any]] = {
    "Identity": lambda _, inputs: inputs[0], "Cast": lambda _, inputs: inputs[0], "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze, "Gather": _gather, "Concat": _concat, "Slice": _slice, "ConstantOfShape": _filled,
    "Reshape": _reshape, "Transpose": lambda attributes, inputs: np.transpose(inputs[0], attributes.get("perm")),
    "Add": lambda _, inputs: inputs[0] + inputs[1], "Sub": lambda _, inputs: inputs[0] - inputs[1],
    "Mul": lambda _, inputs: inputs[0] * inputs[1], "Div": _divide,
    "Mod": lambda _, inputs: np.mod(inputs[0], inputs[1]), "Floor": lambda _, inputs: inputs[0],
    "Neg": lambda _, inputs: -inputs[0], "Not": lambda _, inputs: 1 - inputs[0],
    "Equal": lambda _, inputs: inputs[0] == inputs[1], "Less": lambda _, inputs: inputs[0] < inputs[1],
    "Greater": lambda _, inputs: inputs[0] > inputs[1],
    "Where": lambda _, inputs: np.where(inputs[0], inputs[1], inputs[2]),
    "Max": lambda _, inputs: np.maximum.reduce(np.broadcast_arrays(*inputs)),
    "Min": lambda _, inputs: np.minimum.reduce(np.broadcast_arrays(*inputs)), "Expand": _expanded, "Range": _counted,
}  # fmt: skip
"""What each operator of shapes computes."""


def _clipped(attributes: Mapping[str, Any], inputs: list[Numbers]) -> Any:
    """Attributes in old opsets, inputs in newer ones."""
    low, high = (attributes.get(name) for name in ("min", "max")) if len(inputs) == 1 else (*inputs[1:], None)[:2]
    return np.clip(inputs[0], low, high)


_OF_FRACTIONS: dict[str, Callable[..., Any]] = {
    **_FOLDS, "Div": lambda _, inputs: inputs[0] / inputs[1], "Floor": lambda _, inputs: np.floor(inputs[0]),
    "Ceil": lambda _, inputs: np.ceil(inputs[0]), "Clip": _clipped,
}  # fmt: skip
"""What they compute where there are fractions."""


def number_of(node: Any, inputs: list[float | None]) -> float | None:
    """What a node makes of single numbers with fractions, as scales are computed from sizes; None for all else."""
    compute = _NUMBERS.get(node.op_type)
    known = [value for value in inputs if value is not None]
    if compute is None or len(known) < len(inputs) or not known:
        return None
    try:
        with np.errstate(all="ignore"):
            result = float(compute(*known))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    return result if np.isfinite(result) else None


_NUMBERS: dict[str, Callable[..., Any]] = {
    "Cast": lambda x: x, "Sqrt": np.sqrt, "Reciprocal": lambda x: 1 / x, "Add": lambda x, y: x + y,
    "Sub": lambda x, y: x - y, "Mul": lambda x, y: x * y, "Div": lambda x, y: x / y, "Pow": lambda x, y: x**y,
}  # fmt: skip
"""What each operator of scales computes."""

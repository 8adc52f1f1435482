"""Computes the short tensors that shapes are made of, Shape, Gather, Concat and their like, as ONNX defines them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_VALUES = 64
"""Values of a tensor that may be a shape."""
Numbers = NDArray[Any]
_OPERATORS = frozenset({
    "Identity", "Cast", "Unsqueeze", "Squeeze", "Gather", "Concat", "Slice", "ConstantOfShape", "Reshape", "Transpose",
    "Add", "Sub", "Mul", "Div", "Mod", "Floor", "Ceil", "Clip", "Neg", "Not", "Equal", "Less", "Greater", "Where",
    "Max", "Min", "Expand", "Range", "Sqrt", "Reciprocal", "Pow",
})  # fmt: skip
"""Operators that compute shapes, and the numbers with fractions by which some are divided."""
_SIZED = ("ConstantOfShape", "Expand")
"""Operators whose last input is the shape of what they give."""
WHOLE = "iub"
"""Letters of NumPy's types that are whole numbers, or yes and no."""


def of_tensor(onnx: Any, tensor: Any) -> Numbers | None:
    """A short tensor of whole numbers, or one number; None for another, or one stored elsewhere."""
    size = prod(map(int, tensor.dims))
    if size > MOST_VALUES or tensor.data_location == onnx.TensorProto.EXTERNAL:
        return None
    try:
        array: Numbers = onnx.numpy_helper.to_array(tensor)
    except Exception:  # values that do not fit their shape
        return None
    return array if array.dtype.kind in WHOLE or (size == 1 and array.dtype.kind == "f") else None


def folded(onnx: Any, node: Any, opset: int, known: Mapping[str, Numbers]) -> Numbers | None:
    """What a node makes of known tensors; None where one is unknown, or the operator is none of shapes."""
    if node.op_type not in _OPERATORS:
        return None
    names = [name for name in node.input if name]
    if not names or not all(name in known for name in names):
        return None
    try:
        if _is_long(node.op_type, [known[name] for name in names]):
            return None
        result = np.asarray(computed(onnx, node, node.output[0], {name: known[name] for name in names}, opset))
        return result if result.size <= MOST_VALUES and np.isfinite(result).all() else None
    except Exception:  # an operator on tensors that do not fit it fails in many ways
        return None


def computed(onnx: Any, node: Any, name: str, given: Mapping[str, Any], opset: int) -> Any:
    """One of the tensors that a node makes of known ones, by ONNX's reference. Raises errors of all kinds."""
    from onnx.reference import ReferenceEvaluator

    graph = onnx.GraphProto(node=[node])
    for one in given:
        graph.input.add(name=one)
    graph.output.add(name=name)
    found: Any = ReferenceEvaluator(graph, opsets={"": opset}).run(None, dict(given))
    return found[0]


def _is_long(kind: str, arrays: list[Numbers]) -> bool:
    """Whether what an operator gives is too long to be computed."""
    if kind == "Range":
        start, stop, step = (float(array.reshape(-1)[0]) for array in arrays)
        return abs(stop - start) > MOST_VALUES * abs(step)
    return kind in _SIZED and prod(abs(int(n)) for n in arrays[-1].reshape(-1)) > MOST_VALUES

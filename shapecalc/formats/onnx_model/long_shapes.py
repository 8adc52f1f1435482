"""Whether shapes of a model may be computed by ONNX, which writes down every value of a tensor that may be a shape.

Of a damaged file such a tensor has 2^39 values, for which ONNX takes all memory that there is and never ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import Any

from numpy.typing import NDArray

LONGEST_JOIN = 1_000
"""Shapes of which a shape may be joined."""
LONGEST = 100_000
"""Values of one axis: ONNX takes some 200 bytes for each of them."""
_WHOLE = (6, 7)
"""Types of whole numbers, in which sizes are: int32 and int64. A file may state more of them than it has."""
_MAKE_SIZES = ("ConstantOfShape", "Expand", "Tile", "Range", "Reshape", "Pad", "Resize", "Upsample")
"""Operators that make a tensor of a size that is a value."""


def may_be_long(graph: Any, ints: Mapping[str, NDArray[Any]]) -> bool:
    """Whether a tensor of one axis may have very many values: a size is large or not known yet, or shapes are joined.

    `ints` are the values of short tensors that are known.
    """
    shapes = [v.type.tensor_type.shape.dim for v in (*graph.input, *graph.output, *graph.value_info)]
    rows = any(n.op_type == "Reshape" and any(ints[i].size == 1 for i in n.input[1:] if i in ints) for n in graph.node)
    measure: Callable[[Iterable[int]], int] = prod if rows else max
    if any(measure([1, *(max(dim.dim_value, 1) for dim in dims)]) > LONGEST for dims in shapes):
        return True
    stated = (*graph.initializer, *(a.t for n in graph.node if n.op_type == "Constant" for a in n.attribute))
    if any(tensor.data_type in _WHOLE and max((1, *tensor.dims)) > LONGEST for tensor in stated):
        return True
    joined = {tensor.name: 1 for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type in _MAKE_SIZES:
            known = [ints[name] for name in node.input if name in ints]
            open_size = node.op_type == "ConstantOfShape" and not known
            if open_size or any(size > LONGEST for values in known for size in values.reshape(-1).tolist()):
                return True
        if node.op_type == "Shape" or all(name in joined for name in node.input):
            lengths = [joined.get(name, 1) for name in node.input] or [1]
            length = sum(lengths) if node.op_type == "Concat" else max(lengths)
            if length > LONGEST_JOIN:
                return True
            joined.update(dict.fromkeys(node.output, length))
    return False

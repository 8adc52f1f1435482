"""The values of single tensors of a model: read from its files, or computed for those that shapes are made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapecalc.core.phrases import reason, shortened
from shapecalc.diagnostics.diagnostic import Diagnosed, Source, unreadable
from shapecalc.formats.onnx_model.own_functions import inlined
from shapecalc.formats.onnx_model.wire import initializers, without_weights
from shapecalc.passes.graph import ArrayKey

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


MOVING = frozenset({"Split", "Slice", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity"})
"""Operators that move values of what they read first, and make no more of them."""
_WRITTEN = {
    "value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64,
}  # fmt: skip
"""Attributes in which a Constant may be written as numbers."""
MOST_MOVES = 16
"""How many of them may follow each other."""


@contextmanager
def open_onnx_weights(source: Source) -> Iterator[Callable[[ArrayKey], Any]]:
    """A function that gives an array by the name of its tensor. Raises Diagnosed SHP010, and so does the function."""
    import onnx

    assert source.open_bytes is not None
    with source.open_bytes() as file:
        size = file.seek(0, os.SEEK_END)
        model = inlined(onnx.ModelProto.FromString(without_weights(file, size)))
        folder = os.path.dirname(os.path.abspath(source.path)) if isinstance(file, BufferedReader) else None
        for tensor in model.graph.initializer:  # the program that runs the file reads all of them
            if tensor.data_location == onnx.TensorProto.EXTERNAL:
                _beside(tensor, folder)
        places = initializers(file, size)
        made = ((node, tensor_of(onnx, node)) for node in model.graph.node if node.op_type == "Constant")
        constants = {node.output[0]: tensor for node, tensor in made if tensor is not None}

        makers = {name: node for node in model.graph.node if node.op_type in MOVING for name in node.output}

        def load(key: ArrayKey) -> Any:
            path = [str(key[0])]
            while path[-1] not in places and path[-1] not in constants:
                node = makers.get(path[-1])
                if node is None or len(path) > MOST_MOVES:
                    raise unreadable(f"the weights {shortened(path[0])} are computed by the model and not stored in it")
                path.append(node.input[0])
            array = stored(path.pop())
            for name in reversed(path):
                first, *more = makers[name].input
                given = {first: array, **{one: stored(one) for one in more if one}}
                array = evaluated(onnx, makers[name], name, given, opset_of(model))
            return array

        def stored(name: str) -> Any:
            if name not in places and name not in constants:
                raise unreadable(f"the weights {shortened(name)} are computed by the model and not stored in it")
            if name not in places:
                return _values(onnx, constants[name], folder)
            start, end = places[name]
            file.seek(start)
            tensor = onnx.TensorProto(name=name)
            with suppress(Exception):  # a message that breaks off, which has no values that fit its shape
                tensor = onnx.TensorProto.FromString(file.read(end - start))
            return _values(onnx, tensor, folder)

        yield load


def opset_of(model: Any) -> int:
    """The version of ONNX' own operators."""
    return max((int(o.version) for o in model.opset_import if o.domain in ("", "ai.onnx")), default=1)


def most_values(node: Any, given: Mapping[str, Any]) -> int:
    """How many values a node makes of known arrays, whatever the file states. Raises Diagnosed.

    Operators that move values make none; of others the shapes broadcast.
    """
    arrays = [given[name] for name in node.input if name]
    if node.op_type in MOVING and arrays:
        return int(np.size(arrays[0]))
    wanted = {"ConstantOfShape": 0, "Expand": 1}.get(node.op_type)
    try:
        shapes = [tuple(map(int, np.ravel(a))) if place == wanted else np.shape(a) for place, a in enumerate(arrays)]
        return prod(np.broadcast_shapes(*shapes))
    except (ValueError, OverflowError, TypeError):  # sizes below 0, too large, or no numbers
        raise unreadable(f"{shortened(node.output[0])} is computed of shapes that do not fit") from None


def evaluated(onnx: Any, node: Any, name: str, given: Mapping[str, Any], opset: int) -> Any:
    """What a node makes of known arrays. Raises Diagnosed."""
    try:
        return computed(onnx, node, name, {one: np.asarray(array) for one, array in given.items()}, opset)
    except Exception as problem:  # an operator on tensors that do not fit it fails in many ways
        raise unreadable(f"the weights {shortened(name)} cannot be computed: {type(problem).__name__}") from None


def tensor_of(onnx: Any, node: Any) -> Any:
    """The tensor of a Constant, which may be written as numbers; None for one of another type."""
    given = {attribute.name: attribute for attribute in node.attribute}
    if "value" in given:
        return given["value"].t
    numbers = next((given[name] for name in _WRITTEN if name in given), None)
    if numbers is None:
        return None
    return onnx.numpy_helper.from_array(np.array(onnx.helper.get_attribute_value(numbers), _WRITTEN[numbers.name]))


def _values(onnx: Any, tensor: Any, folder: str | None) -> Any:
    """A tensor as an array. Raises Diagnosed."""
    try:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            tensor.raw_data = _external(onnx, tensor, folder)
            tensor.data_location = onnx.TensorProto.DEFAULT
        return onnx.numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError) as problem:
        if isinstance(problem, Diagnosed):
            raise
        raise _unreadable(tensor, "its values do not fit its shape") from None


def _external(onnx: Any, tensor: Any, folder: str | None) -> bytes:
    """The bytes of a tensor that are in another file. Raises Diagnosed."""
    path, said = _beside(tensor, folder)
    kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    length = kind.itemsize * prod(map(int, tensor.dims))
    try:
        start = int(said.get("offset", 0))
        if not os.path.isfile(path):  # a pipe would never give anything
            raise _unreadable(tensor, f"{shortened(said['location'])} is not a file")
        with open(path, "rb") as file:
            if start < 0 or start + length > os.fstat(file.fileno()).st_size:
                raise _unreadable(tensor, f"{shortened(said['location'])} is cut short")
            file.seek(start)
            return file.read(length)
    except OSError as problem:
        raise _unreadable(tensor, f"{shortened(said['location'])} cannot be read: {reason(problem)}") from None


def _beside(tensor: Any, folder: str | None) -> tuple[str, dict[str, str]]:
    """The file in the model's own folder that holds a tensor, and what else is said of it. Raises Diagnosed."""
    said = {entry.key: entry.value for entry in tensor.external_data}
    location = said.get("location", "")
    if folder is None:
        raise _unreadable(tensor, "its values are in another file, and the model has no folder")
    path = os.path.realpath(os.path.join(folder, location.replace("\0", "")))
    inside = path.startswith(os.path.join(os.path.realpath(folder), "")) and "\0" not in location
    if not location or os.path.isabs(location) or not inside:
        raise _unreadable(tensor, f"its file is not in the folder of the model: {shortened(location) or 'no name'}")
    return path, said


def _unreadable(tensor: Any, why: str) -> Diagnosed:
    return unreadable(f"the weights {shortened(tensor.name)} cannot be read: {why}")

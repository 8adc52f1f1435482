"""Arrays whose sizes are known without running anything: those of Keras' data sets, and what NumPy makes of them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from math import prod
from types import EllipsisType

from shapecalc.core.record import replace
from shapecalc.formats.python_program.program_values import ExampleArray, External, TensorValue, Value

DATA_SETS: Mapping[str, tuple[int, int, tuple[int, ...], tuple[int, ...], int]] = {
    "mnist": (60_000, 10_000, (28, 28), (), 10), "fashion_mnist": (60_000, 10_000, (28, 28), (), 10),
    "cifar10": (50_000, 10_000, (32, 32, 3), (1,), 10), "cifar100": (50_000, 10_000, (32, 32, 3), (1,), 100),
    "boston_housing": (404, 102, (13,), (), 0), "imdb": (25_000, 25_000, (), (), 2),
    "reuters": (8_982, 2_246, (), (), 46),
}  # fmt: skip
"""Samples to train and to test, sizes of a sample and of its label, and classes. Source: pages of keras.datasets."""
SAME = frozenset({"astype", "copy", "asarray", "array", "float32", "ascontiguousarray", "squeeze_none"})
"""Methods and functions that leave the shape as it is."""


def data_set(name: External, *, channels_first: bool, node: ast.Call, span: tuple[int, int]) -> Value:
    """What `mnist.load_data()` gives; None for another function, and where a part of the data is asked for."""
    modules = name.name.split(".")
    known = DATA_SETS.get(modules[-2]) if len(modules) > 2 and modules[-1] == "load_data" else None
    parts = {keyword.arg for keyword in node.keywords} - {"path", "num_words", "label_mode"}
    if known is None or "datasets" not in modules or parts:
        return None
    *counts, sizes, label, classes = known
    if channels_first and len(sizes) > 2:
        sizes = (sizes[-1], *sizes[:-1])
    return tuple(
        (ExampleArray((count, *sizes), span), ExampleArray((count, *label), span, classes)) for count in counts
    )


RANGES = frozenset({"arange", "range"})
"""Functions of NumPy, Keras and TensorFlow that give 0, 1, 2, …"""


def range_of(given: list[Value], named: Mapping[str, Value], span: tuple[int, int]) -> ExampleArray | None:
    """`ops.arange(start=0, stop=20, step=1)`; None where it does not begin with 0, or its end is not known."""
    first, stop = (given[0], given[1]) if len(given) > 1 else (0, given[0] if given else None)
    start, stop = named.get("start", first), named.get("stop", named.get("limit", stop))
    step = named.get("step", named.get("delta", given[2] if len(given) > 2 else 1))
    known = start == 0 and step == 1 and type(stop) is int and stop > 0
    return ExampleArray((stop,), span, is_range=True) if known and isinstance(stop, int) else None


def of_array(name: str, array: ExampleArray, given: list[Value], named: Mapping[str, Value]) -> Value:
    """What a method or a function of NumPy makes of an array; None where that is not known."""
    first = given[0] if given else None
    match name:
        case "reshape" | "view":
            return reshaped(array, first if isinstance(first, list | tuple) else given or named.get("newshape"))
        case "expand_dims":
            axis = named.get("axis", first)
            return _with_axis(array, axis) if isinstance(axis, int) else None
        case "to_categorical":
            classes = named.get("num_classes", named.get("nb_classes", first)) or array.classes
            shape = array.shape[:-1] if array.shape[-1:] == (1,) else array.shape
            return replace(array, shape=(*shape, classes)) if isinstance(classes, int) and classes else None
        case "unique" if not named and not given:
            return replace(array, shape=(array.classes,)) if array.classes else None
        case "max" | "amax" if not named and not given:
            return array.classes - 1 if array.classes else None
        case "pad_sequences":
            length = named.get("maxlen", first)
            return replace(array, shape=(array.shape[0], length)) if isinstance(length, int) else None
        case "unsqueeze":
            return _with_axis(array, first) if isinstance(first, int) else None
        case "ravel" | "flatten":
            return replace(array, shape=(prod(array.shape),))
        case "squeeze" if not given and not named:
            return replace(array, shape=tuple(size for size in array.shape if size != 1))
    return array if name in SAME else None


def reshaped(array: ExampleArray, to: Value) -> ExampleArray | None:
    """An array in another shape, one of whose sizes may follow from the others."""
    sizes = [one for one in to if type(one) is int] if isinstance(to, list | tuple) else []
    if not isinstance(to, list | tuple) or len(sizes) != len(to) or sizes.count(-1) > 1:
        return None
    if -1 in sizes:
        others = -prod(sizes)
        sizes[sizes.index(-1)] = prod(array.shape) // others if others > 0 else 0
    return replace(array, shape=tuple(sizes)) if prod(sizes) == prod(array.shape) else None


def _with_axis(array: ExampleArray, axis: int) -> ExampleArray | None:
    rank = len(array.shape) + 1
    if not -rank <= axis < rank:
        return None
    place = axis % rank
    return replace(array, shape=(*array.shape[:place], 1, *array.shape[place:]))


def concatenated(arrays: list[Value], axis: Value) -> ExampleArray | None:
    """`np.concatenate((x_train, x_test))`: more samples of one size."""
    found = [one for one in arrays if isinstance(one, ExampleArray)]
    if len(found) != len(arrays) or not found or axis not in (None, 0) or len({one.shape[1:] for one in found}) > 1:
        return None
    return replace(found[0], shape=(sum(one.shape[0] for one in found), *found[0].shape[1:]))


def operated(left: Value, right: Value) -> ExampleArray | None:
    """`x_train / 255`: an array of the same sizes; None where that is not known."""
    array, other = (left, right) if isinstance(left, ExampleArray) else (right, left)
    alike = isinstance(other, int | float) or (
        isinstance(other, ExampleArray) and isinstance(array, ExampleArray) and other.shape == array.shape
    )
    return array if alike and isinstance(array, ExampleArray) else None


def part_of_array(array: ExampleArray, index: Value) -> ExampleArray | None:
    """`x_train[:1000]`, `x_train[0]`, `x_train[..., None]`; None where that is not known."""
    parts = list(index) if isinstance(index, tuple) else [index]
    wide = len([one for one in parts if one is not None and not isinstance(one, EllipsisType)])
    if wide > len(array.shape) or any(isinstance(one, TensorValue) for one in parts):
        return None
    if any(isinstance(one, EllipsisType) for one in parts):
        place = next(n for n, one in enumerate(parts) if isinstance(one, EllipsisType))
        parts[place : place + 1] = [slice(None)] * (len(array.shape) - wide)
    shape: list[int] = []
    sizes = [*array.shape]
    for part in parts:
        if part is None:
            shape.append(1)
        elif isinstance(part, slice):
            shape.append(len(range(*part.indices(sizes.pop(0)))))
        elif type(part) is not int or not -sizes[0] <= part < sizes.pop(0):
            return None
    return replace(array, shape=(*shape, *sizes))

"""Files of Keras as Keras 3.15 and 2.15 lay them out (saving_lib.py, legacy_h5_format.py), and a small model."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.numerics.toolkit import Array

h5py = pytest.importorskip("h5py")

Arrays = Mapping[str, list[Array]]
"""By layer: its arrays in Keras' order."""


def drawn(*shapes: tuple[int, ...]) -> list[Array]:
    draw = np.random.default_rng(3)
    return [draw.uniform(0.2, 1, shape).astype(np.float32) for shape in shapes]


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name, **config}, "registered_name": None}


def sequential(shape: list[int], *layers: dict[str, Any]) -> dict[str, Any]:
    first = layer("InputLayer", "input", batch_shape=[None, *shape])
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "net", "layers": [first, *layers]}}


def write_keras(path: Path, model: dict[str, Any], places: Arrays, compression: int = zipfile.ZIP_STORED) -> None:
    """A .keras: places are the groups of Keras 3, such as layers/conv2d."""
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        for place, arrays in places.items():
            for number, array in enumerate(arrays):
                file[f"{place}/vars/{number}"] = array
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", json.dumps(model))
        archive.writestr("model.weights.h5", weights.getvalue())


def write_h5(path: Path, model: dict[str, Any], groups: Mapping[str, Mapping[str, Array]]) -> None:
    """An .h5: groups are the outermost layers, with names of arrays such as conv/kernel:0."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(model)
        for name, arrays in groups.items():
            group = file.create_group(f"model_weights/{name}")
            group.attrs["weight_names"] = [array.encode() for array in arrays]
            for array, values in arrays.items():
                group[array] = values


CONV = layer("Conv2D", "stem", filters=2, kernel_size=[3, 2], padding="valid", strides=[1, 1])
DENSE = layer("Dense", "head", units=3)
NET = sequential([5, 4, 3], CONV, layer("Flatten", "flat"), DENSE)
KERNEL, BIAS, MATRIX, SHIFT = drawn((3, 2, 3, 2), (2,), (18, 3), (3,))
"""The arrays of the small model."""

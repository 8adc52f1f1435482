"""What a .keras and an .h5 say beside their layers: arrays of unknown layers, layers in two models, JSON written again.

Figures and places are those that Keras 3.15.1 gives and writes for the same models.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shapecalc
from shapecalc.passes.report import CheckedNetwork
from tests.command import run
from tests.kerasfiles import drawn, layer, sequential, write_h5, write_keras

h5py = pytest.importorskip("h5py")

GATE = layer("Gate", "gate", trainable=True, units=4)
HEAD = layer("Dense", "head", trainable=True, units=2) | {"build_config": {"input_shape": [None, 6, 4]}}
GATED = sequential([6, 3], GATE, HEAD)
KERNEL, BIAS, SCALE = drawn((3, 4), (4,), (4,))


def params(report: CheckedNetwork) -> dict[str, int | None]:
    return {row.node.name: row.params for row in report.rows if row.params}


def test_an_unknown_layer_has_the_values_that_a_keras_file_has_of_it(tmp_path: Path) -> None:
    inside = {"layers/gate/d": [KERNEL, BIAS], "layers/gate": [SCALE], "layers/gate_1": [KERNEL]}
    random = {"layers/gate/drop/seed_generator": [np.zeros(2, np.uint32)]}
    write_keras(tmp_path / "net.keras", GATED, inside | random)
    report = shapecalc.check(tmp_path / "net.keras")
    assert params(report) == {"gate": 12 + 4 + 4, "head": 4 * 2 + 2}
    assert [d.severity for d in report.diagnostics] == ["note"]


def test_an_unknown_layer_has_the_values_that_an_h5_has_of_it_also_inside_a_model(tmp_path: Path) -> None:
    inner = {**GATED, "config": {**GATED["config"], "name": "inner"}}
    model = sequential([6, 3], GATE, inner | {"build_config": {"input_shape": [None, 6, 4]}})
    arrays = {"gate/d/kernel": KERNEL, "gate/d/bias": BIAS}
    write_h5(tmp_path / "net.h5", model, {"gate": arrays, "inner": {"gate/w": SCALE, "head/kernel": KERNEL}})
    assert params(shapecalc.check(tmp_path / "net.h5")) == {"gate": 16, "inner/gate": 4, "inner/head": 10}


def test_arrays_that_cannot_be_read_are_not_counted_and_it_says_why(tmp_path: Path) -> None:
    write_keras(tmp_path / "net.keras", GATED, {})
    data = (tmp_path / "net.keras").read_bytes()
    (tmp_path / "net.keras").write_bytes(data.replace(b"\x89HDF", b"\x89HDG"))
    told = next(d for d in shapecalc.check(tmp_path / "net.keras").diagnostics if d.severity == "warning")
    assert told.message == "Gate is not a layer that shapecalc knows: if it has parameters, they are not counted"
    assert told.notes[0].startswith("the weights are damaged or cut short")


def test_a_file_in_which_the_library_of_hdf5_comes_to_no_end_gets_a_note(tmp_path: Path) -> None:
    """In HDF5 1.14 a name of no bytes is read again and again."""
    write_h5(tmp_path / "net.h5", GATED, {"gate": {}})
    with h5py.File(tmp_path / "net.h5", "r+") as file:
        file["model_weights/gate"].attrs.create("weight_names", ["gate/kernel", "gate/bias"], dtype=h5py.string_dtype())
    data, name = (tmp_path / "net.h5").read_bytes(), bytes(7) + b"gate/bias"
    assert data.count(b"\x09" + name) == 1
    (tmp_path / "net.h5").write_bytes(data.replace(b"\x09" + name, b"\0" + name))
    told = next(d for d in shapecalc.check(tmp_path / "net.h5").diagnostics if d.severity == "warning")
    assert told.notes[0].startswith("the weights are damaged")


def test_the_json_that_was_written_last_counts(tmp_path: Path) -> None:
    """HDF5 leaves the old one in the file."""
    path = tmp_path / "net.h5"
    write_h5(path, sequential([8, 8, 3], layer("Dense", "old", units=5)), {"old": {"kernel": np.zeros(9)}})
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = json.dumps(sequential([8, 8, 3], layer("Dense", "new", units=7)))
    assert b'"old"' in path.read_bytes()
    assert [row.node.name for row in shapecalc.check(path).rows] == ["input", "new"]


def part(name: str, reads: list[Any], *layers: dict[str, Any]) -> dict[str, Any]:
    """A Sequential inside of a functional model."""
    return {**sequential([7], *layers), "name": name, "inbound_nodes": [{"args": reads, "kwargs": {}}]}


@pytest.mark.parametrize(
    ("first", "second", "all_params"),
    [
        ({}, {"shared_object_id": 8}, 40 + 12 + 12),  # Keras 3 gives the number to the later one
        ({"shared_object_id": 8}, {"shared_object_id": 8}, 40 + 12 + 12),
        ({"shared_object_id": 7}, {"shared_object_id": 8}, 2 * (40 + 12)),  # Keras 2 numbers all
        ({}, {}, 2 * (40 + 12)),
    ],
)
def test_a_layer_of_two_models_is_counted_once_where_the_file_says_that_it_is_one(
    tmp_path: Path, first: dict[str, int], second: dict[str, int], all_params: int
) -> None:
    history = {"shape": [None, 7], "dtype": "float32", "keras_history": ["x", 0, 0]}
    reads = [{"class_name": "__keras_tensor__", "config": history}]
    shared, dense = layer("Dense", "shared", units=5), layer("Dense", "dense", units=2)
    start = {**layer("InputLayer", "x", batch_shape=[None, 7]), "name": "x", "inbound_nodes": []}
    parts = [part("a", reads, shared | first, dense), part("b", reads, shared | second, dense)]
    config = {"layers": [start, *parts], "input_layers": ["x", 0, 0], "output_layers": [["a", 0, 0], ["b", 0, 0]]}
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"class_name": "Functional", "config": config}))
    report = shapecalc.check(path)
    assert report.totals is not None
    assert report.totals.params == all_params


@pytest.mark.parametrize("calls", [1, 2])
def test_the_vector_of_a_normalised_kernel_is_as_long_as_its_last_axis_and_there_once(
    tmp_path: Path, calls: int
) -> None:
    """That of the input for a transposed convolution."""
    inner = layer("Conv2DTranspose", "up", filters=5, kernel_size=[2, 2], padding="valid", strides=[2, 2])
    history = {"shape": [None, 4, 4, 3], "dtype": "float32", "keras_history": ["x", 0, 0]}
    call = {"args": [{"class_name": "__keras_tensor__", "config": history}], "kwargs": {}}
    start = {**layer("InputLayer", "x", batch_shape=[None, 4, 4, 3]), "name": "x", "inbound_nodes": []}
    norm = {**layer("SpectralNormalization", "n", layer=inner), "name": "n", "inbound_nodes": [call] * calls}
    config = {"layers": [start, norm], "input_layers": ["x", 0, 0], "output_layers": [["n", 0, 0]]}
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"class_name": "Functional", "config": config}))
    report = shapecalc.check(path)
    assert report.totals is not None
    assert (report.totals.params, report.totals.buffers) == (2 * 2 * 3 * 5 + 5, 3)


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (layer("Reshape", "r", target_shape=[3, 2, 2]), "another order than the file"),
        (layer("Resizing", "r", height=5, width=3, interpolation="nearest"), "nearest to the centre"),
    ],
)
def test_values_that_would_be_others_are_not_computed(tmp_path: Path, last: dict[str, Any], why: str) -> None:
    shape = [3, 5] if last["class_name"] == "Reshape" else [3, 3, 5]
    write_keras(
        tmp_path / "net.keras",
        sequential(shape, layer("Dense", "d", units=4), last),
        {"layers/dense": drawn((5, 4), (4,))},
    )
    done = run("verify", "--weights", "net.keras", cwd=tmp_path)
    assert done.returncode == 2
    assert why in done.stderr.replace("\n", " ")

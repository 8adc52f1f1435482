"""What is known after a layer of the author's own whose output no file states: its arrays, joins, and what hides sizes.

Keras 2 writes no shapes into an .h5; figures are counted by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shapecalc
from shapecalc.passes.report import CheckedNetwork
from tests.kerasfiles import layer, write_h5

Reads = list[str]
CONV = {"padding": "same", "strides": [1, 1]}


def network(
    *calls: tuple[dict[str, Any], Reads | list[Reads]], size: tuple[int | None, ...] = (8, 6, 4)
) -> dict[str, Any]:
    """A functional model of Keras 2 that begins with `x`: layers, and the names that each of their calls reads."""
    start = {**layer("InputLayer", "x", batch_input_shape=[None, *size]), "name": "x", "inbound_nodes": []}
    layers = [start]
    for made, reads in calls:
        each = reads if reads and isinstance(reads[0], list) else [reads]
        nodes = [[[name.partition(":")[0], int(name.partition(":")[2] or 0), 0, {}] for name in one] for one in each]
        layers.append({**made, "name": made["config"]["name"], "inbound_nodes": nodes})
    last = layers[-1]["name"]
    return {
        "class_name": "Functional",
        "config": {"name": "net", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [[last, 0, 0]]},
    }


def checked(folder: Path, model: dict[str, Any], **arrays: dict[str, tuple[int, ...]]) -> CheckedNetwork:
    """As JSON where there are no arrays; else as .h5, by layer and name of the array."""
    if arrays:
        path = folder / "net.h5"
        write_h5(path, model, {name: {a: np.zeros(s) for a, s in shapes.items()} for name, shapes in arrays.items()})
    else:
        path = folder / "net.json"
        path.write_text(json.dumps(model))
    return shapecalc.check(path)


def outputs(report: CheckedNetwork) -> dict[str, str]:
    return {row.node.name: str(row.output or "?") for row in report.rows}


GATE = layer("Gate", "gate", trainable=True)


def test_an_h5_has_the_parameters_of_all_layers_after_an_unknown_one_and_says_how_deep_it_is(tmp_path: Path) -> None:
    net = network(
        (GATE, ["x"]),
        (layer("Conv2D", "conv", filters=7, kernel_size=[3, 3], **CONV), ["gate"]),
        (layer("BatchNormalization", "bn"), ["conv"]),
        (layer("LocallyConnected2D", "local", filters=2, kernel_size=[3, 3], strides=[2, 2]), ["bn"]),
    )
    report = checked(
        tmp_path, net, gate={"gate/w:0": (4, 5)}, conv={"conv/kernel:0": (3, 3, 5, 7), "conv/bias:0": (7,)},
        bn={"bn/gamma:0": (7,), "bn/beta:0": (7,), "bn/moving_mean:0": (7,), "bn/moving_variance:0": (7,)},
        local={"local/kernel:0": (6, 63, 2), "local/bias:0": (3, 2, 2)},
    )  # fmt: skip
    assert outputs(report) == {"x": "6x8x4", "gate": "?", "conv": "?", "bn": "?", "local": "?"}
    assert [(row.weights, row.biases, row.buffers) for row in report.rows] == [
        (0, 0, 0), (20, 0, 0), (315, 7, 0), (7, 7, 14), (756, 12, 0),
    ]  # fmt: skip
    assert report.totals is not None
    assert (report.totals.params, report.totals.buffers, report.totals.macs) == (1124, 14, None)
    (told,) = [d for d in report.diagnostics if d.severity == "error"]
    assert told.notes == ("it gives 5 channels: conv has 322 values",)
    assert "model.save('model.keras')" in told.help[0]


@pytest.mark.parametrize(("size", "after"), [((8, 6, 4), "6x8x4"), ((8, 1, 4), "?")])
def test_a_sum_with_a_known_volume_has_its_axes_unless_they_are_1(
    tmp_path: Path, size: tuple[int, ...], after: str
) -> None:
    """An axis of 1 is as long as that of the other summand, which is unknown."""
    net = network(
        (GATE, ["x"]), (layer("Add", "sum"), ["x", "gate"]), (layer("Activation", "act", activation="relu"), ["sum"]),
        size=size,
    )  # fmt: skip
    found = outputs(checked(tmp_path, net))
    assert (found["gate"], found["sum"], found["act"]) == ("?", after, after)


def test_what_does_not_depend_on_the_unknown_size_is_known(tmp_path: Path) -> None:
    """A mean over all positions of 9 channels, however many they are."""
    net = network(
        (GATE, ["x"]),
        (layer("Conv2D", "conv", filters=7, kernel_size=[3, 3], **CONV), ["gate"]),
        (layer("Conv2D", "deep", filters=9, kernel_size=[1, 1], **CONV), ["conv"]),
        (layer("GlobalAveragePooling2D", "pool"), ["deep"]),
        (layer("Dense", "head", units=3), ["pool"]),
    )
    report = checked(tmp_path, net)
    assert outputs(report) == {"x": "6x8x4", "gate": "?", "conv": "?", "deep": "?", "pool": "1x1x9", "head": "1x1x3"}
    assert [row.params for row in report.rows] == [0, None, None, 7 * 9 + 9, 0, 9 * 3 + 3]


def test_a_dense_layer_says_how_long_the_row_is_that_it_reads(tmp_path: Path) -> None:
    net = network((GATE, ["x"]), (layer("Flatten", "row"), ["gate"]), (layer("Dense", "head", units=3), ["row"]))
    report = checked(tmp_path, net, head={"head/kernel:0": (11, 3), "head/bias:0": (3,)}, gate={})
    assert outputs(report) == {"x": "6x8x4", "gate": "?", "row": "1x1x11", "head": "1x1x3"}
    assert report.totals is not None
    assert report.totals.params == 36


def test_arrays_of_a_layer_that_is_called_twice_count_once_also_where_its_name_has_a_slash(tmp_path: Path) -> None:
    shared = layer("Dense", "a/b", units=2)
    net = network((GATE, ["x"]), (shared, [["gate"], ["a/b"]]), (layer("Add", "sum"), ["a/b", "a/b:1"]))
    report = checked(tmp_path, net, **{"a/b": {"a/b/kernel:0": (2, 2), "a/b/bias:0": (2,)}, "gate": {}})
    assert [row.params for row in report.rows] == [0, 0, 6, 0, 0]


def test_arrays_that_are_called_after_a_wrapper_are_those_of_the_layer_inside(tmp_path: Path) -> None:
    inner = layer("Dense", "inner", units=2)
    net = network((GATE, ["x"]), (layer("TimeDistributed", "each", layer=inner), ["gate"]))
    report = checked(tmp_path, net, each={"each/kernel:0": (5, 2), "each/bias:0": (2,)}, gate={})
    assert report.totals is not None
    assert report.totals.params == 12


def test_parameters_that_do_not_depend_on_an_open_size_are_known_without_it(tmp_path: Path) -> None:
    """Keras counts as many without a size; what a global pool gives is not said before the size is."""
    image = network(
        (layer("Conv2D", "conv", filters=7, kernel_size=[3, 3], **CONV), ["x"]),
        (layer("GlobalAveragePooling2D", "pool"), ["conv"]),
        (layer("Dense", "head", units=3), ["pool"]),
        size=(None, None, 4),
    )
    report = checked(tmp_path, image)
    assert outputs(report) == {"x": "?", "conv": "?", "pool": "?", "head": "?"}
    assert [row.params for row in report.rows] == [0, 9 * 4 * 7 + 7, 0, 7 * 3 + 3]
    assert [d.code for d in report.diagnostics] == ["SHP114"]
    text = network(
        (layer("Embedding", "words", input_dim=11, output_dim=6), ["x"]),
        (layer("Bidirectional", "both", layer=layer("LSTM", "lstm", units=5)), ["words"]),
        (layer("Dense", "head", units=2), ["both"]),
        size=(None,),
    )
    assert [row.params for row in checked(tmp_path, text).rows] == [0, 66, 2 * 4 * 5 * (6 + 5 + 1), 10 * 2 + 2]

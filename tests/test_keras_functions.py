"""Functions of TensorFlow in models of Keras 2: what their arguments say, and shapes that only their readers state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import shapecalc
from shapecalc.passes.report import CheckedNetwork

Calls = list[list[Any]]


def layer(kind: str, name: str, built: Any, calls: Calls, **config: Any) -> dict[str, Any]:
    """As Keras 2.13 writes it, with the shapes that it was made for."""
    config = {"name": name, "dtype": "float32", **config}
    return {"class_name": kind, "name": name, "config": config, "build_config": {"input_shape": built},
            "inbound_nodes": calls}  # fmt: skip


def function(of: str, name: str, built: Any, call: list[Any]) -> dict[str, Any]:
    return layer("TFOpLambda", name, built, [call], function=of)


INPUT = layer("InputLayer", "x", None, [], batch_input_shape=[None, 8, 8, 6])
IMAGE = [None, 8, 8, 6]


def checked(path: Path, *layers: dict[str, Any]) -> CheckedNetwork:
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[layers[-1]["name"], 0, 0]]}
    path.write_text(json.dumps({"class_name": "Functional", "config": {"layers": [INPUT, *layers], **ends}}))
    return shapecalc.check(path)


def test_a_part_of_a_split_may_be_what_is_left(tmp_path: Path) -> None:
    split = function("split", "s", IMAGE, ["x", 0, 0, {"num_or_size_splits": [2, -1], "axis": -1}])
    conv = layer("Conv2D", "c", [None, 8, 8, 4], [[["s", 0, 1, {}]]], filters=5, kernel_size=[1, 1])
    report = checked(tmp_path / "net.json", split, conv)
    assert [row.node.text for row in report.rows[1:3]] == ["SLICE(0, stop=2)", "SLICE(2, stop=6)"]
    assert report.totals is not None
    assert report.totals.params == (4 + 1) * 5


def test_windows_in_the_batch_are_positions_of_one_image(tmp_path: Path) -> None:
    """Four windows of 4x4 that look at themselves, and the image again; Keras counts them in its batch."""
    conv = {"filters": 5, "kernel_size": [3, 3], "padding": "same"}
    net = checked(
        tmp_path / "net.json",
        function("reshape", "cut", IMAGE, ["x", 0, 0, {"shape": [-1, 4, 2, 24]}]),
        function("transpose", "turn", None, ["cut", 0, 0, {"perm": [0, 2, 1, 3]}]),
        function("reshape", "w", None, ["turn", 0, 0, {"shape": [-1, 4, 4, 6]}]),
        layer("Conv2D", "c", None, [[["w", 0, 0, {}]]], **conv),
        layer("BatchNormalization", "n", None, [[["c", 0, 0, {}]]], axis=[3]),
        function("reshape", "q", None, ["n", 0, 0, {"shape": [-1, 16, 5]}]),
        function("linalg.matmul", "s", None, ["q", 0, 0, {"b": ["q", 0, 0], "transpose_b": True}]),
        layer("Softmax", "p", None, [[["s", 0, 0, {}]]]),
        function("split", "h", None, ["p", 0, 0, {"num_or_size_splits": 2, "axis": 2}]),
        function("linalg.matmul", "a", None, ["p", 0, 0, {"b": ["q", 0, 0]}]),
        function("reshape", "back", None, ["a", 0, 0, {"shape": [-1, 8, 8, 5]}]),
        layer("Conv2D", "end", None, [[["back", 0, 0, {}]]], **conv),
    )
    found = {row.node.name: (str(row.output), row.params, row.macs) for row in net.rows}
    assert (found["cut"][0], found["turn"][0]) == ("2x4x2x24", "4x2x2x24")
    assert [found[name] for name in "wcnqspa"] == [
        ("4x4x4x6", 0, 0), ("4x4x4x5", 9 * 6 * 5 + 5, 4 * 16 * 9 * 6 * 5), ("4x4x4x5", 10, 0), ("16x4x5", 0, 0),
        ("16x4x16", 0, 4 * 16 * 16 * 5), ("16x4x16", 0, 0), ("16x4x5", 0, 4 * 16 * 16 * 5),
    ]  # fmt: skip
    assert (found["h"][0], found["back"][0], found["end"][0]) == ("16x4x8", "8x8x5", "8x8x5")


def test_what_all_windows_look_at_is_repeated_in_the_batch(tmp_path: Path) -> None:
    repeat = function("repeat", "r", IMAGE, ["x", 0, 0, {"repeats": 3, "axis": 0}])
    dense = layer("Dense", "d", None, [[["r", 0, 0, {}]]], units=2)
    row = checked(tmp_path / "net.json", repeat, dense).rows[-1]
    assert (str(row.output), row.params, row.macs) == ("8x8x3x2", 14, 3 * 64 * 6 * 2)


def test_a_table_that_has_no_batch_keeps_all_its_axes(tmp_path: Path) -> None:
    """Swin V2 makes a bias for each head of a table of distances: a Dense at 9 x 9 pairs, and not in each window."""
    report = checked(
        tmp_path / "net.json",
        function("reshape", "w", IMAGE, ["x", 0, 0, {"shape": [-1, 16, 6]}]),
        layer("Distances", "d", [None, 16, 6], [[["w", 0, 0, {}]]]),
        layer("Dense", "meta", [9, 9, 2], [[["d", 0, 0, {}]]], units=3),
        function("transpose", "turn", [9, 9, 3], ["meta", 0, 0, {"perm": [2, 0, 1]}]),
        function("expand_dims", "e", [3, 9, 9], ["turn", 0, 0, {"axis": 0}]),
        layer("Pairs", "p", [None, 16, 6], [[["w", 0, 0, {}]]]),
        function("__operators__.add", "sum", [None, 3, 9, 9], ["p", 0, 0, {"y": ["e", 0, 0]}]),
    )
    found = {row.node.name: (str(row.output), row.macs) for row in report.rows}
    assert [found[name] for name in ("d", "meta", "e")] == [("9x9x2", 0), ("9x9x3", 81 * 2 * 3), ("9x3x9", 0)]
    assert [found[name][0] for name in ("p", "sum")] == ["9x3x4x9", "9x3x4x9"]


def test_values_of_several_images_in_one_are_named(tmp_path: Path) -> None:
    (found,) = checked(
        tmp_path / "net.json", function("reshape", "w", IMAGE, ["x", 0, 0, {"shape": [-1, 5, 6]}])
    ).diagnostics
    message = "w makes 5x6, 30 values, of 384: the other values are in the batch, and shapecalc follows one image"
    assert (found.code, found.message) == ("SHP101", message)


def test_layers_along_the_last_axis_read_tensors_of_more_axes_than_volumes(tmp_path: Path) -> None:
    """Keras has 7 · (4 + 1) values for the Dense and 2 · 7 for the norm, whatever the axes before are."""
    report = checked(
        tmp_path / "net.json",
        function("reshape", "five", IMAGE, ["x", 0, 0, {"shape": [-1, 8, 4, 2, 3, 2]}]),
        function("transpose", "turn", None, ["five", 0, 0, {"perm": [0, 1, 5, 3, 4, 2]}]),
        layer("Dense", "dense", None, [[["turn", 0, 0, {}]]], units=7),
        layer("LayerNormalization", "norm", None, [[["dense", 0, 0, {}]]], axis=[-1]),
        layer("Add", "sum", None, [[["norm", 0, 0, {}], ["dense", 0, 0, {}]]]),
        function("reduce_mean", "mean", None, ["sum", 0, 0, {"axis": [1, 3]}]),
    )
    found = {row.node.name: (row.params, row.macs) for row in report.rows}
    assert (found["dense"], found["norm"]) == ((7 * (4 + 1), 8 * 2 * 2 * 3 * 4 * 7), (2 * 7, 0))
    assert [str(row.output) for row in report.rows[-1:]] == ["3x2x7"]


def test_a_sum_of_tensors_of_five_axes_is_what_its_readers_say(tmp_path: Path) -> None:
    five = layer("Lambda", "f", IMAGE, [[["x", 0, 0, {}]]])
    one = layer("Lambda", "g", IMAGE, [[["x", 0, 0, {}]]])
    parts = [[None, 8, 8, 2, 3, 4], [None, 8, 8, 1, 3, 4]]
    joined = layer("Multiply", "m", parts, [[["f", 0, 0, {}], ["g", 0, 0, {}]]])
    end = layer("Flatten", "e", [None, 8, 8, 2, 3, 4], [[["m", 0, 0, {}]]])
    report = checked(tmp_path / "net.json", five, one, joined, end)
    assert [d.message for d in report.diagnostics if d.severity == "error"] == []
    assert report.rows[-1].output is not None
    assert report.rows[-1].output.size == 8 * 8 * 2 * 3 * 4


def test_a_size_may_be_computed_from_the_shape_of_another_tensor(tmp_path: Path) -> None:
    pool = layer("MaxPooling2D", "p", IMAGE, [[["x", 0, 0, {}]]], pool_size=[2, 2])
    shape = function("compat.v1.shape", "s", IMAGE, ["x", 0, 0, {"out_type": "int32"}])
    spec = {"slice_spec": {"start": 1, "stop": -1, "step": None}}
    size = layer("SlicingOpLambda", "g", [4], [["s", 0, 0, spec]], function="__operators__.getitem")
    half = function("math.floordiv", "h", [2], ["g", 0, 0, {"y": 2}])
    resize = function("image.resize", "r", [None, 4, 4, 6], ["p", 0, 0, {"size": ["g", 0, 0], "method": "nearest"}])
    again = function("image.resize", "a", IMAGE, ["r", 0, 0, {"size": ["h", 0, 0], "method": "bilinear"}])
    report = checked(tmp_path / "net.json", pool, shape, size, half, resize, again)
    assert report.diagnostics == ()
    assert [str(row.output) for row in report.rows] == ["8x8x6", "4x4x6", "8x8x6", "4x4x6"]


def test_a_product_with_a_number_of_a_shape_is_a_rescale(tmp_path: Path) -> None:
    shape = function("shape", "s", IMAGE, ["x", 0, 0, {}])
    one = layer("SlicingOpLambda", "g", [4], [["s", 0, 0, {"slice_spec": 2}]], function="__operators__.getitem")
    root = function("math.pow", "h", [], ["g", 0, 0, {"y": -1, "name": None}])
    scaled = function("math.multiply", "m", IMAGE, ["x", 0, 0, {"y": ["h", 0, 0], "name": None}])
    rows = checked(tmp_path / "net.json", shape, one, root, scaled).rows
    assert [row.node.text for row in rows[1:]] == ["RESCALE(0.125)"]


def test_the_batch_of_a_shape_is_unknown_and_a_reshape_that_keeps_it_is_read(tmp_path: Path) -> None:
    shape = function("shape", "s", IMAGE, ["x", 0, 0, {}])
    taken = [layer("SlicingOpLambda", f"g{place}", [4], [["s", 0, 0, {"slice_spec": place}]],
                   function="__operators__.getitem") for place in (0, 3)]  # fmt: skip
    larger = function("math.maximum", "m", [], ["g0", 0, 0, {"y": ["g3", 0, 0]}])
    row = function("reshape", "r", IMAGE, ["x", 0, 0, {"shape": [["g0", 0, 0], -1, ["g3", 0, 0]]}])
    conv = layer("Dense", "c", [None, 64, 6], [[["r", 0, 0, {}]]], units=5)
    report = checked(tmp_path / "net.json", shape, *taken, larger, row, conv)
    assert report.diagnostics == ()
    assert [row.node.text for row in report.rows[1:]] == ["RESHAPE(64x6)", "CONV(5, F=1, S=1, P=0)"]


def test_two_arguments_that_are_numbers_of_shapes_are_told_apart(tmp_path: Path) -> None:
    shape = function("shape", "s", IMAGE, ["x", 0, 0, {}])
    spec = {"slice_spec": {"start": 1, "stop": 3, "step": None}}
    size = layer("SlicingOpLambda", "g", [4], [["s", 0, 0, spec]], function="__operators__.getitem")
    half = function("math.floordiv", "h", [2], ["g", 0, 0, {"y": 2}])
    said = {"unread": ["g", 0, 0], "size": ["h", 0, 0]}
    report = checked(tmp_path / "net.json", shape, size, half, function("image.resize", "r", IMAGE, ["x", 0, 0, said]))
    assert [str(row.output) for row in report.rows] == ["8x8x6", "4x4x6"]


def test_branches_that_differ_are_an_error_whatever_their_reader_states(tmp_path: Path) -> None:
    conv = layer("Conv2D", "c", IMAGE, [[["x", 0, 0, {}]]], filters=5, kernel_size=[1, 1])
    joined = layer("Add", "a", [IMAGE, IMAGE], [[["x", 0, 0, {}], ["c", 0, 0, {}]]])
    end = layer("ReLU", "e", IMAGE, [[["a", 0, 0, {}]]])
    (found,) = checked(tmp_path / "net.json", conv, joined, end).diagnostics
    assert found.code == "SHP208"


def test_a_layer_that_a_model_keeps_beside_its_graph_is_no_input(tmp_path: Path) -> None:
    conv = layer("Conv2D", "c", IMAGE, [[["x", 0, 0, {}]]], filters=5, kernel_size=[1, 1])
    beside = layer("DecodePredictions", "d", [8, 8, 6], [], input_shape=[8, 8, 6])
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"class_name": "Functional", "config": {
        "layers": [INPUT, conv, beside], "input_layers": [["x", 0, 0]], "output_layers": [["c", 0, 0]],
    }}))  # fmt: skip
    assert [row.node.name for row in shapecalc.check(path).rows] == ["x", "c"]


def test_a_function_without_a_word_has_no_parameters(tmp_path: Path) -> None:
    other = function("signal.dct", "d", IMAGE, ["x", 0, 0, {}])
    conv = layer("Conv2D", "c", IMAGE, [[["d", 0, 0, {}]]], filters=5, kernel_size=[1, 1])
    assert [d.severity for d in checked(tmp_path / "net.json", other, conv).diagnostics] == ["note"]


SLICED = {"1": [0, 1, 0, 2], "2": [0, 7, 0, 3], "3": [1, 1, 1, 1]}
NODES = [
    ("AddV2", {"1": 3.0}, {}, "RESCALE(offset=3)", "8x8x6"), ("Sub", {"0": 1.0}, {}, "RESCALE(-1, offset=1)", "8x8x6"),
    ("Relu6", {}, {}, "RELU6", "8x8x6"), ("LeakyRelu", {}, {"alpha": {"f": 0.1}}, "LRELU(0.1)", "8x8x6"),
    ("Mean", {"1": [1, 2]}, {"keep_dims": {"b": False}}, "GAP", "1x1x6"),
    ("Reshape", {"1": [-1, 64, 6]}, {}, "RESHAPE(64x6)", "64x6"),
    ("ResizeBilinear", {"1": [16, 18]}, {}, "RESIZE(18x16, mode=bilinear)", "18x16x6"),
    ("Pad", {"1": [[0, 0], [1, 2], [3, 4], [0, 0]]}, {}, "PAD((3,4,1,2))", "15x11x6"),
    ("SpaceToDepth", {}, {"block_size": {"i": "2"}}, "SHUFFLE(6)", "4x4x24"),
    ("StridedSlice", SLICED, {"begin_mask": {"i": "5"}, "end_mask": {"i": "5"}, "shrink_axis_mask": {"i": "8"}},
     "RESHAPE(6x8)", "6x8"),
    ("StridedSlice", {"1": [0, 0], "2": [0, 2], "3": [1, 1]}, {"begin_mask": {"i": "2"}, "ellipsis_mask": {"i": "1"}},
     "SLICE(0, stop=2)", "8x8x2"),
    ("Tile", {"1": [1, 2, 1, 1]}, {}, "TensorFlowOpLayer (opaque)", "8x16x6"),
]  # fmt: skip


@pytest.mark.parametrize(("op", "constants", "attributes", "text", "volume"), NODES)
def test_operations_of_tensorflow_2_0_to_2_3_are_their_functions(
    op: str, constants: dict[str, Any], attributes: dict[str, Any], text: str, volume: str, tmp_path: Path
) -> None:
    """Volumes are those that tf-keras 2.21 gives for the same file."""
    node = {"name": "f", "op": op, "attr": attributes}
    made = layer("TensorFlowOpLayer", "f", None, [[["x", 0, 0, {}]]], node_def=node, constants=constants)
    last = checked(tmp_path / "net.json", made).rows[-1]
    assert (last.node.name, last.node.text, str(last.output)) == ("f", text, volume)


@pytest.mark.parametrize("key", ["batch_input_shape", "batch_shape", "batchInputShape"])
@pytest.mark.parametrize("inside", [False, True])
def test_a_sequential_reads_what_its_first_layer_states_also_inside_of_models(
    key: str, inside: bool, tmp_path: Path
) -> None:
    """Teachable Machine's models are a Sequential in a Sequential; TensorFlow.js reads its own spelling too."""
    conv = {"class_name": "Conv2D", "config": {"name": "c", "filters": 5, "kernel_size": [3, 3], key: [None, 8, 9, 6]}}
    model: dict[str, Any] = {"class_name": "Sequential", "config": {"name": "s", "layers": [conv]}}
    outer = {"class_name": "Sequential", "config": {"name": "o", "layers": [model]}}
    (tmp_path / "net.json").write_text(json.dumps(outer if inside else model))
    assert [str(row.output) for row in shapecalc.check(tmp_path / "net.json").rows] == ["9x8x6", "7x6x5"]


def test_one_value_an_image_is_a_row_for_an_embedding(tmp_path: Path) -> None:
    """Recommenders look up the name of a user: tf-keras gives 7 values for it, and no sequence."""
    start = {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [None]}}
    table = {"class_name": "Embedding", "config": {"name": "t", "input_dim": 11, "output_dim": 7}}
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 2}}
    model = {"class_name": "Sequential", "config": {"name": "s", "layers": [start, table, dense]}}
    (tmp_path / "net.json").write_text(json.dumps(model))
    report = shapecalc.check(tmp_path / "net.json")
    assert [(row.node.name, row.params) for row in report.rows if row.params] == [("embedding1", 77), ("d", 16)]
    assert [str(row.output) for row in report.rows[:1] + report.rows[-1:]] == ["1x1x1", "1x2"]


def test_a_whole_number_may_be_written_with_a_fraction(tmp_path: Path) -> None:
    """Keras 1 wrote what Python 2 had divided."""
    pool = layer("MaxPooling2D", "p", IMAGE, [[["x", 0, 0, {}]]], pool_size=[4.0, 2.0], strides=None)
    assert str(checked(tmp_path / "net.json", pool).rows[-1].output) == "4x2x6"


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("LayerNormalization", {"axis": [-9, 1]}),
        ("BatchNormalization", {"axis": -9}),
        ("TimeDistributed", {"layer": {"class_name": "Reshape", "config": {"name": "r", "target_shape": ["x", -1]}}}),
    ],
)
def test_axes_and_sizes_that_are_none_are_no_bug(kind: str, config: dict[str, Any], tmp_path: Path) -> None:
    assert checked(tmp_path / "net.json", layer(kind, "n", None, [[["x", 0, 0, {}]]], **config)).rows[0].output

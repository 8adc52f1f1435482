"""What calls of Keras say besides tensors: masks, first states, settings of functions; TensorFlow.js' formats."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import shapecalc
from shapecalc.passes.report import CheckedNetwork
from tests.command import run


def tensor(name: str, *shape: int | None) -> dict[str, Any]:
    config = {"shape": [None, *shape], "dtype": "float32", "keras_history": [name, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def layer(kind: str, name: str, reads: list[Any], said: dict[str, Any] | None = None, **config: Any) -> dict[str, Any]:
    """A layer of Keras 3 with one call: positional arguments, then those by name."""
    call = [{"args": reads, "kwargs": said or {}}] if reads else []
    config = {"name": name, "trainable": True, **config}
    return {"module": "keras.layers", "class_name": kind, "name": name, "config": config, "inbound_nodes": call}


def function(kind: str, name: str, reads: list[Any], **config: Any) -> dict[str, Any]:
    """One of `keras.ops`; an .h5 leaves out the module."""
    made = layer(kind, name, reads) | {"config": {"name": name, **config}}
    return {key: value for key, value in made.items() if key != "module"}


def checked(path: Path, *layers: dict[str, Any], size: str = "") -> CheckedNetwork:
    config = {"layers": list(layers), "input_layers": [], "output_layers": [[layers[-1]["name"], 0, 0]]}
    path.write_text(json.dumps({"class_name": "Functional", "config": config}))
    return shapecalc.check(path, **({"input": size} if size else {}))  # type: ignore[arg-type]


def texts(report: CheckedNetwork) -> dict[str, str]:
    return {row.node.name: row.node.text for row in report.rows}


INDICES = layer("InputLayer", "i", [], batch_shape=[None, None])
WORDS = layer("Embedding", "e", [tensor("i", None)], input_dim=50, output_dim=4, mask_zero=True)
MASK = function("NotEqual", "m", [tensor("i", None), 0])
MASKED = layer("LSTM", "r", [tensor("e", None, 4)], {"mask": tensor("m", None)}, units=3)


def test_the_mask_of_an_embedding_is_no_error_and_an_open_length_is_asked_for_as_one(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    (open_size,) = checked(path, INDICES, WORDS, MASK, MASKED).diagnostics
    assert open_size.message == "the file leaves the size of its input open: ?x1"
    assert open_size.help == ("give it with --input 20x1",)
    report = checked(path, INDICES, WORDS, MASK, MASKED, size="20x1")
    assert [d.severity for d in report.diagnostics] == ["note"]
    assert report.totals is not None
    assert report.totals.params == 50 * 4 + 4 * 3 * (4 + 3 + 1)
    assert texts(report)["r"] == "LSTM(3, last=true, biases=1)"


X = layer("InputLayer", "x", [], batch_shape=[None, 5, 4])
ATTENTION = {"num_heads": 2, "key_dim": 3}
READS, OTHER = tensor("x", 5, 4), tensor("y", 5, 4)


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (layer("LSTM", "r", [READS], {"mask": OTHER}, units=3), "a mask says which steps count"),
        (layer("GRU", "r", [READS], {"initial_state": [OTHER]}, units=3), "its first state is given"),
        (layer("LayerNormalization", "r", [READS], rms_scaling=True), "it takes off no mean"),
        (
            layer("MultiHeadAttention", "r", [READS, READS], {"attention_mask": OTHER}, **ATTENTION),
            "a mask says which positions it looks at",
        ),
        (function("Gelu", "r", [READS], approximate=True), "it is approximated with tanh"),
        (
            layer("Pad", "r", [READS], {"constant_values": 2.0}, pad_width=[[0, 0], [1, 2], [0, 0]], mode="constant")
            | {"module": "keras.src.ops.numpy"},
            "it pads by 2.0",
        ),
        (
            layer("TimeDistributed", "r", [READS], layer=layer("GroupNormalization", "g", [], groups=2)),
            "each step is normalised by itself",
        ),
        (
            layer("Dense", "r", [READS], units=2, activation={"class_name": "ReLU", "config": {"max_value": 6.0}}),
            "its activation has settings",
        ),
    ],
)
def test_what_makes_other_values_of_a_layer_is_known_before_it_is_run(
    tmp_path: Path, last: dict[str, Any], why: str
) -> None:
    assert why in differing(tmp_path, X, layer("InputLayer", "y", [], batch_shape=[None, 5, 4]), last)


def differing(tmp_path: Path, *layers: dict[str, Any]) -> str:
    """What `verify --weights` says of these layers in a .keras, whose weights it does not come to read."""
    import zipfile

    config = {"layers": list(layers), "input_layers": [], "output_layers": [[layers[-1]["name"], 0, 0]]}
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Functional", "config": config}))
    done = run("verify", "--weights", "net.keras", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_a_mask_is_no_key_of_an_attention(tmp_path: Path) -> None:
    mask = layer("InputLayer", "y", [], batch_shape=[None, 5, 5])
    last = layer("MultiHeadAttention", "r", [READS, READS], {"attention_mask": tensor("y", 5, 5)}, **ATTENTION)
    totals = checked(tmp_path / "net.json", X, mask, last).totals
    assert totals is not None
    assert totals.params == 3 * (4 * 6 + 6) + 6 * 4 + 4  # as keras.layers.MultiHeadAttention of depth 4 counts


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (function("LeakyRelu", "r", [READS], negative_slope=0.25), "LRELU(0.25)"),
        (function("LeakyRelu", "r", [READS]), "LRELU(0.2)"),
        (function("Elu", "r", [READS], alpha=0.5), "ELU(0.5)"),
        (layer("Activation", "r", [READS], activation="leaky_relu"), "LRELU(0.2)"),
        (
            layer("Activation", "r", [READS], activation={"class_name": "LeakyReLU", "config": {"alpha": 0.1}}),
            "LRELU(0.1)",
        ),
        (
            layer("Activation", "r", [READS], activation={"class_name": "LeakyReLU", "config": {"name": "l"}}),
            "LRELU(0.3)",
        ),
    ],
)
def test_a_function_has_the_slope_that_the_file_says_or_keras_takes(
    tmp_path: Path, last: dict[str, Any], text: str
) -> None:
    assert texts(checked(tmp_path / "net.json", X, last))["r"] == text


@pytest.mark.parametrize(
    ("how", "layers"),
    [
        (  # 2·4·3·(4 + 3 + 1) weights, and a tensor of each direction
            {"merge_mode": None},
            [
                "LSTM(3, last=true, bidirectional=true, biases=1) 1x6 192",
                "SLICE(0, stop=3) 1x3 0",
                "SLICE(3, stop=6) 1x3 0",
            ],
        ),
        (  # 4·3·(4 + 3 + 1) forward and 4·5·(4 + 5 + 1) backward
            {"backward_layer": layer("LSTM", "b", [], units=5)},
            ["LSTM(3, last=true, biases=1) 1x3 96", "LSTM(5, last=true, biases=1) 1x5 200", "CONCAT 1x8 0"],
        ),
    ],
)
def test_directions_that_stay_two_tensors_or_are_two_layers_are_read_as_such(
    tmp_path: Path, how: dict[str, Any], layers: list[str]
) -> None:
    both = layer("Bidirectional", "r", [READS], layer=layer("LSTM", "f", [], units=3), **how)
    rows = checked(tmp_path / "net.json", X, both).rows[1:]
    assert [f"{row.node.text} {row.output} {row.params}" for row in rows] == layers


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("Conv2D", {"filters": 8, "kernel_size": (3, 5), "strides": (2, 1), "padding": "same", "use_bias": False}),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": (4, 2), "strides": (2, 3), "padding": "valid"}),
    ("DepthwiseConv2D", {"kernel_size": (5, 3), "depth_multiplier": 2, "dilation_rate": (1, 2)}),
    ("SeparableConv2D", {"filters": 6, "kernel_size": (3, 2), "padding": "same"}),
    ("LocallyConnected2D", {"filters": 3, "kernel_size": (3, 2), "strides": (1, 2)}),
    ("AveragePooling2D", {"pool_size": (3, 2), "strides": (2, 1), "padding": "same"}),
    ("MaxPooling2D", {"pool_size": (2, 3)}),
    ("ZeroPadding2D", {"padding": ((1, 2), (3, 4))}),
    ("Cropping2D", {"cropping": (1, 2)}),
    ("UpSampling2D", {"size": (2, 3), "interpolation": "bilinear"}),
    ("LeakyReLU", {"negative_slope": 0.25}),
    ("LeakyReLU", {"negative_slope": 0.01}),  # what holds without a word here, and not in Keras
    ("LeakyReLU", {"negative_slope": 0.0}),
    ("ELU", {"alpha": 0.5}),
    ("SpatialDropout2D", {"rate": 0.25}),
]
"""Calls whose arguments are the settings of a layer in a file."""


@pytest.mark.parametrize(("kind", "said"), CALLS, ids=[kind for kind, _ in CALLS])
def test_a_call_in_a_text_and_the_layer_in_a_file_are_one_layer(
    kind: str, said: dict[str, Any], tmp_path: Path
) -> None:
    start, path = layer("InputLayer", "x", [], batch_shape=[None, 12, 10, 3]), tmp_path / "net.txt"
    path.write_text(f"INPUT(10x12x3) => {kind}({', '.join(f'{k}={v!r}' for k, v in said.items())})")
    stored = checked(tmp_path / "net.json", start, layer(kind, "f", [tensor("x", 12, 10, 3)], **said))
    facts = []
    for first, last in (shapecalc.check(path).rows, stored.rows):
        assert last.node.layer is not None
        facts.append((last.kind, last.output, last.params, last.node.layer.effective_arguments(first.output)))
    assert facts[0] == facts[1]


LSTM = layer("LSTM", "f", [], units=5)
CONV_LSTM = layer("ConvLSTM2D", "f", [], filters=3, kernel_size=[3, 3])
AT_EVERY_STEP: list[tuple[list[int], dict[str, Any], str]] = [
    ([3, 6, 8], layer("Conv1D", "f", [], filters=4, kernel_size=[2], padding="causal"), "6x3x4 68"),
    ([3, 6, 8], layer("LocallyConnected1D", "f", [], filters=4, kernel_size=[2]), "? ?"),
    ([3, 6, 8], LSTM, "3x5 280"),
    ([3, 6, 8], layer("GRU", "f", [], units=5, reset_after=True, return_sequences=True), "6x3x5 225"),
    ([3, 6, 8], layer("RNN", "f", [], cell=[layer("LSTMCell", "c", [], units=n) for n in (4, 3)]), "3x3 304"),
    ([3, 6, 8], layer("Bidirectional", "b", [], layer=LSTM), "3x10 560"),
    ([3, 6, 8], layer("Bidirectional", "b", [], layer=LSTM, merge_mode="sum"), "3x5 560"),
    ([5, 7], layer("Embedding", "f", [], input_dim=30, output_dim=6), "7x5x6 180"),
    ([4, 12, 10, 3], layer("PReLU", "f", [], shared_axes=None), "10x12x4x3 360"),
    ([4, 12, 10, 3], layer("PReLU", "f", [], shared_axes=[1, 2]), "10x12x4x3 3"),
    ([4, 12, 10, 3], layer("Permute", "f", [], dims=[3, 1, 2]), "12x3x4x10 0"),
]
"""For the shape of what is read, without the batch: what TimeDistributed gives, as Keras 3.15 says."""


def test_a_layer_at_every_step_has_the_weights_that_it_has_at_one(tmp_path: Path) -> None:
    for shape, inner, expected in AT_EVERY_STEP:
        start = layer("InputLayer", "x", [], batch_shape=[None, *shape])
        steps = layer("TimeDistributed", "r", [tensor("x", *shape)], layer=inner)
        row = checked(tmp_path / "net.json", start, steps).rows[-1]
        assert f"{row.output or '?'} {'?' if row.params is None else row.params}" == expected, inner


@pytest.mark.parametrize(("mode", "volume"), [("concat", "9x7x6"), ("sum", "9x7x3"), ("ave", "9x7x3")])
def test_both_directions_of_a_convolved_state_are_joined_as_the_file_says(
    mode: str, volume: str, tmp_path: Path
) -> None:
    start = layer("InputLayer", "x", [], batch_shape=[None, 5, 9, 11, 2])
    both = layer("Bidirectional", "r", [tensor("x", 5, 9, 11, 2)], layer=CONV_LSTM, merge_mode=mode)
    report = checked(tmp_path / "net.json", start, both)
    assert report.totals is not None
    assert (str(report.rows[-1].output), report.totals.params) == (volume, 2 * 4 * 3 * (9 * (2 + 3) + 1))


def test_parameters_that_are_not_counted_are_said_where_the_file_states_the_volume(tmp_path: Path) -> None:
    cell = layer("RNN", "r", [READS], cell=layer("OwnCell", "c", [], units=3))
    last = layer("ReLU", "a", [tensor("r", 3)])
    (warning, _) = checked(tmp_path / "net.json", X, cell, last).diagnostics
    assert warning.message == "shapecalc does not read this cell: if it has parameters, they are not counted"


@pytest.mark.parametrize(
    ("said", "text"), [({"use_causal_mask": True}, "ATTENTION(scaled=false, causal=true)"), ({}, "")]
)
def test_an_attention_without_projections_may_look_back_alone(said: dict[str, Any], text: str, tmp_path: Path) -> None:
    found = texts(checked(tmp_path / "net.json", X, layer("Attention", "r", [[READS, READS]], said)))["r"]
    assert found == (text or "ATTENTION(scaled=false)")


DENSE = {"class_name": "Dense", "config": {"name": "d", "units": 3, "batch_input_shape": [None, 4]}}


@pytest.mark.parametrize(
    "model",
    [
        {"class_name": "Sequential", "config": {"name": "s", "layers": [DENSE]}},
        {"class_name": "Sequential", "config": [DENSE]},
        {"keras_version": "2.4.0", "model_config": {"class_name": "Sequential", "config": {"layers": [DENSE]}}},
    ],
)
def test_a_layers_model_of_tensorflow_js_is_read_in_both_nestings(tmp_path: Path, model: dict[str, Any]) -> None:
    (tmp_path / "model.json").write_text(json.dumps({"format": "layers-model", "modelTopology": model}))
    done = run("check", "--get", "totals.params", "model.json", cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "15")


def test_json_that_was_written_as_a_text_of_json_is_read_and_its_places_are_those_of_the_file(tmp_path: Path) -> None:
    odd = {"class_name": "Odd", "config": {"name": "o"}}
    text = json.dumps(json.dumps({"class_name": "Sequential", "config": {"name": 'a "b"', "layers": [DENSE, odd]}}))
    (tmp_path / "model.json").write_text(text)
    report = shapecalc.check(tmp_path / "model.json")
    assert [row.params for row in report.rows] == [0, 15, None]
    (unknown,) = report.diagnostics
    assert text[slice(*unknown.span or ())] == r"\"o\""
    (tmp_path / "model.json").write_text(text[:-9] + '"')
    (broken,) = shapecalc.check(tmp_path / "model.json").diagnostics
    assert broken.message.startswith("the JSON cannot be read")


@pytest.mark.parametrize("said", [{"format": "graph-model"}, {}])
def test_a_graph_model_of_tensorflow_js_is_refused_with_what_to_write_instead(
    tmp_path: Path, said: dict[str, Any]
) -> None:
    graph = {"node": [{"name": "x", "op": "Placeholder", "attr": {}}], "library": {}, "versions": {}}
    (tmp_path / "model.json").write_text(json.dumps({**said, "modelTopology": graph, "weightsManifest": []}))
    done = run("check", "model.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "this is a graph-model of TensorFlow.js: it has TensorFlow's operations, and no layers" in done.stdout
    assert "python -m tf2onnx.convert --tfjs model.json --output model.onnx" in done.stdout


OLD = {"name": "o", "output_dim": 5, "bias": True}


@pytest.mark.parametrize(
    ("kind", "config", "size", "params"),
    [
        ("Highway", {"name": "o", "bias": True}, "1x1x4", 2 * (4 * 4 + 4)),
        ("MaxoutDense", OLD | {"nb_feature": 3}, "1x1x5", 3 * (4 * 5 + 5)),
        ("TimeDistributedDense", OLD, "1x1x5", 4 * 5 + 5),
        ("SReLU", {"name": "o"}, "1x1x4", 4 * 4),
        ("InstanceNormalization", {"name": "o", "axis": None}, "1x1x4", 2),
        ("Addons>InstanceNormalization", {"name": "o", "axis": -1}, "1x1x4", 2 * 4),
        ("GRUV1", {"name": "o", "units": 2, "use_bias": True}, "", 3 * 2 * (4 + 2 + 1)),
    ],
)
def test_layers_of_old_versions_and_of_others_have_their_parameters(
    tmp_path: Path, kind: str, config: dict[str, Any], size: str, params: int
) -> None:
    """Source: keras/layers/core.py, advanced_activations.py of Keras 1.2, keras_contrib, TensorFlow Addons 0.23."""
    shape = [None, 4] if size else [None, 3, 4]
    made = {"class_name": kind, "config": config | {"batch_input_shape": shape}}
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": [made]}))
    report = shapecalc.check(path)
    assert report.totals is not None
    assert report.totals.params == params, report.diagnostics
    assert not size or str(report.rows[-1].output) == size


WAYS = [("ave", "RESCALE(0.5)"), ("max", "MAX"), ("sum", "ADD"), ("concat", "CONCAT")]


@pytest.mark.parametrize(("mode", "last"), WAYS)
def test_the_merge_of_keras_1_joins_in_its_ways(tmp_path: Path, mode: str, last: str) -> None:
    starts = [
        {"class_name": "InputLayer", "name": name, "config": {"name": name, "batch_input_shape": [None, 4]}}
        | {"inbound_nodes": []}
        for name in "ab"
    ]
    merge = {"class_name": "Merge", "name": "m", "config": {"name": "m", "mode": mode, "concat_axis": -1}}
    config = {"layers": [*starts, merge | {"inbound_nodes": [[["a", 0, 0], ["b", 0, 0]]]}]}
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"class_name": "Model", "config": config | {"output_layers": [["m", 0, 0]]}}))
    assert shapecalc.check(path).rows[-1].node.text == last


def test_the_last_layer_of_a_model_inside_gives_what_the_reader_of_the_model_states(tmp_path: Path) -> None:
    unknown = {"class_name": "Gate", "config": {"name": "gate", "trainable": True}}
    inner = layer("Sequential", "inner", [tensor("x", 5, 4)]) | {"config": {"name": "inner", "layers": [unknown]}}
    report = checked(tmp_path / "net.json", X, inner, layer("Dense", "d", [tensor("inner", 5, 3)], units=2))
    assert [str(row.output) for row in report.rows] == ["5x4", "5x3", "5x2"]


def test_a_model_inside_may_be_called_under_a_later_number_for_an_output(tmp_path: Path) -> None:
    """Keras counts the call that made it, which is not in the file."""
    start = layer("InputLayer", "y", [], batch_shape=[None, 5, 4])
    dense = layer("Dense", "d", [tensor("y", 5, 4)], units=2)
    inner = layer("Functional", "inner", [tensor("x", 5, 4)])
    inner["config"] |= {"layers": [start, dense], "input_layers": ["y", 0, 0], "output_layers": ["d", 0, 0]}
    outer = {"layers": [X, inner], "input_layers": ["x", 0, 0], "output_layers": ["inner", 1, 0]}
    whole = layer("Functional", "whole", [tensor("z", 5, 4)]) | {"config": {"name": "whole", **outer}}
    report = checked(tmp_path / "net.json", X | {"name": "z", "config": X["config"] | {"name": "z"}}, whole)
    assert [str(row.output) for row in report.rows] == ["5x4", "5x2"]


def test_a_transposed_convolution_at_every_step_adds_nothing_to_the_steps(tmp_path: Path) -> None:
    inner = {"filters": 3, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same", "output_padding": [0, 1]}
    up = {"class_name": "Conv2DTranspose", "config": {"name": "up", **inner}}
    frames = layer("InputLayer", "x", [], batch_shape=[None, 2, 5, 4, 3])
    report = checked(tmp_path / "net.json", frames, layer("TimeDistributed", "t", [tensor("x", 2, 5, 4, 3)], layer=up))
    assert str(report.rows[-1].output) == "8x9x2x3"  # Keras: (None, 2, 9, 8, 3)


def test_a_file_without_values_is_read_without_numpy() -> None:
    code = "import sys, shapecalc.lowering.keras.layer_table; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

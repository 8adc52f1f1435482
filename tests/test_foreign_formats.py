"""Small files of foreign formats, each with what the software that owns the format says of its layers."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli
from tests.foreignfiles import EXPECTED, FILES, NO_NETWORKS, bare, needs, run


@pytest.mark.parametrize("name", EXPECTED)
def test_every_layer_has_the_volume_and_the_parameters_that_its_own_software_gives(name: str) -> None:
    needs(name)
    expected = EXPECTED[name]
    _, network, _ = run(str(FILES / name), *expected.get("args", []))
    ours = {layer["name"]: layer for layer in network["layers"]}
    assert {layer: bare(ours[layer]["output"]) for layer in expected["layers"]} == {
        layer: bare(sizes) for layer, sizes in expected["layers"].items()
    }
    totals = network["totals"]
    if expected.get("values") is not None:
        assert totals["params"] + totals["buffers"] == expected["values"]
    for key in ("params", "buffers"):
        if key in expected:
            assert totals[key] == expected[key]
    params = {layer: ours[layer]["params"] for layer in expected.get("layer_params", {})}
    assert params == expected.get("layer_params", {})


@pytest.mark.parametrize("format_", sorted({name.split("/")[0] for name in EXPECTED}))
def test_ten_files_of_every_format_are_here(format_: str) -> None:
    assert sum(name.startswith(f"{format_}/") for name in EXPECTED) >= 10


def test_a_dilated_layer_of_a_cfg_keeps_the_size_that_it_has_without_dilation(tmp_path: Path) -> None:
    net = "[net]\nwidth=9\nheight=9\nchannels=3\n[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=linear\n"
    for text in (net, f"{net}dilation=2\n"):
        (tmp_path / "net.cfg").write_text(text)
        _, network, _ = run(str(tmp_path / "net.cfg"))
        assert network["layers"][1]["output"] == [9, 9, 8]


def test_the_padding_advised_for_a_pool_of_a_cfg_is_that_of_both_sides_and_fits(tmp_path: Path) -> None:
    path, text = (
        tmp_path / "net.cfg",
        "[net]\nwidth=33\nheight=33\nchannels=3\n[maxpool]\nsize=4\nstride=2\npadding=0\n",
    )
    path.write_text(text, encoding="utf-8")
    _, network, _ = run(str(path))
    (advised,) = [line for line in network["diagnostics"][0]["help"] if "padding=" in line]
    assert advised == "or padding=1 keeps 33x33 and gives 16x16"
    path.write_text(text.replace("padding=0", "padding=1"), encoding="utf-8")
    code, network, _ = run(str(path))
    assert (code, network["layers"][-1]["output"]) == (0, [16, 16, 3])


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        ("layer { name: 'd' type: 'Data' top: 'd' transform_param { crop_size: 227 } }", "--input 227x227x3"),
        ("input: 'd'", "--input 224x224x3"),
        ("layer { name: 'd' type: 'Data' top: 'd' include { phase: TRAIN } }", "--input 224x224x3"),
    ],
)
def test_an_open_depth_of_images_is_proposed_as_three(data: str, advice: str, tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(
        data
        + " layer { name: 'c' type: 'Convolution' bottom: 'd' convolution_param { num_output: 4 kernel_size: 1 } }",
        encoding="utf-8",
    )
    _, network, _ = run(str(path))
    assert network["diagnostics"][0]["help"] == [f"give it with {advice}"]
    assert run(str(path), *advice.split())[1]["layers"][-1]["params"] == 4 * 3 + 4


@pytest.mark.parametrize(
    "name",
    [
        "darknet/residual.cfg",
        "darknet/shortcuts_of_other_sizes.cfg",
        "caffe/scaled_and_joined.prototxt",
        "keras/model_in_a_model.json",
        "keras/squeeze_and_excite.json",
        "keras/images_and_axes.json",
        "torch_export/residual.pt2",
        "onnx_model/plain_9.onnx",
        "onnx_model/one_axis_17.onnx",
    ],
)
def test_a_file_is_proved_and_written_as_a_diagram_with_the_same_figures(name: str, tmp_path: Path) -> None:
    needs(name)
    runner, file = CliRunner(), str(FILES / name)
    assert runner.invoke(cli, ["verify", "-q", file]).exit_code == 0
    path = tmp_path / "net.net"
    path.write_text(runner.invoke(cli, ["expand", file]).stdout, encoding="utf-8")
    before, after = run(file)[1], run(str(path))[1]
    for key in ("params", "buffers", "macs", "activations"):
        assert before["totals"][key] == after["totals"][key]
    assert [layer["output"] for layer in before["layers"]] == [layer["output"] for layer in after["layers"]]


def test_a_network_with_opaque_layers_is_checked_and_not_run(tmp_path: Path) -> None:
    file = str(FILES / "darknet" / "recurrent.cfg")
    code, network, _ = run(file)
    assert code == 0
    assert [layer["kind"] for layer in network["layers"] if layer.get("opaque")] == ["rnn", "gru", "gru"]
    done = CliRunner().invoke(cli, ["verify", file])
    assert done.exit_code == 2
    assert "rnn_0 is opaque" in done.output
    done = CliRunner().invoke(cli, ["expand", file])
    assert done.exit_code == 2
    assert "rnn_0 is opaque, and a diagram has no word for rnn; `convert --to net` writes OPAQUE" in done.output
    with pytest.raises(ValueError, match="no word for rnn"):
        shapecalc.expand(FILES / "darknet" / "recurrent.cfg")
    written = CliRunner().invoke(cli, ["convert", "--to", "net", file]).stdout
    done = CliRunner().invoke(cli, ["expand", "-"], input=written)
    assert (done.exit_code, done.stdout.count("OPAQUE(")) == (0, 3)


def test_another_input_keeps_the_size_that_the_file_states(tmp_path: Path) -> None:
    """--input is the size of the first, and of those like it."""
    sizes = {"a": "3 dim: 8 dim: 8", "b": "5 dim: 4 dim: 4", "c": "3 dim: 8 dim: 8"}
    inputs = "".join(f'input: "{name}" input_shape {{ dim: 1 dim: {size} }}\n' for name, size in sizes.items())
    pools = "".join(f'layer {{ name: "p{name}" type: "ReLU" bottom: "{name}" top: "p{name}" }}\n' for name in sizes)
    (tmp_path / "net.prototxt").write_text(inputs + pools)
    _, network, _ = run(str(tmp_path / "net.prototxt"), "--input", "16x16x3")
    given = [layer["output"] for layer in network["layers"] if layer["kind"] == "INPUT"]
    assert given == [[16, 16, 3], [4, 4, 5], [16, 16, 3]]


def test_a_binary_file_comes_through_a_pipe_too() -> None:
    data = (FILES / "keras" / "valid_and_same.keras").read_bytes()
    code, network, _ = run("-", "--stdin-filename", "model.keras", input=data)
    assert code in (0, 1)
    layer = network["layers"][1]
    assert (layer["line"], layer["column"], layer["source_path"]) == (1, 1, "conv2d")


def test_places_in_json_are_those_of_the_layers_names() -> None:
    path = FILES / "keras" / "residual_block.json"
    _, network, _ = run(str(path))
    line = path.read_text(encoding="utf-8").split("\n")[0]
    convolutions = [layer for layer in network["layers"] if layer["kind"] == "CONV"]
    assert convolutions
    for layer in convolutions:
        assert layer["line"] == 1
        assert line[layer["column"] - 1 :].startswith(f'"{layer["name"]}"')


def test_keras_1_and_tensorflow_js_are_read(tmp_path: Path) -> None:
    old = {
        "class_name": "Sequential",
        "config": [
            {"class_name": "Convolution2D", "config": {
                "name": "c", "nb_filter": 8, "nb_row": 3, "nb_col": 5, "border_mode": "valid", "subsample": [1, 2],
                "dim_ordering": "th", "bias": False, "batch_input_shape": [None, 3, 20, 31], "activation": "relu"}},
            {"class_name": "Flatten", "config": {"name": "f"}},
            {"class_name": "Dense", "config": {"name": "d", "output_dim": 10}},
        ],
    }  # fmt: skip
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"format": "layers-model", "modelTopology": {"model_config": old}}), encoding="utf-8")
    _, network, _ = run(str(path))
    ours = {layer["name"]: layer for layer in network["layers"]}
    # 8 filters of 3x5 on 3 channels; (31 − 5)/2 + 1 = 14 and 20 − 3 + 1 = 18 positions
    assert (ours["c"]["output"], ours["c"]["params"]) == ([14, 18, 8], 8 * 3 * 5 * 3)
    assert ours["d"]["params"] == 14 * 18 * 8 * 10 + 10


def test_quantized_layers_have_the_sizes_of_those_that_they_stand_for(tmp_path: Path) -> None:
    quantizer = {"class_name": "quantized_relu", "config": {"bits": 6}}
    layers = [
        ("QConv2D", {"filters": 4, "kernel_size": [3, 3], "batch_input_shape": [None, 9, 9, 2]}),
        ("QActivation", {"activation": quantizer}),
        ("QBatchNormalization", {}),
        ("Flatten", {}),
        ("BinaryDense", {"units": 5, "use_bias": False}),
    ]
    config = [{"class_name": kind, "config": {"name": kind.lower(), **values}} for kind, values in layers]
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": config}), encoding="utf-8")
    code, network, _ = run(str(path))
    assert code == 0
    assert (network["totals"]["params"], network["totals"]["buffers"]) == (4 * 9 * 2 + 4 + 8 + 7 * 7 * 4 * 5, 8)


def test_the_weights_of_a_model_stay_on_the_disk() -> None:
    onnx = pytest.importorskip("onnx")
    from shapecalc.formats.onnx_model.wire import without_weights

    helper, float_ = onnx.helper, onnx.TensorProto.FLOAT
    weight = helper.make_tensor("w", float_, (64, 32, 16, 16), bytes(64 * 32 * 16 * 16 * 4), raw=True)
    node = helper.make_node("Conv", ["x", "w"], ["y"], "c")
    inputs = [helper.make_tensor_value_info("x", float_, (1, 32, 20, 20))]
    graph = helper.make_graph([node], "g", inputs, [helper.make_tensor_value_info("y", float_, None)], [weight])
    data = helper.make_model(graph).SerializeToString()
    short = without_weights(io.BytesIO(data), len(data))
    assert len(data) > 2_000_000
    assert len(short) < 1_000
    (tensor,) = onnx.ModelProto.FromString(short).graph.initializer
    assert tuple(tensor.dims) == (64, 32, 16, 16)
    code, network, _ = run("-", "--stdin-filename", "net.onnx", input=data)
    assert code == 0
    assert network["totals"]["params"] == 64 * 32 * 16 * 16


@pytest.mark.parametrize(
    "sample", ["resnet18", "mobilenet-v2", "squeezenet1_1", "alexnet-227", "shufflenet-v2", "vit-b-16"]
)
def test_a_model_that_we_write_comes_back_to_the_same_figures(sample: str, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    path = tmp_path / "net.onnx"
    file = str(Path(__file__).parents[1] / "samples" / f"{sample}.net")
    done = CliRunner().invoke(cli, ["convert", file, "--to", "onnx", "--no-weights", "-o", str(path)])
    assert done.exit_code == 0, done.output
    before, after = run(file)[1]["totals"], run(str(path))[1]["totals"]
    assert {key: after[key] for key in ("params", "buffers", "macs")} == {
        key: before[key] for key in ("params", "buffers", "macs")
    }


def test_attention_of_an_exported_program_is_ours_between_its_products() -> None:
    _, network, _ = run(str(FILES / "torch_export" / "attention.pt2"))
    kinds = [layer["kind"] for layer in network["layers"]]
    at = kinds.index("ATTENTION")
    assert (kinds[at - 1], kinds[at + 1]) == ("CONV", "CONV")
    assert not any(layer.get("opaque") for layer in network["layers"])


@pytest.mark.parametrize("is_causal", [True, False])
def test_attention_of_an_exported_program_is_causal_where_it_says_so(is_causal: bool, tmp_path: Path) -> None:
    with zipfile.ZipFile(FILES / "torch_export" / "attention.pt2") as archive:
        program = json.loads(archive.read("net/models/model.json"))
    (node,) = [n for n in program["graph_module"]["graph"]["nodes"] if "scaled_dot_product" in n["target"]]
    node["inputs"].append({"name": "is_causal", "arg": {"as_bool": is_causal}, "kind": 2})
    with zipfile.ZipFile(tmp_path / "net.pt2", "w") as archive:
        archive.writestr("net/models/model.json", json.dumps(program))
    done = CliRunner().invoke(cli, ["convert", str(tmp_path / "net.pt2"), "--to", "net"])
    assert ("ATTENTION" in done.stdout, "causal" in done.stdout) == (True, is_causal)


CFG = "[net]\nwidth={0}\nheight={0}\nchannels=3\n\n[convolutional]\nsize=3\nstride={1}\n"
PROTOTXT = (
    "input: 'd' input_dim: 1 input_dim: 3 input_dim: 31 input_dim: 31\n"
    "layer { name: 'c' type: 'Convolution' bottom: 'd' top: 'c'\n"
    " convolution_param { num_output: 4 kernel_size: 3 stride: 3 } }"
)


def convolved(kind: str, *shape: int) -> str:
    """A Keras model of one convolution that does not fit."""
    layers = (("InputLayer", {"batch_shape": [None, *shape]}), (kind, {"filters": 4, "kernel_size": 3, "strides": 2}))
    described = [{"class_name": name, "config": {"name": name.lower(), **config}} for name, config in layers]
    return json.dumps({"class_name": "Sequential", "config": {"layers": described}})


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("a.cfg", CFG.format(31, 3), "pad=1 keeps 31x31 and gives 11x11"),
        ("a.cfg", CFG.format(20, 2), "an input of width=21 and height=21 fits exactly"),
        ("a.prototxt", PROTOTXT, "pad: 1 keeps 31x31 and gives 11x11"),
        ("a.prototxt", PROTOTXT.replace("3 stride: 3", "5 stride: 2 dilation: 2"), "stride: 1 gives 23x23x4"),
        ("a.json", convolved("Conv2D", 20, 20, 3), "padding='same' keeps 20x20 and gives 10x10"),
        ("a.json", convolved("Conv2D", 20, 20, 3), "the input shape (21, 21, 3) fits exactly"),
        ("a.json", convolved("Conv1D", 20, 3), "the input shape (21, 3) fits exactly"),
        ("a.json", convolved("Conv3D", 9, 7, 20, 3), "the input shape (9, 7, 21, 3) fits exactly"),
    ],
)
def test_advice_is_in_the_words_of_the_format(name: str, text: str, advice: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    _, network, _ = run(str(path))
    (found,) = [d for d in network["diagnostics"] if d["code"] == "SHP201"]
    assert any(line.removeprefix("or ").startswith(advice) for line in found["help"]), found["help"]
    assert not any(word in line for line in found["help"] for word in (" F=", " S=", "P=", "INPUT("))
    assert found["fixes"] == []
    done = CliRunner().invoke(cli, ["check", "--fix", "--unsafe-fixes", str(path)])
    assert path.read_text(encoding="utf-8") == text
    assert done.exit_code == 1


JOINED = [
    ("InputLayer", "i", {"batch_shape": [None, 32, 32, 3]}, []),
    ("Conv2D", "a", {"filters": 8, "kernel_size": [3, 3]}, ["i"]),
    ("Conv2D", "b", {"filters": 8, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same"}, ["i"]),
    ("Conv2D", "c", {"filters": 8, "kernel_size": [3, 3], "padding": "same"}, ["i"]),
]


def joined(one: str, other: str) -> str:
    """A Keras model that adds two of the layers."""
    layers = [
        {"class_name": kind, "name": name, "config": {"name": name, **config}}
        | {"inbound_nodes": [[[x, 0, 0, {}] for x in reads]] if reads else []}
        for kind, name, config, reads in (*JOINED, ("Add", "s", {}, [one, other]))
    ]
    return json.dumps({"class_name": "Model", "config": {"layers": layers, "output_layers": [["s", 0, 0]]}})


CFG_JOIN = "[convolutional]\nfilters={1}\nsize=3\nstride={2}\npad=1\n\n[{0}]\n{3}=-1,-2\n"
TWO = "input: 'd' input_dim: 1 input_dim: 3 input_dim: 32 input_dim: 32\n" + "".join(
    f"layer {{ name: '{n}' type: 'Convolution' bottom: 'd' top: '{n}' convolution_param {{ num_output: 4 {more} }} }}\n"
    for n, more in (("a", "kernel_size: 3"), ("b", "kernel_size: 4 stride: 2 pad: 1"))
)


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("a.cfg", CFG.format(32, 1) + "pad=1\n" + CFG_JOIN.format("route", 4, 2, "layers"), ["[upsample] stride=2"]),
        ("a.cfg", CFG.format(33, 1) + "pad=1\n" + CFG_JOIN.format("route", 4, 2, "layers"), []),
        ("a.json", joined("a", "c"), ["padding='same' in a", "padding='valid' in c", "ZeroPadding2D(1)"]),
        ("a.json", joined("b", "c"), ["Conv2D(8, 1, strides=2)", "Resizing(32, 32)"]),
        ("a.prototxt", TWO + "layer { name: 's' type: 'Concat' bottom: 'a' bottom: 'b' top: 's' }", []),
    ],
)  # fmt: skip
def test_layers_that_are_to_be_put_in_are_called_as_the_format_calls_them(
    name: str, text: str, advice: list[str], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    (found,) = [d for d in run(str(path))[1]["diagnostics"] if d["code"] in ("SHP208", "SHP209")]
    said = " / ".join(found["help"])
    assert [one for one in advice if one not in said] == [], said
    assert not re.search(r"RESIZE|PAD\(|CROP|CONV\(", said), said


def test_a_folder_of_many_formats_gives_one_table(tmp_path: Path) -> None:
    networks = [
        "darknet/residual.cfg", "keras/residual_block.json", "ultralytics/classifier.yaml", "keras/decoder.h5",
        "keras/shared_twice.keras", "caffe/detector.prototxt", "torch_export/residual.pt2",
    ]  # fmt: skip
    for name in networks:
        (tmp_path / Path(name).name).write_bytes((FILES / name).read_bytes())
    texts = {
        **NO_NETWORKS,
        "own.net": "INPUT(8x8x3) => CONV(4)\n",
        "damaged.keras": "PK\3\4",
        "setup.py": "from setuptools import setup\n\nsetup(name='thing')\n",
        "model.py": "import torch.nn as nn\n\nnet = nn.Sequential(nn.Conv2d(3, 8, 3))\n",
        "README.txt": "Input data -> prepared data -> output\n",
        "solver.prototxt": "net: 'train.prototxt'\nbase_lr: 0.01\n",
        "labels.prototxt": "item { name: 'none' label: 0 }\n",
        "shapecalc.toml": "include = ['*.cfg', '*.h5', '*.json', '*.keras', '*.prototxt', '*.pt2', '*.py', '*l']\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    wanted = {Path(name).name for name in [*networks, "own.net", "model.py", "damaged.keras"]}
    for jobs in ("1", "2"):
        for asked, column in ((["--stat"], -1), ([], 0)):
            done = CliRunner().invoke(cli, ["check", *asked, "-j", jobs, "--format", "csv", str(tmp_path)])
            rows = list(csv.reader(done.stdout.splitlines()[1:]))
            assert {Path(row[column]).name for row in rows} == wanted, done.output
            assert done.exit_code == 2  # of the file that cannot be read


def test_a_padding_of_keras_that_is_no_number_is_refused(tmp_path: Path) -> None:
    layers = [("InputLayer", {"batch_shape": [None, 20, 20, 3]}), ("ZeroPadding2D", {"padding": True})]
    config = {"layers": [{"class_name": n, "config": {"name": n.lower(), **c}} for n, c in layers]}
    (tmp_path / "a.json").write_text(json.dumps({"class_name": "Sequential", "config": config}), encoding="utf-8")
    code, network, _ = run(str(tmp_path / "a.json"))
    assert code != 0
    assert "padding is not a pair for each of 2 axes: True" in network["diagnostics"][0]["message"]

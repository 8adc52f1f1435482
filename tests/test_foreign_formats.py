"""Small files of foreign formats, each with what the software that owns the format says of its layers."""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli
from tests.fuzz.hostile_files import zip_lies
from tests.fuzz.hostile_onnx import onnx_files

FILES = Path(__file__).parent / "foreign"
EXPECTED: dict[str, dict[str, Any]] = {
    str(path.parent.relative_to(FILES) / name): expected
    for path in sorted(FILES.glob("*/expected.json"))
    for name, expected in json.loads(path.read_text(encoding="utf-8"))["files"].items()
}


@cache
def harmful() -> dict[str, tuple[str, bytes]]:
    """Names and contents of files that are made to harm, by what they try."""
    return {kind: (name, content) for kind, name, content in chain(onnx_files(), zip_lies(".keras"))}


def run(*arguments: str, input: bytes | None = None) -> tuple[int, dict[str, Any], str]:
    """Exit code, the network of the JSON report (all of them as one), and all that was printed."""
    done = CliRunner().invoke(cli, ["check", "--format", "json", *arguments], input=input)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    first, *others = json.loads(done.stdout)["networks"]
    for other in others:
        first["layers"] += other["layers"]
        first["diagnostics"] += other["diagnostics"]
        for key in ("params", "buffers"):
            first["totals"][key] += other["totals"][key]
    return done.exit_code, first, done.output


def bare(sizes: list[int] | None) -> list[int]:
    """Sizes without the ones in front: a row of values has as many as its network has axes."""
    found = list(sizes or [])
    while len(found) > 1 and found[0] == 1:
        found = found[1:]
    return found


def needs(name: str) -> None:
    """Skips a file whose library is an extra that is not installed."""
    if name.endswith(".onnx"):
        pytest.importorskip("onnx")


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


def damaged(data: bytes) -> list[bytes]:
    """The same file cut short, and with bytes in it that do not belong there."""
    places = [len(data) * part // 4 for part in range(1, 4)]
    noise = bytes(range(1, 256, 13))
    return [*(data[:place] for place in places), *(data[:place] + noise + data[place + 9 :] for place in places)]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_damaged_file_gives_a_report_or_one_clear_refusal(name: str, tmp_path: Path) -> None:
    needs(name)
    path = tmp_path / Path(name).name
    for data in damaged((FILES / name).read_bytes()):
        path.write_bytes(data)
        code, network, output = run(str(path))
        errors = [d for d in network["diagnostics"] if d["severity"] == "error"]
        assert code in (0, 1, 2)
        assert "bug in shapecalc" not in output
        assert (code != 0) == bool(errors)
        if code == 2:
            assert len(errors) == 1


NET = "[net]\nwidth=8\nheight=8\nchannels=3\n\n"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        (NET + "[route]\nlayers=-3\n", "[route] refers to layer -3, and there are 0 layers before it", 6),
        (NET + "[convolutional]\nfilters=many\n", "filters of [convolutional] is not a whole number: many", 7),
        (NET + "[convolutional]\nfilters=99999999999\n", "", 7),
        (NET + "[conv\nfilters=3\n", "the section '[conv' has no ']'", 6),
        (NET + "[convolutional]\nfilters\n", "the line 'filters' is neither a section nor key=value", 7),
        ("[net]\nwidth=8\n\n[convolutional]\nfilters=4\n", "the file leaves the size of its input open: 8x?x?", 1),
        (NET + "[convolutional]\nfilters=0\n", "convolutional_0: filters must be a whole number, at least 1", 6),
        (NET + "[wavelet]\nlevels=3\n", "wavelet is not a layer that shapecalc knows", 6),
        (NET + "[convolutional]\nfilters=4\nsize=9\n", "CONV is larger than its input", 6),
    ],
)
def test_what_is_wrong_in_a_cfg_is_said_with_its_line(text: str, message: str, line: int, tmp_path: Path) -> None:
    path = tmp_path / "net.cfg"
    path.write_text(text, encoding="utf-8")
    code, network, _ = run(str(path))
    first = network["diagnostics"][0]
    assert code in (1, 2)
    assert message in first["message"]
    assert first["range"]["start"]["line"] == line


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("cut.cfg", "[net]\nwidth=8\nhe", "3:1: error[SHP010]"),
        ("cut.json", '{\n"class_name": "Seq', "2:15: error[SHP010]"),
        (
            "own.yaml",
            "nc: 8\nbackbone:\n  - [-1, 1, Wave, [64]]\nhead:\n  - [[0], 1, Detect, [nc]]\n",
            "3:5: error[SHP101]",
        ),
    ],
)
def test_one_line_of_output_names_the_place_of_what_cannot_be_read(
    name: str, text: str, place: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli, ["check", "--format", "concise", str(tmp_path / name)])
    assert done.stdout.startswith(f"{tmp_path / name}:{place} ")
    assert done.stdout.count("\n") == 1


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
        data + " layer { name: 'c' type: 'Convolution' bottom: 'd' top: 'c' convolution_param { num_output: 4 } }",
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
    assert "rnn_0 is opaque, and a diagram has no word for rnn" in done.output


DENSE = '{"class_name": "Dense", "name": "d", "config": {"name": "d", "units": 4}, "inbound_nodes": [[["%s", 0, 0]]]}'
CYCLE = (
    '{"class_name": "Functional", "config": {"layers": ['
    + DENSE % "e"
    + ", "
    + DENSE.replace('"d"', '"e"') % "d"
    + '], "input_layers": [], "output_layers": []}}'
)


def nested(depth: int) -> str:
    """Models in models in models."""
    text = DENSE % "x"
    for _ in range(depth):
        text = '{"class_name": "Sequential", "config": {"name": "m", "layers": [' + text + "]}}"
    return text


def bomb(size: int) -> bytes:
    """A .keras whose config.json is long and compresses well."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("config.json", "w") as config:
        for _ in range(size // 1_000_000):
            config.write(b" " * 1_000_000)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cycle.json", CYCLE, "layers read each other in a circle"),
        ("gone.json", CYCLE.replace('[["e"', '[["f"'), ""),
        ("deep.json", '{"class_name": "Sequential", "config": ' + "[" * 100_000, "the JSON nests too deeply"),
        ("models.json", nested(50), "models nest more than 20 levels deep"),
        ("cut.json", CYCLE[:-30], "the JSON cannot be read"),
        ("subclass.json", '{"class_name": "MyModel", "config": {}}', "it has no list of layers"),
        ("size.json", nested(1).replace('"units": 4', '"units": [4]'), "units is not a whole number: [4]"),
        ("digits.json", '{"class_name": "Sequential", "config": ' + "9" * 5_000 + "}", "a number that is too large"),
        ("bomb.keras", bomb(40_000_000), "longer than 12,000,000 bytes"),
        ("other.keras", b"PK\x03\x04" + bytes(200), "the zip is damaged or cut short"),
        ("deep.prototxt", "layer { type: 'ReLU' top: 'a' " + "x { " * 60, "more than 50 levels deep"),
        ("gone.prototxt", "layer { name: 'r' type: 'ReLU' bottom: 'a' top: 'b' }", "reads the blob a"),
        ("open.prototxt", "layer { name: 'r' type: 'ReLU' bottom: 'a' ", "a message is never closed"),
        ("random.onnx", bytes(range(256)) * 40, "not an ONNX model"),
        ("long.onnx", b"\x3a\xff\xff\xff\xff\x7f" + bytes(100), "not an ONNX model"),
        ("weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(500), "the .h5 has no model_config"),
        ("random.pt2", b"PK\x03\x04" + bytes(range(256)) * 40, "the zip is damaged or cut short"),
        ("long.yaml", "backbone:\n" + "  - [-1, 1, Conv, [64]]\n" * 50_000 + "head: []\n", "1,000,000 is the most"),
        ("list.prototxt", "layer { type: 'ReLU' top: 'a' bottom: [", "is never closed"),
    ],
)
def test_a_file_made_to_harm_is_refused_in_one_sentence(
    name: str, content: str | bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    code, network, _ = run(str(path))
    errors = [d for d in network["diagnostics"] if d["severity"] == "error"]
    if message:
        assert code == 2
        assert len(errors) == 1
        assert message in errors[0]["message"]
    else:
        assert code in (1, 2)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("onnx opset 0", "asks for opset 0 of ONNX"),
        ("onnx opset 1000000000", "asks for opset 1,000,000,000 of ONNX"),
        ("onnx names twice", "Relu gives a, as another node does"),
        ("onnx cycle", "reads b, which nothing before it gives"),
        ("onnx functions that double", "200,000 is the most"),
        ("onnx Concat axis 0", "does not state its output"),
        ("onnx LSTM 0", "does not state its output"),
        ("onnx constants that double", "does not state its output"),
        ("onnx Cast of 2^39 values", ""),
        (".keras encrypted", "the zip is encrypted"),
        (".keras method", "packed in a way that is not read"),
        (".keras path only", "without the config.json"),
    ],
)
def test_what_no_program_writes_is_refused_at_once(kind: str, message: str, tmp_path: Path) -> None:
    needs(".onnx" if kind.startswith("onnx") else "")
    name, content = harmful()[kind]
    (tmp_path / name).write_bytes(content)
    _, network, _ = run(str(tmp_path / name))
    errors = [d["message"] for d in network["diagnostics"] if d["severity"] == "error"]
    assert len(errors) == bool(message)
    assert message in "".join(errors)


def test_gigantic_sizes_are_said_and_take_no_time(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(nested(1).replace('"units": 4', f'"units": {10**25}'), encoding="utf-8")
    assert run(str(path), "--input", "8x8x3")[0] == 1


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
    for layer in network["layers"]:
        if layer["kind"] == "CONV":
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
LAYERS = [
    ("InputLayer", {"batch_shape": [None, 20, 20, 3]}),
    ("Conv2D", {"filters": 4, "kernel_size": [3, 3], "strides": [2, 2]}),
]
KERAS = {
    "class_name": "Sequential",
    "config": {"layers": [{"class_name": n, "config": {"name": n.lower(), **config}} for n, config in LAYERS]},
}


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("a.cfg", CFG.format(31, 3), "pad=1 keeps 31x31 and gives 11x11"),
        ("a.cfg", CFG.format(20, 2), "an input of width=21 and height=21 fits exactly"),
        ("a.prototxt", PROTOTXT, "pad: 1 keeps 31x31 and gives 11x11"),
        ("a.json", json.dumps(KERAS), "padding='same' keeps 20x20 and gives 10x10"),
        ("a.json", json.dumps(KERAS), "the input shape (21, 21, 3) fits exactly"),
    ],
)
def test_advice_is_in_the_words_of_the_format(name: str, text: str, advice: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    _, network, _ = run(str(path))
    (found,) = [d for d in network["diagnostics"] if d["code"] == "SHP201"]
    assert any(advice in line for line in found["help"]), found["help"]
    assert not any(word in line for line in found["help"] for word in (" F=", " S=", "P=", "INPUT("))
    assert found["fixes"] == []
    done = CliRunner().invoke(cli, ["check", "--fix", "--unsafe-fixes", str(path)])
    assert path.read_text(encoding="utf-8") == text
    assert done.exit_code == 1


def test_a_folder_of_many_formats_gives_one_table(tmp_path: Path) -> None:
    for name in (
        "darknet/residual.cfg",
        "keras/residual_block.json",
        "ultralytics/classifier.yaml",
        "keras/decoder.h5",
    ):
        (tmp_path / Path(name).name).write_bytes((FILES / name).read_bytes())
    (tmp_path / "own.net").write_text("INPUT(8x8x3) => CONV(4)\n", encoding="utf-8")
    for name, text in NO_NETWORKS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "shapecalc.toml").write_text(
        'include = ["*.cfg", "*.json", "*.yaml", "*.h5"]\nexclude = ["expected.json"]\n', encoding="utf-8"
    )
    done = CliRunner().invoke(cli, ["check", "--stat", "--format", "csv", str(tmp_path)])
    rows = done.stdout.splitlines()[1:]
    found = {Path(row.rpartition(",")[2]).name for row in rows}
    assert found == {"residual.cfg", "residual_block.json", "classifier.yaml", "decoder.h5", "own.net"}, done.output
    assert done.exit_code == 0


NO_NETWORKS = {
    "package.json": '{"name": "site", "dependencies": {"react": "^18.0.0"}}\n',
    "setup.cfg": "[metadata]\nname = thing\n\n[options]\npackages = find:\n",
    "docker-compose.yaml": "services:\n  web:\n    image: nginx\n",
    "empty.json": "",
}
"""Files of a folder that have the names of networks, and are none."""


@pytest.mark.parametrize("name", [*NO_NETWORKS, "solver.prototxt", "text.onnx", "text.keras", "text.pt2", "text.h5"])
def test_what_holds_no_network_is_an_error_where_it_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(NO_NETWORKS.get(name, 'net: "train_val"\n'), encoding="utf-8")
    code, network, _ = run(str(tmp_path / name))
    errors = [d["message"] for d in network["diagnostics"] if d["severity"] == "error"]
    assert len(errors) == 1
    assert code == (1 if name.endswith(".yaml") else 2)
    assert name in errors[0] or "the config has no key" in errors[0]

"""Files of other tools that cannot be read, or are made to harm: one sentence says what is wrong, and where."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from click.testing import CliRunner

import shapecalc
from shapecalc.cli import cli
from tests.foreignfiles import EXPECTED, FILES, NO_NETWORKS, needs, run
from tests.fuzz.hostile_files import zip_lies
from tests.fuzz.hostile_onnx import ints, model, node, onnx_files, tensor, value


@cache
def harmful() -> dict[str, tuple[str, bytes]]:
    """Names and contents of files that are made to harm, by what they try."""
    return {kind: (name, content) for kind, name, content in chain(onnx_files(), zip_lies(".keras"))}


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
        (NET + "[route]\nlayers=0,1\n", "[route] refers to layer 0, and there are 0 layers before it", 6),
        (NET + "[crop]\n[route]\nlayers=-1,2\n", "[route] refers to layer 2, and there is 1 layer before it", 7),
        (NET + "[crop]\n[route]\nlayers=-1-1\n", "layers of [route] is not a whole number: -1-1", 8),
        (NET + "[crop]\n[route]\n", "[route] does not say which layers it reads", 7),
        (NET + "[crop]\n[shortcut]\n", "[shortcut] does not say which layers it reads", 7),
        (NET + "[crop]\n[route]\nlayers=0\ngroups=3\ngroup_id=3", "group_id=3: 3 groups have the numbers 0 to 2", 10),
        (NET + "[crop]\n[route]\nlayers=0\ngroups=2\n", "groups=2 does not divide the 3 channels that arrive", 9),
        (NET + "[yolo]\nmask=0,1,2\nclasses=80\n", "[yolo] reads 3·(5 + 80) = 255 channels, and 3 arrive", 8),
        (NET + "[region]\nnum=2\nclasses=3\n", "[region] reads 2·(5 + 3) = 16 channels, and 3 arrive", 8),
        (NET + "[Gaussian_yolo]\nmask=0\nclasses=1", "[gaussian_yolo] reads 1·(9 + 1) = 10 channels, and 3 arrive", 8),
        (NET + "[detection]\nclasses=9\nnum=2", "[detection] reads 7·7·(2·2 + 9) = 637 values, and 192 arrive", 7),
        (NET + "[convolutional]\nsize=3\ndilation=2\n", "Darknet counts this layer as without its dilation of 2", 8),
        (NET + "[convolutional]\ngroup=3\n", "[convolutional] has no key group, and Darknet leaves it out", 7),
        (NET + "[convolutinal]\nfilters=3\n", "Darknet has no layer called convolutinal", 6),
        (NET + "[conected]\noutput=3\n", "Darknet has no layer called conected", 6),
        (NET + "[softmax]\ngroups=5\n", "groups=5 does not divide the 192 values that arrive", 7),
        (NET + "[convolutional]\nstride=1.5\n", "stride of [convolutional] is not a whole number: 1.5", 7),
        (NET + "[activation]\nactivation=mishs\n", "Darknet has no activation called mishs, and takes relu for it", 7),
        (NET + "[convolutional]\nfilters=many\n", "filters of [convolutional] is not a whole number: many", 7),
        (NET + "[convolutional]\nfilters=99999999999\n", "", 7),
        (NET + "[conv\nfilters=3\n", "the section '[conv' has no ']'", 6),
        (NET + "[convolutional]\nfilters\n", "the line 'filters' is neither a section nor key=value", 7),
        ("[net]\nwidth=8\n\n[convolutional]\nfilters=4\n", "the file leaves the size of its input open: 8x?x?", 1),
        (NET + "[convolutional]\nfilters=0\n", "convolutional_0: filters must be a whole number, at least 1", 6),
        (NET + "[wavelet]\nlevels=3\n", "shapecalc has no layer for this wavelet", 6),
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
        ("twice.yaml", "class_name: Sequential\nconfig: []\nconfig: []\n", "3:1: error[SHP013]"),
        ("twice_more.yaml", "nc: 8\nnc: 9\nbackbone: []\nhead: []\n", "2:1: error[SHP013]"),
        (
            "octal.yaml",
            "class_name: Sequential\nconfig:\n- class_name: Dense\n  config: {name: d, units: 0o17}\n",
            "4:18: error[SHP010]",
        ),
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
        (
            "digits.json",
            '{"class_name": "Sequential", "config": ' + "9" * 5_000 + "}",
            "a number of 5000 digits, and 30",
        ),
        ("many.json", '{"class_name": "Sequential", "config": [' + "[]," * 600_000, "and 1,000,000 are the most"),
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
        ("onnx values that break off", "does not state its output"),
        ("onnx sizes of 2^31 values", "does not state its output"),
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


@pytest.mark.parametrize("name", [*NO_NETWORKS, "solver.prototxt", "text.onnx", "text.keras", "text.pt2", "text.h5"])
def test_what_holds_no_network_is_an_error_where_it_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(NO_NETWORKS.get(name, 'net: "train_val"\n'), encoding="utf-8")
    code, network, _ = run(str(tmp_path / name))
    errors = [d["message"] for d in network["diagnostics"] if d["severity"] == "error"]
    assert len(errors) == 1
    assert code == (1 if name.endswith(".yaml") else 2)
    assert name in errors[0] or "the config has no key" in errors[0]


@pytest.mark.parametrize("size", ["32x1", "1x1", "7x5x4x2", "1x1x1x1", "3x224x224"])
def test_an_input_of_other_axes_than_the_network_has_gives_a_report(size: str) -> None:
    for name in EXPECTED:
        if not name.endswith((".onnx", ".h5")):  # without their packages
            assert shapecalc.check(FILES / name, input=size).diagnostics is not None, name


@pytest.mark.parametrize(
    ("line", "help"), [("[route]\nlayers=-1-1", ("write layers=-1,-1",)), ("[convolutional]\nfilters=3-4", ())]
)
def test_layers_without_commas_between_them_are_written_anew(line: str, help: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "net.cfg"
    path.write_text(NET + "[avgpool]\n" + line, encoding="utf-8")
    (error,) = shapecalc.check(path).diagnostics
    assert error.help == help


def test_a_cfg_reads_images_or_rows() -> None:
    (error,) = shapecalc.check(FILES / "darknet/crop_and_normalise.cfg", input="32x1").diagnostics
    assert error.message == "--input 32x1 is not an image: Darknet reads width x height x channels"


@pytest.mark.parametrize("name", ["darknet/vector_input.cfg", "keras/decoder.json"])
def test_one_number_is_an_input_where_the_file_reads_a_row_of_values(name: str) -> None:
    report = shapecalc.check(FILES / name, input="784")
    assert (report.ok, str(report.rows[0].output)) == (True, "1x1x784")


@pytest.mark.parametrize("name", [FILES / "darknet/plain_chain.cfg", FILES / "keras/three_axes.json", "INPUT => CONV"])
def test_one_number_is_no_image(name: str | Path) -> None:
    (error,) = shapecalc.check(name, input="784").diagnostics
    assert error.message == "--input 784 is not width x height x depth, such as 224x224x3"
    assert error.help == ("write 784x1 for one axis of 784, or 1x1x784 for 784 values",)


def test_a_split_into_more_parts_than_there_are_is_taken_as_the_file_states_it(tmp_path: Path) -> None:
    text = (FILES / "keras/functions_of_tensors.json").read_text()
    path = tmp_path / "net.json"
    path.write_text(text.replace('"indices_or_sections": 2', '"indices_or_sections": 9'))
    assert path.read_text() != text
    assert [d.code for d in shapecalc.check(path).diagnostics if d.severity == "error"] == ["SHP101"]


def test_an_opaque_layer_that_is_called_as_one_of_ours_has_no_operator(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    file = FILES / "caffe/states.prototxt"
    done = CliRunner().invoke(cli, ["convert", str(file), "--to", "onnx", "-o", str(tmp_path / "net.onnx")])
    assert (done.exit_code, "there is no operator for LSTM" in done.output) == (2, True), done.output


@pytest.mark.parametrize("dims", [(1, 3, 0), (1, 0, 8), (1, 3, 0, 8)], ids=str)
def test_what_does_not_fit_after_an_open_input_is_said_without_other_inputs(
    dims: tuple[int, ...], tmp_path: Path
) -> None:
    needs("net.onnx")
    ones = (1,) * (len(dims) - 2)
    parts = (
        tensor("w", 4, 3, *(3 for _ in ones)),
        node("Conv", "x w", "a", ints("kernel_shape", *(3 for _ in ones))),
        node("Own", "a", "b", domain="own"),
        value(13, "b", 1, 4, *ones),
        node("MaxPool", "b", "y", ints("kernel_shape", *(2 for _ in ones))),
    )
    (tmp_path / "net.onnx").write_bytes(model(*parts, dims=dims))
    _, network, _ = run(str(tmp_path / "net.onnx"))
    assert [d["code"] for d in network["diagnostics"] if d["severity"] == "error"] == ["SHP114", "SHP205"]

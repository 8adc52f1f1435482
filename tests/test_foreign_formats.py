"""Small files of foreign formats, each with what the software that owns the format says of its layers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shapecalc.cli import cli

FILES = Path(__file__).parent / "foreign"
EXPECTED: dict[str, dict[str, Any]] = {
    str(path.parent.relative_to(FILES) / name): expected
    for path in sorted(FILES.glob("*/expected.json"))
    for name, expected in json.loads(path.read_text(encoding="utf-8"))["files"].items()
}


def run(*arguments: str, input: bytes | None = None) -> tuple[int, dict[str, Any], str]:
    """Exit code, the network of the JSON report, and all that was printed."""
    done = CliRunner().invoke(cli, ["check", "--format", "json", *arguments], input=input)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout)["networks"][0], done.output


@pytest.mark.parametrize("name", EXPECTED)
def test_every_layer_has_the_volume_and_the_parameters_that_its_own_software_gives(name: str) -> None:
    expected = EXPECTED[name]
    _, network, _ = run(str(FILES / name), *expected.get("args", []))
    ours = {layer["name"]: layer for layer in network["layers"]}
    assert {layer: ours[layer]["output"] for layer in expected["layers"]} == expected["layers"]
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
    places = [len(data) * part // 7 for part in range(1, 7)]
    noise = bytes(range(1, 256, 13))
    return [*(data[:place] for place in places), *(data[:place] + noise + data[place + 9 :] for place in places)]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_damaged_file_gives_a_report_or_one_clear_refusal(name: str, tmp_path: Path) -> None:
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
        (NET + "[convolutional]\nfilters\n", "the line 'filters' is neither a section nor key=value", 7),
        ("[net]\nwidth=8\n\n[convolutional]\nfilters=4\n", "the file leaves the size of its input open: 8x?x?", 1),
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


def test_a_cfg_is_proved_and_written_as_a_diagram_with_the_same_figures(tmp_path: Path) -> None:
    runner, file = CliRunner(), str(FILES / "darknet" / "residual.cfg")
    assert runner.invoke(cli, ["verify", "-q", file]).exit_code == 0
    path = tmp_path / "net.net"
    path.write_text(runner.invoke(cli, ["expand", file]).stdout, encoding="utf-8")
    before, after = run(file)[1], run(str(path))[1]
    assert before["totals"] == after["totals"]
    assert [layer["output"] for layer in before["layers"]] == [layer["output"] for layer in after["layers"]]


def test_a_network_with_opaque_layers_is_checked_and_not_run(tmp_path: Path) -> None:
    file = str(FILES / "darknet" / "reorg.cfg")
    code, network, _ = run(file)
    assert code == 0
    assert [layer["kind"] for layer in network["layers"] if layer.get("opaque")] == ["reorg"]
    done = CliRunner().invoke(cli, ["verify", file])
    assert done.exit_code == 2
    assert "reorg_1 is opaque" in done.output

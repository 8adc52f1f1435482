"""The command line as people and scripts use it: exit codes, streams, bad input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.command import run

CLEAN = "INPUT(8x8x3) => CONV(4, 3) => RELU => FC(10)\n"
DROPS = "INPUT(10x10x3) => CONV(4, F=3, S=2, P=0) => FC(10)\n"
BROKEN = "INPUT(8x8x3) => CNV(4)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clean.net").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "drops.net").write_text(DROPS, encoding="utf-8")
    (tmp_path / "broken.net").write_text(BROKEN, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "clean.net"], 0),
        (["check", "drops.net"], 1),
        (["check", "broken.net"], 1),
        (["check", "clean.net", "broken.net"], 1),
        (["check", "missing.net"], 2),
        (["check", "missing.net", "clean.net"], 2),
        (["check", "."], 1),
        (["check"], 2),
        (["check", "--strict", "clean.net"], 1),
        (["check", "--nonsense", "clean.net"], 2),
        (["check", "--format", "xml", "clean.net"], 2),
        (["check", "--set", "N", "clean.net"], 2),
        (["check", "--input", "32", "clean.net"], 2),
        (["check", "--columns", "nonsense", "clean.net"], 2),
        (["check", "--get", "totals.parms", "clean.net"], 2),
        (["chek", "clean.net"], 2),
        (["--version"], 0),
        (["--help"], 0),
        (["check", "--help"], 0),
    ],
)
def test_exit_codes(arguments: Sequence[str], code: int, folder: Path) -> None:
    done = run(*arguments, cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "code"), [("clean.net", 0), ("drops.net", 1), ("missing.net", 2)])
def test_exit_codes_reach_the_shell(name: str, code: int, folder: Path) -> None:
    words = [sys.executable, "-m", "shapecalc", "check", "--quiet", name]
    assert subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode == code


def test_without_a_command_there_is_the_help(folder: Path) -> None:
    done = run(cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", run("--help", cwd=folder).stdout)


def test_a_command_that_does_not_exist_suggests_one_that_does(folder: Path) -> None:
    assert "did you mean 'check'?" in run("chek", "clean.net", cwd=folder).stderr
    assert "did you mean 'json'?" in run("check", "--format", "jsn", "clean.net", cwd=folder).stderr
    refused = run("check", "--fromat", "json", "clean.net", cwd=folder).stderr
    assert refused.startswith("Usage: ")
    assert run("solve", cwd=folder).stderr.endswith("error: FILE is missing\n")
    assert run("check", "--batch", "0", "clean.net", cwd=folder).stderr.endswith(
        "'--batch': 0 is out of range: write 1 or more\n"
    )
    assert refused.endswith("error: there is no option '--fromat'; did you mean '--format'?\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a picture"),
        (b"INPUT => CONV \xff\xfe", "not UTF-8"),
        (b"", "no diagram"),
        (b"\n\n# nothing\n", "no diagram"),
        (b"[" * 100_000, "levels deep"),
        (b"INPUT => [[[CONV]*10^6]*10^6]*10^6", "more than 5,000 layers"),
        (b"INPUT => CONV(\x1b[2Jred)", "SHP006"),
        ("INPUT(8x8x3) => CONV(４)".encode(), "SHP0"),
    ],
)
@pytest.mark.parametrize("format_", ["concise", "json", "text"])
def test_bad_files_are_answered_with_a_message(content: bytes, words: str, format_: str, tmp_path: Path) -> None:
    (tmp_path / "bad.net").write_bytes(content)
    done = run("check", "--format", format_, "bad.net", cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert words in done.stdout + done.stderr
    assert "\x1b[31m" not in done.stdout + done.stderr


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large.net").write_bytes(b"CONV => " * 5_000_000)
    done = run("check", "--format", "concise", "large.net", cwd=tmp_path)
    assert done.returncode == 2
    assert "larger than" in done.stdout


def test_a_folder_without_networks_is_a_usage_error(tmp_path: Path) -> None:
    done = run("check", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 2
    assert "no networks" in done.stderr


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_named(folder: Path) -> None:
    (folder / "clean.net").chmod(0)
    done = run("check", "clean.net", cwd=folder)
    assert done.returncode == 2
    assert "permission denied" in done.stdout + done.stderr


def test_one_unreadable_file_does_not_keep_the_others_from_being_checked(folder: Path) -> None:
    done = run("check", "--format", "json", "missing.net", "clean.net", cwd=folder)
    missing, clean = json.loads(done.stdout)["networks"]
    assert missing["diagnostics"][0]["code"] == "SHP010"
    assert not missing["ok"]
    assert clean["ok"]


def test_standard_input(folder: Path) -> None:
    done = run("check", "--format", "concise", "-", cwd=folder, stdin=BROKEN.encode())
    assert done.stdout == "<stdin>:1:17: error[SHP101] there is no layer or block called CNV\n"
    named = run("check", "--format", "concise", "-", "--stdin-filename", "a.net", cwd=folder, stdin=BROKEN.encode())
    assert named.stdout.startswith("a.net:1:17:")


def test_a_byte_order_mark_and_dos_lines_are_fine(folder: Path) -> None:
    text = "\ufeff" + CLEAN.replace(" => ", "\r\n=> ")
    (folder / "dos.net").write_bytes(text.encode("utf-8"))
    assert run("check", "dos.net", cwd=folder).returncode == 0


def test_fail_on_decides_from_which_severity_the_exit_code_is_1(folder: Path) -> None:
    (folder / "trims.net").write_text("INPUT(8x8x3) => CONV(4, F=3, S=2, P=1) => FC(10)\n", encoding="utf-8")
    assert run("check", "trims.net", cwd=folder).returncode == 0
    assert run("check", "--fail-on", "note", "trims.net", cwd=folder).returncode == 1


def test_one_figure_for_scripts(folder: Path) -> None:
    assert run("check", "--get", "totals.params", "clean.net", cwd=folder).stdout == "1562\n"
    assert run("check", "--get", "layers.conv1.output", "clean.net", cwd=folder).stdout == "[6, 6, 4]\n"
    assert "did you mean 'params'?" in run("check", "--get", "totals.parms", "clean.net", cwd=folder).stderr
    assert "did you mean 'layers.conv1.macs'?" in run("check", "--get", "conv1.macs", "clean.net", cwd=folder).stderr


def test_a_figure_has_errors_beside_it_and_nothing_else(folder: Path) -> None:
    done = run("check", "--get", "totals.params", "INPUT(4x4x1) => PAD(1) => POOL(3, S=2) => DO(0)", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")


def test_a_figure_does_not_hide_what_is_wrong(folder: Path) -> None:
    done = run("check", "--get", "totals.params", "drops.net", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "762\n")
    assert "error[SHP201]" in done.stderr


@pytest.mark.parametrize("figure", ["totals.params", "layers.conv1.output.0", "totals"])
def test_a_figure_of_a_text_that_does_not_parse_is_unknown_for_the_reason_given(figure: str, folder: Path) -> None:
    (folder / "syntax.net").write_text("INPUT(8x8x3) => => FC(3)\n", encoding="utf-8")
    done = run("check", "--get", figure, "syntax.net", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "unknown\n")
    assert "a layer is missing between '=>' and '=>'" in done.stderr
    assert "has no" not in done.stderr
    assert run("check", "--get", figure, "missing.net", cwd=folder).returncode == 2


def test_how_many_images_fit(folder: Path) -> None:
    done = run("check", "--fit", "1MiB", "--optimizer", "adam", "clean.net", cwd=folder)
    training, inference = (line for line in done.stdout.splitlines() if not line.startswith(" "))
    assert "training with float32 and adam fits" in training
    assert "inference with float32 fits" in inference
    assert "images into 1,048,576 bytes" in inference
    assert "bytes: too much" in done.stdout
    assert done.stderr == ""
    assert "error[SHP201]" in run("check", "--fit", "1MiB", "drops.net", cwd=folder).stderr


@pytest.mark.parametrize("other", [["--get", "totals.params"], ["--format", "json"]])
def test_how_many_images_fit_goes_with_no_other_output(other: list[str], folder: Path) -> None:
    done = run("check", "--fit", "1MiB", *other, "clean.net", cwd=folder)
    assert done.returncode == 2
    assert " ".join(other[: 1 + (other[0] == "--format")]) + " cannot be given together" in done.stderr


def test_the_work_of_a_batch_is_counted_as_its_macs_are(folder: Path) -> None:
    (folder / "bn.net").write_text("INPUT(8x8x3) => CONV(9, 3, P=1) => BN => RELU => POOL => FC(2)\n", encoding="utf-8")

    def counted(batch: int) -> tuple[dict[str, int], dict[str, int], list[int]]:
        done = run("check", "--format", "json", "--batch", str(batch), "bn.net", cwd=folder)
        network = json.loads(done.stdout)["networks"][0]
        totals = network["totals"]
        work = {**totals["work"], "macs": totals["macs"]}
        return work, totals["counted_by"], [layer["macs"] for layer in network["layers"]]

    (one, by_tools, layers), (eight, by_tools_of_eight, same_layers) = counted(1), counted(8)
    assert eight == {head: 8 * count for head, count in one.items()}
    assert by_tools_of_eight == {tool: 8 * count for tool, count in by_tools.items()}
    assert layers == same_layers
    assert eight["mac"] == eight["macs"]
    assert set(by_tools) >= {"torchinfo", "fvcore", "thop", "ptflops", "FlopCounterMode", "calflops", "darknet"}


ARGUMENTS = {
    "UPCONV(2, F=3, S=2, P=same)": {"P": [[0, 1], [0, 1]], "output_padding": [0, 0]},
    "UPCONV(2, F=3, S=2, P=same, output_padding=0)": {"P": [[1, 1], [1, 1]], "output_padding": [0, 0]},
    "UPCONV(2, F=1, S=2, P=same)": {"P": [[0, 0], [0, 0]], "output_padding": [1, 1]},
    "UPCONV(2, F=3, S=2, P=(1,0,0,1), output_padding=1)": {"P": [[1, 0], [0, 1]], "output_padding": [1, 1]},
    "POOL": {"P": [[0, 0], [0, 0]], "ceil": False, "rounding": None},
    "POOL(3, S=2, ceil=true)": {"ceil": True, "rounding": None},
    "POOL(3, S=2, ceil=caffe, P=same)": {"P": [[0, 1], [0, 1]], "ceil": "caffe"},
    "POOL(3, S=2, rounding=ceil)": {"ceil": True, "rounding": "ceil"},
    "POOL(3, S=2, rounding=ceil, ceil=false)": {"ceil": False, "rounding": "ceil"},
}


@pytest.mark.parametrize("layer", ARGUMENTS)
def test_arguments_in_json_are_those_in_force(layer: str, folder: Path) -> None:
    done = run("check", "--format", "json", "-", cwd=folder, stdin=f"INPUT(8x8x3) => {layer}".encode())
    arguments = json.loads(done.stdout)["networks"][0]["layers"][1]["arguments"]
    assert {name: arguments.get(name) for name in ARGUMENTS[layer]} == ARGUMENTS[layer]


def test_json_holds_to_its_schema(folder: Path) -> None:
    import jsonschema

    schema = json.loads((Path(__file__).parents[1] / "shapecalc/schemas/report.schema.json").read_text("utf-8"))
    (folder / "odd.net").write_text(
        "INPUT(9x7x3) => CONV(4) as a => ADD[ | CONV(4, 3, P=1)] => UPCONV(3) => UPSAMPLE(2, mode=bilinear)\n"
        "@a => DWCONV(3, 2) => PRELU => GAP => FC(2): 1x1x3\n"
        "INPUT(20x2) => CONV(3, 5) => CNV => POOL",
        encoding="utf-8",
    )
    done = run("check", "--format", "json", ".", "missing.net", cwd=folder)
    jsonschema.Draft202012Validator(schema).validate(json.loads(done.stdout))
    assert done.returncode == 2


def test_the_contract_of_json_layer_by_layer(folder: Path) -> None:
    (folder / "a.net").write_text(
        "# AlexNet's first layer\nINPUT(227x227x3)\n=> CONV(96, F=11, S=4)\n", encoding="utf-8"
    )
    done = run("check", "--format", "json", "a.net", cwd=folder)
    layer = json.loads(done.stdout)["networks"][0]["layers"][1]
    expected = {
        "index": 1, "name": "conv1", "kind": "CONV", "text": "CONV(96, F=11, S=4)", "block": [], "repeat": [],
        "line": 3, "column": 4, "inputs": [0], "input": [[227, 227, 3]], "output": [55, 55, 96],
        "arguments": {"K": 96, "F": [11, 11], "S": [4, 4], "P": [[0, 0], [0, 0]], "dilation": [1, 1], "groups": 1,
                      "bias": True},
        "assumed": ["P"], "weights": 34848, "biases": 96, "params": 34944, "trainable": 34944, "buffers": 0,
        "macs": 105415200, "activations": 290400,
        "tiling": {"class": "exact", "quotient": ["55", "55"], "unread": [0, 0], "trimmed": [0, 0]},
    }  # fmt: skip
    assert {key: layer[key] for key in expected} == expected
    field = layer["receptive_field"]
    assert (field["size"], field["stride"], field["offset"]) == ([11, 11], [4, 4], [0, 0])


def test_json_says_from_where_to_where_a_diagnostic_and_each_edit_of_its_fixes_are(folder: Path) -> None:
    (folder / "b.net").write_text("INPUT(10x10x3) => CONV(8, F=3,\n S=2) => FC(10)\n", encoding="utf-8")
    done = run("check", "--format", "json", "b.net", cwd=folder)
    (found,) = json.loads(done.stdout)["networks"][0]["diagnostics"]
    first, *_, last = (fix["edits"][0] for fix in found["fixes"])
    assert found["range"] == {"start": {"line": 1, "column": 19}, "end": {"line": 2, "column": 6}}
    assert first == {
        "range": {"start": {"line": 1, "column": 7}, "end": {"line": 1, "column": 14}},
        "content": "9x9x3",
    }
    assert last["range"] == {"start": {"line": 2, "column": 5}, "end": {"line": 2, "column": 5}}


def test_an_input_with_another_number_of_axes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_text("INPUT(16x16x3) => CONV(4, 3)")
    for size, help in (("32x32", "write --input 32x32x3"), ("8x8x8x3", "")):
        done = run("check", "--quiet", "--input", size, "net.txt", cwd=tmp_path)
        assert done.returncode == 1
        assert f"error[SHP209]: --input {size} has" in done.stdout
        assert ("= help: write --input" in done.stdout, help in done.stdout) == (bool(help), True)
    assert run("check", "--quiet", "--input", "32x32x4", "net.txt", cwd=tmp_path).returncode == 0


def test_several_figures_take_a_line_each(folder: Path) -> None:
    words = ["check", "--get", "totals.params", "--get", "layers.conv1.kind"]
    assert run(*words, "clean.net", cwd=folder).stdout == "1562\nCONV\n"
    both = run(*words, "clean.net", "drops.net", cwd=folder).stdout
    assert both == "clean.net: 1562\nclean.net: CONV\ndrops.net: 762\ndrops.net: CONV\n"


@pytest.mark.parametrize("number", ["２", "1_0", "+2", "²", "9" * 5000])
@pytest.mark.parametrize(
    ("command", "unit"),
    [
        (["check", "--batch"], ""),
        (["check", "--width"], ""),
        (["check", "--max"], "M"),
        (["check", "--checkpoint"], ""),
        (["check", "--input"], "x8x3"),
        (["check", "--fit"], "GiB"),
        (["solve", "--up-to"], ""),
        (["verify", "--work-limit"], "G"),
    ],
)
def test_options_take_numbers_in_the_digits_0_to_9(command: list[str], unit: str, number: str, folder: Path) -> None:
    given = f"params={number}{unit}" if command[1] == "--max" else f"{number}{unit}"
    if number == "1_0" and command[1] in ("--max", "--work-limit"):
        return  # figures are read as texts write them, 1_000 too
    done = run(*command, given, "clean.net", cwd=folder)
    assert (done.returncode, done.stdout, "error: Invalid value for '--" in done.stderr) == (2, "", True)


@pytest.mark.parametrize("width", ["²", "９０", "9" * 5000, "-3", "wide"])
def test_a_width_of_the_terminal_that_is_no_number_of_columns_is_passed_over(width: str, folder: Path) -> None:
    assert run("check", "--quiet", "clean.net", cwd=folder, env={"COLUMNS": width}).stderr == ""


@pytest.mark.parametrize("command", [["check", "--fit"], ["verify", "--memory-limit"]])
def test_an_amount_of_memory_without_a_unit_is_refused(command: list[str], folder: Path) -> None:
    done = run(*command, "8", "clean.net", cwd=folder)
    assert (done.returncode, "8 has no unit: write 8GiB, or 8B for so many bytes" in done.stderr) == (2, True)


def test_what_is_missing_for_so_many_images_is_told(folder: Path) -> None:
    def answers(memory: str, batch: int) -> list[str]:
        shown = run("check", "--fit", memory, "--batch", str(batch), "clean.net", cwd=folder).stdout
        return re.findall(rf"^  {batch} images need [\d,]+ bytes: ([\d,]+ .*)$", shown, re.MULTILINE)

    taken = json.loads(run("check", "--get", "totals.memory.training", "--batch", "32", "clean.net", cwd=folder).stdout)
    assert answers(f"{taken}B", 32)[0] == "0 are left"
    assert answers(f"{taken - 7}B", 32)[0] == "7 more than there are"
    assert len(answers("1GB", 32)) == 2


def test_the_text_of_a_network_may_stand_in_place_of_a_file(folder: Path) -> None:
    assert run("check", "--get", "totals.params", CLEAN, cwd=folder).stdout == "1562\n"
    assert run("expand", "INPUT(8x8x1) -> CONV(2, 3)", cwd=folder).stdout == "INPUT(8x8x1) => CONV(2, 3)\n"
    assert run("fmt", "input(3x3x1)=>conv", cwd=folder).stdout == "INPUT(3x3x1) => CONV\n"
    assert "figures agree" in run("verify", "-q", "INPUT(4x4x1)", cwd=folder).stdout
    assert run("check", "INPUT => CNV", cwd=folder).returncode == 1
    (folder / "a => b").write_text(CLEAN, encoding="utf-8")
    assert run("check", "--get", "name", "a => b", cwd=folder).stdout == "a => b\n"


@pytest.mark.parametrize(
    "command", [["check", "--quiet"], ["verify", "-q"], ["expand"], ["fmt"], ["convert", "--fc-to-conv"]]
)
def test_what_is_piped_is_read_without_a_dash(command: list[str], folder: Path) -> None:
    piped = run(*command, cwd=folder, stdin=CLEAN.encode())
    assert (piped.returncode, piped.stderr) == (0, "")
    nothing = run(*command, cwd=folder)
    assert (nothing.returncode, "there is nothing to read" in nothing.stderr) == (2, True)


def test_a_text_file_in_a_folder_is_a_network_where_it_holds_a_diagram(tmp_path: Path) -> None:
    for name, text in {
        "a.txt": "# mine\n[INPUT(8x8x3) => CONV(4)]",
        "b.txt": "---\nname: b\n---\nINPUT(8x8x3)\n→ FC(3)",
        "requirements.txt": "numpy\ninput-tools\n",
        "prose.txt": "The input, as INPUT => CONV, is drawn below.\n",
        "c.md": "INPUT => CONV\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    networks = json.loads(run("check", "--format", "json", ".", cwd=tmp_path).stdout)["networks"]
    assert [network["path"] for network in networks] == ["./a.txt", "./b.txt"]


@pytest.mark.parametrize("command", ["check", "verify", "fmt"])
def test_help_of_a_command_is_what_its_option_prints(command: str, folder: Path) -> None:
    assert run("help", command, cwd=folder).stdout == run(command, "--help", cwd=folder).stdout
    assert run("help", cwd=folder).stdout == run("--help", cwd=folder).stdout
    assert "did you mean 'check'?" in run("help", "chek", cwd=folder).stderr


def test_the_padding_of_a_layer_behind_the_unknown_is_a_number(folder: Path) -> None:
    shown = run("check", "INPUT(8x8x3) => CNV => CONV => CONV(4, 3, P=same)", cwd=folder).stdout
    assert "preserve" not in shown
    assert " p1*" in shown
    assert " p=same" in shown

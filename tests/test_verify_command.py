"""`shapecalc verify` on the command line: what it prints, what it refuses, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import shapecalc
from shapecalc.cli.verify import command
from shapecalc.core import window
from shapecalc.core.layer import AccessPattern, Layer, Volume
from shapecalc.registry import layer_types
from shapecalc.verification.verify import NotVerifiable, images_for
from tests.terminal import watched
from tests.test_verify_faults import forget

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*.net"))
PADDED = "INPUT(11x11x3) => CONV(4, F=3, S=2, P=1) => RELU => POOL(2)"


def run(*words: str, text: str = PADDED, folder: Path) -> Result:
    (folder / "net.net").write_text(text, encoding="utf-8")
    return CliRunner().invoke(command, [str(folder / "net.net"), *words])


def test_the_command_prints_a_line_a_layer_and_the_verdict(tmp_path: Path) -> None:
    done = run(folder=tmp_path)
    assert done.exit_code == 0
    assert "✓ conv1   6x6x4    112 params  3,888 MACs  tiling exact  sees 3x3\n" in done.stdout
    assert "✓ relu1   6x6x4    in place  sees 3x3\n" in done.stdout
    assert "✓ parameters: 112\n" in done.stdout
    assert "figures agree, 4 layers" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("threads", ["1", "3"])
def test_samples_are_proved_from_the_command_line_with_any_number_of_threads(threads: str) -> None:
    """Two small networks in which parts of layers have parts of their own."""
    chosen = [str(path) for path in SAMPLES if path.stem in ("all-cnn", "mobilenet-v3-large")]
    done = subprocess.run(
        [sys.executable, "-m", "shapecalc", "verify", "-q", *chosen],
        env={**os.environ, "SHAPECALC_THREADS": threads, "PYTHONPATH": str(SAMPLES[0].parents[1])},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    first, second, summary = done.stdout.splitlines()
    figures = [int(line.split(": ")[1].split()[0].replace(",", "")) for line in (first, second)]
    assert summary == f"2 networks, 2 agree: {sum(figures):,} figures agree"


def test_a_difference_names_the_layer_and_both_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = window.Window.outputs
    monkeypatch.setattr(window.Window, "outputs", lambda self, size: sound(self, size) + 1)
    forget()
    done = run(text="INPUT(9x9x3) => CONV(4, F=3)", folder=tmp_path)
    forget()
    assert done.exit_code == 1
    assert "✗ conv1   output: the report says 8x8x4, the run gives 7x7x4\n" in done.stdout
    assert "first at conv1 (CONV)\n  = note: this is a bug in shapecalc or in a layer type" in done.stdout


def test_the_exit_code_is_that_of_the_worst_file(tmp_path: Path) -> None:
    (tmp_path / "good.net").write_text("INPUT(5x5x3) => FC(2)")
    (tmp_path / "text.net").write_bytes(b"\0")
    (tmp_path / "model.json").write_text('{"class_name": "Sequential", "config": {"layers": 3}}')
    for files, code in ((("text.net", "good.net"), 2), (("model.json", "good.net"), 2), (("good.net",), 0)):
        paths = [str(tmp_path / name) for name in files]
        assert CliRunner().invoke(command, ["-q", *paths]).exit_code == code, files


def test_json_has_every_proof(tmp_path: Path) -> None:
    done = run("--format", "json", folder=tmp_path)
    (network,) = json.loads(done.stdout)["networks"]
    assert network["ok"] is True
    (output, *_) = network["layers"][1]["proofs"]
    assert output == {"what": "output", "said": "6x6x4", "found": "6x6x4", "status": "holds"}
    assert {"what": "parameters", "said": 112, "found": 112, "status": "holds"} in network["totals"]


def test_more_memory_than_allowed_is_refused_before_it_is_taken(tmp_path: Path) -> None:
    done = run("--memory-limit", "1GiB", text="INPUT(224x224x3) => CONV(100000, 224)", folder=tmp_path)
    assert done.exit_code == 2
    headline, note, help_ = done.stderr.splitlines()
    assert re.fullmatch(r"error: net: the run takes about 56\.\d GiB, and --memory-limit allows 1\.0 GiB", headline)
    assert note.startswith("  = note: the layer that needs the most is conv1, CONV(100000, 224): about 56.")
    assert help_.endswith("take a smaller --input")


@pytest.mark.parametrize(
    ("limit", "shown"), [("5KB", "4.9 KiB"), ("1B", "1 B"), ("1500B", "1.5 KiB"), ("3.5MiB", "3.5 MiB")]
)
def test_a_limit_is_shown_in_the_unit_that_it_has(limit: str, shown: str, tmp_path: Path) -> None:
    done = run("--memory-limit", limit, folder=tmp_path)
    assert f"--memory-limit allows {shown}\n" in done.stderr


def test_the_limit_that_is_suggested_is_enough_and_no_more(tmp_path: Path) -> None:
    refused = run("--memory-limit", "1KB", folder=tmp_path)
    suggested = re.search(r"= help: allow it with --memory-limit (\d+)MiB, or take a smaller --input", refused.stderr)
    assert suggested
    assert run("--memory-limit", f"{suggested[1]}MiB", folder=tmp_path).exit_code == 0
    assert run("--memory-limit", f"{int(suggested[1]) - 1}MiB", folder=tmp_path).exit_code == 2


def test_more_than_any_machine_has_is_shown_in_pebibytes(tmp_path: Path) -> None:
    done = run(text="INPUT(1000000x1000000x3) => CONV(1000, F=3, P=1)", folder=tmp_path)
    assert re.search(r"takes about [\d.]+ PiB, and --memory-limit allows [\d.]+ [MG]iB", done.stderr)


def test_a_network_that_cannot_be_run_does_not_keep_others_from_being_proved(tmp_path: Path) -> None:
    (tmp_path / "large.net").write_text("INPUT(3000x3000x64) => CONV(64, 3) => RELU\n")
    words = (str(tmp_path / "large.net"), str(tmp_path / "none.net"), "--memory-limit", "2GiB")
    told = run(*words, "--quiet", folder=tmp_path)
    assert (told.exit_code, told.stderr.count("error: ")) == (2, 2)
    assert told.stdout.splitlines()[-1].startswith("3 networks, 1 agrees, 2 could not be run: ")
    networks = json.loads(run(*words, "--format", "json", folder=tmp_path).stdout)["networks"]
    assert [network["ok"] for network in networks] == [True, False, False]
    assert [network["error"] is None for network in networks] == [True, False, False]
    assert "--memory-limit allows" in networks[1]["error"]


def test_an_unknown_volume_is_told_to_programs(tmp_path: Path) -> None:
    done = run("--format", "json", text="INPUT(5x5x3) => CONV(4, F=9)", folder=tmp_path)
    (network,) = json.loads(done.stdout)["networks"]
    assert (done.exit_code, network["ok"], network["diagnostics"][0]["code"]) == (1, False, "SHP205")


def test_a_pipe_that_is_closed_is_no_failure_and_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "net.net").write_text(PADDED, encoding="utf-8")
    words = [sys.executable, "-m", "shapecalc", "verify", str(tmp_path / "net.net")]
    environment = {**os.environ, "PYTHONPATH": str(SAMPLES[0].parents[1])}
    reading, writing = os.pipe()
    os.close(reading)
    closed = subprocess.run(words, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (closed.returncode, closed.stderr) == (0, "")
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(words, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, done.stderr) == (2, "error: cannot write: no space left on device\n")


def test_an_unknown_volume_leaves_nothing_to_run(tmp_path: Path) -> None:
    done = run(text="INPUT(5x5x3) => CONV(4, F=9)", folder=tmp_path)
    assert done.exit_code == 1
    assert "error[SHP205]" in done.stderr
    with pytest.raises(NotVerifiable, match="a volume is unknown"):
        images_for(shapecalc.check("INPUT(5x5x3) => CONV(4, F=9)"), 0)


def test_an_open_name_is_set_on_the_command_line(tmp_path: Path) -> None:
    text = "INPUT(8x8x3) => [CONV(4) => RELU]*N => FC"
    assert run(text=text, folder=tmp_path).exit_code == 1
    assert "params" in run("--set", "N=2", "--classes", "7", text=text, folder=tmp_path).stdout


def test_values_that_are_not_finite_are_no_bug(tmp_path: Path) -> None:
    done = run("--zeros", text="INPUT(4x4x8) => LRN(3, k=0)", folder=tmp_path)
    assert done.exit_code == 1
    assert "first at lrn1 (LRN)" in done.stdout
    assert "its values are not finite in float32" in done.stdout


def test_a_layer_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    done = run(text="INPUT(8x8x3) => CONV(4) => ACT(wobble)", folder=tmp_path)
    assert done.exit_code == 1
    assert "there is no elementwise function called 'wobble' to run" in done.stdout
    assert "✗ act1    cannot be run: there is no elementwise function called 'wobble' to run\n" in done.stdout
    assert "act1 (ACT(wobble)) has no forward" in done.stdout
    assert "bug" not in done.stdout


def test_figures_of_several_images_are_proved(tmp_path: Path) -> None:
    done = run("--batch", "3", folder=tmp_path)
    assert done.exit_code == 0
    assert "run in NumPy on 3 images" in done.stdout
    assert "✓ MACs: 11,664\n" in done.stdout
    refused = run("--batch", "3", "--image", "x.npy", folder=tmp_path)
    assert (refused.exit_code, "give --image or --batch, not both" in refused.stderr) == (2, True)


def test_where_not_every_character_can_be_shown_marks_differ_and_names_stay_in_json(tmp_path: Path) -> None:
    (tmp_path / "net.net").write_text("---\nname: Γ\n---\nINPUT(8x8x3) => CONV(4)", encoding="utf-8")
    words = [sys.executable, "-m", "shapecalc", "verify", str(tmp_path / "net.net")]
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    shown, data = (
        subprocess.run([*words, *more], capture_output=True, env=environment, check=True).stdout.decode("latin-1")
        for more in ([], ["--format", "json"])
    )
    assert shown.startswith("?: run in NumPy")
    assert "\n+ conv1   8x8x4  112 params" in shown
    assert json.loads(data)["networks"][0]["name"] == "Γ"


@pytest.mark.parametrize(
    ("forward", "reason"),
    [
        (lambda *_: 1 // 0, "ZeroDivisionError: integer division or modulo by zero"),
        (lambda *_: None, "its forward gives NoneType, not an array"),
    ],
)
def test_a_layer_that_breaks_down_is_named(
    forward: Any, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_types()["RELU"], "forward", forward)
    done = run(text="INPUT(8x8x3) => CONV(4) => RELU => FC(3)", folder=tmp_path)
    assert done.exit_code == 1
    assert re.search(rf"✗ relu1 +cannot be run: .*{re.escape(reason)}\n", done.stdout)
    assert "first at relu1 (RELU)\n  = note: this is a bug in shapecalc or in a layer type" in done.stdout


def test_what_is_read_elsewhere_is_told_by_position(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Layer.access

    def moved(self: Layer, volume: Volume) -> tuple[AccessPattern, ...]:
        return tuple(access._replace(low=access.low + 1, high=access.high + 1) for access in sound(self, volume))

    monkeypatch.setattr(Layer, "access", moved)
    done = run(text="INPUT(8x8x3) => CONV(4)", folder=tmp_path)
    assert "✗ conv1   windows, width: output 0 reads -1 to 1, not 0 to 2\n" in done.stdout
    assert "✗ conv1   receptive field, width: output 1 sees 0 to 2, not 1 to 3" in done.stdout


UNRUN = {
    "empty": ("", "there is no diagram here"),
    "comments": ("# nothing", "there is no diagram here"),
    "a text that does not parse": ("INPUT(8x8x3) => CONV(4", "'(' is never closed"),
    "too many layers": ("INPUT(8x8x3) => [CONV]*9999999", "the diagram has more than 5,000 layers"),
    "an open family": ("INPUT(8x8x3) => [CONV]*N", "the diagram is open: N has no value"),
    "two open names": ("INPUT(8x8x3) => [CONV(k)]*N", "the diagram is open: N, k have no value"),
    "a key that is not there": (
        "---\nbatch: 4\n---\nINPUT(8x8x3) => CONV(4)",
        "the front matter has no key 'batch'",
    ),
    "a window too large": ("INPUT(8x8x3) => CONV(4, 11)", "the volume of conv1 is unknown"),
    "and what follows": ("INPUT(8x8x3) => CONV(4, 11) => RELU => FC", "the volume of conv1 and of 2 more is unknown"),
}


@pytest.mark.parametrize(("text", "why"), UNRUN.values(), ids=UNRUN.keys())
def test_the_last_line_says_why_nothing_was_run(text: str, why: str, tmp_path: Path) -> None:
    done = run(text=text, folder=tmp_path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == f"net: nothing was run: {why}"
    (network,) = json.loads(run("--format", "json", text=text, folder=tmp_path).stdout)["networks"]
    assert (network["ok"], network["error"]) == (False, f"nothing was run: {why}")


def test_what_is_left_unread_is_columns_and_rows(tmp_path: Path) -> None:
    done = run("--proofs", text="INPUT(10x9x3) => CONV(4, F=3, S=3)", folder=tmp_path)
    assert "tiling drops-pixels, exact (1 column never read)" in done.stdout
    assert "\n    ✓ unread: 1 column\n" in done.stdout
    assert "(1 position never read)" in run(text="INPUT(10x4) => CONV(3, F=3, S=2)", folder=tmp_path).stdout


def test_every_proof_has_a_line_on_request(tmp_path: Path) -> None:
    network = json.loads(run("--format", "json", folder=tmp_path).stdout)["networks"][0]
    proofs = [proof for layer in network["layers"] for proof in layer["proofs"]]
    done = run("--proofs", folder=tmp_path)
    below = [line for line in done.stdout.splitlines() if line.startswith("    ")]
    assert [line.split(": ")[0][6:] for line in below] == [proof["what"] for proof in proofs]
    assert "    ✓ im2col: 27x36" in below
    assert "    ✓ shape of kernel: 3x3x3x4" in below


def test_programs_may_write_json_as_an_option_of_its_own(tmp_path: Path) -> None:
    (old,) = json.loads(run("--json", folder=tmp_path).stdout)["networks"]
    (network,) = json.loads(run("--format", "json", folder=tmp_path).stdout)["networks"]
    assert old["layers"] == network["layers"]
    assert "--json" not in run("--help", folder=tmp_path).stdout


def test_proofs_go_neither_with_quiet_nor_with_json(tmp_path: Path) -> None:
    for other in ("--quiet", "--format json"):
        done = run("--proofs", *other.split(), folder=tmp_path)
        assert (done.exit_code, f"give --proofs or {other}, not both" in done.stderr) == (2, True)


def test_errors_that_check_finds_are_mentioned(tmp_path: Path) -> None:
    done = run("-q", text="INPUT(10x10x3) => CONV(4, F=3, S=2, P=0) => FC(10): 1x1x11", folder=tmp_path)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "note: check finds 2 errors in net; its figures are proved as they are"
    assert "note" not in run("-q", folder=tmp_path).stdout


def test_values_that_leave_float32_are_told_in_our_own_words(tmp_path: Path) -> None:
    (tmp_path / "net.net").write_text("INPUT(8x8x3) => [MUL[ | ]]*12")
    words = [sys.executable, "-m", "shapecalc", "verify", str(tmp_path / "net.net")]
    environment = {**os.environ, "PYTHONPATH": str(SAMPLES[0].parents[1])}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "its values are not finite in float32" in done.stdout


def test_json_holds_to_its_schema_whatever_becomes_of_a_network(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((SAMPLES[0].parents[1] / "shapecalc/schemas/verify.schema.json").read_text("utf-8"))
    texts = [PADDED, *(text for text, _ in UNRUN.values()), "INPUT(8x8x3) => ACT(wobble)",
             "INPUT(9000x9000x64) => CONV(64)", "INPUT(8x8x3) => [MUL[ | ]]*12",
             "INPUT(5000x1) => CONV(4, 3)"]  # fmt: skip
    for number, text in enumerate(texts):
        (tmp_path / f"{number:02}.net").write_text(text)
    words = [str(tmp_path), str(tmp_path / "none.net"), "--format", "json", "--memory-limit", "2GiB"]
    done = json.loads(CliRunner().invoke(command, words).stdout)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(done)
    keys = {tuple(network) for network in done["networks"]}
    assert (len(done["networks"]), len(keys)) == (len(texts) + 1, 1)
    summary = done["summary"]
    assert summary["networks"] == summary["hold"] + summary["differ"] + summary["not_run"] == len(texts) + 1
    assert (summary["hold"], summary["differ"]) == (2, 1)
    del done["networks"][0]["error"]
    assert not validator.is_valid(done)


def on_a_terminal(columns: int, term: str, count: int | None = 12345) -> str:
    """What is printed on a terminal that wide while something takes a second and a half and tells nothing.

    What draws the bar is imported before, as that may take as long on a busy machine.
    """
    code = (
        "import time, rich.live, rich.progress; from shapecalc.cli.progress import progress\n"
        f"with progress('a network with a rather long name', {count}, 0.1) as show: time.sleep(1.5)"
    )
    environment = {"PYTHONPATH": str(SAMPLES[0].parents[1]), "TERM": term, "COLUMNS": str(columns)}
    shown = watched([sys.executable, "-c", code], environment)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\x1b", shown.decode())


@pytest.mark.parametrize("columns", [20, 30, 60, 120])
def test_a_bar_is_there_while_nothing_is_told_and_has_one_line(columns: int) -> None:
    first, *_ = re.split(r"[\r\n]", on_a_terminal(columns, "xterm"))
    assert re.match("a ", first.replace("\x1b", ""))
    assert "0/12345" in first
    assert len(first.replace("\x1b", "")) <= columns


def test_a_bar_without_a_count_shows_that_time_goes_by() -> None:
    for columns in (20, 120):
        assert "0:00:00" in on_a_terminal(columns, "xterm", None)


def test_a_terminal_that_cannot_move_its_cursor_is_left_alone() -> None:
    assert on_a_terminal(80, "dumb") == ""

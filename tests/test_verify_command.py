"""`shapecalc verify` on the command line: what it prints, what it refuses, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from shapecalc import check, window
from shapecalc.cli.verify import command
from shapecalc.diagnostics import Source
from shapecalc.verify import NotVerifiable, images_for

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
    assert "figures hold, 4 layers" in done.stdout.splitlines()[-1]


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
    assert done.stdout.count("figures hold") == 2


def test_a_difference_names_the_layer_and_both_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = window.Window.outputs
    monkeypatch.setattr(window.Window, "outputs", lambda self, size: sound(self, size) + 1)
    window.tiling.cache_clear()
    done = run(text="INPUT(9x9x3) => CONV(4, F=3)", folder=tmp_path)
    window.tiling.cache_clear()
    assert done.exit_code == 1
    assert "✗ conv1   output: the report says 8x8x4, the run gives 7x7x4\n" in done.stdout
    assert "first at conv1 (CONV)\n  = note: this is a bug in shapecalc or in a layer type" in done.stdout


def test_json_has_every_proof(tmp_path: Path) -> None:
    done = run("--json", folder=tmp_path)
    (network,) = json.loads(done.stdout)["networks"]
    assert network["ok"] is True
    (output, *_) = network["layers"][1]["proofs"]
    assert output == {"what": "output", "said": "6x6x4", "found": "6x6x4", "status": "holds"}
    assert {"what": "parameters", "said": 112, "found": 112, "status": "holds"} in network["totals"]


def test_an_image_is_run_and_its_batch_counted(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.ones((11, 11, 3), np.uint8))
    np.save(tmp_path / "two.npy", np.ones((2, 11, 11, 3), np.float64))
    one = run("--image", str(tmp_path / "one.npy"), folder=tmp_path)
    two = run("--image", str(tmp_path / "two.npy"), folder=tmp_path)
    zeros = run("--zeros", folder=tmp_path)
    assert [one.exit_code, two.exit_code, zeros.exit_code] == [0, 0, 0]
    assert "✓ MACs: 3,888\n" in one.stdout
    assert "on 2 images" in two.stdout
    assert "✓ MACs: 7,776\n" in two.stdout


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((11, 12, 3)), "the image is 11x12x3, and the input is 11x11x3"),
        (np.ones((0, 11, 11, 3)), "the image is 0x11x11x3"),
        (np.array(["a"]), "the image has values of type <U1, not numbers"),
        (np.full((11, 11, 3), np.nan), "values that are not finite"),
        (np.full((11, 11, 3), 1e300), "values that are not finite"),
        (np.array([{}]), "is not an array of numbers in NumPy's .npy format"),
    ],
)
def test_an_image_that_does_not_fit_is_refused(array: Any, message: str, tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", array)
    done = run("--image", str(tmp_path / "image.npy"), folder=tmp_path)
    assert done.exit_code == 2
    assert message in done.stderr


def test_what_is_no_array_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image.npy").write_bytes(b"\x93NUMPY\x01\x00")
    for name, message in (("image.npy", "is not an array"), ("none.npy", "cannot be read: no such file")):
        done = run("--image", str(tmp_path / name), folder=tmp_path)
        assert (done.exit_code, message in done.stderr) == (2, True)


def test_more_memory_than_allowed_is_refused_before_it_is_taken(tmp_path: Path) -> None:
    done = run("--memory-limit", "1GiB", text="INPUT(224x224x3) => FC(100000)", folder=tmp_path)
    assert done.exit_code == 2
    assert done.stderr.startswith("error: running net takes about ")
    assert done.stderr.endswith("and 1,024 MiB --memory-limit allows\n")


@pytest.mark.parametrize("words", [[], ["--zeros"]])
def test_an_image_is_not_made_before_the_memory_is_refused(words: list[str], tmp_path: Path) -> None:
    text = "INPUT(30000x30000x64) => CONV(4, 3) => POOL"
    done = run("--memory-limit", "1GiB", *words, text=text, folder=tmp_path)
    assert (done.exit_code, "--memory-limit allows" in done.stderr) == (2, True)


def test_a_header_is_read_before_the_image(tmp_path: Path) -> None:
    for shape, message in (("18446744073709551616, 6", "the image is 18446744073709551616x6"),
                           ("1000000000000, 11, 11, 3", "MiB is free")):  # fmt: skip
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}".ljust(117) + "\n"
        (tmp_path / "image.npy").write_bytes(b"\x93NUMPY\x01\x00v\x00" + header.encode())
        done = run("--image", str(tmp_path / "image.npy"), folder=tmp_path)
        assert (done.exit_code, message in done.stderr) == (2, True), done.stderr


def test_an_unknown_volume_is_told_to_programs(tmp_path: Path) -> None:
    done = run("--json", text="INPUT(5x5x3) => CONV(4, F=9)", folder=tmp_path)
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
        images_for(check.check(Source("net.net", "INPUT(5x5x3) => CONV(4, F=9)")), 0)


def test_an_open_name_is_set_on_the_command_line(tmp_path: Path) -> None:
    text = "INPUT(8x8x3) => [CONV(4) => RELU]*N => FC"
    assert run(text=text, folder=tmp_path).exit_code == 1
    assert "params" in run("--set", "N=2", "--classes", "7", text=text, folder=tmp_path).stdout


def test_a_layer_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    done = run(text="INPUT(8x8x3) => CONV(4) => ACT(wobble)", folder=tmp_path)
    assert done.exit_code == 1
    assert "there is no elementwise function called 'wobble' to run" in done.stdout
    assert "act1 (ACT(wobble)) has no forward" in done.stdout
    assert "bug" not in done.stdout

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
from shapecalc.running.imagefile import NoImage, array, header
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
    """A file with a hole in it has its size and takes no room."""
    path = tmp_path / "image.npy"
    path.write_bytes(npy("'<f4'", "(1000000, 11, 11, 3)", values=b""))
    os.truncate(path, 128 + 1_000_000 * 11 * 11 * 3 * 4)
    done = run("--image", str(path), "--memory-limit", "1GiB", folder=tmp_path)
    assert (done.exit_code, "--memory-limit allows" in done.stderr) == (2, True), done.stderr


def npy(descr: str, shape: str, order: str = "False", values: bytes = bytes(11 * 11 * 3 * 4)) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00v\x00" + header.encode() + values


IMAGE = np.random.default_rng(0).integers(0, 255, (11, 11, 3))


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2", "<i8", ">i2", "u1", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_of_every_kind_are_read(version: tuple[int, int], dtype: str, order: str, tmp_path: Path) -> None:
    with open(tmp_path / "image.npy", "wb") as file:
        np.lib.format.write_array(file, np.asarray(IMAGE.astype(dtype), order=order), version=version)  # type: ignore[call-overload]
    done = run("--image", str(tmp_path / "image.npy"), "--quiet", folder=tmp_path)
    assert (done.exit_code, done.stderr) == (0, "")
    np.testing.assert_array_equal(array(str(tmp_path / "image.npy")), IMAGE.astype(dtype))


SPOILT = {
    "nothing in it": (b"", "image.npy is empty: there is no array in it"),
    "something else": (b"P6 11 11 255 ", "image.npy is not a .npy file: save the array with numpy.save"),
    "half a header": (npy("'<f4'", "(11, 11, 3)")[:60], "is not an array"),
    "values missing": (npy("'<f4'", "(11, 11, 3)")[:-5], "it is cut short: 1,447 of 1,452 bytes of values are there"),
    "more values than any disk has": (npy("'<f4'", "(18446744073709551616, 6)"), "it is cut short"),
    "less than no images": (npy("'<f4'", "(-1, 11, 11, 3)"), "its header gives the sizes -1x11x11x3"),
    "one object": (npy("'|O'", "()"), "it holds Python objects, which are never loaded"),
    "fields": (npy("[('a', '<f4')]", "(11, 11, 3)"), "not numbers"),
    "a size that is none": (npy("'<f4'", "(True, 11, 11, 3)"), "is not an array"),
    "a type that is none": (npy("'<f99'", "(11, 11, 3)"), "is not an array"),
    "a bracket left open": (npy("'<f4'", "(11, 11, 3"), "is not an array"),
    "a list for a key": (b"\x93NUMPY\x01\x00\x07\x00{[]:1}\n", "is not an array"),
    "sums without end": (b"\x93NUMPY\x01\x00\x71\x17" + b"1+" * 3000 + b"1", "is not an array"),
    "a version to come": (npy("'<f4'", "(11, 11, 3)").replace(b"Y\x01", b"Y\x09"), "is not an array"),
    "several arrays": (b"PK\x03\x04-\x00\x00\x00", "is an .npz archive, or another zip: save one array"),
}


@pytest.mark.parametrize(("data", "message"), SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_file_is_told_in_one_line(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "image.npy").write_bytes(data)
    done = run("--image", str(tmp_path / "image.npy"), folder=tmp_path)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.exception
    assert message in done.stderr


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, message in ((tmp_path, "is a directory"), (tmp_path / "pipe", "not a regular file"),
                          (os.devnull, "not a regular file"), ("", "no such file")):  # fmt: skip
        done = run("--image", str(path), folder=tmp_path)
        assert (done.exit_code, message in done.stderr) == (2, True), path


def test_an_image_that_shrinks_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.npy"
    np.save(path, IMAGE)
    assert header(str(path)) == (IMAGE.shape, IMAGE.dtype)
    os.truncate(path, 1000)
    with pytest.raises(NoImage, match="is not an array"):
        array(str(path))


def test_a_network_that_cannot_be_run_does_not_keep_others_from_being_proved(tmp_path: Path) -> None:
    (tmp_path / "large.net").write_text("INPUT(3000x3000x64) => CONV(64, 3) => RELU\n")
    words = (str(tmp_path / "large.net"), str(tmp_path / "none.net"), "--memory-limit", "2GiB")
    told = run(*words, "--quiet", folder=tmp_path)
    assert (told.exit_code, told.stdout.count("figures hold"), told.stderr.count("error: ")) == (2, 1, 2)
    networks = json.loads(run(*words, "--json", folder=tmp_path).stdout)["networks"]
    assert [network["ok"] for network in networks] == [True, False, False]
    assert "--memory-limit allows" in networks[1]["error"]


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


def test_values_that_are_not_finite_are_no_bug(tmp_path: Path) -> None:
    done = run("--zeros", text="INPUT(4x4x8) => LRN(3, k=0)", folder=tmp_path)
    assert done.exit_code == 1
    assert "first at lrn1 (LRN)" in done.stdout
    assert "its values leave float32" in done.stdout


def test_a_layer_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    done = run(text="INPUT(8x8x3) => CONV(4) => ACT(wobble)", folder=tmp_path)
    assert done.exit_code == 1
    assert "there is no elementwise function called 'wobble' to run" in done.stdout
    assert "act1 (ACT(wobble)) has no forward" in done.stdout
    assert "bug" not in done.stdout

"""Images for `shapecalc verify`: which arrays are read and run, which are refused, and how each refusal is told."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.verification.image_file import NoImage, array, header
from tests.test_verify_command import run


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


IMAGE, GREY = np.arange(24.0).reshape(4, 3, 2), np.arange(12.0).reshape(4, 3, 1)


@pytest.mark.parametrize(
    ("image", "saved", "place"),
    [(IMAGE, IMAGE.transpose(1, 0, 2), 0), (IMAGE, IMAGE.transpose(2, 1, 0), 1), (GREY, GREY[..., 0].T, 2)],
)
def test_an_image_whose_axes_are_in_another_order_is_turned_as_the_help_says(
    image: Any, saved: Any, place: int, tmp_path: Path
) -> None:
    text = f"INPUT({'x'.join(map(str, image.shape))}) => CONV(2, 3)"
    np.save(tmp_path / "image.npy", saved)
    refused = run("--image", str(tmp_path / "image.npy"), text=text, folder=tmp_path)
    steps = re.findall(r"image\.(?:transpose\([\d, ]+\)|T\[\.\.\., None\])", refused.stderr)
    np.save(tmp_path / "image.npy", eval(steps[place], {"image": saved}))
    done = run("--image", str(tmp_path / "image.npy"), text=text, folder=tmp_path)
    assert (refused.exit_code, done.exit_code) == (2, 0)
    np.testing.assert_array_equal(array(str(tmp_path / "image.npy")), image)


def test_only_images_of_two_axes_are_turned(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", np.ones((3, 40)))
    refused = run("--image", str(tmp_path / "image.npy"), text="INPUT(40x3) => CONV(2, 3)", folder=tmp_path)
    assert (refused.exit_code, "transpose" in refused.stderr, "with --input" in refused.stderr) == (2, False, True)


def test_what_is_no_array_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image.npy").write_bytes(b"\x93NUMPY\x01\x00")
    for name, message in (("image.npy", "is not an array"), ("none.npy", "cannot be read: no such file")):
        done = run("--image", str(tmp_path / name), folder=tmp_path)
        assert (done.exit_code, message in done.stderr) == (2, True)


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


KINDS_OF_NUMBERS = [
    *(((1, 0), dtype, "C") for dtype in ("<f4", ">f4", "<f8", "<f2", "<i8", ">i2", "u1", "?")),
    *(((2, 0), dtype, "F") for dtype in ("<f4", ">f4", "u1")),
    *(((3, 0), dtype, order) for dtype, order in (("<f4", "F"), (">i2", "C"), ("?", "F"))),
]
"""Versions of the header, types and orders in memory."""


@pytest.mark.parametrize(("version", "dtype", "order"), KINDS_OF_NUMBERS)
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
    "one object": (npy("'|O'", "()"), "it contains Python objects, which are never loaded"),
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

"""An array whose axes are not those of the input: what is suggested is run, and must fit."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from shapecalc.cli.verify import command
from shapecalc.display.image_hint import hint

MENDED = {
    "height first": ((20, 30, 3), (30, 20, 3)),
    "channels first": ((3, 20, 30), (30, 20, 3)),
    "channels before width": ((3, 30, 20), (30, 20, 3)),
    "images with height first": ((5, 20, 30, 3), (30, 20, 3)),
    "images with channels first": ((5, 3, 20, 30), (30, 20, 3)),
    "no channels": ((28, 28), (28, 28, 1)),
    "no channels and height first": ((20, 30), (30, 20, 1)),
    "no channels where three are wanted": ((20, 30), (30, 20, 3)),
    "images without channels": ((7, 28, 28), (28, 28, 1)),
    "values in a row": ((784,), (28, 28, 1)),
    "images in rows": ((9, 784), (28, 28, 1)),
    "one image in a row": ((1, 784), (28, 28, 1)),
    "one axis with channels first": ((4, 100), (100, 4)),
    "one axis without channels": ((100,), (100, 1)),
    "three axes with channels first": ((3, 20, 30, 40), (40, 30, 20, 3)),
}


@pytest.mark.parametrize(("shape", "sizes"), MENDED.values(), ids=MENDED.keys())
def test_what_is_suggested_fits(shape: tuple[int, ...], sizes: tuple[int, ...]) -> None:
    step = re.fullmatch(r"save (.+?)(: the .*|, if its .*)", hint(shape, sizes))
    assert step, hint(shape, sizes)
    made = eval(step[1], {"image": np.zeros(shape), "numpy": np})
    assert sizes in (made.shape, made.shape[1:])


def test_a_pixel_of_rows_comes_to_its_place() -> None:
    """Width 3, height 2: values in a row lie row by row."""
    step = hint((6,), (3, 2, 1)).removeprefix("save ").partition(", if")[0]
    made = eval(step, {"image": np.arange(6)})
    assert made[..., 0].tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize(
    ("shape", "step"),
    [
        ((3, 8, 8), "image.transpose(2, 1, 0): the axes seem to be channels, height, width"),
        ((5, 3, 8, 8), "image.transpose(0, 3, 2, 1): the axes seem to be images, channels, height, width"),
        ((8, 8), "numpy.stack([image.transpose(1, 0)] * 3, axis=-1): the axes seem to be height, width"),
    ],
)
def test_where_sides_are_equal_rows_come_first(shape: tuple[int, ...], step: str) -> None:
    assert hint(shape, (8, 8, 3)) == f"save {step}"


@pytest.mark.parametrize(
    ("shape", "said"),
    [((12, 11, 3), "--input 12x11x3"), ((0, 11, 11, 3), "no image"), ((11, 11, 4), "width, height, channels")],
)
def test_what_no_step_mends_is_told_too(shape: tuple[int, ...], said: str) -> None:
    assert said in hint(shape, (11, 11, 3))


def test_the_command_names_the_network_and_the_step(tmp_path: Path) -> None:
    (tmp_path / "net.net").write_text("---\nname: Small\n---\nINPUT(30x20x3) => CONV(2)")
    np.save(tmp_path / "image.npy", np.zeros((20, 30, 3)))
    words = [str(tmp_path / "net.net"), "--image", str(tmp_path / "image.npy")]
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 2
    headline, help_ = done.stderr.splitlines()
    assert headline.startswith("error: Small: the image is 20x30x3, and the input is 30x20x3")
    assert help_ == "  = help: save image.transpose(1, 0, 2): the axes seem to be height, width, channels"


def test_a_network_of_several_inputs_is_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "net.net").write_text("INPUT(8x8x3) => CONV(4) as a\nINPUT(8x8x4) => ADD[ | @a ]")
    np.save(tmp_path / "image.npy", np.zeros((8, 8, 3)))
    done = CliRunner().invoke(command, [str(tmp_path / "net.net"), "--image", str(tmp_path / "image.npy")])
    assert done.exit_code == 2
    assert "has 2 inputs" in done.stderr
    assert "  = help: omit --image for random images, or give --zeros\n" in done.stderr

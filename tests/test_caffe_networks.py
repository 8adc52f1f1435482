"""Networks of Caffe as a whole: which of their layers and blobs count, and which sizes are open."""

from __future__ import annotations

from pathlib import Path

import pytest

import shapecalc
from tests.command import run

PLACEHOLDER = """input: 'image' input_dim: 1 input_dim: 3 input_dim: 1 input_dim: 1
layer { name: 'c' type: '%s' bottom: 'image' top: 'c' convolution_param { num_output: 4 kernel_%s: 3 } }
"""


@pytest.mark.parametrize(
    ("kind", "extent", "is_open"),
    [("Convolution", "size", True), ("Convolution", "w", True), ("39", "size", False)],
)
def test_one_position_under_a_window_is_a_size_that_is_set_later(
    kind: str, extent: str, is_open: bool, tmp_path: Path
) -> None:
    """OpenPose's files say so in a comment; what makes maps larger, 39 being a Deconvolution, begins with one."""
    path = tmp_path / "net.prototxt"
    path.write_text(PLACEHOLDER % (kind, extent), encoding="utf-8")
    errors = [d.message for d in shapecalc.check(path).diagnostics if d.severity == "error"]
    assert errors == (["the file leaves the size of its input open: ?x?x3"] if is_open else [])
    assert str(shapecalc.check(path, input="9x9x3").rows[0].output) == "9x9x3"


SLID = (
    "layer { name: 'c' type: 'Convolution' bottom: 'd' top: 'c' convolution_param { num_output: 2 kernel_size: 1 } }\n"
)
ONLY = "include { phase: %s }"
STATED: list[tuple[str, list[str]]] = [
    (
        "layer { type: 'DummyData' top: 'd' top: 'e' dummy_data_param { shape { dim: 1 dim: 3 dim: 4 dim: 5 } "
        "shape { dim: 1 dim: 2 dim: 4 dim: 5 } } }\n"
        + SLID
        + "layer { type: 'Eltwise' bottom: 'c' bottom: 'e' top: 'f' }",
        ["INPUT 5x4x3 0", "CONV 5x4x2 8", "INPUT 5x4x2 0", "ADD 5x4x2 0"],
    ),
    (
        "layer { type: 'DummyData' top: 'd' dummy_data_param { num: 1 channels: 3 height: 4 width: 5 } }\n"
        "layer { type: 'HDF5Data' top: 'label' }\n" + SLID,
        ["INPUT 5x4x3 0", "CONV 5x4x2 8"],
    ),
    (
        "input: 'd' input_dim: 1 input_dim: 3 input_dim: 4 input_dim: 5\n"
        "layer { type: 'Data' top: 'd' " + ONLY % "TRAIN" + " }\n" + SLID.replace("top", ONLY % "TEST" + " top"),
        ["INPUT 5x4x3 0", "CONV 5x4x2 8"],
    ),
    (
        "layer { type: 'MemoryData' top: 'd' memory_data_param { batch_size: 7 channels: 3 height: 4 width: 5 } }\n"
        + SLID,
        ["INPUT 5x4x3 0", "CONV 5x4x2 8"],
    ),
    (
        "layer { type: 'ImageData' top: 'd' image_data_param { new_height: 4 new_width: 5 } "
        "transform_param { mean_value: 1 } }\n" + SLID,
        ["INPUT 5x4x1 0", "CONV 5x4x2 4"],
    ),
    (
        "layer { type: 'ImageData' top: 'd' image_data_param { new_height: 6 new_width: 6 } "
        "transform_param { mean_value: 1 crop_size: 4 } }\n" + SLID,
        ["INPUT 4x4x1 0", "CONV 4x4x2 4"],
    ),
    ("input: 'd' input_shape { dim: 5 }\n" + SLID, ["INPUT ? 0", "CONV ? ?"]),
    (
        "layer { type: 'MemoryData' top: 'd' memory_data_param { channels: 3 height: 4 } }\n" + SLID,
        ["INPUT ? 0", "CONV ? 8"],
    ),
    (
        "input: 'd' input_shape { dim: 1 dim: 6 }\nlayer { type: 'ReLU' bottom: 'd' top: 'd' }\n"
        "layer { type: 'InnerProduct' bottom: 'd' top: 'e' inner_product_param { num_output: 4 axis: -1 } }",
        ["INPUT 1x1x6 0", "RELU 1x1x6 0", "FC 1x1x4 28"],
    ),
    (
        "input: 'd' input_shape { dim: 1 dim: 6 }\n"
        "layer { type: 'Reshape' bottom: 'd' top: 'e' reshape_param { shape { dim: 0 dim: 6 dim: 1 dim: 1 } } }\n"
        "layer { type: 'InnerProduct' bottom: 'e' top: 'f' inner_product_param { num_output: 4 axis: -1 } }",
        ["INPUT 1x1x6 0", "RESHAPE 1x1x6 0", "InnerProduct 4x1x6 8"],
    ),
    (
        "input: 'd' input_shape { dim: 7 dim: 1 dim: 6 } input: 'm' input_shape { dim: 7 dim: 1 }\n"
        "layer { type: 'LSTM' bottom: 'd' bottom: 'm' top: 'e' recurrent_param { num_output: 5 } }\n"
        "layer { type: 'InnerProduct' bottom: 'e' top: 'f' "
        "inner_product_param { num_output: 4 axis: 2 bias_term: false } }",
        ["INPUT 7x6 0", "LSTM 7x5 240", "CONV 7x4 20"],
    ),
]
"""Volumes and parameters as BVLC's Caffe has them, but for sizes that are in no file."""


@pytest.mark.parametrize(("text", "expected"), STATED)
def test_data_and_rows_of_caffe_have_the_sizes_that_are_stated(text: str, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(text, encoding="utf-8")
    rows = shapecalc.check(path).rows
    assert [
        f"{row.node.kind} {row.output or '?'} {'?' if row.params is None else row.params}" for row in rows
    ] == expected


def test_a_window_without_an_extent_is_refused_as_caffe_does(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(PAIR.replace(" kernel_size: 1", ""), encoding="utf-8")
    (error,) = shapecalc.check(path).diagnostics
    assert (error.code, error.message) == ("SHP010", "Convolution c has no kernel_size")


PAIR = """input: 'a' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
input: 'b' input_dim: 1 input_dim: 3 input_dim: 6 input_dim: 6
layer { name: 'c' type: 'Convolution' bottom: 'a' top: 'c' convolution_param { num_output: 4 kernel_size: 1 } }
layer { name: 'd' type: 'Convolution' bottom: 'b' top: 'd' convolution_param { num_output: 2 kernel_size: 1 } }
"""


def test_two_networks_of_a_file_are_two_after_convert(tmp_path: Path) -> None:
    (tmp_path / "pair.prototxt").write_text(PAIR, encoding="utf-8")
    (tmp_path / "pair.net").write_text(run("convert", "pair.prototxt", "--to", "net", cwd=tmp_path).stdout)
    for name in ("pair.prototxt", "pair.net"):
        params = run("check", "--get", "totals.params", name, cwd=tmp_path).stdout
        assert params.split()[1::2] == ["16", "8"], params

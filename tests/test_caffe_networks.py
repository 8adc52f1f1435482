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
    [("Convolution", "size", True), ("Convolution", "w", True), ("Convolution", "u", False), ("39", "size", False)],
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


PAIR = """input: 'a' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
input: 'b' input_dim: 1 input_dim: 3 input_dim: 6 input_dim: 6
layer { name: 'c' type: 'Convolution' bottom: 'a' top: 'c' convolution_param { num_output: 4 } }
layer { name: 'd' type: 'Convolution' bottom: 'b' top: 'd' convolution_param { num_output: 2 } }
"""


def test_two_networks_of_a_file_are_two_after_convert(tmp_path: Path) -> None:
    (tmp_path / "pair.prototxt").write_text(PAIR, encoding="utf-8")
    (tmp_path / "pair.net").write_text(run("convert", "pair.prototxt", "--to", "net", cwd=tmp_path).stdout)
    for name in ("pair.prototxt", "pair.net"):
        params = run("check", "--get", "totals.params", name, cwd=tmp_path).stdout
        assert params.split()[1::2] == ["16", "8"], params

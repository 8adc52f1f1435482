"""What a .cfg computes, by the formulas of the program's own source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shapecalc.formats.sources import read_source
from shapecalc.numerics.toolkit import Array
from shapecalc.pipeline import check_networks
from shapecalc.verification.execute import execute


def computed(folder: Path, section: str, image: Array) -> Array:
    """What one section without weights makes of channels x height x width, as it lies in the program's memory."""
    depth, height, width = image.shape
    net = f"[net]\nwidth={width}\nheight={height}\nchannels={depth}\n\n{section}\n"
    (folder / "net.cfg").write_text(net, encoding="utf-8")
    (report,) = check_networks(read_source(str(folder / "net.cfg")))
    assert report.graph is not None
    *_, last = execute(report.graph, lambda *_: {}, {0: np.ascontiguousarray(image.transpose(2, 1, 0))[None]})
    return last.output[0].transpose(2, 1, 0)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_a_softmax_is_over_all_values_of_a_group(groups: int, tmp_path: Path) -> None:
    """softmax_cpu takes inputs / groups values at a time: channel by channel, row by row."""
    image = np.random.default_rng(groups).standard_normal((4, 2, 3), dtype=np.float32)
    powers = np.exp(image.reshape(groups, -1))
    expected = (powers / powers.sum(axis=1, keepdims=True)).reshape(-1)
    found = computed(tmp_path, f"[softmax]\ngroups={groups}", image)
    if groups == 1:  # one row of the values in our order
        found = found.reshape(3, 2, 4).transpose(2, 1, 0)
    np.testing.assert_allclose(found.reshape(-1), expected, rtol=1e-5)


def test_a_crop_makes_values_of_both_signs(tmp_path: Path) -> None:
    """forward_crop_layer writes input · scale + trans, with 2 and -1, or with 1 and 0 for `noadjust`."""
    image = np.random.default_rng(3).random((2, 5, 6), dtype=np.float32)
    middle = image[:, 1:4, 1:5]
    crop = "[crop]\ncrop_width=4\ncrop_height=3"
    np.testing.assert_allclose(computed(tmp_path, crop, image), middle * 2 - 1, rtol=1e-5)
    np.testing.assert_allclose(computed(tmp_path, crop + "\nnoadjust=1", image), middle)


def test_padding_is_no_part_of_a_mean(tmp_path: Path) -> None:
    """forward_local_avgpool_layer divides by the values that there are."""
    image = np.arange(1, 10, dtype=np.float32).reshape(1, 3, 3)
    found = computed(tmp_path, "[local_avgpool]\nsize=2\nstride=2", image)
    np.testing.assert_allclose(found[0], [[3, 4.5], [7.5, 9]])

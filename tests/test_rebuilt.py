"""Samples against the same networks written a second time in PyTorch: tests/rebuilt_in_torch.py made the figures."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shapecalc.passes.report import Report
from tests.networks import checked_sample

REBUILT: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "rebuilt.json").read_text("utf-8"))["networks"]


def outputs(report: Report) -> list[tuple[int, ...]]:
    """The volumes that no layer reads, depth first and without the sizes of flat ones, as PyTorch has them."""
    read = {source for row in report.rows for source in row.node.inputs}
    ends = [row.output.sizes for row in report.rows if row.node.index not in read and row.output]
    return [(sizes[-1], *(reversed(sizes[:-1]) if set(sizes[:-1]) != {1} else ())) for sizes in ends]


@pytest.mark.parametrize("name", REBUILT)
def test_a_sample_has_the_weights_the_work_and_the_outputs_of_its_copy_in_pytorch(name: str) -> None:
    report = checked_sample(name)
    assert report.totals is not None
    known = REBUILT[name]
    assert (report.totals.params, report.totals.macs) == (known["params"], known["macs"])
    flat = [tuple(shape[:1]) if set(shape[1:]) == {1} else tuple(shape) for shape in known["outputs"]]
    assert Counter(outputs(report)) == Counter(flat)

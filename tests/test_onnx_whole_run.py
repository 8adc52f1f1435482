"""A network is run as one model too, where its layers share memory as they do in use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapecalc.numerics.toolkit import Run
from shapecalc.verification.verify import images_for

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from shapecalc.against.comparison import compare  # noqa: E402 (needs the packages above)
from tests.test_onnx import checked, compared, differing  # noqa: E402 (needs the packages above)

SHARED = "INPUT(6x5x4) => CONV(8) => ADD[RELU | ] as here => POOL(2) => TANH\n\n@here => GAP => ACT(linear)"


def always_over(*, may_overwrite: bool) -> Run:
    """Lets a layer write over its input, whoever still reads that."""
    return Run(may_overwrite=True)


def emptied(run: Run, x: np.ndarray) -> np.ndarray:
    """Spoils an input in the place of which a layer may write, before the layer has read it."""
    if not run.may_overwrite:
        return np.empty_like(x)
    x.fill(0)
    return x


def kept_from(run: Run, x: np.ndarray) -> np.ndarray:
    """Gives another's values in place of those that are handed on."""
    return x[..., ::-1].copy() if run.may_overwrite else x.copy()


FAULTS: dict[str, tuple[str, Any, set[str]]] = {
    "what somebody still reads is written over": ("shapecalc.verification.execute.Run", always_over, {"tanh1", "act1"}),
    "an input is lost before it is read": ("shapecalc.numerics.toolkit.Run.over", emptied, {"tanh1"}),
    "a layer hands on something else": ("shapecalc.numerics.toolkit.Run.same", kept_from, {"act1"}),
}


@pytest.mark.parametrize(("where", "fault", "found"), FAULTS.values(), ids=FAULTS.keys())
def test_what_goes_wrong_in_shared_memory_is_found_by_the_whole_run_only(
    where: str, fault: Any, found: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert differing(SHARED) == []
    monkeypatch.setattr(where, fault)
    comparison = compared(SHARED)
    assert all(layer.ok for layer in comparison.layers)
    assert {output.name for output in comparison.outputs if not output.ok} == found


def test_every_volume_that_nobody_reads_is_an_output() -> None:
    outputs = compared("INPUT(6x5x4) as a => CONV(8) => FC(3)\n\n@a => POOL(2)").outputs
    assert [output.name for output in outputs] == ["fc1", "pool1"]
    assert all(0 <= output.apart <= 1e-5 < output.tolerance for output in outputs)


def test_the_images_are_what_they_were() -> None:
    report = checked("INPUT(6x5x4) => RELU => TANH")
    images = images_for(report, 0)
    before = images[0].copy()
    compare(report, inputs=images)
    assert np.array_equal(images[0], before)


def test_rounding_errors_that_grow_from_layer_to_layer_are_no_differences() -> None:
    """A normalisation by the statistics of one position divides by next to nothing, and eight do it in a row."""
    report = checked("INPUT(1x1x64) => [FC(64) => BN => RELU]*8")
    comparison = compare(report)
    (output,) = comparison.outputs
    assert output.apart > output.largest / 100
    assert comparison.ok
    assert ", as far as rounding errors grow in this network (" in output.sentence

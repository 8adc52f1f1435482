"""Every layer type states something about the backward pass that its own forward does not contradict."""

from __future__ import annotations

import numpy as np
import pytest

import shapecalc
from shapecalc.core.kept import DEVICES
from shapecalc.numerics.toolkit import Array, Run
from shapecalc.passes.report import CheckedNetwork
from shapecalc.registry import layer_types
from shapecalc.verification.execute import run_forward
from shapecalc.verification.run_weights import SeededWeights
from tests.layercases import CASES


def is_affine(report: CheckedNetwork) -> bool:
    """Whether the last layer of a network keeps sums, but for a constant."""
    row, layer = report.rows[-1], report.rows[-1].node.layer
    assert layer is not None
    random, weights = np.random.default_rng(0), SeededWeights(report.rows, 0, keeps_all=True)
    shapes = [(2, *v.sizes) for v in row.inputs if v]
    one, two = ([random.standard_normal(shape).astype(np.float32) for shape in shapes] for _ in range(2))

    def result(arrays: list[Array]) -> Array:
        copies = [array.copy() for array in arrays]
        return run_forward(layer, Run(), weights(row.node, tuple(copies)), *copies)

    sums = [a + b for a, b in zip(one, two, strict=True)]
    nothing = [np.zeros_like(a) for a in one]
    return np.allclose(result(sums) + result(nothing), result(one) + result(two), atol=1e-4)


@pytest.mark.parametrize("kind", [kind for kind in layer_types() if kind in CASES and kind != "INPUT"])
def test_a_layer_that_is_no_affine_function_keeps_something(kind: str) -> None:
    """Its derivative hangs on where it is taken."""
    for text in CASES[kind][0][:4]:
        report = shapecalc.check(text)
        layer, volumes = report.rows[-1].node.layer, [v for v in report.rows[-1].inputs if v]
        assert layer is not None
        assert is_affine(report) or all(any(layer.kept(device, *volumes)) for device in DEVICES), text


@pytest.mark.parametrize(
    ("kinds", "affine"),
    [(("RELU", "GELU", "MUL", "MAX", "LN", "SOFTMAX"), False), (("CONV", "FC", "ADD", "PAD", "FLATTEN"), True)],
)
def test_affine_functions_are_told_from_others(kinds: tuple[str, ...], affine: bool) -> None:
    assert {kind: is_affine(shapecalc.check(CASES[kind][0][0])) for kind in kinds} == dict.fromkeys(kinds, affine)
